"""What open pages watch: the revisions of lists, for as long as their user may read them and is signed in."""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from todos.models import TodoList
from todos.queries import find_watched
from web.live import Seen

STATE = re.compile(r"([0-9a-f]{1,8})\.([0-9]{1,18})")


@dataclass(frozen=True)
class ShownPage:
    """What a list page depends on besides the list: its query string, its language, and how it writes times."""

    query: str
    language: str
    time_format: str


@dataclass(frozen=True)
class Watched:
    """What a page shows: a list, or without its id all lists of a user that are not archived, or these too.

    With ids of others, such as a list's jobs, the page shows these and nothing else of the list. ``page`` is what a
    page of the open list shows, which takes it along with an event.
    """

    user_id: int
    list_id: int | None
    session_key: str  # empty for people who are not signed in
    others: frozenset[UUID] = frozenset()
    has_archived: bool = False
    page: ShownPage | None = None


def state_of(lists: Iterable[TodoList]) -> str:
    """Return what changes with every change of these lists: which they are, and a number that only grows."""
    return _state([(one.pk, one.epoch, one.revision) for one in lists])


def revision_in(state: str, todo_list: TodoList) -> int | None:
    """Return the list's revision when it had this state; None if it never had, or was restored from a backup since."""
    match = STATE.fullmatch(state)
    return int(match[2]) if match and match[1] == state_of([todo_list]).partition(".")[0] else None


def state_of_others(texts: Mapping[UUID, str]) -> str:
    """Return what changes with these texts, which are what the page shows of others."""
    return _digest(sorted((other.hex, text) for other, text in texts.items()), 0)


def read_states(watched: Set[Watched]) -> Mapping[Watched, Seen]:
    """Return what is to be seen now, by one query; without those whose user may not read the list or has signed out."""
    readable: dict[int, dict[int, tuple[int, int, bool]]] = {}
    texts = {"": ""}  # of sessions, which have none, and others
    rows = find_watched()(
        lists=[*{one.list_id for one in watched} - {None}],
        users=[*{one.user_id for one in watched}],
        overviews=[*{one.user_id for one in watched if one.list_id is None}],
        sessions=[*{one.session_key for one in watched} - {""}],
        others=[*{other.hex for one in watched for other in one.others}],
        now=datetime.now(UTC),
    )
    for list_id, reader, epoch, revision, is_active, key, text in rows:
        if key:
            texts[key] = text
        else:
            readable.setdefault(reader, {})[list_id] = epoch, revision, is_active
    seen = {}
    for one in watched:
        lists = readable.get(one.user_id, {})
        if one.list_id is None:
            shown = {pk: lists[pk] for pk in lists if lists[pk][2] or one.has_archived}
        else:
            shown = {pk: lists[pk] for pk in lists if pk == one.list_id}
        if not shown or one.session_key not in texts:
            continue
        if one.others:
            state = state_of_others({other: texts.get(other.hex, "") for other in one.others})
        else:
            state = _state([(pk, epoch, revision) for pk, (epoch, revision, _) in shown.items()])
        seen[one] = Seen(state, frozenset(shown))
    return seen


def _state(lists: Sequence[tuple[int, int, int]]) -> str:
    which = sorted((pk, epoch) for pk, epoch, _ in lists)
    return _digest(which, sum(revision for _, _, revision in lists))


def _digest(which: list, number: int) -> str:
    return f"{zlib.crc32(repr(which).encode()):x}.{number}"
