"""`manage.py serve` as people use it: every error is one sentence, and a crash loses no job."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError

from tests.processes import free_port, running
from tests.project import ROOT, Manage, Web
from web.management.commands.serve import listen

WITHOUT_SERVERS = {"DATABASE_URL": "", "BROKER_URL": "", "TASKOVERFLOW_ENV_FILE": ""}
DEPLOYED = {"TASKOVERFLOW_SECRET_KEY": "for tests alone", "ALLOWED_HOSTS": "localhost"}


def serve(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    return manage(folder, "serve", *arguments, **variables)


def manage(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run it to its end, which comes at once: in each of these tests something is wrong."""
    own = {"TASKOVERFLOW_DATA": str(folder), "PORT": str(free_port())}
    environment = os.environ | WITHOUT_SERVERS | own | variables
    command = [sys.executable, ROOT / "manage.py", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)


def assert_one_sentence(result: subprocess.CompletedProcess, *words: str) -> None:
    lines = result.stderr.strip().splitlines()
    assert (result.returncode != 0, len(lines), "Traceback" in result.stderr) == (True, 1, False), result.stderr
    assert [word for word in words if word not in lines[0]] == []


def test_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_one_sentence(serve(tmp_path, "--host", "127.0.0.1", "--port", port), port, "taken")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["--port", "99999"], "65535"), (["--processes", "0"], "1 or more")],
)
def test_number_out_of_bounds_is_named(tmp_path, arguments, word):
    assert_one_sentence(serve(tmp_path, *arguments), word)


@pytest.mark.parametrize(
    ("command", "words"), [(["rundramatiq"], "need a BROKER_URL"), (["heartbeat"], "Run manage.py migrate")]
)
def test_command_that_lacks_something_names_it(tmp_path, command, words):
    assert_one_sentence(manage(tmp_path, *command), words)


def test_unwritable_data_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder can be made in a file")
    assert_one_sentence(serve(tmp_path / "file" / "data"), "TASKOVERFLOW_DATA", str(tmp_path))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/todo"),
        ("DATABASE_URL", "postgres://localhost:port/todo"),
        ("BROKER_URL", "kafka://localhost"),
        ("BROKER_URL", "redis://localhost:port/0"),
        ("PUBLIC_URL", "todo.example.org"),
        ("TASKOVERFLOW_MODE", "secret"),
        ("TIME_ZONE", "Australia/Nowhere"),
        ("PORT", "6400.5"),
        ("CALENDAR_BUILD_DELAY_SECONDS", "soon"),
        ("TASKOVERFLOW_ENV_FILE", "/no/such/file"),
        ("SENTRY_DSN", "foo"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "some"),
        ("OTEL_SDK_DISABLED", "perhaps"),
        ("ALLOWED_HOSTS", "http://localhost"),
        ("DEBUG", "maybe"),
        ("SIGN_UP", "flase"),
        ("HSTS_SECONDS", "x"),
    ],
)
def test_bad_variable_is_named(tmp_path, name, value):
    assert_one_sentence(serve(tmp_path, **DEPLOYED | {name: value}), name)


def test_bad_port_of_the_database_is_named(tmp_path):
    assert_one_sentence(serve(tmp_path, DATABASE_HOST="h", DATABASE_PORT="abc", **DEPLOYED), "DATABASE_PORT")


def test_all_that_is_missing_is_named_at_once(tmp_path):
    missing = {"TASKOVERFLOW_SECRET_KEY": "", "ALLOWED_HOSTS": ""}
    assert_one_sentence(serve(tmp_path, DATABASE_HOST="h", **missing), *missing)


@pytest.mark.parametrize("missing", ["TASKOVERFLOW_SECRET_KEY", "ALLOWED_HOSTS"])
def test_deployment_without_what_it_needs_does_not_start(tmp_path, missing):
    deployed = DEPLOYED | {"DATABASE_URL": "postgres://db.internal/todo", missing: ""}
    assert_one_sentence(serve(tmp_path, **deployed), missing)


def test_database_that_is_down_is_named(tmp_path):
    url = f"postgres://127.0.0.1:{free_port()}/todo"
    assert_one_sentence(serve(tmp_path, "--prepare", "--skip-checks", DATABASE_URL=url, **DEPLOYED), "refused")


def call(web: Web, method: str, path: str, body: object = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(web.url + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_job_pending_at_a_kill_is_finished_after_the_next_start(wait_for: Callable[..., None]):
    slow = WITHOUT_SERVERS | {"CALENDAR_BUILD_DELAY_SECONDS": "600"}
    with running(lambda folder: Web(folder, variables=slow)) as web:
        call(web, "POST", "/api/v1/todos", {"title": "Project Proposal", "deadline_at": "2023-04-03T14:00:00"})
        status = call(web, "POST", "/api/v1/todos/ical")["task_url"].removeprefix(web.url)
        wait_for(lambda: call(web, "GET", status)["task_status"] == "STARTED")
        web.kill()
        web.variables["CALENDAR_BUILD_DELAY_SECONDS"] = "0"
        web.start()
        wait_for(lambda: call(web, "GET", status)["task_status"] == "SUCCESS", seconds=120)


def test_interrupt_ends_every_process_without_a_traceback():
    with running(lambda folder: Web(folder, variables=WITHOUT_SERVERS)) as web:
        os.killpg(web.process.pid, signal.SIGINT)  # as a terminal does
        assert web.process.wait(timeout=30) == 0
        assert "Traceback" not in web.log.read_text()


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_process_that_is_killed_is_replaced(wait_for: Callable[..., None]):
    with running(lambda folder: Web(folder, variables=WITHOUT_SERVERS)) as web:
        (serving,) = psutil.Process(web.process.pid).children()
        serving.kill()
        wait_for(lambda: has_ended(serving))
        wait_for(lambda: answers(web))
        assert call(web, "POST", "/api/v1/todos", {"title": "Milk"})["title"] == "Milk"


def test_connection_made_while_no_process_runs_is_answered_by_the_next(wait_for: Callable[..., None]):
    with running(lambda folder: Web(folder, variables=WITHOUT_SERVERS)) as web:
        (serving,) = psutil.Process(web.process.pid).children()
        serving.kill()
        wait_for(lambda: has_ended(serving))
        assert call(web, "GET", "/api/v1/health") == {"status": "ok"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, all processes share a socket")
def test_connections_are_distributed_among_processes():
    port = free_port()
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(listener) for listener in listen("127.0.0.1", port, 2)]
        for _ in range(64):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        accepted = []
        for listener in listeners:
            listener.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    accepted.append((stack.enter_context(listener.accept()[0]), listener))
    assert {listener for _, listener in accepted} == set(listeners)
    assert len(accepted) == 64


def test_second_server_cannot_share_the_port():
    port = free_port()
    with contextlib.ExitStack() as stack:
        for listener in listen("127.0.0.1", port, 2):
            stack.enter_context(listener)
        with pytest.raises(CommandError, match="is taken"):
            listen("127.0.0.1", port, 2)


def test_process_that_is_killed_often_is_replaced_each_time(wait_for: Callable[..., None]):
    with running(lambda folder: Web(folder, variables=WITHOUT_SERVERS)) as web:
        seen = set()
        for _ in range(5):
            wait_for(lambda: new_children(web, seen))
            (serving,) = new_children(web, seen)
            seen.add(serving.pid)
            serving.kill()
        wait_for(lambda: new_children(web, seen) and answers(web))
        assert web.is_running


def new_children(web: Web, seen: set[int]) -> list[psutil.Process]:
    return [child for child in psutil.Process(web.process.pid).children() if child.pid not in seen]


def test_killed_main_process_leaves_no_other(wait_for: Callable[..., None]):
    with running(lambda folder: Web(folder, variables=WITHOUT_SERVERS)) as web:
        serving = psutil.Process(web.process.pid).children()
        web.process.kill()
        web.process.wait()
        wait_for(lambda: not any(child.is_running() for child in serving), seconds=10)
        web.start()  # the port is free again
        assert answers(web)


def test_request_under_way_is_answered_before_the_end():
    body = b'{"title": "Milk"}'
    lines = ["POST /api/v1/todos HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    with running(lambda folder: Web(folder, variables=WITHOUT_SERVERS)) as web:
        with socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2])), timeout=30) as connection:
            connection.sendall(head.encode() + body[:5])
            time.sleep(0.2)  # for the server to be waiting for the rest
            web.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            connection.sendall(body[5:])
            assert connection.recv(1000).startswith(b"HTTP/1.1 201")
        assert web.process.wait(timeout=30) == 0


def answers(web: Web) -> bool:
    try:
        web.check()
    except OSError:
        return False
    return True


def test_ipv6_address_is_served():
    port = free_port()
    arguments = ("serve", "--host", "::1", "--port", str(port))
    with running(lambda folder: Ipv6Web(folder, *arguments, variables=WITHOUT_SERVERS)) as web:
        assert call(web, "GET", "/api/v1/health") == {"status": "ok"}


class Ipv6Web(Manage):
    url = property(lambda self: f"http://[::1]:{self.arguments[-1]}")
    check = Web.check
