"""The system as it is deployed: database, broker, web server and workers, each a process of its own."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import boto3
import django
import redis

from tests.processes import Process, running
from tests.project import Web, Worker
from tests.services import start_moto, start_postgres, start_redis

BROKERS = ("redis", "sqs")
WORKERS = 3
QUEUE = "ical"


@dataclass(frozen=True)
class Owner:
    """Somebody with a list, the token that lets them in, and the todo that they keep changing."""

    token: str
    todo_id: int


class World:
    """All of it, running."""

    def __init__(self, kind: str, database: Process, broker: Process, folder: Path) -> None:
        self.kind, self.database, self.broker = kind, database, broker
        self.database_url = database.url
        self.variables = {
            "DATABASE_URL": database.url,
            "BROKER_URL": broker.url if kind == "redis" else self.queue_url(),
            "TASKOVERFLOW_SECRET_KEY": secrets.token_urlsafe(),
            "TASKOVERFLOW_ENV_FILE": "",
            "TASKOVERFLOW_DATA": str(folder),
            "ALLOWED_HOSTS": "127.0.0.1",
            "CALENDAR_BUILD_DELAY_SECONDS": "0.2",  # else faults would hardly ever fall into a build
            **AWS_VARIABLES,
        }
        self.web: Web
        self.workers: list[Worker] = []

    @classmethod
    @contextlib.contextmanager
    def running(cls, kind: str) -> Iterator[Self]:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taskoverflow-")))
            database = stack.enter_context(start_postgres())
            broker = stack.enter_context(start_redis() if kind == "redis" else start_moto())
            world = cls(kind, database, broker, folder)
            world.make_queue()
            world.migrate()
            world.web = stack.enter_context(running(partial(Web, variables=world.variables)))
            for _ in range(WORKERS):
                worker = partial(Worker, variables=world.variables, processes=1, threads=4)
                world.workers.append(stack.enter_context(running(worker)))
            yield world

    def migrate(self) -> None:
        """Make this process one of the project's too, for setting the scene, and lay the tables."""
        os.environ.update(self.variables, DJANGO_SETTINGS_MODULE="taskoverflow.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)

    def make_owners(self, count: int) -> list[Owner]:
        from accounts.models import Scope
        from accounts.services import create_token
        from tests.factories import make_todo, make_user

        owners = []
        for number in range(count):
            user = make_user(f"owner-{number}")
            _, token = create_token(user=user, name="chaos", scope=Scope.WRITE)
            owners.append(Owner(token, make_todo("change 0", user=user).pk))
        return owners

    def queue_url(self) -> str:
        return (
            f"sqs://127.0.0.1:{self.broker.port}/{QUEUE}?region={AWS_VARIABLES['AWS_DEFAULT_REGION']}&scheme=http"
        )

    def make_queue(self) -> None:
        """Make the queue where that is not the system's own business: on AWS, Terraform does it."""
        if self.kind == "sqs":
            self.sqs().create_queue(QueueName=QUEUE)

    def forget_messages(self) -> None:
        """Take everything from the broker that it holds."""
        if self.kind == "redis":
            with redis.Redis.from_url(self.broker.url) as client:
                client.flushall()
        else:
            self.sqs().purge_queue(QueueUrl=f"{self.broker.url}/123456789012/{QUEUE}")

    def sqs(self) -> "boto3.client":
        os.environ.update(AWS_VARIABLES)
        return boto3.client("sqs", endpoint_url=self.broker.url)


# What Amazon's library asks for; the server here takes any.
AWS_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
