"""What a change of a list, or its end, means for its calendars."""

from datetime import UTC, datetime, timedelta

from django.db.models import Value
from django.db.models.functions import Coalesce, Least
from django.dispatch import receiver

from calendars.models import Calendar, now_ms
from todos.models import TodoList
from todos.signals import list_changed, list_deleting

# People tick off many todos at once: wait until they pause, but not for ever.
QUIET_MS = 1_500
PATIENCE_MS = 8_000
# A feed that nobody has fetched for so long is built when it is asked for, not at every change.
READ_LATELY = timedelta(days=7)


@receiver(list_changed, sender=TodoList)
def schedule_builds(sender: type[TodoList], todo_list: TodoList, **kwargs: object) -> None:
    """Make the calendars that are being read due, in the change's own transaction: no crash loses it."""
    now = now_ms()
    first_change = Coalesce("first_change_at", Value(now))
    Calendar.objects.filter(list=todo_list, feeds__last_fetched_at__gte=datetime.now(UTC) - READ_LATELY).update(
        due_at=Least(Value(now + QUIET_MS), first_change + PATIENCE_MS), first_change_at=first_change
    )


@receiver(list_deleting, sender=TodoList)
def keep_builds_out(sender: type[TodoList], todo_list: TodoList, **kwargs: object) -> None:
    """Lock the calendars, as the end of a build does before it adds a file and finishes jobs."""
    list(Calendar.objects.filter(list=todo_list).order_by("pk").select_for_update())
