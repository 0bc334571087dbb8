"""A limit on the memory of a process and its children, as a container has one: a Linux control group."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from tests.project import ROOT

GROUPS = Path("/sys/fs/cgroup")


class MemoryLimit:
    """A control group of either version, with no more memory than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self.is_unified = (GROUPS / "cgroup.controllers").exists()
        parent = GROUPS if self.is_unified else GROUPS / "memory"
        self.folder = parent / f"taskoverflow-{os.getpid()}-{time.monotonic_ns()}"
        try:
            self.folder.mkdir()
            (self.folder / ("memory.max" if self.is_unified else "memory.limit_in_bytes")).write_text(str(limit))
        except OSError as error:
            with contextlib.suppress(OSError):
                self.folder.rmdir()
            raise RuntimeError(
                f"A control group must limit the memory, but {error.filename or parent} cannot be written"
                f" ({error.strerror}): run this on Linux, as root, with the memory controller in {parent}."
            ) from error

    def holding(self, command: list[str]) -> list[str]:
        """Return a command that moves itself into the group and then becomes ``command``."""
        return ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh", *command]

    @property
    def used(self) -> int:
        """The bytes that the kernel cannot take back: not those that only cache files of a disk."""
        kinds = ("anon", "shmem", "sock") if self.is_unified else ("total_rss", "total_shmem")
        amounts = dict(line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        return sum(int(amounts.get(kind, 0)) for kind in kinds)

    @property
    def kills(self) -> int:
        """How many processes were killed because the group had used all its memory."""
        events = self.folder / ("memory.events" if self.is_unified else "memory.oom_control")
        return int(re.search(r"^oom_kill (\d+)$", events.read_text(), re.MULTILINE)[1])

    def close(self) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                return self.folder.rmdir()
            except OSError:  # a process has yet to end
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


@contextlib.contextmanager
def memory_limit(limit: int) -> Iterator[MemoryLimit]:
    group = MemoryLimit(limit)
    try:
        yield group
    finally:
        group.close()


def shipped_megabytes() -> int:
    """The memory of a web task as Terraform makes it."""
    variables = (ROOT / "terraform/app/variables.tf").read_text()
    web = re.search(r'variable "web" \{.*?^\}', variables, re.DOTALL | re.MULTILINE)[0]
    return int(re.search(r"memory\s*=\s*optional\(number, (\d+)\)", web)[1])
