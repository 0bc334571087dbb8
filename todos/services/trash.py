"""The trash: deleted todos, which can be restored until they are purged."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from todos.models import BYTE_COUNT, Todo, TodoList, TodoQuerySet

TRASH_DAYS = 30


def purge_todos() -> int:
    """Delete for good what has been deleted for TRASH_DAYS; return how many."""
    expired = Todo.objects.filter(deleted_at__lt=datetime.now(UTC) - timedelta(days=TRASH_DAYS))
    purged = 0
    for list_id in expired.order_by().values_list("list", flat=True).distinct()[:100]:
        with transaction.atomic():
            locked = TodoList.objects.select_for_update(no_key=True).get(pk=list_id)
            purged += _purge(locked, expired.filter(list=locked))
    return purged


def empty_full_trash(locked: TodoList) -> int:
    """Delete for good what was deleted first, if the trash holds more than the list may; return how many.

    Deleting is never refused. Todos that were deleted at one moment go together.
    """
    deleted = locked.todos.deleted()
    count, size = deleted.total()
    if count <= settings.MAX_TODOS and size <= settings.MAX_LIST_BYTES:
        return 0
    size = 0
    latest_first = deleted.order_by("-deleted_at").values_list("deleted_at", BYTE_COUNT)
    for count, (deleted_at, more) in enumerate(latest_first.iterator(), 1):
        size += more
        if count > settings.MAX_TODOS or size > settings.MAX_LIST_BYTES:
            return _purge(locked, deleted.filter(deleted_at__lte=deleted_at))
    return 0


def _purge(locked: TodoList, todos: TodoQuerySet) -> int:
    """Delete deleted todos of a locked list, so that builds notice that they are gone."""
    revision = todos.aggregate(Max("revision"))["revision__max"] or 0
    if revision > locked.purged_revision:
        locked.purged_revision = revision
        locked.save(update_fields=["purged_revision"])
    return todos.delete()[0]
