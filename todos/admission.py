"""How many threads of this process may be changing one list at once.

A change takes milliseconds. When something holds a list's lock for seconds, its changes must not occupy all threads of
the web server: nobody else could be served.
"""

from contextlib import AbstractContextManager

from django.db import OperationalError

from web.admission import Slots

MAX_THREADS = 4  # half of those of a web process
WAIT_SECONDS = 0.2


class ListBusy(OperationalError):
    """The list's lock has been held for too long; as for other database outages, the client may try again."""


turns = Slots(MAX_THREADS, wait_seconds=WAIT_SECONDS, refusal=ListBusy)


def turn(list_id: int) -> AbstractContextManager[None]:
    """Wait for a turn to change the list. Raises ListBusy."""
    return turns.taken(list_id)
