"""The trash: deleted todos, which can be restored until they are purged, and the tombstones of moved ones."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet

from todos.models import BYTE_COUNT, MovedTodo, Todo, TodoList
from todos.services.history import delete_with_history, purge_orphans

TRASH_DAYS = 30


def purge_todos() -> int:
    """Delete for good what has been deleted, or moved away, for TRASH_DAYS; return how many rows."""
    before = datetime.now(UTC) - timedelta(days=TRASH_DAYS)
    purge_orphans()
    return sum(
        _purge_expired(expired)
        for expired in (Todo.objects.filter(deleted_at__lt=before), MovedTodo.objects.filter(moved_at__lt=before))
    )


def _purge_expired(expired: QuerySet) -> int:
    purged = 0
    for list_id in expired.order_by().values_list("list", flat=True).distinct()[:100]:
        with transaction.atomic():
            if locked := TodoList.objects.select_for_update(no_key=True).filter(pk=list_id).first():
                purged += _purge(locked, expired.filter(list=locked))
    return purged


def leave_tombstones(locked: TodoList, todos: Iterable[Todo], *, revision: int, now: datetime) -> None:
    """Have builds of a locked list remove todos that are being moved away by the change with this revision.

    There are at most as many as the list may have todos.
    """
    MovedTodo.objects.bulk_create(
        [MovedTodo(list=locked, uid=todo.uid, revision=revision, moved_at=now) for todo in todos],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["list", "uid"],
        update_fields=["revision", "moved_at"],
    )
    latest_first = locked.moved_todos.order_by("-revision").values_list("revision", flat=True)
    for full in latest_first[locked.max_todos : locked.max_todos + 1]:
        _purge(locked, locked.moved_todos.filter(revision__lte=full))


def purge_trash(locked: TodoList) -> int:
    """Delete for good all that is in the trash of a locked list; return how many todos."""
    deleted = locked.todos.deleted()
    count = deleted.count()
    _purge(locked, deleted)
    return count


def empty_full_trash(locked: TodoList) -> int:
    """Delete for good what was deleted first, if the trash holds more than the list may; return how many.

    Deleting is never refused. Todos that were deleted at one moment go together.
    """
    deleted = locked.todos.deleted()
    count, size = deleted.total()
    if count <= locked.max_todos and size <= locked.max_bytes:
        return 0
    size = 0
    latest_first = deleted.order_by("-deleted_at").values_list("deleted_at", BYTE_COUNT)
    for count, (deleted_at, more) in enumerate(latest_first.iterator(), 1):
        size += more
        if count > locked.max_todos or size > locked.max_bytes:
            return _purge(locked, deleted.filter(deleted_at__lte=deleted_at))
    return 0


def _purge(locked: TodoList, todos: QuerySet) -> int:
    """Delete deleted todos, or tombstones, of a locked list, so that builds notice that they are gone."""
    revision = todos.aggregate(Max("revision"))["revision__max"] or 0
    if revision > locked.purged_revision:
        locked.purged_revision = revision
        locked.save(update_fields=["purged_revision"])
    return delete_with_history(todos) if todos.model is Todo else todos.delete()[0]
