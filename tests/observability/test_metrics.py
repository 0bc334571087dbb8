"""`/metrics`: what it counts, over several processes, and who may read it."""

import subprocess
import sys
from ipaddress import ip_network

import pytest
from django.test import Client

from calendars.builds.build import build_calendar
from calendars.models import Calendar
from observability import metrics
from tests.factories import make_feed, make_job, make_todo
from tests.project import ROOT

pytestmark = pytest.mark.django_db
PATH = "/metrics"


@pytest.fixture
def shown(client: Client, settings: object) -> object:
    settings.METRICS_ALLOWED = [ip_network("127.0.0.0/8")]

    def show() -> dict[str, float]:
        lines = client.get(PATH).content.decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    return show


def test_nobody_reads_them_unless_they_may(client: Client, settings: object) -> None:
    assert client.get(PATH).status_code == 404
    settings.METRICS_TOKEN = "a long token"
    for wrong in ("Bearer", "Bearer ", "Bearer a long toke", "Basic a long token", "Bearer \xff"):
        assert client.get(PATH, headers={"Authorization": wrong}).status_code == 404
    assert client.get(PATH, headers={"Authorization": "Bearer a long token"}).status_code == 200
    settings.METRICS_ALLOWED = [ip_network("10.0.0.0/8")]
    assert client.get(PATH).status_code == 404
    assert client.get(PATH, headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 404
    assert client.get(PATH, REMOTE_ADDR="10.0.0.1").status_code == 200


@pytest.mark.parametrize("mode", ["open", "private"])
def test_they_are_read_by_address_inside_the_network(client: Client, settings: object, mode: str) -> None:
    settings.MODE = mode
    settings.METRICS_ALLOWED = [ip_network("10.0.0.0/8")]
    settings.ALLOWED_HOSTS = ["todo.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get(PATH, headers={"Host": "10.1.2.3:6400"}, REMOTE_ADDR="10.0.0.1")
    assert (answer.status_code, "taskoverflow_workers" in answer.text) == (200, True)
    assert client.get(PATH, headers={"Host": "todo.example.org"}, secure=True).status_code == 404
    assert client.get(PATH, headers={"Host": "10.1.2.3:6400"}).status_code == 400


def test_requests_are_counted_by_view_and_never_by_address(client: Client, shown: object) -> None:
    name = 'taskoverflow_request_seconds_count{method="GET",status="%s",view="%s"}'
    before = shown()
    client.get("/api/v1/todos")
    client.get("/api/v1/todos/999999")
    client.get("/nothing-of-the-kind")
    client.generic("BREW", "/api/v1/todos")
    after = shown()
    for status, view in (("200", "api:todos"), ("404", "api:todo"), ("404", "none")):
        assert after[name % (status, view)] == before.get(name % (status, view), 0) + 1
    assert "999999" not in "".join(after)
    assert "BREW" not in "".join(after)


def test_jobs_builds_and_feeds_are_counted(client: Client, shown: object) -> None:
    names = {
        "jobs": 'taskoverflow_job_seconds_count{status="SUCCESS"}',
        "builds": 'taskoverflow_build_seconds_count{outcome="finished"}',
        "rendered": 'taskoverflow_events_total{how="rendered"}',
        "fresh": 'taskoverflow_feed_answers_total{status="200"}',
        "known": 'taskoverflow_feed_answers_total{status="304"}',
    }
    before = shown()
    make_todo()
    make_job()
    assert shown()["taskoverflow_oldest_job_seconds"] >= 0
    assert shown()['taskoverflow_jobs{status="PENDING"}'] == 1
    build_calendar(Calendar.objects.get().pk)
    feed = make_feed()
    answer = client.get(f"/calendars/{feed.token}.ics")
    client.get(f"/calendars/{feed.token}.ics", headers={"If-None-Match": answer.headers["ETag"]})
    after = shown()
    grown = {key: after[name] - before.get(name, 0) for key, name in names.items()}
    assert grown == {"jobs": 1, "builds": 2, "rendered": 2, "fresh": 1, "known": 1}
    assert after['taskoverflow_jobs{status="SUCCESS"}'] == 1
    assert after["taskoverflow_workers"] == 0
    assert feed.token not in "".join(after)


def test_processes_count_together(shown: object) -> None:
    name = 'taskoverflow_feed_answers_total{status="418"}'
    before = shown().get(name, 0)
    code = "import os; from calendars.metrics import FEED_ANSWERS; FEED_ANSWERS.labels(418).inc(3)"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", f"import django; django.setup(); {code}"], check=True, cwd=ROOT)
    assert shown()[name] == before + 6


def test_files_of_dead_processes_go(tmp_path: object) -> None:
    dead, living, other = tmp_path / "counter_999999999.db", tmp_path / "counter_1.db", tmp_path / "notes.txt"
    for path in (dead, living, other):
        path.touch()
    metrics.forget_dead_processes(tmp_path)
    assert sorted(tmp_path.iterdir()) == [living, other]
