"""Write a backup: everything that cannot be made again, in one file that either database can be restored from.

The file is gzipped JSON lines: a header, then each row as Django's serializer writes it.
"""

import gzip
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.crypto import salted_hmac

FORMAT = "taskoverflow-backup"
# The apps whose migrations decide which rows a backup can hold.
APPS = ("auth", "accounts", "todos", "calendars", "followers", "reminders")
# Every model comes after those that it refers to.
INCLUDED = (
    "auth.Group", "auth.User", "accounts.ApiToken", "todos.TodoList", "todos.Label", "todos.Todo",
    "todos.PastOccurrence", "todos.ReceivedChange", "todos.SavedFilter", "todos.Membership", "todos.Invitation",
    "calendars.Calendar", "calendars.CalendarJob", "calendars.Feed", "followers.Follower", "followers.Webhook",
    "reminders.ReminderSettings", "reminders.Reminder", "reminders.Browser",
)  # fmt: skip
# Models that refer to the others, or to a process or a browser of the moment. A restore empties their tables: what
# tells a build how to change a file is of no use without the file.
EMPTIED = (
    "admin.LogEntry",
    "sessions.Session",
    "calendars.CalendarFile",
    "calendars.Worker",
    "accounts.RateCount",
    "todos.MovedTodo",
    "followers.Delivery",
    "reminders.ListPlan",
    "reminders.DueReminder",
    "reminders.Notification",
    "observatory.Event",
    "observatory.Experiment",
)
# Models whose rows the migrate command makes, or nobody.
UNTOUCHED = ("auth.Permission", "contenttypes.ContentType", "django_dramatiq.Task")
# Fields that are empty in a backup, because they refer to what it leaves out.
OMITTED_FIELDS = {
    "calendars.Calendar": ("current_file", "current_revision", "lease_token", "lease_until_ms"),
    "calendars.CalendarJob": ("file",),
    "followers.Follower": ("lease_token", "lease_until_ms"),
}
# Primary keys of permissions differ from database to database, so these models refer to them by name.
NATURAL_KEYS = ("auth.Group", "auth.User")


class Encoder(DjangoJSONEncoder):
    """Keep microseconds, which Django's own encoder cuts off."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else super().default(value)


def write_backup(path: Path) -> Counter:
    """Write all rows as they are at one moment, and return how many there are of each model.

    The file appears complete or not at all.
    """
    counts: Counter = Counter()
    with new_file(path) as stream, gzip.open(stream, "wt", encoding="utf-8") as file, one_moment():
        file.write(json.dumps(header()) + "\n")
        for label in INCLUDED:
            rows = apps.get_model(label)._base_manager.order_by("pk").iterator(chunk_size=2_000)
            for row in rows:
                for name in OMITTED_FIELDS.get(label, ()):
                    setattr(row, name, None)
                counts[label] += 1
                serializers.serialize(
                    "jsonl", [row], stream=file, cls=Encoder, use_natural_foreign_keys=label in NATURAL_KEYS
                )
    return counts


def header() -> dict:
    return {
        "format": FORMAT,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "migrations": sorted(applied_migrations()),
        "key": key_check(),
    }


def applied_migrations() -> set[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return {f"{app}.{name}" for app, name in applied if app in APPS}


def key_check() -> str:
    """Return a text that is the same for two installations if they have the same secret key."""
    return salted_hmac(FORMAT, "which key", algorithm="sha256").hexdigest()


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that replaces ``path`` when it is complete, and that only its owner can ever read."""
    # mkstemp neither follows a symbolic link nor opens a file that exists.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def one_moment() -> Iterator[None]:
    """Let every query inside see the database as it was at the first of them, without blocking writers."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # our own transactions take the write lock as they begin
        try:
            yield
        finally:
            connection.connection.rollback()
        return
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
