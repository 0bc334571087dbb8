"""Followers of lists, and webhooks, which are one kind of them."""

import uuid
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from background.models import LeasedModel, LeasedQuerySet
from database.clock import NowMs
from database.fields import CompressedField
from todos.models import TodoList

RESULT_MAX_LENGTH = 200
URL_MAX_LENGTH = 2_000
WEBHOOK_NAME_MAX_LENGTH = 100
# Of an answer, what its log keeps.
ANSWER_MAX_LENGTH = 500


class FollowerKind(models.TextChoices):
    WEBHOOK = "webhook", "Webhook"
    TOPIC = "topic", "Topic"


class FollowerQuerySet(LeasedQuerySet):
    def claim(self, pk: int, *, token: uuid.UUID, lease_ms: int, **values: object) -> int:
        # A change that comes later sets it again: this delivery may have read the list before it.
        return super().claim(pk, token=token, lease_ms=lease_ms, first_change_at_ms=None, **values)

    def give_up(self, token: uuid.UUID, **values: object) -> int:
        return super().give_up(token, first_change_at_ms=None, **values)

    def finish(self, token: uuid.UUID, **values: object) -> int:
        """Give the lease back after a success: due only if the list has changed meanwhile."""
        due = Case(When(first_change_at_ms__isnull=True, then=Value(None)), default=F("due_at_ms"))
        return self.leased(token).update(
            lease_token=None, lease_until_ms=None, attempts=0, due_at_ms=due, **values
        )

    def put_off(self, pk: int, *, delay_ms: int) -> int:
        """Move the due time of what nobody works on: there is no thread for it now."""
        waiting = self.filter(pk=pk, due_at_ms__isnull=False).unleased()
        return waiting.update(due_at_ms=NowMs() + delay_ms)

    def behind(self) -> Self:
        """Followers that have not seen a change of their list, and that nothing would have deliver it.

        0.1.0, which may run beside, wakes none of them.
        """
        is_served = Q(user__isnull=True) | Q(user__is_active=True)
        return self.filter(
            is_served, is_active=True, due_at_ms__isnull=True, list__revision__gt=F("cursor")
        ).unleased()

    def without_list(self) -> Self:
        """Followers whose list 0.1.0 has deleted, which knows nothing of them."""
        return self.filter(~self.has_list())

    def without_user(self) -> Self:
        """Followers whose user 0.1.0 has deleted."""
        users = get_user_model().objects.filter(pk=OuterRef("user_id"))
        return self.filter(~Exists(users), user_id__isnull=False)

    @staticmethod
    def has_list() -> Exists:
        return Exists(TodoList.objects.filter(pk=OuterRef("list_id")))


class Follower(LeasedModel):
    """What is told of the changes of one list."""

    # No foreign keys in the database: 0.1.0, which may run beside, deletes lists and users without a look at this.
    list = models.ForeignKey(TodoList, on_delete=models.CASCADE, db_constraint=False, related_name="followers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        help_text="Whose it is. Nobody: the operator's.",
    )
    kind = models.CharField(max_length=16, choices=FollowerKind)
    cursor = models.BigIntegerField(help_text="The list's revision that it has seen.")
    first_change_at_ms = models.BigIntegerField(
        null=True, blank=True, help_text="The first change that no delivery has started for."
    )
    delay_ms = models.IntegerField(help_text="How long a list has to be quiet.")
    is_active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first of the failures in a row.")
    last_result = models.CharField(max_length=RESULT_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FollowerQuerySet.as_manager()

    class Meta(LeasedModel.Meta):
        constraints = [
            # Of these a list needs one.
            models.UniqueConstraint(
                fields=["list", "kind"], condition=~Q(kind="webhook"), name="one_follower_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk} of list {self.list_id}"


class WebhookQuerySet(models.QuerySet):
    def of_user(self, user: AbstractBaseUser) -> Self:
        """The user's webhooks, of all lists that they may read."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(follower__user=user, follower__list__in=TodoList.objects.readable_by(user))


class Webhook(models.Model):
    """An address that a list's changes are posted to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    follower = models.OneToOneField(Follower, on_delete=models.CASCADE, related_name="webhook")
    name = models.CharField(max_length=WEBHOOK_NAME_MAX_LENGTH, blank=True)
    url = models.CharField(max_length=URL_MAX_LENGTH)
    includes_changes = models.BooleanField(
        default=False,
        help_text="Whether the todos that changed are sent along, with their titles and descriptions.",
    )
    secret_version = models.IntegerField(default=1, editable=False, help_text="Increases when it is rotated.")
    secret_hash = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of the secret, in hexadecimal."
    )
    rotated_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or "Webhook"

    @property
    def title(self) -> str:
        """Its name, or else where it leads."""
        return self.name or urlsplit(self.url).hostname or self.url

    @property
    def state(self) -> str:
        """``off``, ``failing`` or ``working``."""
        if not self.follower.is_active:
            return "off"
        return "failing" if self.follower.failing_since else "working"


class Delivery(models.Model):
    """One event of a webhook: what was sent, and what the target answered to the last attempt."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=100)
    revision = models.BigIntegerField()
    body = CompressedField()
    #: Somebody asked for it by hand: it is sent once, whatever comes of it.
    is_requested = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True, help_text="The target's answer; null: there was none.")
    answer = models.CharField(max_length=ANSWER_MAX_LENGTH, blank=True)
    error = models.CharField(max_length=RESULT_MAX_LENGTH, blank=True)
    milliseconds = models.IntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="delivery_of_event")]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.event_id} ({self.status or self.error or 'not sent'})"
