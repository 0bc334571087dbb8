from django.contrib import admin

from reminders.models import Browser, DueReminder, ListPlan, Notification, Reminder, ReminderSettings
from todos.admin import ReadOnlyAdmin


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = ["id", "user_id", "list_id", "todo_id", "kind", "minutes", "days", "moment"]
    list_filter = ["kind"]
    raw_id_fields = ["user", "list", "todo"]


@admin.register(ReminderSettings)
class ReminderSettingsAdmin(ReadOnlyAdmin):
    list_display = [
        "user_id",
        "confirmed_email",
        "by_email",
        "quiet_start",
        "quiet_end",
        "digest_at",
        "digest_due_at_ms",
    ]


@admin.register(Browser)
class BrowserAdmin(ReadOnlyAdmin):
    """Without the address and the keys: whoever has them can send to the browser."""

    list_display = ["id", "user_id", "name", "created_at"]
    exclude = ["endpoint", "p256dh", "auth"]


@admin.register(ListPlan)
class ListPlanAdmin(ReadOnlyAdmin):
    list_display = ["id", "list_id", "revision", "due_at_ms", "lease_until_ms", "attempts"]
    list_filter = [("due_at_ms", admin.EmptyFieldListFilter)]


@admin.register(DueReminder)
class DueReminderAdmin(ReadOnlyAdmin):
    list_display = ["id", "todo_id", "user_id", "due_at_ms", "fired_until_ms"]
    show_full_result_count = False


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["id", "user_id", "kind", "channel", "due_at_ms", "sent_at_ms", "attempts", "error"]
    list_filter = ["kind", "channel", ("sent_at_ms", admin.EmptyFieldListFilter)]
    show_full_result_count = False
