"""The whole suite, twice, on real parts (`make test`); or what needs more than pip can carry (`make test-system`).

    python -m tests.run [--system] [arguments for pytest]

A pass that fails, or in which no test passed, fails the run.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from tests.services import Missing, start_postgres, start_redis

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / ".env.example"
NOT_SYSTEM = ["--ignore=tests/system", "--ignore=tests/terraform"]
# These bring every broker themselves and touch no database: once is enough.
NOT_BROKERS = "--ignore=tests/brokers"


def main(arguments: list[str]) -> int:
    system = "--system" in arguments
    arguments = [argument for argument in arguments if argument != "--system"]
    results = []
    with contextlib.ExitStack() as servers:
        try:
            if system:
                results.append(run("SQLite", "embedded broker", {}, ["tests/system", *arguments]))
            else:
                results.append(run("SQLite", "embedded broker", {}, [*NOT_SYSTEM, *arguments]))
                urls = {
                    "DATABASE_URL": servers.enter_context(start_postgres()).url,
                    "BROKER_URL": servers.enter_context(start_redis()).url,
                }
                results.append(run("PostgreSQL", "Redis", urls, [*NOT_SYSTEM, NOT_BROKERS, *arguments]))
        except Missing as error:
            print(error, file=sys.stderr)
            return 1
    print(*(line for line, _ in results), sep="\n")
    if not system:
        print("RabbitMQ, a browser, libical and what else pip cannot carry: make test-system")
    return 0 if all(good for _, good in results) else 1


def run(database: str, broker: str, urls: dict[str, str], arguments: list[str]) -> tuple[str, bool]:
    """One pass; returns its line in the summary, and whether it was good."""
    name = f"{database} + {broker}"
    print(f"== {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="taskoverflow-") as folder:
        report = Path(folder) / "report.xml"
        environment = clean_environment() | urls | {"TASKOVERFLOW_DATA": folder}
        if urls:
            environment |= {"TASKOVERFLOW_SECRET_KEY": "for tests alone", "ALLOWED_HOSTS": "*"}
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *arguments]
        start = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=environment).returncode
        counts = ElementTree.parse(report).find("testsuite").attrib if report.exists() else {}
    total, failed = int(counts.get("tests", 0)), int(counts.get("failures", 0)) + int(counts.get("errors", 0))
    passed = total - failed - int(counts.get("skipped", 0))
    line = f"{name}: {passed} passed, {failed} failed in {time.monotonic() - start:.0f} s"
    return line, code == 0 and passed > 0


def clean_environment() -> dict[str, str]:
    """Ours without the settings of the project, so that a developer's own do not change what is tested."""
    lines = SETTINGS.read_text().splitlines()
    names = {line[1:].partition("=")[0] for line in lines if line.startswith("#") and "=" in line}
    return {name: value for name, value in os.environ.items() if name not in names}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers are to end then too
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
    sys.exit(130)
