"""Changes that a page sends with an id, so that each is made once however often it is sent.

A page that has no network keeps its changes and sends them later. If an answer is lost, it cannot know whether the
change was made. The id, an idempotency key, is written down here. It is committed or rolled back with the change: it is
read and written while the change's list is locked, and in the change's transaction.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from todos.models import ReceivedChange, TodoList

REMEMBERED_DAYS = 30
MAX_REMEMBERED = 1_000  # of a list


class AlreadyReceived(Exception):
    """The change was made already."""


def check_received(todo_list: TodoList, change_id: UUID | None) -> None:
    """Raise AlreadyReceived if whoever works on the list has sent this change before, to this list or to another.

    A line names its list, and may name another one by the time it is sent again. What is being made right now in the
    list itself is known only while that is locked.
    """
    if change_id is None:
        return
    if ReceivedChange.objects.filter(actor_id=todo_list.actor_id or 0, change_id=change_id).exists():
        raise AlreadyReceived


def remember_received(locked: TodoList, change_id: UUID | None) -> None:
    """Write down that the change is made; forget those of the list that were made long before it."""
    if change_id is None:
        return
    locked.received_changes.create(
        actor_id=locked.actor_id or 0, change_id=change_id, received_at=datetime.now(UTC)
    )
    latest_first = locked.received_changes.order_by("-id").values_list("id", flat=True)
    for excess in latest_first[MAX_REMEMBERED : MAX_REMEMBERED + 1]:
        locked.received_changes.filter(id__lte=excess).delete()


def forget_received() -> dict[str, int]:
    """Delete what was written down REMEMBERED_DAYS ago; return how much, as a step of the sweep does."""
    old = ReceivedChange.objects.filter(received_at__lt=datetime.now(UTC) - timedelta(days=REMEMBERED_DAYS))
    return {"received_changes_deleted": old.delete()[0] if old.exists() else 0}
