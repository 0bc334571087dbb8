"""Fixtures for tests of followers: a receiver, a webhook that leads there, the time."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from django.contrib.auth.models import User
from django.db.models import F

from database.clock import now_ms
from followers.delivery import Outcome, deliver_changes
from followers.models import Follower, Webhook
from followers.webhooks.services import create_webhook
from tests.factories import make_list, make_user
from tests.followers.receiver import Receiver, receiving
from todos.models import TodoList


@pytest.fixture
def receiver(settings: object) -> Iterator[Receiver]:
    settings.ALLOW_PRIVATE_TARGETS = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def user(db: None) -> User:
    return make_user()


@pytest.fixture
def todo_list(user: User) -> TodoList:
    return make_list(user)


class Made(NamedTuple):
    webhook: Webhook
    secret: str

    @property
    def follower(self) -> Follower:
        return Follower.objects.get(pk=self.webhook.follower_id)

    def deliver(self) -> Outcome:
        """Let the time come that it rests until, and deliver."""
        Follower.objects.filter(pk=self.webhook.follower_id).update(lease_until_ms=None, due_at_ms=now_ms())
        return deliver_changes(self.webhook.follower_id)

    def let_time_pass(self, **fields: int) -> None:
        moved = {name: F(name) - milliseconds for name, milliseconds in fields.items()}
        Follower.objects.filter(pk=self.webhook.follower_id).update(**moved)


@pytest.fixture
def make_webhook(user: User, todo_list: TodoList, receiver: Receiver) -> Callable[..., Made]:
    def make(**values: object) -> Made:
        arguments = {"user": user, "todo_list": todo_list, "url": receiver.url} | values
        return Made(*create_webhook(**arguments))

    return make
