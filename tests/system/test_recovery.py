"""Single faults, on every broker, with processes as in production."""

import subprocess
import sys

import pytest

from tests.chaos.brokers import BROKERS
from tests.chaos.test_chaos import clean_environment
from tests.project import ROOT


@pytest.mark.parametrize("broker", BROKERS)
def test_job_that_meets_a_fault_is_finished_within_the_promised_time(broker):
    command = [sys.executable, "-m", "tests.chaos.recovery", "--broker", broker]
    result = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True)

    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr[-5000:]
