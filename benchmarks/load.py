"""Load with wrk: eight connections, each sending the next request after the last response."""

import json
import shutil
import subprocess
from pathlib import Path

from benchmarks.client import Unexpected
from benchmarks.figures import Figure, Row

CONNECTIONS = 8
SCRIPT = Path(__file__).with_name("load.lua")


def load(
    row: Row,
    url: str,
    seconds: int,
    *,
    method: str = "GET",
    path: str,
    body: str | None = None,
    ids: tuple[int, int] = (1, 1),
    headers: dict[str, str] | None = None,
    todos: int | None = None,
) -> Figure:
    """Measure requests per second and latencies. `{id}` in path or body iterates over `ids`, `{n}` counts up.

    A status of 400 or above fails the run, because rejecting a request is fast and means nothing.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("The benchmark needs wrk: apt-get install wrk")
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT)]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    command += [url, "--", method, path, str(ids[0]), str(ids[1])]
    if body is not None:
        command.append(body)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told = json.loads(next(line for line in output.splitlines() if line.startswith("JSON "))[5:])
    if told["failed"] or not told["requests"]:
        raise Unexpected(f"{method} {path}: {told['failed']} of {told['requests']} requests failed")
    return Figure(row, told["requests"] / told["seconds"], todos, told["p50"], told["p99"])
