import pytest

from tests.chaos.test_chaos import run_chaos


@pytest.mark.parametrize("broker", ["redis", "sqs"])
def test_no_job_is_lost_in_the_long_form(broker):
    run_chaos("--broker", broker, "--jobs", "2000", "--lists", "50", "--seconds", "90", "--seed", "2026")
