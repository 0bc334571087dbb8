"""The list page's content: filtered, in sections and pages, by a fixed number of queries."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from django.db import models

from todos.agenda import Clock, Section
from todos.deadlines import Deadline
from todos.humanize import exact_deadline, relative_deadline
from todos.models import Todo, TodoList, TodoQuerySet
from todos.priorities import PRIORITIES
from todos.services import spellings

PAGE_SIZE = 80
DONE_SHOWN = 20  # completed todos below the open ones; the filter shows all of them


class State(models.TextChoices):
    ANY = "", "Open and recently completed"
    OPEN = "open", "Open"
    DONE = "done", "Done"


class Window(models.TextChoices):
    ANY = "", "Any deadline"
    OVERDUE = "overdue", "Overdue"
    TODAY = "0", "Due today"
    WEEK = "7", "Due in 7 days"
    MONTH = "30", "Due in 30 days"
    NONE = "none", "No deadline"


class Sort(models.TextChoices):
    DEADLINE = "", "By deadline"
    NEWEST = "newest", "Newest first"
    CHANGED = "changed", "Last changed first"
    TITLE = "title", "By title"


FLAT_ORDERS = {
    Sort.NEWEST: ("-id",),
    Sort.CHANGED: ("-updated_at", "-id"),
    Sort.TITLE: ("title", "id"),
}


@dataclass(frozen=True)
class ListQuery:
    """The filters, order and page in the address of a list page."""

    q: str = ""
    state: str = State.ANY
    window: str = Window.ANY
    priority: str = ""  # by its word
    label: str = ""
    sort: str = Sort.DEADLINE
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.state or self.window or self.priority or self.label)

    def encode(self, **changes: object) -> str:
        """Return the query string, without defaults."""
        values = asdict(self) | changes
        if values["page"] == 1:
            del values["page"]
        return urlencode({name: value for name, value in values.items() if value})


@dataclass
class Entry:
    """A todo as the page shows it."""

    todo: Todo
    deadline: Deadline | None = None
    due: str = ""
    due_exact: str = ""
    is_overdue: bool = False


@dataclass
class Group:
    """A section of one page; ``total`` counts its todos on all pages."""

    section: Section | None
    total: int
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Listing:
    """One page of a list."""

    query: ListQuery
    groups: list[Group]
    total: int
    done_total: int
    clock: Clock

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def is_empty(self) -> bool:
        return not any(group.entries for group in self.groups)

    @property
    def all_done(self) -> str:
        return self.query.encode(state=State.DONE, page=1)

    @property
    def previous_page(self) -> str:
        return self.query.encode(page=self.query.page - 1) if self.query.page > 1 else ""

    @property
    def next_page(self) -> str:
        return self.query.encode(page=self.query.page + 1) if self.query.page < self.pages else ""


def browse(todo_list: TodoList, query: ListQuery, clock: Clock) -> Listing:
    """Return the page of the list that ``query`` asks for."""
    todos = _find(todo_list, query, clock)
    start = (query.page - 1) * PAGE_SIZE
    if query.sort or query.state == State.DONE:
        order = FLAT_ORDERS.get(query.sort, ("-completed_at", "-id"))
        total = todos.count()
        rows = list(todos.order_by("completed", *order)[start : start + PAGE_SIZE])
        section = Section.DONE if query.state == State.DONE else None
        return Listing(query, [Group(section, total, _entries(rows, clock))], total, 0, clock)

    sections = clock.sort_into_sections(_deadlines(todos.completed(False), query, clock))
    total = sum(len(ids) for ids in sections.values())
    groups = list(_groups(todo_list, sections, start, clock))
    done_total = 0
    if query.state == State.ANY and query.window != Window.OVERDUE:
        done = todos.completed(True)
        done_total = done.count()
        if done_total and query.page == 1:
            rows = list(done.order_by("-completed_at", "-id")[:DONE_SHOWN])
            groups.append(Group(Section.DONE, done_total, _entries(rows, clock)))
    return Listing(query, groups, total, done_total, clock)


def _find(todo_list: TodoList, query: ListQuery, clock: Clock) -> TodoQuerySet:
    todos = todo_list.todos.visible().matching(query.q.split())
    if query.label:
        todos = todos.labelled(spellings(todo_list.owner_id, [query.label]).values())
    if query.state:
        todos = todos.completed(query.state == State.DONE)
    if query.priority:
        todos = todos.of_priority([PRIORITIES[query.priority]])
    if query.window == Window.NONE:
        return todos.filter(deadline__isnull=True)
    if query.window == Window.OVERDUE:
        return todos.due_by(clock.now, clock.zone).completed(False)
    if query.window:
        last = clock.local_now.replace(hour=23, minute=59, second=59, microsecond=0)
        end = (last + timedelta(days=int(query.window))).replace(tzinfo=clock.zone)
        return todos.due_by(end, clock.zone)
    return todos


def _deadlines(todos: TodoQuerySet, query: ListQuery, clock: Clock) -> Iterator[tuple[int, Deadline | None, int]]:
    for pk, moment, kind, priority in todos.values_list("id", "deadline", "deadline_kind", "priority"):
        deadline = Deadline(moment, kind) if moment else None
        # The query also finds whole days that have begun, but a day is overdue only once it has ended.
        if query.window != Window.OVERDUE or clock.is_over(deadline):
            yield pk, deadline, priority


def _groups(todo_list: TodoList, sections: dict[Section, list[int]], start: int, clock: Clock) -> Iterator[Group]:
    """Yield what the page that begins at todo number ``start`` shows of each section."""
    shown, skipped = {}, 0
    for section, ids in sections.items():
        first = max(0, start - skipped)
        shown[section] = ids[first : max(0, start + PAGE_SIZE - skipped)]
        skipped += len(ids)
    todos = todo_list.todos.visible().in_bulk([pk for ids in shown.values() for pk in ids])
    for section, ids in shown.items():
        # A todo may have been deleted since the first query.
        if rows := [todos[pk] for pk in ids if pk in todos]:
            yield Group(section, len(sections[section]), _entries(rows, clock))


def _entries(todos: list[Todo], clock: Clock) -> list[Entry]:
    return [describe(todo, clock) for todo in todos]


def describe(todo: Todo, clock: Clock) -> Entry:
    """Return the todo with its deadline in words."""
    if not (deadline := todo.due):
        return Entry(todo)
    return Entry(
        todo,
        deadline,
        relative_deadline(deadline, clock),
        exact_deadline(deadline, clock),
        not todo.completed and clock.is_over(deadline),
    )
