"""The whole suite, twice, on real parts (`make test`); or what needs more than pip can carry (`make test-system`).

    python -m tests.run [--system] [arguments for pytest]

A pass that fails, or in which no test passed, fails the run.
"""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from tests.services import Missing, start_postgres, start_redis

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / ".env.example"
NOT_SYSTEM = ["--ignore=tests/system", "--ignore=tests/terraform"]
# These touch no database, start every server themselves, or take minutes and ask nothing special of a database: once
# is enough, beside the others.
OWN_SERVERS = [
    "tests/brokers",
    "tests/chaos",
    "tests/settings",
    "tests/operations/test_upgrade.py",
    "tests/web/test_live_crowd.py",
    "tests/web/test_serve.py",
    "tests/test_compose.py",
    "tests/test_docs.py",
    "tests/test_documented_settings.py",
    "tests/test_layers.py",
    "tests/test_rundramatiq.py",
    "tests/test_start_methods.py",
    "tests/test_walk.py",
    "tests/calendars/test_entries.py",
    "tests/calendars/test_ical.py",
    "tests/calendars/test_ical_series.py",
    "tests/calendars/test_ical_time_zones.py",
    "tests/calendars/test_import_parser.py",
    "tests/calendars/test_import_time_zones.py",
    "tests/calendars/test_judges.py",
    "tests/calendars/test_round_trip.py",
    "tests/calendars/test_series_judges.py",
    "tests/calendars/test_splice.py",
    "tests/todos/recurrence",
    "tests/todos/test_deadline_forms.py",
    "tests/todos/test_deadlines.py",
    "tests/todos/test_quick_add.py",
    "tests/todos/test_search_language.py",
    "tests/todos/test_time_zones.py",
]
# One database is enough for these, which take minutes: they are about what is above it, or PostgreSQL is stricter.
SQLITE_ALONE = ["tests/observatory/lab", "tests/observability/test_tracing.py"]
POSTGRESQL_ALONE = ["tests/pages/test_hostile.py", "tests/followers/topics/test_processes.py"]
QUICK = ["-q", "-p", "no:schemathesis"]  # its plugin takes seconds to load, and its own test runs its program
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadfile"]
ATTACKS = "tests/system/attacks"  # they measure memory and seconds, so nothing else may run then


def main(arguments: list[str]) -> int:
    system = "--system" in arguments
    arguments = [argument for argument in arguments if argument != "--system"]
    if system:
        return run_system(arguments)
    with contextlib.ExitStack() as stack:
        try:
            urls = {
                "DATABASE_URL": stack.enter_context(start_postgres()).url,
                "BROKER_URL": stack.enter_context(start_redis()).url,
            }
            if any(not argument.startswith("-") for argument in arguments):  # some tests alone, by name
                sqlite = postgres = arguments
            else:
                sqlite = [*NOT_SYSTEM, *_ignore(OWN_SERVERS, POSTGRESQL_ALONE), *arguments]
                postgres = [*NOT_SYSTEM, *_ignore(OWN_SERVERS, SQLITE_ALONE), *arguments]
            passes = [
                Pass("SQLite", "embedded broker", {}, sqlite),
                Pass("PostgreSQL", "Redis", urls, postgres),
            ]
            if sqlite is not arguments:
                passes.append(Pass("SQLite", "every broker", {}, [*OWN_SERVERS, *arguments]))
        except Missing as error:
            print(error, file=sys.stderr)
            return 1
        # Side by side, since they wait more than they work; what the others print is shown when their turn comes.
        for number, one in enumerate(passes):
            stack.enter_context(one.running(hidden=number > 0))
        results = [one.finish() for one in passes]
    print(*(line for line, _ in results), sep="\n")
    print("RabbitMQ, a browser, libical and what else pip cannot carry: make test-system")
    return 0 if all(good for _, good in results) else 1


def run_system(arguments: list[str]) -> int:
    others = [*SIDE_BY_SIDE, "tests/system", f"--ignore={ATTACKS}"]
    results = []
    for part in [arguments] if arguments else [[ATTACKS], others]:
        one = Pass("SQLite", "embedded broker", {}, part)
        with one.running(hidden=False):
            results.append(one.finish())
    print(*(line for line, _ in results), sep="\n")
    return 0 if all(good for _, good in results) else 1


def _ignore(*paths: list[str]) -> list[str]:
    return [f"--ignore={path}" for path in itertools.chain(*paths)]


class Pass:
    """One pass of the suite, on one database and one broker."""

    def __init__(self, database: str, broker: str, urls: dict[str, str], arguments: list[str]) -> None:
        self.name = f"{database} + {broker}"
        self.arguments = arguments
        self.environment = clean_environment() | urls
        if urls:
            self.environment |= {"TASKOVERFLOW_SECRET_KEY": "for tests alone", "ALLOWED_HOSTS": "*"}

    @contextlib.contextmanager
    def running(self, *, hidden: bool) -> Iterator[None]:
        with tempfile.TemporaryDirectory(prefix="taskoverflow-") as folder, open(os.dup(2), "wb") as failures:
            self.report, self.output = Path(folder) / "report.xml", Path(folder) / "output"
            command = [sys.executable, "-m", "pytest", *QUICK, f"--junit-xml={self.report}", *self.arguments]
            # Of a hidden pass too, what fails is named at once.
            named = {"FAILURES_FD": str(failures.fileno())}
            environment = self.environment | named | {"TASKOVERFLOW_DATA": folder}
            options = {"cwd": ROOT, "env": environment, "pass_fds": [failures.fileno()]}
            self.start = time.monotonic()
            if hidden:
                with self.output.open("wb") as output:
                    self.process = subprocess.Popen(command, stdout=output, stderr=output, **options)
            else:
                print(f"== {self.name}", flush=True)
                self.process = subprocess.Popen(command, **options)
            try:
                yield
            finally:
                self.process.terminate()
                self.process.wait()

    def finish(self) -> tuple[str, bool]:
        """Wait for it; return its line in the summary, and whether it was good."""
        code = self.process.wait()
        seconds = time.monotonic() - self.start
        if self.output.exists():
            print(f"== {self.name}", self.output.read_text(errors="replace"), sep="\n", flush=True)
        counts = ElementTree.parse(self.report).find("testsuite").attrib if self.report.exists() else {}
        total, failed = int(counts.get("tests", 0)), int(counts.get("failures", 0)) + int(counts.get("errors", 0))
        passed = total - failed - int(counts.get("skipped", 0))
        return f"{self.name}: {passed} passed, {failed} failed in {seconds:.0f} s", code == 0 and passed > 0


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
