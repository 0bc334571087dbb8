"""Targets that hang take no thread from those that build calendars; the real thing, from end to end."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as project_settings
from django.contrib.auth.models import User

from calendars.models import CalendarJob
from database.clock import now_ms
from followers.models import Delivery, Follower
from tests.factories import make_job, make_list, make_todo, make_user
from tests.followers.conftest import Made
from tests.followers.receiver import Handler, Receiver, answer
from tests.project import Worker, database_url, start_worker
from web import outgoing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def delivering(monkeypatch: pytest.MonkeyPatch, workers: Worker | None, settings: object) -> Iterator[None]:
    """Workers that may call this machine: a process of its own has its settings from the environment."""
    monkeypatch.setattr(outgoing, "READ_SECONDS", 600)
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 600)
    if workers is None:
        yield
        return
    workers.stop()
    variables = {
        "DATABASE_URL": database_url(),
        "BROKER_URL": settings.BROKER_URL,
        "ALLOW_PRIVATE_TARGETS": "true",
        "TASKOVERFLOW_SECRET_KEY": project_settings.SECRET_KEY,
    }
    with start_worker(**variables):
        yield


@pytest.mark.usefixtures("delivering")
def test_change_is_delivered_by_a_worker(
    receiver: Receiver, make_webhook: Callable[..., Made], user: User, wait_for: Callable[..., None]
) -> None:
    made = make_webhook()
    for number in range(50):
        make_todo(str(number), user=user)
    wait_for(lambda: made.follower.cursor == 50, seconds=120)
    told = [(event["data"]["since"], event["data"]["revision"]) for event in receiver.events]
    assert [since for since, _ in told] == [0, *(revision for _, revision in told[:-1])], "nothing is left out"
    assert receiver.requests[-1].verify(made.secret)["data"]["revision"] == 50


@pytest.mark.usefixtures("delivering")
def test_targets_that_hang_delay_no_calendar(
    receiver: Receiver,
    make_webhook: Callable[..., Made],
    user: User,
    wait_for: Callable[..., None],
    settings: object,
) -> None:
    hung: list[str] = []
    is_over = threading.Event()

    def hang(handler: Handler) -> None:
        hung.append(handler.path)
        is_over.wait(600)
        answer(204)(handler)

    receiver.answer = hang
    for owner in [user, *(make_user(f"user{number}") for number in range(5))]:
        todo_list = make_list(owner)
        for _ in range(2):
            make_webhook(user=owner, todo_list=todo_list)
        make_todo(user=owner)
    Follower.objects.update(due_at_ms=now_ms())
    try:
        wait_for(lambda: len(hung) >= project_settings.DELIVERY_THREADS, seconds=120)
        job = make_job(make_user("bob"))
        wait_for(lambda: CalendarJob.objects.get(pk=job.pk).is_final, seconds=120)
        if not settings.BROKER_URL:  # another process gives each up after some seconds, and takes the next
            assert Delivery.objects.count() == 0, "they still hang"
            assert len(hung) == project_settings.DELIVERY_THREADS
    finally:
        is_over.set()
    wait_for(lambda: Delivery.objects.filter(error="").count() == 12, seconds=120)
