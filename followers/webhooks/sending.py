"""Posting events to a webhook, and the log of what was sent and answered."""

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime

from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_noop, override

from database import clock
from followers import events
from followers.delivery import is_still_there
from followers.kinds import Changes, DeliveryFailed, Kind, TargetGone
from followers.models import ANSWER_MAX_LENGTH, Delivery, Follower
from followers.webhooks.services import MAX_DELIVERIES, secrets_of
from followers.webhooks.signing import signature_headers
from web import outgoing
from web.mail_addresses import confirmed_address, mail_language

logger = logging.getLogger(__name__)

GONE = 410
USER_AGENT = "TaskOverflow-Webhooks/1"


def deliver(follower: Follower, changes: Changes) -> str:
    """Post the event of these changes."""
    webhook = follower.webhook
    event_id = events.event_id(follower, changes)
    event = events.list_changed(event_id, changes, includes_todos=webhook.includes_changes)
    if not is_still_there(follower):  # once more, now that the todos have been read
        raise DeliveryFailed(gettext_noop("You can no longer read this list."))
    delivery = webhook.deliveries.filter(event_id=event_id).first() or Delivery(
        webhook=webhook, event_id=event_id, event_type=events.LIST_CHANGED, revision=changes.revision
    )
    delivery.body = events.to_json(event)
    return _post(follower, delivery)


def send_requested(follower: Follower) -> None:
    """Post what somebody has asked for by hand: once, whatever comes of it."""
    webhook = follower.webhook
    for delivery in list(webhook.deliveries.filter(is_requested=True).order_by("pk")):
        if not is_still_there(follower):
            return
        with suppress(DeliveryFailed):  # it is in the log
            _post(follower, delivery)


def switched_off(follower: Follower) -> None:
    """Tell its user by mail, if their address is confirmed: the mail holds what they have written."""
    if follower.user is None or not (address := confirmed_address(follower.user)):
        return
    context = {"webhook": follower.webhook, "follower": follower, "todo_list": follower.list}
    with override(mail_language(follower.user)):
        subject = gettext("A webhook was switched off")
        body = render_to_string("followers/switched_off.txt", context)
    try:
        send_mail(subject, body, None, [address])
    except OSError as error:  # the page says it too
        logger.warning("The mail about follower %s was not sent: %s", follower.pk, type(error).__name__)


def _post(follower: Follower, delivery: Delivery) -> str:
    """Post a delivery, and write down what came of it. Raises DeliveryFailed and TargetGone."""
    started = time.monotonic()
    headers: Mapping[str, str] = {}
    delivery.status, delivery.answer, delivery.error = None, "", ""
    try:
        answer = outgoing.post(delivery.webhook.url, bytes(delivery.body), _headers(delivery))
    except (outgoing.AddressRefused, outgoing.NoAnswer, DeliveryFailed) as error:
        delivery.error = str(error)
    else:
        delivery.status, headers = answer.status, answer.headers
        delivery.answer = _text(answer.body)
        if not answer.is_success:
            is_redirect = answer.status // 100 == 3
            delivery.error = (
                gettext_noop("It redirects elsewhere, which is not followed: enter the address that it leads to.")
                if is_redirect
                else f"It answered with the status {answer.status}."
            )
    delivery.milliseconds = round((time.monotonic() - started) * 1000)
    _record(follower, delivery)
    if delivery.status == GONE:
        raise TargetGone(gettext_noop("It answered that it is gone for good (status 410)."))
    if delivery.error:
        raise DeliveryFailed(delivery.error, retry_after_seconds=_seconds(headers.get("Retry-After", "")))
    return f"It answered with the status {delivery.status}."


def _headers(delivery: Delivery) -> dict[str, str]:
    secrets = secrets_of(delivery.webhook)
    if secrets is None:
        raise DeliveryFailed(
            gettext_noop("This service has a new secret key. Create a new secret for the webhook.")
        )
    signature = signature_headers(delivery.event_id, clock.now_ms() // 1_000, bytes(delivery.body), secrets)
    return {"Content-Type": events.CONTENT_TYPE, "User-Agent": USER_AGENT, **signature}


def _record(follower: Follower, delivery: Delivery) -> None:
    """Store a delivery, unless the lease was lost or the webhook is gone; of the others, the newest stay."""
    delivery.is_requested = False
    delivery.attempts += 1
    delivery.sent_at = clock.now()
    with transaction.atomic():
        if not Follower.objects.leased(follower.lease_token).select_for_update().first():
            return
        delivery.save()
        sent = Delivery.objects.filter(webhook=delivery.webhook_id, is_requested=False)
        newest = sent.order_by("-pk").values_list("pk", flat=True)[:MAX_DELIVERIES]
        sent.exclude(pk__in=list(newest)).delete()


def _seconds(text: str) -> float | None:
    """Read a Retry-After: seconds, or a date."""
    if text.strip().isdecimal():
        return float(text.strip()[:9])
    with suppress(ValueError, TypeError, OverflowError):
        return (parsedate_to_datetime(text) - clock.now()).total_seconds()
    return None


def _text(body: bytes) -> str:
    """Return the beginning of an answer in a form that can be stored and shown."""
    text = body.decode(errors="replace")
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()[:ANSWER_MAX_LENGTH]


WEBHOOKS = Kind(deliver=deliver, send_requested=send_requested, switched_off=switched_off)
