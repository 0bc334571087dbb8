"""Targets that fail: when they are tried again, and when no more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from database.clock import now_ms
from followers import dispatch
from followers.delivery import MAX_RETRY_AFTER_MS, Outcome, deliver_changes
from followers.models import Delivery, Follower
from followers.webhooks.sending import WEBHOOKS
from followers.webhooks.services import change_webhook
from reminders.models import ReminderSettings
from reminders.services import confirm_address
from tests.factories import make_todo
from tests.followers.conftest import Made
from tests.followers.receiver import Receiver, answer

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60_000


@pytest.fixture
def made(make_webhook: Callable[..., Made], user: User) -> Made:
    made = make_webhook(name="Bot")
    make_todo(user=user)
    return made


@pytest.fixture
def confirmed(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="ada@example.com")
    confirm_address(user=user, address="ada@example.com")


@contextmanager
def resting(made: Made, least_ms: float, most_ms: float) -> Iterator[None]:
    """Check that what happens within makes it rest for a time, however slow the machine is."""
    before = now_ms()
    yield
    assert before + least_ms <= made.follower.lease_until_ms <= now_ms() + most_ms


def test_target_that_fails_is_tried_again_ever_later_and_loses_nothing(
    receiver: Receiver, made: Made, user: User
) -> None:
    receiver.answer = answer(500, b"on fire")
    for expected in WEBHOOKS.backoff_ms:
        with resting(made, expected * 0.9 - 1, expected * 1.1):
            assert made.deliver() == Outcome.FAILED
        assert deliver_changes(made.webhook.follower_id) == Outcome.SKIPPED, "whatever messages still arrive"
    with resting(made, WEBHOOKS.backoff_ms[-1] * 0.9 - 1, WEBHOOKS.backoff_ms[-1] * 1.1):
        assert made.deliver() == Outcome.FAILED, "and so on"
    assert made.webhook.follower.is_active

    make_todo(user=user)
    assert deliver_changes(made.webhook.follower_id) == Outcome.SKIPPED, "a change does not end the rest"
    receiver.answer = answer(200)
    assert made.deliver() == Outcome.DELIVERED
    last = receiver.events[-1]["data"]
    assert (last["since"], last["revision"]) == (0, 2)
    assert (made.follower.attempts, made.follower.failing_since) == (0, None)


@pytest.mark.parametrize(
    ("status", "words"),
    [(500, "status 500"), (404, "status 404"), (301, "redirects"), (401, "status 401")],
)
def test_answer_that_is_no_success_is_kept(receiver: Receiver, made: Made, status: int, words: str) -> None:
    receiver.answer = answer(status, b"a <b>reason</b>\x00\xff", Location="http://169.254.169.254/")
    made.deliver()
    sent = Delivery.objects.get()
    assert sent.status == status
    assert words in sent.error
    assert sent.answer == "a <b>reason</b> �"
    assert len(receiver.requests) == 1
    assert made.follower.last_result == sent.error


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_target_says_when_to_come_again(receiver: Receiver, made: Made, form: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    receiver.answer = answer(503, Retry_After="7200" if form == "seconds" else date)
    with resting(made, 115 * MINUTE, 120 * MINUTE):
        made.deliver()


@pytest.mark.parametrize(
    "text",
    [
        "-5",
        "soon",
        "Mon, 16 Nov 2026 05:00:00 +99999999999999999999",
        "99999999999999999999",
        "Mon, 99 Foo 2026",
        "1e9",
        "0",
        "²",
    ],
)
def test_nonsense_about_when_to_come_again_is_bounded(receiver: Receiver, made: Made, text: str) -> None:
    receiver.answer = lambda handler: answer(503, Retry_After=text.encode().decode("latin-1"))(handler)
    with resting(made, WEBHOOKS.backoff_ms[0] * 0.9 - 1, MAX_RETRY_AFTER_MS):
        made.deliver()


def test_target_that_is_gone_is_left_alone_at_once_and_its_owner_told(
    receiver: Receiver, made: Made, user: User, confirmed: None
) -> None:
    receiver.answer = answer(410)
    assert made.deliver() == Outcome.SWITCHED_OFF
    make_todo(user=user)
    assert dispatch.wake_those_behind()["followers_woken"] == 0
    assert made.deliver() == Outcome.NOTHING_NEW

    assert len(receiver.requests) == 1
    [message] = mail.outbox
    assert message.to == ["ada@example.com"]
    assert "Bot" in message.body
    assert "410" in message.body
    assert receiver.url in message.body


def test_owner_is_told_in_the_language_of_their_mails(made: Made, user: User, confirmed: None) -> None:
    """A worker sends it, whatever language is active there."""
    ReminderSettings.objects.update(language="de")
    reason = "It answered that it is gone for good (status 410)."
    Follower.objects.update(last_result=reason)
    WEBHOOKS.switched_off(made.follower)
    [message] = mail.outbox
    with translation.override("de"):
        assert message.subject == gettext("A webhook was switched off")
        assert gettext(reason) in message.body
    assert "was switched off" not in message.subject + message.body
    assert reason not in message.body


def test_nobody_is_told_at_an_address_that_is_not_confirmed(
    receiver: Receiver, made: Made, user: User, client: Client
) -> None:
    """It may be somebody else's, and the name of the webhook may be an advertisement."""
    User.objects.filter(pk=user.pk).update(email="ada@example.com")
    receiver.answer = answer(410)
    assert made.deliver() == Outcome.SWITCHED_OFF
    confirm_address(user=user, address="eve@example.com")
    change_webhook(user=user, webhook_id=made.webhook.pk, is_active=True)
    assert made.deliver() == Outcome.SWITCHED_OFF
    assert mail.outbox == []
    client.force_login(user)
    page = client.get(reverse("followers:webhook", args=[made.webhook.pk])).text
    assert "This webhook is off" in page
    assert "410" in page


def test_target_that_fails_for_days_is_switched_off_and_on_again_by_hand(
    receiver: Receiver, made: Made, user: User, confirmed: None
) -> None:
    receiver.answer = answer(500)
    made.deliver()
    since = datetime.now(UTC) - timedelta(days=5, minutes=-1)
    Follower.objects.update(failing_since=since)
    assert made.deliver() == Outcome.FAILED
    Follower.objects.update(failing_since=since - timedelta(minutes=2))
    assert made.deliver() == Outcome.SWITCHED_OFF
    assert made.follower.due_at_ms is None
    assert len(mail.outbox) == 1

    receiver.answer = answer(204)
    make_todo(user=user)
    change_webhook(user=user, webhook_id=made.webhook.pk, is_active=True)
    assert made.deliver() == Outcome.DELIVERED
    assert receiver.events[-1]["data"]["since"] == 0, "nothing was lost"


def test_mail_server_that_is_down_is_no_error(
    receiver: Receiver, made: Made, confirmed: None, settings: object
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    receiver.answer = answer(410)
    assert made.deliver() == Outcome.SWITCHED_OFF
    assert not made.follower.is_active


def test_delivery_that_kills_its_workers_rests_like_one_that_fails(
    receiver: Receiver, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    tried: list[str] = []

    def die(url: str, *args: object) -> None:
        tried.append(url)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("web.outgoing.post", die)
        for _ in range(2):
            with pytest.raises(Killed):
                made.deliver()
        with resting(made, WEBHOOKS.backoff_ms[2] * 0.9 - 1, WEBHOOKS.backoff_ms[2] * 1.1):
            assert made.deliver() == Outcome.FAILED
    assert len(tried) == 2
    assert made.follower.failing_since is not None
    assert made.deliver() == Outcome.DELIVERED, "after its rest it is tried again"
    assert (made.follower.attempts, made.follower.failing_since) == (0, None)


def test_error_of_ours_is_tried_again(receiver: Receiver, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("web.outgoing.post", fail)
        assert made.deliver() == Outcome.FAILED
    assert "ZeroDivision" not in made.follower.last_result
    assert made.deliver() == Outcome.DELIVERED


def test_new_secret_key_sends_nothing_that_nobody_can_verify(
    receiver: Receiver, made: Made, settings: object
) -> None:
    settings.SECRET_KEY = "another"
    assert made.deliver() == Outcome.FAILED
    assert receiver.requests == []
    assert "secret key" in made.follower.last_result


def test_broker_that_is_down_is_no_error(receiver: Receiver, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    import dramatiq

    def refuse(message: object, **kwargs: object) -> None:
        raise ConnectionError("redis://user:secret@host")

    with monkeypatch.context() as patched:
        patched.setattr(dramatiq.get_broker(), "enqueue", refuse)
        made.let_time_pass(due_at_ms=10_000)
        assert dispatch.WORK.dispatch_due() == 0
    assert made.follower.due_at_ms > now_ms(), "it is sent again later"
    made.let_time_pass(due_at_ms=60_000)
    assert dispatch.WORK.dispatch_due() == 1
