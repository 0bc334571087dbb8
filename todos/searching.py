"""Searches over several lists of a user, by a fixed number of queries."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from django.db.models import F

from todos.agenda import Clock
from todos.listing import PAGE_SIZE, Entry, add_relatives, describe
from todos.models import Todo, TodoList, TodoQuerySet
from todos.search.index import is_indexed
from todos.search.language import Query
from todos.search.typed import TypedSearch
from web.admission import Slots

MAX_PAGE = 1_000
# Of all todos of a user, because no word is long enough for the index: not more than two at once.
scans = Slots(2, wait_seconds=1)


@dataclass
class Found:
    """One page of what a search found: what is open, by deadline, and then what is done."""

    search: TypedSearch
    entries: list[Entry] = field(default_factory=list)
    page: int = 1
    has_more: bool = False


def find_todos(lists: Sequence[TodoList], query: Query) -> TodoQuerySet:
    """Return the todos of these lists that the search finds, each by the clock of its list."""
    clocks = [(todo_list, Clock.of(todo_list)) for todo_list in lists]
    todos = Todo.objects.visible().filter(list__in=[todo_list.pk for todo_list in lists])
    return todos.found_by(query, clocks)


def search_lists(lists: Sequence[TodoList], text: str, page: int = 1) -> Found:
    """Return a page of what the text finds in these lists: nothing, if it is empty or no search.

    Raises Busy if all todos must be read and others do so too.
    """
    search = TypedSearch.read(text, Clock.of(lists[0]))
    if not search.query:
        return Found(search)
    page = min(page, MAX_PAGE)
    start = (page - 1) * PAGE_SIZE
    ordered = find_todos(lists, search.query).order_by("completed", F("deadline").asc(nulls_last=True), "-id")
    with nullcontext() if any(map(is_indexed, search.query.texts)) else scans.taken():
        # Counting all would take longer than finding those of a page, and so would sorting whole todos.
        ids = list(ordered.values_list("pk", flat=True)[start : start + PAGE_SIZE + 1])
    todos, lists_by_id = Todo.objects.in_bulk(ids[:PAGE_SIZE]), {one.pk: one for one in lists}
    entries = []
    for todo in (todos[pk] for pk in ids[:PAGE_SIZE] if pk in todos):
        # Meanwhile it may have been deleted, or moved to a list that the user cannot read.
        if todo.deleted_at is None and todo.list_id in lists_by_id:
            todo.list = lists_by_id[todo.list_id]
            entries.append(describe(todo, Clock.of(todo.list)))
    add_relatives(entries)
    return Found(search, entries, page, len(ids) > PAGE_SIZE)
