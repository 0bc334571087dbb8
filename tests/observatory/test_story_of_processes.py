"""The story of a job that went through the real server, its queue and a worker."""

import json
import urllib.request
from collections.abc import Callable

import pytest
from django.conf import settings

from calendars.models import CalendarJob
from observatory.stories.story import find_job, story_of_job
from tests.project import Web, database_url, start_web


@pytest.fixture
def web(transactional_db: None) -> Web:
    variables = {"BROKER_URL": "", "TASKOVERFLOW_SECRET_KEY": settings.SECRET_KEY}
    with start_web(DATABASE_URL=database_url(), **variables) as web:
        yield web


def call(web: Web, path: str, body: dict | None = None, **headers: str) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(web.url + path, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def test_request_can_be_followed_to_the_build_and_the_download(web: Web, wait_for: Callable[..., None]) -> None:
    call(web, "/api/v1/todos", {"title": "Essay", "deadline_at": "2031-05-14"})
    request_id = {"X-Request-ID": "request-of-the-test"}
    job_id = json.loads(call(web, "/api/v1/todos/ical", {}, **request_id))["task_id"]
    wait_for(lambda: CalendarJob.objects.get(pk=job_id).is_final, seconds=60)
    call(web, f"/api/v1/todos/ical/{job_id}/result")
    told = ["request", "message.sent", "message.received", "claim", "build.done", "job.done", "download"]

    def steps() -> list:
        return story_of_job(find_job(job_id)).steps

    wait_for(lambda: {str(step.kind) for step in steps()} >= set(told), seconds=60)

    assert [str(step.kind) for step in steps() if step.kind in told] == told
    assert {step.request_id for step in steps()[:-1]} == {"request-of-the-test"}
    assert b"one build served this alone" in call(web, f"/machine/jobs/{job_id}")
