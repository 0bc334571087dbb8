"""Fill this project's empty database: `python -m benchmarks.fill TODOS LISTS OWN_LISTS`."""

import os
import sys
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402 - Django must be set up first
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import OuterRef, Subquery  # noqa: E402

from benchmarks import data  # noqa: E402
from calendars.models import Calendar, CalendarFile, CalendarJob, Feed, JobStatus  # noqa: E402
from calendars.options import CalendarOptions  # noqa: E402
from todos import services  # noqa: E402
from todos.deadlines import DeadlineKind  # noqa: E402
from todos.models import Todo, TodoList  # noqa: E402


def fill(count: int, lists: int, own_lists: int) -> None:
    """Create the open list with this many todos, and more lists with the same todos, each with its own user.

    ``own_lists`` of these belong to one user, who is signed in by the session ``data.SESSION``.
    """
    created = data.START.replace(tzinfo=UTC)
    first = TodoList.objects.create(default_owner=None, revision=1)
    Todo.objects.bulk_create(
        (
            Todo(
                list=first,
                title=todo["title"],
                description=todo["description"],
                completed=todo["completed"],
                completed_at=created if todo["completed"] else None,
                deadline=todo["deadline_at"] and todo["deadline_at"].replace(tzinfo=UTC),
                deadline_kind=DeadlineKind.FLOATING if todo["deadline_at"] else "",
                revision=1,
                created_at=created,
                updated_at=created,
            )
            for todo in data.todos(count)
        ),
        batch_size=1000,
    )
    users = get_user_model().objects.bulk_create(
        [get_user_model()(username=f"user{number}") for number in range(1, lists)], batch_size=1000
    )
    TodoList.objects.bulk_create([TodoList(default_owner=user, revision=1) for user in users], batch_size=1000)
    if own_lists:
        create_lists_of_one_user(own_lists)
    copied = [field.column for field in Todo._meta.concrete_fields if field.name not in {"id", "list", "uid"}]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO todos_todo (list_id, uid, {', '.join(copied)})"
            f" SELECT lists.id, gen_random_uuid(), {', '.join('todo.' + column for column in copied)}"
            " FROM todos_todolist lists CROSS JOIN todos_todo todo"
            " WHERE lists.id <> %s ORDER BY lists.id, todo.id",
            [first.pk],
        )


def create_lists_of_one_user(count: int) -> None:
    user = get_user_model().objects.create_user("reader")
    services.get_list(user)
    for number in range(1, count):
        services.create_list(user=user, name=f"List {number}")
    signed_in = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    Session.objects.create(
        session_key=data.SESSION,
        session_data=Session.get_session_store_class()().encode(signed_in),
        expire_date=datetime.now(UTC) + timedelta(days=1),
    )


def fill_calendars(jobs_each: int) -> None:
    """Create a calendar with a file, an active feed and finished jobs for each list."""
    now = datetime.now(UTC)
    key = CalendarOptions().key
    calendars = Calendar.objects.bulk_create(
        [
            Calendar(list_id=pk, options_key=key, current_revision=1)
            for pk in TodoList.objects.order_by("pk").values_list("pk", flat=True)
        ],
        batch_size=1000,
    )
    files = CalendarFile.objects.bulk_create(
        [
            CalendarFile(calendar=calendar, revision=1, renderer=0, body=b"", size=0, events=0, created_at=now)
            for calendar in calendars
        ],
        batch_size=1000,
    )
    own_file = CalendarFile.objects.filter(calendar=OuterRef("pk")).values("pk")
    Calendar.objects.update(current_file=Subquery(own_file))
    Feed.objects.bulk_create(
        [
            Feed(calendar=calendar, name="Feed", token_hash=f"{calendar.pk:064}", last_fetched_at=now)
            for calendar in calendars
        ],
        batch_size=1000,
    )
    done = {"status": JobStatus.SUCCESS, "created_at": now, "started_at": now, "finished_at": now, "revision": 1}
    CalendarJob.objects.bulk_create(
        (CalendarJob(calendar_id=file.calendar_id, file=file, **done) for file in files for _ in range(jobs_each)),
        batch_size=1000,
    )


if __name__ == "__main__":
    todos, lists, own_lists = (int(argument) for argument in sys.argv[1:])
    fill(todos, lists, own_lists)
    if lists > 1:
        fill_calendars(jobs_each=10)
