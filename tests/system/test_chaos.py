import pytest

from tests.chaos.test_chaos import run_chaos


@pytest.mark.parametrize("broker", ["redis", "sqs"])
def test_no_job_is_lost_in_the_long_form(broker):
    run_chaos("--broker", broker, "--jobs", "2000", "--lists", "50", "--seconds", "90", "--seed", "2026")


@pytest.mark.parametrize(("broker", "topic"), [("redis", "rabbitmq"), ("sqs", "kafka")])
def test_nothing_that_follows_a_list_is_lost(broker, topic):
    sizes = ("--jobs", "60", "--lists", "10", "--todos", "120", "--seconds", "25", "--seed", "11")
    table = run_chaos("--broker", broker, "--topic", topic, *sizes)

    assert "deliveries due" in table
