"""What is stored of a user's reminders, for the download of all their data."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from reminders import services
from reminders.models import Browser, Reminder
from reminders.serializers import ReminderSerializer, ReminderSettingsSerializer
from reminders.times import RuleKind


def export_reminders(user: AbstractBaseUser) -> dict[str, Any]:
    """Return it in a form that JSON can hold. Todos are named by their UIDs: some are in lists of others."""
    rows = Reminder.objects.filter(user=user).order_by("pk").select_related("list", "todo__list")
    there = [one for one in rows if one.list or (one.todo and one.todo.list)]
    return {
        "settings": ReminderSettingsSerializer(services.get_settings(user)).data,
        "browsers": [
            {"name": browser.name, "created_at": browser.created_at.isoformat()}
            for browser in Browser.objects.of_user(user)
        ],
        "of_lists": [{"list": one.list.name, **_rule(one)} for one in there if one.list],
        "of_todos": [
            {"list": one.todo.list.name, "todo": str(one.todo.uid), **_rule(one)} for one in there if not one.list
        ],
    }


def _rule(reminder: Reminder) -> dict[str, Any]:
    return {"none": True} if reminder.kind == RuleKind.NONE else ReminderSerializer(reminder).data
