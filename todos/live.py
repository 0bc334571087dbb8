"""What open pages watch: the revisions of lists, for as long as their user may read them and is signed in."""

import zlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from todos.models import TodoList
from todos.queries import FIND_WATCHED
from web.live import Seen


@dataclass(frozen=True)
class Watched:
    """What a page shows: a list, or without its id all lists of a user that are not archived."""

    user_id: int
    list_id: int | None
    session_key: str  # empty for people who are not signed in


def state_of(lists: Iterable[TodoList]) -> str:
    """Return what changes with every change of these lists: which they are, and a number that only grows."""
    return _state((one.pk, one.epoch, one.revision) for one in lists)


def read_states(watched: Set[Watched]) -> Mapping[Watched, Seen]:
    """Return what is to be seen now, by one query; without those whose user may not read the list or has signed out."""
    readable: dict[int, dict[int, tuple[int, int, bool]]] = {}
    sessions = {""}
    for list_id, reader, epoch, revision, is_active, session in FIND_WATCHED(
        lists=[*{one.list_id for one in watched} - {None}],
        users=[*{one.user_id for one in watched}],
        overviews=[*{one.user_id for one in watched if one.list_id is None}],
        sessions=[*{one.session_key for one in watched} - {""}],
        now=datetime.now(UTC),
    ):
        sessions.add(session)
        readable.setdefault(reader, {})[list_id] = epoch, revision, is_active
    seen = {}
    for one in watched:
        lists = readable.get(one.user_id, {})
        if one.list_id is None:
            shown = {pk: lists[pk] for pk in lists if lists[pk][2]}
        else:
            shown = {pk: lists[pk] for pk in lists if pk == one.list_id}
        if shown and one.session_key in sessions:
            state = _state((pk, epoch, revision) for pk, (epoch, revision, _) in shown.items())
            seen[one] = Seen(state, frozenset(shown))
    return seen


def _state(lists: Iterable[tuple[int, int, int]]) -> str:
    which, total = [], 0
    for pk, epoch, revision in lists:
        which.append((pk, epoch))
        total += revision
    return f"{zlib.crc32(repr(sorted(which)).encode()):x}.{total}"
