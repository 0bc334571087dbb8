"""Processes that are killed and paused by experiments, as real ones."""

import urllib.request
from collections.abc import Callable, Iterator

import pytest

from observatory.lab.results import result_of
from observatory.models import Experiment
from tests.project import database_url, manage, start_web, start_worker
from tests.services import Redis, start_redis

WaitFor = Callable[..., None]


@pytest.fixture
def redis() -> Iterator[Redis]:
    with start_redis() as server:
        yield server


def newest() -> Experiment:
    return Experiment.objects.latest("pk")


def ended(wait_for: WaitFor) -> Experiment:
    wait_for(lambda: result_of(newest()).is_over, seconds=120)
    return newest()


def test_server_that_is_killed_starts_again_and_builds(transactional_db: None, wait_for: WaitFor) -> None:
    variables = {"DATABASE_URL": database_url(), "BROKER_URL": ""}
    with start_web(**variables) as web:
        manage("lab", "kill", "--no-wait", **variables)
        experiment = ended(wait_for)

        assert experiment.process
        assert result_of(experiment).succeeded == 1
        urllib.request.urlopen(f"{web.url}/api/v1/health", timeout=30).close()


def test_server_that_is_paused_goes_on(transactional_db: None, wait_for: WaitFor) -> None:
    variables = {"DATABASE_URL": database_url(), "BROKER_URL": ""}
    with start_web(**variables) as web:
        manage("lab", "pause", "--seconds", "3", "--no-wait", **variables)
        experiment = ended(wait_for)

        assert experiment.process
        assert result_of(experiment).succeeded == 1
        urllib.request.urlopen(f"{web.url}/api/v1/health", timeout=30).close()


def test_another_worker_builds_when_one_is_killed(transactional_db: None, redis: Redis, wait_for: WaitFor) -> None:
    variables = {"DATABASE_URL": database_url(), "BROKER_URL": redis.url}
    with start_worker(**variables), start_worker(**variables):
        manage("lab", "kill", "--no-wait", **variables)
        experiment = ended(wait_for)

    result = result_of(experiment)
    assert result.succeeded == 1
    assert experiment.process
    assert experiment.process not in result.workers


def test_faults_reach_workers_of_other_processes(transactional_db: None, redis: Redis, wait_for: WaitFor) -> None:
    variables = {"DATABASE_URL": database_url(), "BROKER_URL": redis.url}
    with start_worker(**variables):
        for name in ("drop", "double"):
            manage("lab", name, "--count", "1", "--no-wait", **variables)
            experiment = ended(wait_for)

            assert experiment.left == 0
            assert result_of(experiment).succeeded == 1


def test_command_puts_right_and_removes(transactional_db: None) -> None:
    variables = {"DATABASE_URL": database_url(), "BROKER_URL": ""}
    manage("lab", "drop", "--no-wait", **variables)

    assert manage("lab", "right", **variables) == "Put right: 1\n"
    assert manage("lab", "remove", **variables) == "Removed: 1\n"
    assert not Experiment.objects.exists()
