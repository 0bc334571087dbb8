"""A mail server, and the sender's work done by the test itself."""

import asyncio
import email
import email.policy
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.contrib.auth.models import User

from reminders.models import ReminderSettings
from reminders.sender import Sender
from tests.database.clock import DatabaseClock, database_clock
from tests.reminders.push_service import PushService


class Mailbox:
    """What a real SMTP server has taken. ``refusals`` are what it answers first."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.refusals: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.received]


class MailServer(Controller):
    """On a port that is its own from the start, and with time to start on a busy machine."""

    def __init__(self, box: Mailbox) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(box, hostname="127.0.0.1", port=self.socket.getsockname()[1], ready_timeout=60)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self.socket)


@pytest.fixture
def mailbox(settings: object) -> Iterator[Mailbox]:
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    box = Mailbox()
    server = MailServer(box)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.PUBLIC_URL = "https://todos.example.org"
    yield box
    server.stop()


@pytest.fixture
def send_due(transactional_db: None) -> Iterator[Callable[[], None]]:
    """`send_due()` does rounds of a sender until nothing is due any more."""
    sender = Sender()

    def send() -> None:
        while sender.round() == 0 or any(lane.under_way for lane in sender.lanes):
            pass

    yield send
    sender.close()


@pytest.fixture
def clock(transactional_db: None) -> Iterator[DatabaseClock]:
    with database_clock() as clock:
        yield clock


@pytest.fixture
def push_service(settings: object) -> Iterator[PushService]:
    settings.ALLOW_PRIVATE_TARGETS = True
    settings.PUBLIC_URL = "https://todos.example.org"
    service = PushService()
    yield service
    service.stop()


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_reachable("ada")


def make_reachable(name: str) -> User:
    """Return a new user with a confirmed address."""
    user = User.objects.create(username=name, email=f"{name}@example.org")
    ReminderSettings.objects.create(user=user, confirmed_email=user.email)
    return user
