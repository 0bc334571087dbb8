"""Tells the processes of this machine at once that something has changed, which each of them would see within a second.

A process with open pages has a Unix datagram socket in a folder that all share; a change sends a number to each. If
nobody listens, that costs a look at the folder's date. A nudge may be lost, and says nothing that is not in the
database.
"""

import atexit
import contextlib
import logging
import os
import socket
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

FOLDER = settings.DATA_DIR / "live"
# The folder may be one that several machines share.
HOST = socket.gethostname()
# File systems keep dates in steps of a few milliseconds: within one, a folder can change unnoticed.
SETTLED_NS = 1_000_000_000

_folder = os.fspath(FOLDER)
_known: tuple[int, list[str]] = (0, [])  # the folder's date, and the sockets that it had by then


def nudge(number: int) -> None:
    """Tell whoever listens. It never waits, and fails silently."""
    try:
        changed = os.stat(_folder).st_mtime_ns
    except OSError:  # nobody has ever listened
        return
    known, listeners = _known
    if changed != known:
        listeners = _listeners(changed)
    for listener in listeners:
        try:
            _sender().sendto(b"%d" % number, listener)
        except ConnectionRefusedError:  # its process was killed
            with contextlib.suppress(OSError):
                os.unlink(listener)
        except OSError:  # it has enough to read
            pass


@contextlib.contextmanager
def listening(loop: AbstractEventLoop, hear: Callable[[int], None]) -> Iterator[None]:
    """Call ``hear`` with the numbers that are sent to this process."""
    path = FOLDER / f"{HOST}-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.setblocking(False)
        try:
            FOLDER.mkdir(mode=0o700, exist_ok=True)
            path.unlink(missing_ok=True)
            ear.bind(os.fspath(path))
        except OSError as error:
            logger.warning("Open pages see changes a second late: %s: %s", path, error)
            yield
            return
        loop.add_reader(ear, _read, ear, hear)
        try:
            yield
        finally:
            loop.remove_reader(ear)
            with contextlib.suppress(OSError):
                path.unlink()


def _read(ear: socket.socket, hear: Callable[[int], None]) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            text = ear.recv(32)
            if text.isdigit():
                hear(int(text))


def _listeners(changed: int) -> list[str]:
    global _known
    try:
        listeners = [os.fspath(path) for path in Path(_folder).iterdir() if path.name.startswith(f"{HOST}-")]
    except OSError:
        return []
    if time.time_ns() - changed > SETTLED_NS:
        _known = changed, listeners
    return listeners


@cache
def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    atexit.register(sender.close)
    return sender
