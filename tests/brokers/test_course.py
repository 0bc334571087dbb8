"""docs/course.md as a student follows it, with a look-alike for AWS and a Redis of our own for Docker's."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import boto3
import pytest

from tests.processes import Process, running
from tests.project import ROOT, Web, Worker
from tests.services import start_redis
from tests.test_start_methods import do_main_job

PAGE = (ROOT / "docs" / "course.md").read_text()
QUEUE = ".venv/bin/python manage.py queue "
LETTER = re.compile(r"^\[\d\d:\d\d:\d\d\] ada: (.*)$", re.MULTILINE)
MESSAGES = [f"Message {number}" for number in range(100)]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


COMMANDS = [line.removeprefix(QUEUE) for line in "".join(blocks("sh")).splitlines() if line.startswith(QUEUE)]
[BROKER_LINES, CREDENTIAL_LINES, CREDENTIAL_FILE_LINES] = blocks("ini")
LAB_BLOCK = "[default]\n" + re.sub("^[A-Z_]+", lambda name: name[0].lower(), CREDENTIAL_LINES, flags=re.MULTILINE)


@pytest.fixture
def queues(moto_server: Process) -> Iterator[None]:
    """What terraform/queues makes; tests/terraform applies that."""
    client = boto3.Session("key", "secret").client("sqs", "us-east-1", endpoint_url=moto_server.url)
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    urls = [
        client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        for name, attributes in (("csse6400_prac", {}), ("csse6400_prac.fifo", fifo))
    ]
    yield
    for url in urls:
        client.delete_queue(QueueUrl=url)
    client.close()


@pytest.fixture(params=["variables", "file"])
def env_file(request: pytest.FixtureRequest, tmp_path: Path, moto_server: Process) -> Path:
    """A .env file with one of the page's two ways to give credentials."""
    (tmp_path / "credentials").write_text(LAB_BLOCK)
    lines = CREDENTIAL_LINES if request.param == "variables" else CREDENTIAL_FILE_LINES
    path = tmp_path / ".env"
    path.write_text(f"{lines}AWS_ENDPOINT_URL={moto_server.url}\n")
    return path


def test_queue_commands_show_what_the_page_says(env_file: Path, queues: None) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"TASKOVERFLOW_ENV_FILE": str(env_file), "AWS_EC2_METADATA_DISABLED": "true"}
    received = []
    for line in COMMANDS:
        command = [sys.executable, str(ROOT / "manage.py"), "queue", *shlex.split(line)]
        done = subprocess.run(command, env=environment, cwd=env_file.parent, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), line
        if "--receive" in line:
            received.append((LETTER.findall(done.stdout), done.stdout))
        else:
            assert "100/100" in done.stdout
    (standard, _), (fifo, told), (repeated, told_again) = received
    assert sorted(standard) == sorted(MESSAGES)
    assert fifo == MESSAGES
    assert repeated == [f"{run} {message}" for run in ("first", "second") for message in MESSAGES]
    assert "100 messages, 0 out of order, 0 more than once" in told
    assert "200 messages, 0 out of order, 0 more than once" in told_again


def test_worker_and_redis_need_one_line(tmp_path: Path) -> None:
    with ExitStack() as stack:
        redis = stack.enter_context(start_redis())
        env_file = tmp_path / ".env"
        env_file.write_text(BROKER_LINES.replace("6379", str(redis.port)))
        data = tmp_path / "var"  # the checkout's, for both
        unset = dict.fromkeys(["BROKER_URL", "DATABASE_URL", "ALLOWED_HOSTS", "TASKOVERFLOW_SECRET_KEY"], "")
        del unset["BROKER_URL"]
        variables = unset | {"TASKOVERFLOW_ENV_FILE": str(env_file), "TASKOVERFLOW_DATA": str(data)}
        web = stack.enter_context(running(partial(Web, variables=variables)))
        stack.enter_context(running(partial(Worker, variables=variables, processes=1, threads=2)))
        do_main_job(web)


def test_credentials_get_neither_into_git_nor_into_the_image() -> None:
    assert "/credentials" in (ROOT / ".gitignore").read_text().splitlines()
    assert "credentials" in (ROOT / ".dockerignore").read_text().splitlines()
