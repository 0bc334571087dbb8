"""Reports to Sentry contain the error and no private data."""

import json

import pytest
import sentry_sdk
from django.test import Client
from sentry_sdk.transport import Transport

from observability import sentry
from tests.factories import make_feed, make_todo, make_user


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict] = []

    def capture_envelope(self, envelope: object) -> None:
        if (event := envelope.get_event()) is not None:
            self.events.append(event)


@pytest.fixture
def reported() -> list[dict]:
    kept = Kept()
    sentry.start("https://public@sentry.example/1", transport=kept)
    yield kept.events
    sentry_sdk.init()


@pytest.mark.django_db
def test_error_of_a_feed_is_reported_without_its_address(reported: list, monkeypatch: pytest.MonkeyPatch) -> None:
    make_todo("a private title")
    token = make_feed().token
    client = Client(raise_request_exception=False)
    client.force_login(make_user())
    session = client.cookies["sessionid"].value
    monkeypatch.setattr("calendars.views.ics.client_of", None)
    secret = {"Authorization": "Bearer taskoverflow_secret", "Referer": "http://testserver/private"}
    assert client.get(f"/calendars/{token}.ics?key=hidden-query", headers=secret).status_code == 500
    (event,) = reported
    assert event["exception"]["values"][0]["type"] == "TypeError"
    text = json.dumps(event, default=str)
    for each in (token, session, "hidden-query", "a private title", "taskoverflow_secret", "/private"):
        assert each not in text


def test_request_of_an_event_is_scrubbed() -> None:
    request = {
        "url": "https://todo.example.org/calendars/" + "aB3-_" * 8 + "xyz.ics",
        "method": "GET",
        "query_string": "q=private",
        "cookies": {"sessionid": "secret"},
        "headers": {"User-Agent": "curl", "Cookie": "sessionid=secret", "Authorization": "Bearer secret"},
        "data": {"title": "private"},
        "env": {"REMOTE_ADDR": "192.0.2.1"},
    }
    event = sentry.scrub({"request": request, "user": {"id": 7}, "message": "redis://:s3cret@host/0"}, None)
    assert event == {
        "request": {
            "url": "https://todo.example.org/calendars/[hidden]",
            "method": "GET",
            "headers": {"User-Agent": "curl"},
        },
        "message": "redis://:[hidden]@host/0",
    }
