"""No secret in any log line."""

import io
import logging
import logging.config
import sys

import pytest
from django.conf import settings

from tests.factories import make_feed, make_todo

SECRET = "aB3-_" * 8 + "xyz"


@pytest.fixture
def log(monkeypatch):
    """Everything that our logging settings write."""
    written = io.StringIO()
    handlers, level = logging.root.handlers, logging.root.level
    monkeypatch.setattr(sys, "stderr", written)
    logging.config.dictConfig(settings.LOGGING)
    yield written
    logging.root.handlers, logging.root.level = handlers, level


@pytest.mark.parametrize(
    "path",
    [
        f"/calendars/{SECRET}.ics",
        f"/calendars/{SECRET}",
        f"/calendars/%20{SECRET}.ics",
        f"/calendars/%0A{SECRET}.ics",
        f"/calendars/%22{SECRET}.ics",
        f"/calendars/'{SECRET}.ics",
        f"/calendars/{SECRET}.ics HTTP/1.1",
        f"/Calendars/{SECRET}.ics",
        f"/calendar/{SECRET}.ics",
        f"/{SECRET}",
    ],
)
@pytest.mark.django_db
def test_wrong_address_is_not_logged(log, client, path):
    assert client.get(path).status_code == 404

    assert "Not Found: /" in log.getvalue()
    assert SECRET not in log.getvalue()


@pytest.mark.django_db
def test_other_answers_of_a_feed_do_not_log_its_address(log, client, monkeypatch):
    make_todo()
    token = make_feed().token
    client.get(f"/calendars/{token}.ics", headers={"If-Match": '"x"'})
    client.post(f"/calendars/{token}.ics")
    client.raise_request_exception = False
    monkeypatch.setattr("calendars.feed.client_of", None)
    client.get(f"/calendars/{token}.ics")

    assert "Precondition Failed: /calendars/[hidden]" in log.getvalue()
    assert "Method Not Allowed (POST): /calendars/[hidden]" in log.getvalue()
    assert "Internal Server Error: /calendars/[hidden]" in log.getvalue()
    assert token not in log.getvalue()


def test_access_log_keeps_the_rest_of_its_line(log):
    logging.getLogger("gunicorn.access").warning('"GET /calendars/%s.ics HTTP/1.1" %s', SECRET, 304)

    assert log.getvalue().endswith('"GET /calendars/[hidden] HTTP/1.1" 304\n')


def test_other_lines_stay_as_they_are(log):
    line = "Calendar 7: the lease 0b5c5b0e-5f0a-4c6e-9c0e-1f6d2b7f8a90 was lost"
    logging.getLogger("calendars").warning("%s", line)

    assert log.getvalue().endswith(f"{line}\n")
