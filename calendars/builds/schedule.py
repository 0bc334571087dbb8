"""What a change of a list, or its end, means for its calendars."""

from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Least
from django.dispatch import receiver

from calendars.models import Calendar, Feed, now_ms
from database.prepared import Parameter, PreparedUpdate, fields_of
from todos.models import TodoList
from todos.services.changes import ListWrites
from todos.signals import list_changed, list_deleting

# People tick off many todos at once: wait until they pause, but not for ever.
QUIET_MS = 1_500
PATIENCE_MS = 8_000
# A feed that nobody has fetched for so long is built when it is asked for, not at every change.
READ_LATELY = timedelta(days=7)


def _schedule(list: Parameter, last_fetched_at: Parameter, first_change_at_ms: Parameter) -> tuple[QuerySet, dict]:
    first_change = Coalesce("first_change_at_ms", first_change_at_ms)
    return Calendar.objects.filter(list=list, feeds__last_fetched_at__gte=last_fetched_at), {
        "due_at_ms": Least(first_change_at_ms + QUIET_MS, first_change + PATIENCE_MS),
        "first_change_at_ms": first_change,
    }


_SCHEDULE = PreparedUpdate(
    _schedule,
    **fields_of(Calendar, "list", "first_change_at_ms"),
    **fields_of(Feed, "last_fetched_at"),
)


@receiver(list_changed, sender=TodoList)
def schedule_builds(sender: type[TodoList], todo_list: TodoList, change: ListWrites, **kwargs: object) -> None:
    """Make the calendars that are being read due, in the change's own transaction: no crash loses it."""
    change.write(
        _SCHEDULE, list=todo_list.pk, last_fetched_at=datetime.now(UTC) - READ_LATELY, first_change_at_ms=now_ms()
    )


@receiver(list_deleting, sender=TodoList)
def keep_builds_out(sender: type[TodoList], todo_list: TodoList, **kwargs: object) -> None:
    """Lock the calendars, as the end of a build does before it adds a file and finishes jobs."""
    list(Calendar.objects.filter(list=todo_list).order_by("pk").select_for_update())
