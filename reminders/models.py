"""What people want to be reminded of, when that is due, and the messages that come of it.

Times that are compared with "now" are milliseconds since 1970 by the database's clock (`NowMs`). No foreign keys in the
database: release 0.1.0, which may run beside, deletes users, lists and todos without a look at these rows. The sweep
finds what is left behind.
"""

import uuid
from collections.abc import Iterable
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import F, Q

from background.models import LeasedModel, LeasedQuerySet
from database.clock import NowMs, NowOnce
from reminders.times import QuietHours, Rule, RuleKind
from todos.models import Todo, TodoList
from web.time_format import TimeFormat

ENDPOINT_MAX_LENGTH = 1_000
BROWSER_NAME_MAX_LENGTH = 100
# The lease of plans and notifications. A notification that has waited for half of it to be sent is given back.
LEASE_MS = 60_000


def _user(**options: object) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_constraint=False, **options
    )


def _todo(**options: object) -> models.ForeignKey:
    # With a cascade, Django would load every todo that is purged.
    return models.ForeignKey(Todo, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, **options)


class ReminderSettings(models.Model):
    """How one user is reminded. Who has no row has what a new one has."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    by_email = models.BooleanField(default=True, db_default=True)
    confirmed_email = models.EmailField(
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The last address whose reader agreed to get mails for this user.",
    )
    quiet_start = models.SmallIntegerField(null=True, blank=True, help_text="Minutes since midnight.")
    quiet_end = models.SmallIntegerField(null=True, blank=True, help_text="Minutes since midnight.")
    digest_at = models.SmallIntegerField(null=True, blank=True, help_text="Minutes since midnight; null: none.")
    language = models.CharField(
        max_length=2,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        db_default=settings.LANGUAGE_CODE,
    )
    time_format = models.CharField(
        max_length=2, choices=TimeFormat, default=TimeFormat.HOURS_24, db_default=TimeFormat.HOURS_24
    )
    digest_due_at_ms = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "reminder settings"
        indexes = [
            models.Index(  # whose digest is due
                fields=["digest_due_at_ms"], condition=Q(digest_due_at_ms__isnull=False), name="digest_due"
            ),
        ]

    def __str__(self) -> str:
        return f"Reminder settings of user {self.pk}"

    def address_of(self, user: AbstractBaseUser) -> str:
        """Return where mails for this user go, if its reader has agreed to that; otherwise "".

        Anybody can enter somebody else's address. Mails go to none but the one that was confirmed, as it was spelled.
        """
        is_confirmed = self.confirmed_email.casefold() == user.email.casefold()
        return self.confirmed_email if is_confirmed else ""

    def quiet_hours(self, zone: ZoneInfo) -> QuietHours | None:
        if self.quiet_start is None or self.quiet_end is None or self.quiet_start == self.quiet_end:
            return None
        return QuietHours(self.quiet_start, self.quiet_end, zone)


class ReminderQuerySet(models.QuerySet):
    def own(self) -> Self:
        """Without those that a message has put off: these come in addition."""
        return self.filter(source__isnull=True)


class Reminder(models.Model):
    """A rule of one user: for one todo, or, as their default, for all todos of a list that have none of their own."""

    user = _user()
    list = models.ForeignKey(
        TodoList,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        help_text="Whose default it is; empty: it is for one todo.",
    )
    todo = _todo(null=True, blank=True)
    kind = models.CharField(max_length=6, choices=RuleKind)
    minutes = models.IntegerField(default=0)
    days = models.SmallIntegerField(default=0)
    moment = models.DateTimeField(null=True, blank=True)
    source = models.UUIDField(
        null=True, blank=True, editable=False, help_text="The message from which it was put off."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(list__isnull=True, todo__isnull=False) | Q(list__isnull=False, todo__isnull=True),
                name="reminder_of_list_or_todo",
            ),
            models.CheckConstraint(
                condition=~Q(kind="moment") | Q(moment__isnull=False, todo__isnull=False),
                name="reminder_moment_is_of_todo",
            ),
            models.UniqueConstraint(
                fields=["user", "source"], condition=Q(source__isnull=False), name="reminder_put_off_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Reminder {self.pk}"

    @property
    def rule(self) -> Rule:
        return Rule(self.kind, self.minutes, self.days, self.moment)


class BrowserQuerySet(models.QuerySet):
    def of_user(self, user: AbstractBaseUser) -> Self:
        return self.filter(user=user).order_by("pk")

    def failing(self) -> Self:
        """Those whose push service refused, was slow, or did not answer the last time."""
        return self.filter(failing_since_ms__isnull=False)


class Browser(models.Model):
    """A browser that a user gets push messages in: the address and the keys of its push service."""

    user = _user()
    name = models.CharField(max_length=BROWSER_NAME_MAX_LENGTH)
    endpoint = models.CharField(max_length=ENDPOINT_MAX_LENGTH)
    endpoint_hash = models.CharField(max_length=64, unique=True, editable=False)
    p256dh = models.CharField(max_length=100, help_text="The browser's public key.")
    auth = models.CharField(max_length=50, help_text="The secret that the browser shares with senders.")
    failing_since_ms = models.BigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BrowserQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class ListPlan(LeasedModel):
    """A list with reminders: up to which change the times of its todos are known. A change makes it due."""

    list = models.OneToOneField(TodoList, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    revision = models.BigIntegerField(default=0, help_text="All changes up to it are planned.")
    todo_id_seen = models.BigIntegerField(
        default=0, help_text="Of the revision after it, the todos up to this id are planned too."
    )
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="The list's, by which its times were computed."
    )
    changed_at_ms = models.BigIntegerField(
        null=True, blank=True, help_text="The first change that no planning has begun for."
    )
    since_ms = models.BigIntegerField(
        null=True, blank=True, help_text="The first change that is being planned, until that has ended."
    )

    class Meta(LeasedModel.Meta):
        pass

    def __str__(self) -> str:
        return f"Plan of list {self.list_id}"


class DueReminderQuerySet(models.QuerySet):
    def due(self) -> Self:
        return self.filter(due_at_ms__lte=NowOnce()).not_resting()

    def not_resting(self) -> Self:
        return self.filter(Q(rests_until_ms__isnull=True) | Q(rests_until_ms__lte=NowOnce()))


class DueReminder(models.Model):
    """When a user is reminded of a todo the next time. At a time, all rules of the two are one message."""

    todo = _todo(db_index=False)
    user = _user()
    due_at_ms = models.BigIntegerField(null=True, blank=True)
    fired_until_ms = models.BigIntegerField(default=0, help_text="What was due up to here has become messages.")
    rests_until_ms = models.BigIntegerField(
        null=True, blank=True, help_text="It could not be worked on, and is not tried again before."
    )

    objects = DueReminderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["todo", "user"], name="one_due_reminder")]
        indexes = [
            models.Index(fields=["due_at_ms"], condition=Q(due_at_ms__isnull=False), name="reminder_due"),
        ]

    def __str__(self) -> str:
        return f"Next reminder of todo {self.todo_id} for user {self.user_id}"


class Channel(models.TextChoices):
    EMAIL = "email", "Email"
    PUSH = "push", "Browser"


class NotificationKind(models.TextChoices):
    REMINDER = "reminder", "Reminder"
    DIGEST = "digest", "Daily summary"
    TEST = "test", "Test"
    CONFIRM = "confirm", "Confirmation of an address"


class NotificationQuerySet(LeasedQuerySet):
    def claim_these(self, ids: Iterable[uuid.UUID], *, token: uuid.UUID, lease_ms: int) -> int:
        """Take one lease of many, as ``claim`` does of one."""
        return (
            self.filter(pk__in=ids)
            .unleased()
            .update(
                lease_token=token,
                lease_until_ms=NowMs() + lease_ms,
                attempts=F("attempts") + 1,
                due_at_ms=NowMs(),
            )
        )

    def finish(self, token: uuid.UUID) -> int:
        """Mark as sent."""
        return self.leased(token).update(
            sent_at_ms=NowMs(), due_at_ms=None, lease_token=None, lease_until_ms=None, error=""
        )

    def of_user(self, user: AbstractBaseUser) -> Self:
        return self.filter(user=user).order_by("-created_at_ms")


class Notification(LeasedModel):
    """One message to one target. Its id is the same however often it is sent, so that the target can tell."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = _user()
    kind = models.CharField(max_length=8, choices=NotificationKind)
    channel = models.CharField(max_length=5, choices=Channel)
    browser = models.ForeignKey(
        Browser, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    todo = _todo(null=True, blank=True)
    address = models.EmailField(
        blank=True, default="", db_default="", help_text="Where a confirmation is asked for; it goes nowhere else."
    )
    deadline = models.CharField(
        max_length=30, blank=True, help_text="The todo's when it became due: if it is another, the message ends."
    )
    follows_deadline = models.BooleanField(default=True)
    source = models.UUIDField(
        default=uuid.uuid4, editable=False, help_text="What all notifications of one moment have in common."
    )
    created_at_ms = models.BigIntegerField()
    sent_at_ms = models.BigIntegerField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="What went wrong the last time.")

    objects = NotificationQuerySet.as_manager()

    class Meta(LeasedModel.Meta):
        indexes = [
            *LeasedModel.Meta.indexes,
            models.Index(  # how many a user was sent in the last hour
                fields=["user", "sent_at_ms"], condition=Q(sent_at_ms__isnull=False), name="notification_sent"
            ),
            models.Index(fields=["created_at_ms"], name="notification_by_age"),  # the purge
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
