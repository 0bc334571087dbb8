"""Mail that is sent outside of requests: their time would tell whether there is an account for an address."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.contrib.auth.forms import PasswordResetForm
from django.db import connections
from django.utils import translation

logger = logging.getLogger(__name__)

MAX_WAITING = 100

# Its thread starts with the first mail, so after any fork.
sender = ThreadPoolExecutor(1, thread_name_prefix="mail")
_room = threading.BoundedSemaphore(MAX_WAITING)


class BackgroundPasswordResetForm(PasswordResetForm):
    """Looks for the address and sends the mail later. If too many wait already, it is dropped: people ask again."""

    def save(self, **options: Any) -> None:
        if _room.acquire(blocking=False):
            sender.submit(self._save, translation.get_language(), options)
        else:
            logger.error("A mail was not sent: %s are waiting.", MAX_WAITING)

    def _save(self, language: str, options: dict[str, Any]) -> None:
        try:
            with translation.override(language):
                super().save(**options)
        except Exception:
            logger.exception("A mail was not sent.")
        finally:
            connections.close_all()  # this thread's own
            _room.release()
