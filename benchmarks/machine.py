"""Facts about a run: machine, versions and commit."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("django", "djangorestframework", "dramatiq", "icalendar", "orjson", "psycopg2-binary")


def first_line(*command: str) -> str:
    """Return the output of a command, or that it is missing."""
    try:
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip().splitlines()[0]


def processor() -> str:
    """Return the processor name from Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def facts() -> dict[str, str]:
    """Return the facts in the order of the report."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "machine": f"{processor()}, {psutil.cpu_count()} cores, {memory:.0f} GiB",
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgresql": first_line("postgres", "--version"),
        "redis": first_line("redis-server", "--version"),
        **{package: version(package) for package in PACKAGES},
    }
