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
from unittest.mock import patch

import django

from tests.chaos.brokers import AWS_VARIABLES, BROKERS, BrokerUnderTest
from tests.chaos.surroundings import small_disk
from tests.chaos.targets import TOPICS, Target, Topic
from tests.processes import Process, running
from tests.project import Web, Worker
from tests.services import start_postgres


@dataclass(frozen=True)
class Owner:
    """Somebody with a list, the token that lets them in, and the todo that they keep changing."""

    token: str
    todo_id: int
    list_id: int


class World:
    """All of it, running."""

    topic: Topic | None = None

    def __init__(self, database: Process, broker: BrokerUnderTest, folder: Path, build_seconds: float) -> None:
        self.database, self.broker, self.folder = database, broker, folder
        self.database_url = database.url
        self.variables = {
            "DATABASE_URL": database.url,
            "BROKER_URL": broker.url,
            "TASKOVERFLOW_SECRET_KEY": secrets.token_urlsafe(),
            "TASKOVERFLOW_ENV_FILE": "",
            "TASKOVERFLOW_DATA": str(folder),
            "ALLOWED_HOSTS": "*",
            # A build takes milliseconds: faults would hardly ever fall into one.
            "CALENDAR_BUILD_DELAY_SECONDS": str(build_seconds),
            "ALLOW_PRIVATE_TARGETS": "true",
            "MAX_REMINDER_MAILS_PER_HOUR": "10000",
            **AWS_VARIABLES,
        }
        self.targets: dict[str, Target] = {}
        self.web: Web
        self.workers: list[Worker] = []

    @classmethod
    @contextlib.contextmanager
    def running(
        cls,
        kind: str,
        *,
        topic: str = "",
        workers: int = 3,
        build_seconds: float = 0.2,
        disk_megabytes: int = 0,
    ) -> Iterator[Self]:
        """``topic`` is the kind of topic that all lists are told to; then there are targets of messages, too.

        ``disk_megabytes`` gives the web server and the workers a data folder on a small disk of its own.
        """
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taskoverflow-")))
            if disk_megabytes:
                stack.enter_context(small_disk(folder, disk_megabytes))
            database = stack.enter_context(start_postgres())
            start_server, broker_class = BROKERS[kind]
            broker = broker_class(stack.enter_context(start_server()))
            world = cls(database, broker, folder, build_seconds)
            if topic:
                world.add_targets(TOPICS[topic], stack)
            world.migrate()
            world.web = stack.enter_context(running(partial(Web, variables=world.variables)))
            for _ in range(workers):
                worker = partial(Worker, variables=world.variables, processes=1, threads=4)
                world.workers.append(stack.enter_context(running(worker)))
            yield world

    def add_targets(self, topic: type[Topic], stack: contextlib.ExitStack) -> None:
        for kind in ("webhooks", "push", "mail"):
            self.targets[kind] = stack.enter_context(running(partial(Target, kind=kind)))
        self.topic = topic(stack.enter_context(topic.start()))
        self.variables |= self.topic.variables
        self.variables["EVENT_TOPIC"] = self.topic.url
        self.variables["EMAIL_URL"] = f"smtp://127.0.0.1:{self.targets['mail'].port}"

    def migrate(self) -> None:
        """Make this process one of the project's too, for setting the scene, and lay the tables."""
        os.environ.update(self.variables, DJANGO_SETTINGS_MODULE="taskoverflow.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)

    def make_owners(self, count: int) -> list[Owner]:
        from django.contrib.auth.models import User

        from accounts.models import Scope
        from accounts.services import create_token
        from tests.factories import make_todo

        owners = []
        for number in range(count):
            name = f"owner-{number}"  # without a password, this is quick
            user = User.objects.create(username=name, email=f"{name}@example.org")
            _, token = create_token(user=user, name="chaos", scope=Scope.WRITE)
            todo = make_todo("change 0", user=user)
            owners.append(Owner(token, todo.pk, todo.list_id))
        return owners

    def sign_in(self) -> str:
        """Return the cookie of somebody who may see everything."""
        from django.contrib.auth.models import User
        from django.db import connection
        from django.test import Client

        connection.close()  # the database may have crashed since it was made
        client = Client()
        client.force_login(User.objects.create_user("watcher", is_staff=True))
        return client.cookies.output(attrs=[], header="").strip()

    def ask_without_sending(self) -> str:
        """Ask for the first owner's calendar as a web process does that dies between commit and send."""
        from django.db import connection

        from calendars.jobs.services import request_calendar
        from calendars.options import CalendarOptions
        from todos.models import Todo
        from todos.services import update_todo

        connection.close()  # the database may have crashed since it was made
        todo = Todo.objects.select_related("list").first()
        update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"description": "new"})
        with patch("calendars.tasks.build_calendar.send_with_options"):  # the far side of the wire
            return str(request_calendar(todo_list=todo.list, options=CalendarOptions()).pk)
