"""The short form of `make chaos`; the long one is a system test."""

import os
import subprocess
import sys

import pytest

from tests.project import ROOT


def run_chaos(*arguments: str) -> str:
    """Run it in a process of its own; return its table, or fail the test with it if a promise is broken."""
    command = [sys.executable, "-m", "tests.chaos", *arguments]
    result = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr[-5000:]
    return result.stdout


def clean_environment() -> dict[str, str]:
    """Return ours without what this pass of the suite runs on: the chaos brings servers of its own."""
    names = ("DATABASE_URL", "BROKER_URL", "TASKOVERFLOW_DATA")
    return {name: value for name, value in os.environ.items() if name not in names}


@pytest.mark.parametrize("broker", ["redis", "sqs"])
def test_no_job_is_lost_while_everything_dies(broker: str) -> None:
    table = run_chaos("--broker", broker, "--jobs", "150", "--lists", "10", "--seconds", "12", "--seed", "11")

    assert "times a worker was killed" in table
