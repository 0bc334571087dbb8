"""What surrounds a process: its clock, its network, its disk. The last two need Linux and root."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.processes import running
from tests.project import Worker
from tests.services import Missing

CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += AHEAD;
    return result;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


def clock_ahead(folder: Path, seconds: int) -> dict[str, str]:
    """Return the environment of a process whose clock is that far ahead."""
    if not (compiler := shutil.which("cc")):
        raise Missing("A C compiler is not here: install it (Debian, Ubuntu: apt install gcc).")
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK)
    command = [compiler, "-shared", "-fPIC", f"-DAHEAD={seconds}", "-o", library, source, "-ldl"]
    subprocess.run(command, check=True)
    return {"LD_PRELOAD": str(library)}


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own, of that size."""
    options = f"size={megabytes}m,mode=0777"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on the disk; return the file that has it."""
    path = disk / "filler"
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4_096))
    return path


class FarWorker(Worker):
    """A worker on a network of its own, whose cable to ours can be pulled: packets are lost, and nobody is told."""

    def __init__(self, folder: Path, variables: dict[str, str], name: str) -> None:
        super().__init__(folder, variables=variables, processes=1, threads=4)
        self.name = name

    def command(self) -> list[str]:
        return ["ip", "netns", "exec", self.name, *super().command()]

    def cut(self) -> None:
        _run("ip", "link", "set", f"{self.name}-a", "down")

    def mend(self) -> None:
        _run("ip", "link", "set", f"{self.name}-a", "up")


@contextlib.contextmanager
def far_worker(variables: dict[str, str]) -> Iterator[FarWorker]:
    name = f"far{secrets.token_hex(2)}"
    net = f"10.{200 + secrets.randbelow(50)}.{secrets.randbelow(250)}"
    inside = ["ip", "netns", "exec", name]
    with contextlib.ExitStack() as stack:
        _run("ip", "netns", "add", name)
        stack.callback(_run, "ip", "netns", "del", name)  # and its link with it
        _run("ip", "link", "add", f"{name}-a", "type", "veth", "peer", "name", f"{name}-b", "netns", name)
        _run("ip", "addr", "add", f"{net}.1/24", "dev", f"{name}-a")
        _run("ip", "link", "set", f"{name}-a", "up")
        _run(*inside, "ip", "addr", "add", f"{net}.2/24", "dev", f"{name}-b")
        _run(*inside, "ip", "link", "set", f"{name}-b", "up")
        _run(*inside, "ip", "link", "set", "lo", "up")
        reached = {
            key: stack.enter_context(_forwarded(variables[key], f"{net}.1"))
            for key in ("DATABASE_URL", "BROKER_URL")
        }
        yield stack.enter_context(running(partial(FarWorker, variables=variables | reached, name=name)))


@contextlib.contextmanager
def _forwarded(url: str, host: str) -> Iterator[str]:
    """Return the URL of a server of this machine at another address."""
    target = urlsplit(url)
    with socket.create_server((host, 0)) as listener:
        threading.Thread(target=_accept, args=(listener, target.hostname, target.port), daemon=True).start()
        user = f"{target.netloc.rpartition('@')[0]}@" if "@" in target.netloc else ""
        yield target._replace(netloc=f"{user}{host}:{listener.getsockname()[1]}").geturl()


def _accept(listener: socket.socket, host: str | None, port: int | None) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, far = listener.accept()[0], socket.create_connection((host, port))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"})
