"""The list page's content: filtered, in sections and pages, by a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from unicodedata import combining, normalize
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from todos.agenda import Clock, Section
from todos.deadlines import Deadline
from todos.humanize import exact_deadline, relative_deadline
from todos.models import PLACE, Todo, TodoList, TodoQuerySet
from todos.priorities import PRIORITIES
from todos.repeating import in_words
from todos.search.typed import TypedSearch
from todos.services import MAX_ITEMS, spellings

PAGE_SIZE = 50
MOST_PAGES = 3  # shown below each other: a change renders them all again
DONE_SHOWN = 20  # completed todos below the open ones; the filter shows all of them


class State(models.TextChoices):
    ANY = "", _("Open and recently done")
    OPEN = "open", _("Open")
    DONE = "done", _("Done")


class Window(models.TextChoices):
    ANY = "", _("Any deadline")
    OVERDUE = "overdue", _("Overdue")
    TODAY = "0", _("Due today")
    WEEK = "7", _("Due in 7 days")
    MONTH = "30", _("Due in 30 days")
    NONE = "none", _("No deadline")


class Sort(models.TextChoices):
    DEADLINE = "", _("By deadline")
    MANUAL = "manual", _("My order")
    NEWEST = "newest", _("Newest first")
    CHANGED = "changed", _("Last changed first")
    TITLE = "title", _("By title")


FLAT_ORDERS = {
    Sort.NEWEST: ("-id",),
    Sort.CHANGED: ("-updated_at", "-id"),
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
    shown: int = 1  # pages, from this one on

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.state or self.window or self.priority or self.label)

    @property
    def is_flat(self) -> bool:
        """Whether the todos are in no sections."""
        return bool(self.sort or self.state == State.DONE)

    def encode(self, **changes: object) -> str:
        """Return the query string, without defaults."""
        values = asdict(self) | {"shown": 1} | changes
        for name in ("page", "shown"):
            if values[name] == 1:
                del values[name]
        return urlencode({name: value for name, value in values.items() if value})


@dataclass
class Entry:
    """A todo as the page shows it."""

    todo: Todo
    deadline: Deadline | None = None
    due: str = ""
    due_exact: str = ""
    is_overdue: bool = False
    depth: int = 0  # below todos of the same page
    parent: Todo | None = None
    subtasks: int = 0
    subtasks_done: int = 0
    changed_by: str = ""  # who changed it last, if that is not who sees it
    repeats: str = ""  # how often, in words
    is_coming: bool = False  # an occurrence to come: the todo has this deadline once the one before is done


@dataclass
class Group:
    """A section of one page; ``total`` counts its todos on all pages."""

    section: Section | None
    total: int
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Listing:
    """One page of a list, or several in a row."""

    query: ListQuery
    search: TypedSearch
    groups: list[Group]
    total: int
    done_total: int
    clock: Clock

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def last_page(self) -> int:
        return max(self.query.page, min(self.query.page + self.query.shown - 1, self.pages))

    @property
    def pages_shown(self) -> int:
        return self.last_page - self.query.page + 1

    @property
    def takes_pages(self) -> bool:
        return self.pages_shown < MOST_PAGES

    @property
    def selectable(self) -> int:
        """How many todos can be selected at once beyond those of the page; 0 if there are no more, or too many."""
        has_others = self.pages_shown < self.pages
        return self.total if has_others and self.total <= MAX_ITEMS else 0

    @property
    def address_of_all(self) -> str:
        return self.query.encode(page=1)

    @property
    def is_manual(self) -> bool:
        return self.query.sort == Sort.MANUAL

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
        return self.query.encode(page=self.last_page + 1) if self.last_page < self.pages else ""


def browse(todo_list: TodoList, query: ListQuery, clock: Clock) -> Listing:
    """Return the page of the list that ``query`` asks for."""
    listing = _browse(todo_list, query, clock)
    add_relatives([entry for group in listing.groups for entry in group.entries])
    return listing


def _browse(todo_list: TodoList, query: ListQuery, clock: Clock) -> Listing:
    search = TypedSearch.read(query.q, clock)
    if search.error:
        return Listing(query, search, [], 0, 0, clock)
    todos = _find(todo_list, search, query, clock)
    start = (query.page - 1) * PAGE_SIZE
    stop = start + query.shown * PAGE_SIZE
    if query.is_flat:
        section = Section.DONE if query.state == State.DONE else None
        if (tree := _arrange(todos, query)) is not None:
            total, entries = len(tree), _entries_of_tree(todo_list, tree[start:stop], clock)
        else:
            total = todos.count()
            entries = _entries(list(_in_flat_order(todos, query)[start:stop]), clock)
        return Listing(query, search, [Group(section, total, entries)], total, 0, clock)

    sections = _sort_into_sections(todos, query, clock)
    total = sum(len(ids) for ids in sections.values())
    groups = list(_groups(todo_list, sections, start, stop, clock))
    done_total = 0
    if query.state == State.ANY and query.window != Window.OVERDUE:
        done = todos.completed(True)
        done_total = done.count()
        if done_total and query.page == 1:
            rows = list(done.order_by("-completed_at", "-id")[:DONE_SHOWN])
            groups.append(Group(Section.DONE, done_total, _entries(rows, clock)))
    return Listing(query, search, groups, total, done_total, clock)


def find_ids(todo_list: TodoList, query: ListQuery, clock: Clock) -> list[int]:
    """Return the ids of the ``Listing.total`` todos that the pages show, in their order."""
    search = TypedSearch.read(query.q, clock)
    if search.error:
        return []
    todos = _find(todo_list, search, query, clock)
    if not query.is_flat:
        return [pk for ids in _sort_into_sections(todos, query, clock).values() for pk in ids]
    if (tree := _arrange(todos, query)) is not None:
        return [pk for pk, _ in tree]
    return list(_in_flat_order(todos, query).values_list("pk", flat=True))


def find_neighbour(
    todo_list: TodoList, query: ListQuery, clock: Clock, todo_id: int, *, is_after: bool
) -> int | None:
    """Return the id of what is shown after or before a todo in the manual order, on whichever page.

    Only siblings count; open and completed ones separately.
    """
    search = TypedSearch.read(query.q, clock)
    if search.error:
        return None
    rows = _in_manual_order(_find(todo_list, search, query, clock))
    shown = {
        pk: (parent_id if parent_id in rows else None, completed) for pk, (parent_id, completed) in rows.items()
    }
    if todo_id not in shown:
        return None
    ids = [pk for pk, kind in shown.items() if kind == shown[todo_id]]
    place = ids.index(todo_id) + (1 if is_after else -1)
    return ids[place] if 0 <= place < len(ids) else None


def find_page(todo_list: TodoList, query: ListQuery, clock: Clock, todo_id: int) -> int | None:
    """Return the number of the page that shows an open todo, or None if the filters hide it."""
    ids = find_ids(todo_list, query, clock)
    return ids.index(todo_id) // PAGE_SIZE + 1 if todo_id in ids else None


def _arrange(todos: TodoQuerySet, query: ListQuery) -> list[tuple[int, int]] | None:
    """Return the ids of todos in an order that takes more than a query, each with its depth; None for other orders."""
    if query.sort == Sort.MANUAL:
        return _tree(todos)
    return _by_title(todos) if query.sort == Sort.TITLE else None


def _in_flat_order(todos: TodoQuerySet, query: ListQuery) -> TodoQuerySet:
    return todos.order_by("completed", *FLAT_ORDERS.get(query.sort, ("-completed_at", "-id")))


def _in_manual_order(todos: TodoQuerySet) -> dict[int, tuple[int | None, bool]]:
    """Return the parent of each todo, and whether it is completed; open ones first."""
    rows = todos.order_by("completed", PLACE, "id").values_list("pk", "parent_id", "completed")
    return {pk: (parent_id, completed) for pk, parent_id, completed in rows}


def _tree(todos: TodoQuerySet) -> list[tuple[int, int]]:
    """Return the ids of todos in the manual order, sub-tasks below their parents, each with its depth."""
    rows = _in_manual_order(todos)
    below = defaultdict(list)
    for pk, (parent_id, _completed) in rows.items():
        below[parent_id if parent_id in rows else None].append(pk)
    tree, stack = [], [(pk, 0) for pk in reversed(below[None])]
    while stack:
        pk, depth = stack.pop()
        tree.append((pk, depth))
        stack += [(child, depth + 1) for child in reversed(below[pk])]
    return tree


def _by_title(todos: TodoQuerySet) -> list[tuple[int, int]]:
    """Return the ids of todos by their titles, as _tree does.

    Not by a query: SQLite would put "Zebra" before "ant" and "Éclair" behind both, and PostgreSQL what its locale says.
    """
    rows = todos.values_list("completed", "title", "pk")
    return [(pk, 0) for *_, pk in sorted(rows, key=lambda row: (row[0], _collation_key(row[1]), row[2]))]


def _collation_key(title: str) -> tuple[str, str]:
    letters = "".join(char for char in normalize("NFKD", title) if not combining(char))
    return letters.casefold(), title.casefold()


def _entries_of_tree(todo_list: TodoList, tree: Sequence[tuple[int, int]], clock: Clock) -> list[Entry]:
    todos = todo_list.todos.visible().in_bulk([pk for pk, _ in tree])
    # A todo may have been deleted since the first query.
    return [replace(describe(todos[pk], clock), depth=depth) for pk, depth in tree if pk in todos]


def add_relatives(entries: Iterable[Entry]) -> None:
    """Tell entries of their parents and sub-tasks: two queries, however many they are."""
    by_id = {entry.todo.pk: entry for entry in entries}
    visible = Todo.objects.visible()
    parents = visible.only("title").in_bulk({entry.todo.parent_id for entry in by_id.values()} - {None})
    done = Count("pk", filter=Q(completed=True))
    counts = visible.filter(parent__in=by_id).order_by().values("parent").annotate(total=Count("pk"), done=done)
    for parent_id, total, completed in counts.values_list("parent", "total", "done"):
        by_id[parent_id].subtasks, by_id[parent_id].subtasks_done = total, completed
    for entry in by_id.values():
        entry.parent = parents.get(entry.todo.parent_id)


def _find(todo_list: TodoList, search: TypedSearch, query: ListQuery, clock: Clock) -> TodoQuerySet:
    todos = todo_list.todos.visible().found_by(search.query, [(todo_list, clock)])
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


def _sort_into_sections(todos: TodoQuerySet, query: ListQuery, clock: Clock) -> dict[Section, list[int]]:
    """Return the ids of the open todos by section, in their order."""
    return clock.sort_into_sections(_deadlines(todos.completed(False), query, clock))


def _deadlines(todos: TodoQuerySet, query: ListQuery, clock: Clock) -> Iterator[tuple[int, Deadline | None, int]]:
    for pk, moment, kind, priority in todos.values_list("id", "deadline", "deadline_kind", "priority"):
        deadline = Deadline(moment, kind) if moment else None
        # The query also finds whole days that have begun, but a day is overdue only once it has ended.
        if query.window != Window.OVERDUE or clock.is_over(deadline):
            yield pk, deadline, priority


def _groups(
    todo_list: TodoList, sections: dict[Section, list[int]], start: int, stop: int, clock: Clock
) -> Iterator[Group]:
    """Yield what is shown of each section from todo number ``start`` to before ``stop``."""
    shown, skipped = {}, 0
    for section, ids in sections.items():
        first = max(0, start - skipped)
        shown[section] = ids[first : max(0, stop - skipped)]
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
        repeats=in_words(todo) if todo.rule else "",
    )


def describe_coming(entry: Entry, deadline: Deadline, clock: Clock) -> Entry:
    """Return a todo as it comes again."""
    return replace(
        entry,
        deadline=deadline,
        due=relative_deadline(deadline, clock),
        due_exact=exact_deadline(deadline, clock),
        is_overdue=False,
        is_coming=True,
    )
