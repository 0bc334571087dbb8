"""A local disk without room: requests go on as long as the database does, and what cannot start says why."""

import contextlib
import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.processes import running
from tests.project import Web
from tests.web.test_serve import WITHOUT_SERVERS, assert_one_sentence, serve

DISK = "6m"
PATHS = [
    "/",
    "/api/v1/todos",
    "/api/v1/todos/1",
    "/api/v1/feeds",
    "/api/v1/tokens",
    "/login",
    "/nothing",
    "/import",
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0777", "tmpfs", tmp_path], capture_output=True, text=True
    )
    if made.returncode:
        pytest.fail(f"A small disk cannot be mounted ({made.stderr.strip()}): run this as root.")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


def fill(disk: Path, *, leave: int = 0) -> None:
    with contextlib.suppress(OSError), (disk / "filler").open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4_096))
    os.truncate(disk / "filler", max(0, (disk / "filler").stat().st_size - leave))


def statuses(web: Web) -> list[int]:
    """Ask for much of everything, so that there is much to count."""
    found = []
    for path in PATHS:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            request = urllib.request.Request(
                web.url + path, b"{}", {"Content-Type": "application/json"}, method=method
            )
            try:
                found.append(urllib.request.urlopen(request, timeout=10).status)
            except urllib.error.HTTPError as error:
                found.append(error.code)
    return found


def test_server_with_a_database_elsewhere_goes_on(variables: dict[str, str], disk: Path) -> None:
    local = {
        "TASKOVERFLOW_DATA": str(disk / "data"),
        "PROMETHEUS_MULTIPROC_DIR": str(disk / "metrics"),
        "TMPDIR": str(disk),
    }
    with running(partial(Web, variables=variables | local)) as web:
        fill(disk)
        for _ in range(5):
            assert max(statuses(web)) < 500
        body = json.dumps([{"title": "x" * 200}] * 400).encode()  # over what is kept in memory
        headers = {"Content-Type": "application/json"}
        with pytest.raises(urllib.error.HTTPError, match="400"):  # no list, but read whole
            urllib.request.urlopen(urllib.request.Request(web.url + "/api/v1/todos", body, headers), timeout=10)
        assert "Unexpected exit" not in web.log.read_text()


def test_sqlite_without_room_answers_and_recovers(disk: Path) -> None:
    local = {"TASKOVERFLOW_DATA": str(disk / "data"), "PROMETHEUS_MULTIPROC_DIR": str(disk / "metrics")}
    with running(partial(Web, variables=WITHOUT_SERVERS | local)) as web:
        fill(disk)
        body = json.dumps({"title": "Milk", "description": "x" * 9_000}).encode()
        request = urllib.request.Request(web.url + "/api/v1/todos", body, {"Content-Type": "application/json"})
        with contextlib.suppress(urllib.error.HTTPError):
            for _ in range(500):
                urllib.request.urlopen(request, timeout=10).close()
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(request, timeout=10)
        assert set(statuses(web)) & {500} == set()
        (disk / "filler").unlink()
        assert urllib.request.urlopen(request, timeout=10).status == 201
        assert "Unexpected exit" not in web.log.read_text()


@pytest.mark.parametrize("room", [0, 40_000, 2_000_000])
def test_first_start_without_room_is_one_sentence(disk: Path, room: int) -> None:
    fill(disk, leave=room)
    result = serve(disk / "data", STATIC_ROOT="")
    assert_one_sentence(result)
    assert re.search("No space left on device|no room left", result.stderr)
