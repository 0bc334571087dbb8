"""Sub-tasks: which todo may be below which, and which others a change of one concerns.

A visible todo's parent is a visible todo of the same list, so what hides or moves a todo takes those below it along.
A deleted one keeps its parent, to come back to it. All of this is decided while the list is locked, so that no two
changes make a circle.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from django.db.models import BigIntegerField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from todos.models import Todo, TodoList

MAX_DEPTH = 3  # a todo, its sub-tasks, and theirs
MAX_SUBTASKS = 100  # of one todo, theirs not counted

BATCH = 1_000  # values in one query
MAX_ID = BigIntegerField.MAX_BIGINT
MAX_CHOICES = 100  # that a form offers

NO_PARENT = _("There is no such todo in this list.")
CIRCLE = _("A todo cannot be below itself.")
TOO_DEEP = format_lazy(_("Todos and sub-tasks can be {count} levels deep at most."), count=MAX_DEPTH)
TOO_MANY = format_lazy(_("A todo can have {count} sub-tasks at most."), count=MAX_SUBTASKS)


class InvalidParent(Exception):
    """The todo cannot be a sub-task of that one. The message is a sentence."""


class TodoTree:
    """Todos of locked lists with those above and below them, as they are while they are being changed."""

    def __init__(self, list_ids: Iterable[int]) -> None:
        self.list_ids = list(list_ids)
        self.todos: dict[int, Todo] = {}
        self._below: dict[int, dict[int, Todo]] = defaultdict(dict)
        self._not_loaded: Counter[int] = Counter()  # sub-tasks by parent

    def load(self, todo_ids: Iterable[int]) -> None:
        """Load those of these todos that are missing."""
        self._find("pk", set(todo_ids) - self.todos.keys())

    def load_below(self, todo_ids: Iterable[int]) -> None:
        """Load all sub-tasks of these todos, and theirs."""
        parents = set(todo_ids)
        for _level in range(MAX_DEPTH - 1):
            parents = self._find("parent", parents)

    def load_above(self, todo_ids: Iterable[int]) -> None:
        """Load these todos and those above them, and count the sub-tasks of these."""
        parents = wanted = set(todo_ids)
        for _level in range(MAX_DEPTH):
            self.load(wanted)
            found = (self.todos.get(todo_id) for todo_id in wanted)
            wanted = {todo.parent_id for todo in found if todo and todo.parent_id}
        children = Todo.objects.visible().filter(parent__in=parents).values_list("pk", "parent_id")
        self._not_loaded = Counter(parent_id for pk, parent_id in children if pk not in self.todos)

    def add(self, todo: Todo) -> None:
        self.todos[todo.pk] = todo
        if todo.parent_id:
            self._below[todo.parent_id][todo.pk] = todo

    def put_below(self, todo: Todo, parent_id: int | None) -> None:
        """Make the todo a sub-task of another one, or of none."""
        self._below[todo.parent_id].pop(todo.pk, None)
        todo.parent_id = parent_id
        if parent_id:
            self._below[parent_id][todo.pk] = todo

    def problem(self, todo: Todo, parent_id: int) -> str:
        """Say why the todo cannot be a sub-task of that one; empty if it can. It need not be saved yet."""
        parent = self.todos.get(parent_id)
        if parent is None or parent.deleted_at or parent.list_id != todo.list_id:
            return str(NO_PARENT)
        above = self._with_those_above(parent)
        if todo in above:
            return str(CIRCLE)
        levels = 1 + len(self._levels_below(todo, is_visible_beside(todo))) if todo.pk else 1
        if len(above) + levels > MAX_DEPTH:
            return str(TOO_DEEP)
        is_other = is_visible_beside(parent)
        others = sum(is_other(child) for pk, child in self._below[parent_id].items() if pk != todo.pk)
        return str(TOO_MANY) if others + self._not_loaded[parent_id] >= MAX_SUBTASKS else ""

    def below(self, todo: Todo, is_wanted: Callable[[Todo], bool]) -> list[Todo]:
        """Return the sub-tasks that are wanted, and theirs, those next below first."""
        return [child for level in self._levels_below(todo, is_wanted) for child in level]

    def _levels_below(self, todo: Todo, is_wanted: Callable[[Todo], bool]) -> list[list[Todo]]:
        levels, level = [], [todo]
        for _level in range(MAX_DEPTH):  # one more than there can be: a todo that is too deep is one of them
            level = [child for parent in level for child in self._below[parent.pk].values() if is_wanted(child)]
            if not level:
                break
            levels.append(level)
        return levels

    def _with_those_above(self, todo: Todo) -> list[Todo]:
        above = [todo]
        while len(above) <= MAX_DEPTH and (parent := self.todos.get(above[-1].parent_id)):
            above.append(parent)
        return above

    def _find(self, column: str, values: set[int]) -> set[int]:
        """Load the todos that have one of these values in a column; return their ids."""
        wanted, found = (
            sorted(value for value in values if value <= MAX_ID),
            set(),
        )  # an address can have any number
        for start in range(0, len(wanted), BATCH):  # no database takes any number of parameters
            part = wanted[start : start + BATCH]
            for todo in Todo.objects.filter(list__in=self.list_ids, **{f"{column}__in": part}):
                found.add(todo.pk)
                if todo.pk not in self.todos:
                    self.add(todo)
        return found


def is_visible_beside(todo: Todo) -> Callable[[Todo], bool]:
    """Return a function that says whether another todo is in the same list and not deleted."""
    list_id = todo.list_id
    return lambda other: other.list_id == list_id and other.deleted_at is None


def check_parent(todo_list: TodoList, todo: Todo) -> None:
    """Raise InvalidParent if a new todo of the locked list cannot have its parent."""
    tree = TodoTree([todo_list.pk])
    tree.load_above([todo.parent_id])
    if problem := tree.problem(todo, todo.parent_id):
        raise InvalidParent(problem)


def possible_parents(todo_list: TodoList, todo: Todo | None = None, *, wanted: int | None = None) -> list[Todo]:
    """Return open todos that could have the todo as a sub-task: those that were created last, and the one that it has.

    With ``wanted``, that one too. Only ids and titles are read, without the rules that need a look at more todos.
    """
    named = {todo_id for todo_id in (wanted, todo and todo.parent_id) if todo_id}
    shallow = todo_list.todos.visible().filter(parent__parent__isnull=True)
    if todo:
        shallow = shallow.exclude(pk=todo.pk).exclude(parent=todo)
    found = shallow.filter(completed=False).only("title").order_by("-pk")[:MAX_CHOICES]
    missing = named - {one.pk for one in found}
    return [*shallow.filter(pk__in=missing).only("title"), *found]


def settle_parents(
    wanted: Mapping[UUID, UUID], tree: Mapping[UUID, UUID | None]
) -> tuple[dict[UUID, UUID], Counter[str]]:
    """Return which parents todos get that come with these wishes, and how often a rule is against it.

    All by their UIDs. ``tree`` has the parent of every todo that will be in the list, so far; of those that come, None.
    """
    parents, refused = dict(tree), Counter()
    children = Counter(parent for parent in tree.values() if parent)
    for uid, parent in wanted.items():
        if parent not in parents:
            refused[str(NO_PARENT)] += 1
        elif children[parent] >= MAX_SUBTASKS:
            refused[str(TOO_MANY)] += 1
        else:
            parents[uid] = parent
            children[parent] += 1
    # All at once, because a sub-task may come before its parent. What is in a circle, or too deep, is on its own.
    for uid in wanted:
        if above := parents[uid]:
            seen = {uid}
            while above and above not in seen and len(seen) < MAX_DEPTH:
                seen.add(above)
                above = parents.get(above)
            if above:
                parents[uid] = None
                refused[str(CIRCLE if above in seen else TOO_DEEP)] += 1
    return {uid: parents[uid] for uid in wanted if parents[uid]}, refused
