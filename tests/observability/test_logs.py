"""No secret in any log line."""

import copy
import io
import json
import logging
import logging.config
import sys

import pytest
from django.conf import settings
from django.urls import reverse

from observability.logs import redact
from tests.factories import make_feed, make_todo

SECRET = "aB3-_" * 8 + "xyz"


@pytest.fixture(params=["text", "json"])
def log(request, monkeypatch):
    """All log output of our settings in both formats; JSON has a line for each request too."""
    written = io.StringIO()
    handlers, level = logging.root.handlers, logging.root.level
    config = copy.deepcopy(settings.LOGGING)
    loggers = {name: logging.getLogger(name) for name in config["loggers"]}
    levels = {name: logger.level for name, logger in loggers.items()}
    config["handlers"]["console"]["formatter"] = request.param
    config["loggers"]["taskoverflow.requests"]["level"] = "INFO" if request.param == "json" else "WARNING"
    config["loggers"]["django.request"]["level"] = "WARNING"  # with JSON, a deployment leaves these out
    monkeypatch.setattr(sys, "stderr", written)
    logging.config.dictConfig(config)
    yield written
    logging.root.handlers, logging.root.level = handlers, level
    for name, logger in loggers.items():
        logger.setLevel(levels[name])


def last_message(log):
    line = log.getvalue().splitlines()[-1]
    return json.loads(line)["event"] if line.startswith("{") else line.split(": ", 1)[1]


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
    monkeypatch.setattr("calendars.views.ics.client_of", None)
    client.get(f"/calendars/{token}.ics")

    assert "Precondition Failed: /calendars/[hidden]" in log.getvalue()
    assert "Method Not Allowed (POST): /calendars/[hidden]" in log.getvalue()
    assert "Internal Server Error: /calendars/[hidden]" in log.getvalue()
    assert token not in log.getvalue()


@pytest.mark.django_db
def test_link_to_a_new_password_is_not_logged(log, client):
    client.get("/accounts/password/new/MQ/cxyz12-0123456789abcdef0123456789abcdef")
    logging.getLogger("x").warning("Not Found: /accounts/password/new/MQ/cxyz12-0123456789abcdef0123456789abcdef/")

    assert "/password/new/[hidden]" in log.getvalue()
    assert "cxyz12" not in log.getvalue()


def test_access_log_keeps_the_rest_of_its_line(log):
    logging.getLogger("granian.access").warning('"GET /calendars/%s.ics HTTP/1.1" %s', SECRET, 304)

    assert last_message(log) == '"GET /calendars/[hidden] HTTP/1.1" 304'


def test_other_lines_stay_as_they_are(log):
    line = "Calendar 7: the lease 0b5c5b0e-5f0a-4c6e-9c0e-1f6d2b7f8a90 was lost at /admin/calendars/worker/"
    logging.getLogger("calendars").warning("%s", line)

    assert last_message(log) == line


def test_secret_paths_are_those_of_the_urls():
    # A short token: nothing but the path says that it is a secret.
    feed = reverse("calendars:ics", args=["secret.ics"])
    password = reverse("password_reset_confirm", kwargs={"uidb64": "secret", "token": "secret"})
    page = reverse("admin:calendars_calendar_changelist")

    assert (redact(feed), redact(password)) == ("/calendars/[hidden]", "/accounts/password/new/[hidden]")
    assert redact(page) == page
