"""The name of a process, the same wherever it is seen: among the workers, in events, in readiness checks."""

import os
import socket
import uuid
from functools import cache


def process_name() -> str:
    """Return the name of this process: no other one, now or later, has it."""
    return _name_of(os.getpid())  # a fork is another process


@cache
def _name_of(process_id: int) -> str:
    return f"{name_of_host()}{process_id}:{uuid.uuid4().hex[:8]}"


@cache
def name_of_host() -> str:
    """Return how the names of this host's processes begin."""
    return f"{socket.gethostname()[:60]}:"
