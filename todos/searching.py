"""Searches over several lists of a user, by a fixed number of queries."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from django.db.models import F

from todos.agenda import Clock
from todos.listing import PAGE_SIZE, Entry, add_relatives, describe
from todos.models import Todo, TodoList, TodoQuerySet
from todos.search.index import is_indexed, keeps_states_apart
from todos.search.language import Query
from todos.search.typed import TypedSearch
from web.admission import Slots

MAX_PAGE = 1_000
ORDER = ("completed", F("deadline").asc(nulls_last=True), "-id")
# Of all todos of a user, because no word is long enough for the index: not more than two at once.
scans = Slots(2, wait_seconds=1)


@dataclass
class Found:
    """One page of what a search found: what is open, by deadline, and then what is done."""

    search: TypedSearch
    entries: list[Entry] = field(default_factory=list)
    page: int = 1
    has_more: bool = False


def find_todos(lists: Sequence[TodoList], query: Query, is_completed: bool | None = None) -> TodoQuerySet:
    """Return the todos of these lists that the search finds, each by the clock of its list; on request only open ones,
    or only those that are done.
    """
    clocks = [(todo_list, Clock.of(todo_list)) for todo_list in lists]
    todos = Todo.objects.visible().filter(list__in=[todo_list.pk for todo_list in lists])
    return todos.found_by(query, clocks, is_completed)


def _find_page(lists: Sequence[TodoList], query: Query, start: int, stop: int) -> list[Todo]:
    """Return some of the todos that the search finds, in order."""
    # Most pages are full of open todos.
    states = (
        [False, True] if query.is_completed is None and keeps_states_apart("default") else [query.is_completed]
    )
    found: list[Todo] = []
    before = 0  # todos of the states before
    for is_completed in states:
        todos = find_todos(lists, query, is_completed)
        first = max(0, start - before)
        # Counting all would take longer than finding those of a page, and so would sorting whole todos.
        ids = todos.order_by(*ORDER).values("pk")[first : max(first, stop - before)]
        rows = list(Todo.objects.filter(pk__in=ids).order_by(*ORDER))
        found += rows
        if len(found) == stop - start:
            break
        before = first + len(rows) if rows or not first else todos.count()
    return found


def search_lists(lists: Sequence[TodoList], text: str, page: int = 1) -> Found:
    """Return a page of what the text finds in these lists: nothing, if it is empty or no search.

    Raises Busy if all todos must be read and others do so too.
    """
    search = TypedSearch.read(text, Clock.of(lists[0]))
    if not search.query:
        return Found(search)
    page = min(page, MAX_PAGE)
    start = (page - 1) * PAGE_SIZE
    with nullcontext() if any(map(is_indexed, search.query.texts)) else scans.taken():
        todos = _find_page(lists, search.query, start, start + PAGE_SIZE + 1)
    lists_by_id = {todo_list.pk: todo_list for todo_list in lists}
    for todo in todos:
        todo.list = lists_by_id[todo.list_id]
    entries = [describe(todo, Clock.of(todo.list)) for todo in todos[:PAGE_SIZE]]
    add_relatives(entries)
    return Found(search, entries, page, len(todos) > PAGE_SIZE)
