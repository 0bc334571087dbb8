"""Processes that tests start, look after and end."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

START_SECONDS = 60
STOP_SECONDS = 30


class Process:
    """A process in a session of its own, with its log in `folder`; it can be ended and started again."""

    account: dict[str, int] = {}  # user and group to run as, where that is not who we are
    stop_signal = signal.SIGTERM
    crash_signal = signal.SIGKILL

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cwd = folder
        self.log = folder / "log"
        self.process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def check(self) -> None:
        """Raise unless it is ready."""
        raise NotImplementedError

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), env=self.environment(), cwd=self.cwd, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, **self.account,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.check()
            except Exception as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise RuntimeError(f"{self.command()[0]} did not start:\n{self.tail()}") from error
                time.sleep(0.05)

    def stop(self) -> None:
        """End it in good order."""
        self.end(self.stop_signal)

    def kill(self) -> None:
        """End it as a crash would."""
        self.end(self.crash_signal)

    def pause(self) -> None:
        """Make it hang: it holds its connections and answers nothing until `resume`."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        deadline = time.monotonic() + 10
        while not self._is_stopped() and time.monotonic() < deadline:  # a signal takes its time on a busy machine
            time.sleep(0.01)

    def _is_stopped(self) -> bool:
        """Return whether all its threads have stopped, as far as Linux tells."""
        with contextlib.suppress(OSError):
            stats = [path.read_text() for path in Path(f"/proc/{self.process.pid}/task").glob("*/stat")]
            return all(stat.rpartition(")")[2].split()[0] in "TtXZ" for stat in stats)
        return True

    def resume(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # it may have been killed meanwhile
            os.killpg(self.process.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.pause()
        try:
            yield
        finally:
            self.resume()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self, number: int) -> None:
        if not self.is_running:
            return
        self.resume()  # what hangs hears nothing
        self.process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):  # and what it left behind
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


AnyProcess = TypeVar("AnyProcess", bound=Process)


@contextlib.contextmanager
def running(make: Callable[[Path], AnyProcess]) -> Iterator[AnyProcess]:
    """Make a process for a new folder, start it, and in the end stop it and remove the folder."""
    folder = Path(tempfile.mkdtemp(prefix="taskoverflow-"))
    try:
        process = make(folder)
        try:
            process.start()
            yield process
        finally:
            process.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
