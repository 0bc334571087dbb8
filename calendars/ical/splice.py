"""Changing some entries of a calendar file without reading the others.

An entry is what one todo became. Each begins with a mark, which ends in ``UID:``, and its UID; no text of a
todo can look so, since a line that goes on begins with a space. The entries of a file stand in the order of
their UIDs, so that one is found by bisection, and everything between two changes is copied as it stands.
"""

from collections.abc import Mapping

UID_LENGTH = 36  # a UUID with its hyphens


def splice(body: bytes, changes: Mapping[str, bytes], *, mark: bytes, tail: bytes) -> list[bytes | memoryview]:
    """Return the entries of ``body``, in pieces to be joined, with those of the UIDs in ``changes`` replaced.

    An empty entry takes the old one away; an old one that is not there is an addition.
    """
    start = body.find(mark)
    if start < 0:
        return [changes[uid] for uid in sorted(changes)]
    end = len(body) - len(tail)
    view, pieces = memoryview(body), []
    for uid in sorted(changes):
        found = _bisect(body, uid.encode(), mark, start, end)
        pieces += [view[start:found], changes[uid]]
        start = found if _uid_at(body, found, mark) != uid.encode() else _next(body, found + 1, mark, end)
    pieces.append(view[start:end])
    return pieces


def _bisect(body: bytes, uid: bytes, mark: bytes, low: int, high: int) -> int:
    """Return where the first entry whose UID is not less than ``uid`` begins; ``high`` if there is none."""
    end = high
    while low < high:  # entries before low are less; one that begins at high or later is not
        middle = _next(body, (low + high) // 2, mark, high)
        if middle == high or _uid_at(body, middle, mark) >= uid:
            high = (low + high) // 2
        else:
            low = _next(body, middle + 1, mark, end)
    return _next(body, low, mark, end)


def _next(body: bytes, position: int, mark: bytes, end: int) -> int:
    """Return where the first entry at ``position`` or later, but before ``end``, begins; else ``end``."""
    found = body.find(mark, position, end + len(mark) - 1)
    return end if found < 0 else found


def _uid_at(body: bytes, entry: int, mark: bytes) -> bytes:
    begin = entry + len(mark)
    return body[begin : begin + UID_LENGTH]
