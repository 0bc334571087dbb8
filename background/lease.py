"""Holding a lease for as long as the work takes."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection

from background.models import LeasedModel

logger = logging.getLogger(__name__)

LEASE_MS = 10_000
RENEWAL_SECONDS = 3  # so that two renewals may fail before the lease ends


@contextmanager
def renewing(model: type[LeasedModel], token: uuid.UUID) -> Iterator[None]:
    """Renew the lease meanwhile, from a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(stop, model, token), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _renew_until(stop: threading.Event, model: type[LeasedModel], token: uuid.UUID) -> None:
    renewed = False
    while not stop.wait(RENEWAL_SECONDS):
        renewed = True
        try:
            if not model.objects.renew(token, lease_ms=LEASE_MS):
                logger.warning("The lease of a %s was lost during the work", model._meta.verbose_name)
                break
        except (DatabaseError, InterfaceError) as error:
            logger.warning("A lease could not be renewed: %s", type(error).__name__)
            connection.close()
    if renewed:
        connection.close()  # this thread's own
