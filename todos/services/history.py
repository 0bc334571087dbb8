"""The history of todos that repeat: one row for each occurrence that was completed or skipped."""

from collections.abc import Iterable, Sequence
from random import randrange

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from todos.models import PastOccurrence, Todo, TodoList

MAX_PAST_OCCURRENCES = 1_000  # of one todo; the oldest go first
BATCH = 1_000
ORPHANS_LOOKED_AT = 10_000  # rows, each time


def past_occurrences(todo: Todo) -> QuerySet[PastOccurrence]:
    """Return the todo's history, the latest first, without what was taken back by reopening it."""
    return todo.past_occurrences.not_reopened().order_by("-number")


def write_history(todos: Sequence[Todo], past: Iterable[PastOccurrence]) -> None:
    """Save the rows of occurrences that have ended, and delete those that are undone or too many.

    The todos are saved, and their lists are locked. A todo has at most MAX_PAST_OCCURRENCES rows, and a list as many
    as it may have todos; the oldest are deleted.
    """
    rows = [one for one in past if one.number <= one.todo.past_count]
    for one in rows:
        one.list_id = one.todo.list_id
    PastOccurrence.objects.bulk_create(rows, BATCH)
    changed = PastOccurrence.objects.filter(todo__in=[todo.pk for todo in todos])
    changed.filter(
        Q(number__gt=F("todo__past_count")) | Q(number__lte=F("todo__past_count") - MAX_PAST_OCCURRENCES)
    ).delete()
    for todo_list in {one.list_id: one.todo.list for one in rows}.values():
        _trim(todo_list)


def room_for_history(todo_list: TodoList) -> int:
    """Return how many rows the list can take without losing its oldest ones."""
    return max(0, todo_list.max_todos - todo_list.past_occurrences.count())


def move_history(todos: Sequence[Todo]) -> None:
    """Let the history of moved todos be in the lists where these are now."""
    moved = [todo for todo in todos if todo.past_count]
    for list_id, todo_list in {todo.list_id: todo.list for todo in moved}.items():
        ids = [todo.pk for todo in moved if todo.list_id == list_id]
        PastOccurrence.objects.filter(todo__in=ids).update(list=list_id)
        _trim(todo_list)


def delete_with_history(todos: QuerySet[Todo]) -> int:
    """Delete todos for good; return how many."""
    PastOccurrence.objects.filter(todo__in=todos.order_by()).delete()
    return todos.delete()[0]


def purge_orphans() -> int:
    """Delete what has lost its todo to release 0.1.0, which may purge beside this one; return how many rows.

    Each time it looks at a part of the table, so that it takes the same time however large that is.
    """
    last = PastOccurrence.objects.aggregate(Max("pk"))["pk__max"]
    if last is None:
        return 0
    start = randrange(0, last + 1, ORPHANS_LOOKED_AT)  # noqa: S311 - no secret
    part = PastOccurrence.objects.filter(pk__gte=start, pk__lt=start + ORPHANS_LOOKED_AT)
    return part.filter(~Exists(Todo.objects.filter(pk=OuterRef("todo")))).delete()[0]


def _trim(todo_list: TodoList) -> None:
    latest_first = todo_list.past_occurrences.order_by("-pk").values_list("pk", flat=True)
    for pk in latest_first[todo_list.max_todos : todo_list.max_todos + 1]:
        todo_list.past_occurrences.filter(pk__lte=pk).delete()
