"""Webhooks of a user: creating, changing, rotating and deleting them, and asking for a delivery by hand.

Whoever may read a list has webhooks of their own for it, which nobody else sees, the owner included.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext

from database import clock
from database.clock import NowMs
from database.errors import repeat_after_deadlock
from followers import events
from followers.dispatch import dispatch_on_commit
from followers.models import Delivery, Follower, FollowerKind, Webhook
from followers.webhooks.signing import webhook_secret
from todos.models import TodoList
from todos.services import lock_list, lock_user
from web import outgoing
from web.quotas import check_quota
from web.tokens import hash_token

# Of each webhook, the log keeps the newest.
MAX_DELIVERIES = 25
MAX_REQUESTED = 5
# Changes of a burst are told together, once the list has been quiet for so long.
DELAY_MS = 1_500
# How long the secret before signs too.
OVERLAP = timedelta(hours=24)


class CannotDeliver(Exception):
    """The message is a sentence for who asked."""


def describe_webhooks(list_id: int) -> str:
    """Say how many webhooks its owner has of the list, which they are about to delete; of others' they hear nothing."""
    is_own = Q(follower__user=F("follower__list__default_owner")) | Q(
        follower__user=F("follower__list__extra_owner")
    )
    count = Webhook.objects.filter(is_own, follower__list=list_id).count()
    words = ngettext("%(count)s webhook", "%(count)s webhooks", count)
    return words % {"count": count} if count else ""


def list_webhooks(*, user: AbstractBaseUser) -> list[Webhook]:
    """Return the user's webhooks, oldest first, each with its list."""
    return list(Webhook.objects.of_user(user).select_related("follower__list").order_by("created_at", "pk"))


def get_webhook(*, user: AbstractBaseUser, webhook_id: uuid.UUID) -> Webhook:
    """Raises Webhook.DoesNotExist."""
    return Webhook.objects.of_user(user).select_related("follower__list").get(pk=webhook_id)


@repeat_after_deadlock
def create_webhook(
    *,
    user: AbstractBaseUser,
    todo_list: TodoList,
    url: str,
    name: str = "",
    includes_changes: bool = False,
    is_active: bool = True,
) -> tuple[Webhook, str]:
    """Return a new webhook, and its secret, which is shown this once. It is told of changes from now on.

    Raises outgoing.AddressRefused and QuotaExceeded, and TodoList.DoesNotExist.
    """
    outgoing.check_url(url)
    with transaction.atomic():
        lock_user(user)  # whoever creates one at the same time counts this one
        locked = lock_list(todo_list)
        check_quota(
            Webhook.objects.filter(follower__user=user).count(), settings.MAX_WEBHOOKS, gettext("webhooks")
        )
        follower = Follower.objects.create(
            list=locked,
            user=user,
            kind=FollowerKind.WEBHOOK,
            cursor=locked.revision,
            delay_ms=DELAY_MS,
            is_active=is_active,
        )
        webhook = Webhook(follower=follower, url=url, name=name, includes_changes=includes_changes)
        secret = webhook_secret(webhook.pk, webhook.secret_version)
        webhook.secret_hash = hash_token(secret)
        webhook.save(force_insert=True)
    return webhook, secret


@repeat_after_deadlock
def change_webhook(
    *,
    user: AbstractBaseUser,
    webhook_id: uuid.UUID,
    url: str | None = None,
    name: str | None = None,
    includes_changes: bool | None = None,
    is_active: bool | None = None,
) -> Webhook:
    """Change what is given. What was switched off or failed is tried again at once, if it is switched on or gets
    another address: it is told of all changes since the last that it has seen.

    Raises outgoing.AddressRefused and Webhook.DoesNotExist.
    """
    if url is not None:
        outgoing.check_url(url)
    with transaction.atomic():
        webhook = _lock(user, webhook_id)
        has_moved = url not in {None, webhook.url}
        values = {"url": url, "name": name, "includes_changes": includes_changes}
        changed = {field: value for field, value in values.items() if value is not None}
        if changed:
            Webhook.objects.filter(pk=webhook.pk).update(**changed)
        if is_active is False:
            Follower.objects.filter(pk=webhook.follower_id).update(is_active=False)
        elif is_active or (has_moved and webhook.follower.is_active):
            Follower.objects.filter(pk=webhook.follower_id).update(
                is_active=True, failing_since=None, last_result="", attempts=0
            )
            _wake(webhook)
    return get_webhook(user=user, webhook_id=webhook_id)


@repeat_after_deadlock
def switch_off_webhooks(*, user: AbstractBaseUser) -> None:
    """Switch off all webhooks of the user, whatever is being delivered."""
    with transaction.atomic():
        own = Follower.objects.filter(user=user, kind=FollowerKind.WEBHOOK).order_by("pk")
        ids = list(own.select_for_update().values_list("pk", flat=True))
        Follower.objects.filter(pk__in=ids).update(is_active=False)


@repeat_after_deadlock
def rotate_secret(*, user: AbstractBaseUser, webhook_id: uuid.UUID) -> tuple[Webhook, str]:
    """Return the webhook and its new secret; the one before signs too for OVERLAP. Raises Webhook.DoesNotExist."""
    with transaction.atomic():
        webhook = _lock(user, webhook_id)
        webhook.secret_version += 1
        secret = webhook_secret(webhook.pk, webhook.secret_version)
        webhook.secret_hash, webhook.rotated_at = hash_token(secret), clock.now()
        webhook.save(update_fields=["secret_version", "secret_hash", "rotated_at"])
    return webhook, secret


@repeat_after_deadlock
def delete_webhook(*, user: AbstractBaseUser, webhook_id: uuid.UUID) -> None:
    """Raises Webhook.DoesNotExist."""
    with transaction.atomic():
        _lock(user, webhook_id).follower.delete()


def secrets_of(webhook: Webhook) -> list[str] | None:
    """Return the secrets that sign for a webhook, the present one first.

    None if the secret that its receiver has is no longer known: the service's secret key has changed since.
    """
    secret = webhook_secret(webhook.pk, webhook.secret_version)
    if hash_token(secret) != webhook.secret_hash:
        return None
    is_overlap = webhook.rotated_at is not None and clock.now() - webhook.rotated_at < OVERLAP
    return [secret, webhook_secret(webhook.pk, webhook.secret_version - 1)] if is_overlap else [secret]


# --- Deliveries ---


def list_deliveries(webhook: Webhook) -> QuerySet[Delivery]:
    """Return what was sent last, newest first, without the bodies."""
    return webhook.deliveries.defer("body").order_by("-pk")


def send_test(*, user: AbstractBaseUser, webhook_id: uuid.UUID) -> Delivery:
    """Have an event sent that only shows whether it arrives. Raises CannotDeliver and Webhook.DoesNotExist."""
    with transaction.atomic():
        webhook = _lock(user, webhook_id)
        _check_waiting(webhook)
        event = events.test_event(webhook.follower.list_id, webhook.follower.list.revision)
        delivery = webhook.deliveries.create(
            event_id=event["id"],
            event_type=event["type"],
            revision=event["data"]["revision"],
            body=events.to_json(event),
            is_requested=True,
        )
        _wake(webhook)
    return delivery


def send_again(*, user: AbstractBaseUser, webhook_id: uuid.UUID, delivery_id: int) -> Delivery:
    """Have an event sent again as it was, with the same id.

    Raises CannotDeliver, Webhook.DoesNotExist and Delivery.DoesNotExist.
    """
    with transaction.atomic():
        webhook = _lock(user, webhook_id)
        delivery = list_deliveries(webhook).get(pk=delivery_id)
        if not delivery.is_requested:
            _check_waiting(webhook)
            webhook.deliveries.filter(pk=delivery.pk).update(is_requested=True)
            delivery.is_requested = True
            _wake(webhook)
    return delivery


def _check_waiting(webhook: Webhook) -> None:
    if webhook.deliveries.filter(is_requested=True).count() >= MAX_REQUESTED:
        raise CannotDeliver(
            gettext("Some deliveries that you asked for are still waiting. Try again in a minute.")
        )


def _lock(user: AbstractBaseUser, webhook_id: uuid.UUID) -> Webhook:
    """Lock the list and then the follower. Raises Webhook.DoesNotExist."""
    webhook = get_webhook(user=user, webhook_id=webhook_id)
    try:
        lock_list(webhook.follower.list)
    except TodoList.DoesNotExist as error:
        raise Webhook.DoesNotExist from error
    if not Follower.objects.select_for_update().filter(pk=webhook.follower_id).first():
        raise Webhook.DoesNotExist
    return get_webhook(user=user, webhook_id=webhook_id)


def _wake(webhook: Webhook) -> None:
    """Make it due at once, even if it rests after a failure. A delivery that is under way leaves it due."""
    Follower.objects.filter(pk=webhook.follower_id).update(
        due_at_ms=NowMs(),
        first_change_at_ms=Coalesce(F("first_change_at_ms"), NowMs()),
        lease_until_ms=Case(When(lease_token__isnull=True, then=Value(None)), default=F("lease_until_ms")),
    )
    dispatch_on_commit(webhook.follower_id)
