"""Sending many mails over connections that stay open for a moment. It knows no models."""

import logging
import time
from collections import deque
from contextlib import suppress
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)

IDLE_SECONDS = 5  # a connection that waited for longer may be closed by the server


class MailFailed(Exception):
    """The message is a sentence, and names no secret."""


class Mailer:
    """Connections to the mail server, for several threads: each has one as long as it sends."""

    def __init__(self) -> None:
        self._idle: deque[tuple[BaseEmailBackend, float]] = deque()

    def send(self, mail: EmailMessage) -> None:
        """Raises MailFailed."""
        try:
            try:
                self._send(mail)
            except SMTPServerDisconnected:  # it has waited too long, or the server was restarted
                self.close()
                self._send(mail)
        except SMTPRecipientsRefused as error:
            raise MailFailed("The mail server refuses this address.") from error
        except (SMTPException, OSError) as error:
            raise MailFailed(f"The mail server did not take the mail: {type(error).__name__}.") from error

    def close(self) -> None:
        """Close what is idle."""
        with suppress(IndexError):
            while True:
                _close(self._idle.pop()[0])

    def _send(self, mail: EmailMessage) -> None:
        mail.connection = self._connect()
        try:
            mail.send()
        except BaseException:
            _close(mail.connection)
            raise
        self._idle.append((mail.connection, time.monotonic()))

    def _connect(self) -> BaseEmailBackend:
        with suppress(IndexError):
            while True:
                connection, used_at = self._idle.pop()
                if time.monotonic() - used_at < IDLE_SECONDS:
                    return connection
                _close(connection)
        connection = get_connection()
        connection.open()
        return connection


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (SMTPException, OSError) as error:
        logger.info("A connection to the mail server ended: %s", type(error).__name__)
