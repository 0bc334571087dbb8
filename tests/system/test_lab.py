"""The lab's faults on RabbitMQ, with workers that are processes of their own."""

from collections.abc import Callable

from observatory.lab.results import result_of
from observatory.models import Experiment
from tests.observatory.lab.conftest import with_lab  # noqa: F401
from tests.project import database_url, manage, start_worker
from tests.services import RabbitMQ

# The one that takes longest is first.
FAULTS = {
    "kill": [],
    "sweep": ["--seconds", "5"],
    "drop": ["--count", "1"],
    "delay": ["--seconds", "2"],
    "double": ["--count", "3"],
}


def test_faults_on_rabbitmq_happen_and_heal(
    transactional_db: None, rabbitmq_server: RabbitMQ, wait_for: Callable[..., None]
) -> None:
    variables = {"DATABASE_URL": database_url(), "BROKER_URL": rabbitmq_server.url}
    with start_worker(**variables), start_worker(**variables):
        for name, numbers in FAULTS.items():
            manage("lab", name, *numbers, "--no-wait", **variables)
        experiments = {one.kind: one for one in Experiment.objects.all()}
        for experiment in experiments.values():
            wait_for(lambda one=experiment: result_of(one).is_over, seconds=180)

    results = {kind: result_of(one) for kind, one in experiments.items()}
    assert {kind: result.succeeded for kind, result in results.items()} == {
        kind: 3 if kind == "double" else 1 for kind in FAULTS
    }
    killed = Experiment.objects.get(kind="kill")
    assert killed.process
    assert killed.process not in results["kill"].workers
    # On a slow machine, the sweep may go on before a worker gets the message that was to be lost.
    assert not Experiment.objects.exclude(kind="sweep").filter(left__gt=0).exists()
