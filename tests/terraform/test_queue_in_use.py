"""The application uses queues created by Terraform, with only the permissions that Terraform grants."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project import start_web, start_worker
from tests.terraform.tools import AWS, DIGEST, REGION, ROOT, Terraform, granted

CONTENT = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def queues(terraform: Callable[[str], Terraform], aws: AWS) -> dict[str, str]:
    """The name of a queue of each type: the application's, and the FIFO practice queue."""
    app, practice = terraform("app"), terraform("queues")
    app.apply("-target=module.queue", "-target=module.follower_queue", "-target=module.roles", image_digest=DIGEST)
    practice.apply()
    fifo = practice.outputs()["fifo"].rpartition(":")[2]
    # The app needs a second queue beside it.
    followers = f"{fifo.removesuffix('.fifo')}-followers.fifo"
    aws.client("sqs").create_queue(QueueName=followers, Attributes={"FifoQueue": "true"})
    return {"standard": "ical", "fifo": fifo}


@pytest.fixture
def recording(aws: AWS) -> Iterator[Callable[[], dict[str, set[str]]]]:
    """Return the actions used since the test began, by access key."""
    aws.call("recorder/reset-recording")
    aws.call("recorder/start-recording")

    def used() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for line in aws.recording.read_text().splitlines():
            headers = json.loads(line)["headers"]
            key = headers["Authorization"].partition("Credential=")[2].partition("/")[0]
            # IAM uses the action without Batch.
            action = headers["X-Amz-Target"].removeprefix("AmazonSQS.").removesuffix("Batch")
            found.setdefault(key, set()).add(f"sqs:{action}")
        return found

    yield used
    aws.call("recorder/stop-recording")


@pytest.mark.parametrize("kind", ["standard", "fifo"])
def test_jobs_go_through_with_the_rights_of_each_side(
    kind: str,
    queues: dict[str, str],
    aws: AWS,
    recording: Callable[[], dict[str, set[str]]],
    tmp_path: Path,
    wait_for: Callable[..., None],
) -> None:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "BROKER_URL": f"sqs://127.0.0.1:{aws.port}/{queues[kind]}?region={REGION}&scheme=http",
        "TASKOVERFLOW_SECRET_KEY": "for tests alone",
        "ALLOWED_HOSTS": "*",
    }
    migrate(aws.environment() | settings | {"TASKOVERFLOW_DATA": str(tmp_path), "TASKOVERFLOW_ENV_FILE": ""})
    with start_web(**settings, **keys("web")) as web, start_worker(**settings, **keys("worker")):
        tasks = []
        for number in range(5):
            call(web.url + "/api/v1/todos", {"title": f"Report {number}", "deadline_at": "2026-02-27T18:00:00"})
            tasks.append(call(web.url + "/api/v1/todos/ical", {})["task_url"])
        wait_for(lambda: all(call(task)["task_status"] == "SUCCESS" for task in tasks))
        with urllib.request.urlopen(call(tasks[-1])["result_url"], timeout=10) as answer:
            assert answer.read().count(b"BEGIN:VEVENT") == 5

    used, rights = recording(), granted(aws.client("iam"))
    assert sorted(used) == ["web", "worker"]
    assert "sqs:SendMessage" in used["web"]
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage"} <= used["worker"]
    for side, actions in used.items():
        assert actions <= {action for action, _ in rights[f"taskoverflow-{side}"]}, side


def keys(name: str) -> dict[str, str]:
    """Return credentials that identify the requests of one task type."""
    return {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": name, "AWS_EC2_METADATA_DISABLED": "true"}


def migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True
    )


def call(url: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, CONTENT), timeout=10) as answer:
        return json.load(answer)
