"""Counting the calls of Python functions, for limits on work that do not depend on the machine."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def counted_calls() -> Iterator[Counter]:
    """Count how often Python code is entered, a generator for each of its values."""
    counter, previous = Counter(), sys.getprofile()

    def note(_frame: object, event: str, _argument: object) -> None:
        if event == "call":
            counter["call"] += 1

    sys.setprofile(note)
    try:
        yield counter
    finally:
        sys.setprofile(previous)
