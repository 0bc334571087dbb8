"""A pytest plugin that puts one fault after another into a loaded module, each in a forked child.

First the tests run as they are, to record which of them reach which line. For a fault, only the tests that reach its
lines run, the fastest first, until one fails.
"""

import contextlib
import gc
import os
import shutil
import signal
import sys
import threading
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NoReturn

import pytest
from django.db import connections
from hypothesis import Phase, settings

from tests.mutation.mutants import Mutant, mutants_of

SURVIVORS = Path(__file__).with_name("survivors.toml")
MAX_SECONDS = 60
NOTICED, NOT_APPLICABLE = 1, 2  # exit codes of a child


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutate", help="the module, as a path from the root of the project")


def pytest_configure(config: pytest.Config) -> None:
    config.option.verbose = 0  # pytest-django asks for it, and there is no terminal to define it
    # One failure is enough: nobody reads the smallest example.
    settings.register_profile("mutation", phases=[Phase.explicit, Phase.generate], database=None)
    settings.load_profile("mutation")
    config.pluginmanager.register(Mutation(config.getoption("--mutate")))


class Mutation:
    def __init__(self, path: str) -> None:
        self.path = path
        self.file = str(Path(path).resolve())
        self.failure = ""
        self.reached: dict[int, list[pytest.Item]] = defaultdict(list)  # by line
        self.seconds: dict[pytest.Item, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failure = f"{report.nodeid} fails without a fault:\n{report.longreprtext}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            self.run_once(item)
            if self.failure:
                stop(self.failure)
        if self.outcome(None, session.items):
            stop("The tests fail in a fork, though there is no fault.")
        explained = tomllib.loads(SURVIVORS.read_text()).get(self.path, {})
        survivors, counts = set(), Counter()
        for mutant in mutants_of(Path(self.file).read_text()):
            code = self.outcome(mutant, {item for line in mutant.lines for item in self.reached[line]})
            if code == NOT_APPLICABLE:
                continue  # the fault would turn a generator into a plain function
            kind = "explained" if mutant.name in explained else "left"
            counts["too slow" if code == -signal.SIGALRM else "noticed" if code else kind] += 1
            if not code:
                survivors.add(mutant.name)
                if mutant.name not in explained:
                    print(f"{self.path}:{mutant.lines[0]}: {mutant.name}", flush=True)
        for name in explained.keys() - survivors:
            print(f"{SURVIVORS.name}: no such survivor of {self.path}: {name}")
        words = ", ".join(f"{counts[kind]} {kind}" for kind in ("noticed", "too slow", "explained", "left"))
        print(f"{self.path}: {counts.total()} faults, {words}", flush=True)
        session.testsfailed = counts["left"]
        return True

    def run_once(self, item: pytest.Item) -> None:
        """Run the test, and record which lines of the module it reaches."""
        lines: set[int] = set()

        def trace(frame: FrameType, event: str, argument: Any) -> Any:
            if frame.f_code.co_filename != self.file:
                return None
            lines.add(frame.f_lineno)
            return trace

        start = time.monotonic()
        threading.settrace(trace)
        sys.settrace(trace)
        run(item)
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        self.seconds[item] = time.monotonic() - start
        for line in lines:
            self.reached[line].append(item)

    def outcome(self, mutant: Mutant | None, items: set[pytest.Item] | list[pytest.Item]) -> int:
        """Run the tests in a child with the fault, and return its exit code: 0 if all of them pass."""
        with restored_database():
            if not (child := os.fork()):
                self.run_in_child(mutant, sorted(items, key=self.seconds.__getitem__))
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def run_in_child(self, mutant: Mutant | None, items: list[pytest.Item]) -> NoReturn:
        """Run the tests until one fails or takes too long, then end this process."""
        expected = sum(self.seconds[item] for item in items)
        signal.alarm(10 + int(3 * expected) if mutant is None else min(MAX_SECONDS, 10 + int(3 * expected)))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = NOTICED
        try:
            if mutant and not apply(mutant, self.file):
                os._exit(NOT_APPLICABLE)
            for item in items:
                run(item)
                if self.failure:
                    break
            else:
                code = 0
        finally:
            os._exit(code)


def run(item: pytest.Item) -> None:
    # With the session as the next item, pytest keeps the session's fixtures, such as the database, alive.
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)


def stop(reason: str) -> NoReturn:
    print(reason, flush=True)
    pytest.exit(reason, returncode=2)


def apply(mutant: Mutant, file: str) -> bool:
    """Give the loaded functions the faulty code, wherever they were imported to."""
    before, after = (codes(compile(text, file, "exec")) for text in (Path(file).read_text(), mutant.source))
    changed = {code: after[place] for place, code in before.items() if place in after and code != after[place]}
    functions = [found for found in gc.get_objects() if type(found) is FunctionType and found.__code__ in changed]
    with contextlib.suppress(ValueError):
        for function in functions:
            function.__code__ = changed[function.__code__]
        return bool(functions)
    return False


def codes(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """Return the code of all functions, by qualified name and by a number among those with the same name."""
    found: dict[tuple[str, int], CodeType] = {}
    left = [code]
    for code in left:
        found[code.co_qualname, sum(name == code.co_qualname for name, _ in found)] = code
        left += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found


@contextlib.contextmanager
def restored_database() -> Iterator[None]:
    """Restore SQLite's file afterwards, whatever happened to it."""
    connections.close_all()
    file = Path(connections["default"].settings_dict["NAME"])
    copy = file.with_suffix(".copy")
    if has_file := file.exists():
        shutil.copy(file, copy)
    yield
    connections.close_all()
    for suffix in ("-wal", "-shm") if has_file else ():
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    if has_file:
        copy.replace(file)
