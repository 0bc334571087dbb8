"""Request ids: from the proxy or new, in the response, in JSON log lines and in the worker's."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import dramatiq
import pytest
from django.test import Client
from dramatiq import Message, MessageProxy

from brokers.messages import decode
from brokers.middleware import RequestId
from calendars.models import Calendar
from calendars.tasks import build_calendar
from observability.logs import JSONFormatter
from tests.factories import make_todo
from tests.project import Worker

ID = "0123456789abcdef"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict]]]:
    """The log lines of production's formatter, as objects."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JSONFormatter())
    loggers = [logging.getLogger(name) for name in ("", "taskoverflow.requests", "taskoverflow.builds")]
    levels = [logger.level for logger in loggers]
    logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.django_db
def test_one_line_tells_of_a_request(client: Client, lines: object) -> None:
    answer = client.get("/api/v1/todos", headers={"X-Request-ID": ID})
    assert answer.headers["X-Request-ID"] == ID
    (line,) = [line for line in lines() if line["logger"] == "taskoverflow.requests"]
    assert line.pop("milliseconds") >= 0
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "taskoverflow.requests",
        "request_id": ID,
        "method": "GET",
        "path": "/api/v1/todos",
        "status": 200,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("forged", ["", "short", "x" * 65, "a b c d e f", "line\tbreak", '"};{"', "\xff" * 9])
def test_id_that_is_none_is_replaced(client: Client, forged: str) -> None:
    assert len(client.get("/api/v1/todos", headers={"X-Request-ID": forged}).headers["X-Request-ID"]) == 32


@pytest.mark.django_db(transaction=True)
def test_message_carries_the_id_of_its_request(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_todo()
    sent: list[Message] = []
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", lambda message, **kwargs: sent.append(message))
    client.post("/api/v1/todos/ical", headers={"X-Request-ID": ID})
    (message,) = sent
    assert decode(message.encode(), message.queue_name).options == {"request_id": ID}


@pytest.mark.parametrize("forged", [None, 7, "", "x" * 65, 'a"b', ["0123456789"]])
def test_forged_id_of_a_message_is_dropped(forged: object) -> None:
    message = build_calendar.message_with_options(args=("1",), request_id=forged)
    assert decode(message.encode(), message.queue_name).options == {}


def test_worker_names_the_request_in_its_lines(lines: object) -> None:
    proxy = MessageProxy(build_calendar.message_with_options(args=("1",), request_id=ID))
    middleware = RequestId()
    middleware.before_process_message(dramatiq.get_broker(), proxy)
    logging.getLogger("calendars").info("building")
    middleware.after_process_message(dramatiq.get_broker(), proxy, result=None, exception=None)
    logging.getLogger("calendars").info("idle")
    assert [line.get("request_id") for line in lines()] == [ID, None]


@pytest.mark.django_db(transaction=True)
def test_build_is_written_down_under_the_request_that_asked_for_it(
    client: Client, workers: Worker | None, lines: Callable[[], list[dict]], wait_for: Callable
) -> None:
    def builds() -> list[dict]:
        if workers is None:
            told = lines()
        else:
            told = [json.loads(line) for line in workers.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in told if line["logger"] == "taskoverflow.builds"]

    make_todo()
    client.post("/api/v1/todos/ical", headers={"X-Request-ID": ID})
    wait_for(builds)
    assert [(line["request_id"], line["outcome"]) for line in builds()] == [(ID, "finished")]
    assert builds()[0]["calendar"] == str(Calendar.objects.get().pk)


def test_json_lines_have_the_fields_that_trace_a_job(lines: object) -> None:
    fields = {"list": 3, "calendar": 7, "job": "0b5c", "jobs": ["0b5c", "9e0e"], "attempt": 2, "request_id": ID}
    logging.getLogger("calendars").info("failed", extra={**fields, "secret": "not listed"})
    (line,) = lines()
    assert {name: line.get(name) for name in fields} == fields
    assert "secret" not in line


def test_json_lines_hold_no_secrets_and_are_one_line(lines: object) -> None:
    token, feed = "taskoverflow_" + "aB3-_" * 8 + "xyz", "zY9-_" * 8 + "abc"
    try:
        raise ValueError(f'password="hunter2" at postgres://app:s3cret@db/app and "/calendars/{feed}"')
    except ValueError:
        logging.getLogger("x").exception('"GET /calendars/%s.ics" Authorization: %s\nforged line', feed, token)
    (line,) = lines()
    assert line["event"].startswith('"GET /calendars/[hidden]"')
    assert "ValueError" in line["exception"]
    assert not [secret for secret in (token, feed, "hunter2", "s3cret") if secret in json.dumps(line)]


def test_text_lines_hide_secrets_in_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    from observability.logs import TextFormatter

    try:
        raise ValueError("amqp://guest:s3cret@rabbit/")
    except ValueError:
        record = logging.getLogger("x").makeRecord("x", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
    text = TextFormatter("{message}", style="{").format(record)
    assert "amqp://guest:[hidden]@rabbit/" in text
    assert "s3cret" not in text
