"""`manage.py queue`, as a person runs it, against an AWS look-alike."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from django.core.management import call_command

from brokers.explorer import Letter, Summary
from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "manage.py", "queue", "--client-name", "ada"]


class Explorer:
    """A terminal with AWS's variables set."""

    def __init__(self, endpoint: str) -> None:
        self.client = boto3.Session().client("sqs", endpoint_url=endpoint, region_name="us-east-1")

    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("queue", "--client-name", "ada", *arguments, stdout=out)
        return out.getvalue()

    def refusal(self, name: str) -> str:
        out, errors = StringIO(), StringIO()
        with pytest.raises(SystemExit) as ending:
            call_command("queue", "--client-name", "ada", "--name", name, stdout=out, stderr=errors)
        assert ending.value.code == 1
        assert out.getvalue() == ""
        return errors.getvalue().removesuffix("\n")

    def create(self, ending: str = "", **attributes: str) -> str:
        name = f"queue-{uuid4()}{ending}"
        self.client.create_queue(QueueName=name, Attributes=attributes)
        return name

    def create_fifo(self) -> str:
        return self.create(".fifo", FifoQueue="true", ContentBasedDeduplication="true")

    def count(self, name: str) -> int:
        url = self.client.get_queue_url(QueueName=name)["QueueUrl"]
        attribute = "ApproximateNumberOfMessages"
        found = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])
        return int(found["Attributes"][attribute])


@pytest.fixture
def explorer(moto_server, tmp_path, monkeypatch):
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    variables = {
        "AWS_ENDPOINT_URL": moto_server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    explorer = Explorer(moto_server.url)
    yield explorer
    explorer.client.close()


def letters(output: str) -> list[str]:
    return re.findall(r"^\[\d\d:\d\d:\d\d\] (.*)$", output, re.MULTILINE)


def test_sends_a_hundred_numbered_messages(explorer):
    name = explorer.create()
    sent = explorer.run("--name", name)
    assert "100/100" in sent
    assert explorer.count(name) == 100


def test_receives_what_was_sent_and_removes_it(explorer):
    name = explorer.create()
    explorer.run("--name", name, "--send", "--count", "12", "--prepend", "first ")
    received = explorer.run("--name", name, "--receive", "--limit", "12", "--summary")
    assert sorted(letters(received)) == sorted(f"ada: first Message {number}" for number in range(12))
    assert "12 messages" in received
    assert explorer.count(name) == 0


def test_limit_leaves_the_rest(explorer):
    name = explorer.create()
    explorer.run("--name", name, "--count", "5")
    received = explorer.run("--name", name, "--receive", "--limit", "2")
    assert len(letters(received)) == 2
    assert explorer.count(name) == 3


def test_fifo_queue_keeps_the_order(explorer):
    name = explorer.create_fifo()
    explorer.run("--name", name, "--count", "25")
    received = explorer.run("--name", name, "--receive", "--limit", "25", "--summary")
    assert letters(received) == [f"ada: Message {number}" for number in range(25)]
    assert "25 messages, 0 out of order, 0 more than once" in received


def test_fifo_queue_drops_a_repetition_unless_something_is_prepended(explorer):
    name = explorer.create_fifo()
    for _ in range(2):
        explorer.run("--name", name, "--count", "3")
    assert explorer.count(name) == 3
    explorer.run("--name", name, "--count", "3", "--prepend", "again ")
    assert explorer.count(name) == 6


def test_ctrl_c_ends_receiving_with_the_summary(explorer):
    name = explorer.create()
    explorer.run("--name", name, "--count", "1")
    with subprocess.Popen(
        [*COMMAND, "--name", name, "--receive", "--summary"],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has told them to ignore it, and children would too.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as receiver:
        try:
            seen = iter(receiver.stdout.readline, "")
            assert next(line for line in seen if "ada: Message 0" in line)
            receiver.send_signal(signal.SIGINT)
            rest, errors = receiver.communicate(timeout=60)
        finally:
            receiver.kill()
    assert receiver.returncode == 0
    assert "1 message, 0 out of order, 0 more than once" in rest
    assert errors == ""


def test_refusal_is_all_that_is_printed(explorer):
    refused = subprocess.run([*COMMAND, "--name", "nowhere"], cwd=ROOT, capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Unable to find a queue by this name: nowhere\n"


def test_missing_queue_is_one_sentence(explorer):
    assert explorer.refusal("nowhere") == "Unable to find a queue by this name: nowhere"
    assert explorer.refusal("nowhere.fifo") == "Unable to find a queue by this name: nowhere.fifo"


def test_name_that_no_queue_can_have_is_one_sentence(explorer):
    assert "no such: name" in explorer.refusal("no such: name")


def test_missing_credentials_are_one_sentence(explorer, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert explorer.refusal("nowhere") == (
        "There are no AWS credentials: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY "
        "and, if you were given one, AWS_SESSION_TOKEN."
    )


def test_region_is_that_of_the_labs_unless_it_is_set(explorer, monkeypatch, moto_server):
    virginia = explorer.create()
    sqs = boto3.Session().client("sqs", endpoint_url=moto_server.url, region_name="eu-west-1")
    ireland = f"queue-{uuid4()}"
    sqs.create_queue(QueueName=ireland)
    sqs.close()

    monkeypatch.delenv("AWS_REGION")
    assert "1/1" in explorer.run("--name", virginia, "--count", "1")
    assert "Unable to find" in explorer.refusal(ireland)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert "1/1" in explorer.run("--name", ireland, "--count", "1")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert "1/1" in explorer.run("--name", virginia, "--count", "1")


def test_region_that_no_region_can_be_is_one_sentence(explorer, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "no region")
    assert explorer.refusal("nowhere") == "AWS_REGION is not a region: set it, for example, to us-east-1."


def test_no_network_is_one_sentence(explorer, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    assert explorer.refusal("nowhere") == "SQS cannot be reached: check the network, and the region's name."


def test_summary_counts_each_run_of_each_sender_by_itself():
    counts = Summary()
    for body in ("Message 0", "Message 2", "Message 1", "Message 1", "x Message 0", "of another kind"):
        counts.add(Letter("ada", body))
    counts.add(Letter("bob", "Message 0"))
    assert str(counts) == "7 messages, 1 out of order, 1 more than once"
