"""When the database cannot be reached, pages and the API answer 503 with Retry-After."""

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from tests.hostile import assert_refused


@pytest.fixture(autouse=True)
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError('connection to server at "db.internal", port 5432 failed')

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)


def test_api_answers_503(client: Client) -> None:
    answer = client.get("/api/v1/todos")
    assert_refused(answer, 503)
    assert answer.headers["Retry-After"] == "5"
    assert "db.internal" not in answer.content.decode()


def test_page_answers_503(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "db.internal" not in answer.content.decode()


def test_metrics_answer_503(client: Client, settings: object) -> None:
    settings.METRICS_TOKEN = "a long token"
    answer = client.get("/metrics", headers={"Authorization": "Bearer a long token"})
    assert (answer.status_code, answer.content) == (503, b"")


@pytest.mark.parametrize("path", ["/", "/api/v1/todos"])
def test_outage_before_the_view_is_answered_503_too(client: Client, settings: object, path: str) -> None:
    settings.MODE = "private"  # the middleware looks the session up
    client.cookies[settings.SESSION_COOKIE_NAME] = "some-session"
    client.raise_request_exception = False
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
