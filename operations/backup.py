"""Everything that cannot be made again, in one file that either database can be restored from.

The file is gzip of JSON lines: a header, then the rows as Django's serializer writes them. Not in it are
calendar files, which are built anew, sessions, and what processes say of themselves.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.crypto import salted_hmac

FORMAT = "taskoverflow-backup"
# In an order in which each row finds those that it refers to.
KEPT = (
    "auth.Group", "auth.User", "accounts.ApiToken", "todos.TodoList", "todos.Todo",
    "calendars.Calendar", "calendars.CalendarJob", "calendars.Feed",
)  # fmt: skip
# What else refers to them, and goes when they are replaced.
DROPPED = (
    "admin.LogEntry",
    "sessions.Session",
    "calendars.CalendarFile",
    "calendars.Worker",
    "accounts.RateCount",
)
# What a row holds of what is not kept.
FORGOTTEN = {
    "calendars.Calendar": ("current_file", "current_revision", "lease_token", "lease_until_ms"),
    "calendars.CalendarJob": ("file",),
}
APPS = ("auth", "accounts", "todos", "calendars")
# What is left to do where rows came back without what is not kept; an app adds its own as it gets ready.
AFTER_RESTORE: list[Callable[[], None]] = []


class Encoder(DjangoJSONEncoder):
    """Django's own cuts times to the millisecond."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else super().default(value)


class BackupError(Exception):
    """The message is a sentence for whoever runs the command."""


def write_backup(path: Path) -> Counter:
    """Write all rows as they are at one moment; return how many of each kind.

    The file appears whole or not at all.
    """
    counts: Counter = Counter()
    draft = path.with_name(f"{path.name}.part")
    with gzip.open(draft, "wt", encoding="utf-8") as file, one_moment():
        file.write(json.dumps(_header()) + "\n")
        for label in KEPT:
            rows = apps.get_model(label)._base_manager.order_by("pk").iterator(chunk_size=2_000)
            for row in rows:
                for name in FORGOTTEN.get(label, ()):
                    setattr(row, name, None)
                counts[label] += 1
                serializers.serialize("jsonl", [row], stream=file, cls=Encoder)
    draft.chmod(0o600)
    draft.replace(path)
    return counts


def read_backup(path: Path, *, replace: bool) -> Counter:
    """Restore all rows in one transaction; return how many of each kind.

    Raises BackupError if the file is not one of this version of the program, or if there are rows already
    and they are not to be replaced; nothing is changed then.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file, transaction.atomic():
            _check(file.readline())
            if replace:
                for label in reversed((*KEPT, *DROPPED)):
                    _rows(label)._raw_delete(connection.alias)
            elif taken := [label for label in KEPT if _rows(label).exists()]:
                raise BackupError(f"There are rows of {', '.join(taken)} already: --replace deletes them first.")
            counts = _load(file)
            for put_right in AFTER_RESTORE:
                put_right()
    except gzip.BadGzipFile as error:
        raise BackupError(f"{path} is no backup: it is not compressed as one is.") from error
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (EOFError, ValueError, zlib.error, serializers.base.DeserializationError) as error:
        raise BackupError(f"{path} cannot be read as a backup: it is cut off or damaged.") from error
    return counts


@contextmanager
def one_moment() -> Iterator[None]:
    """Let every query inside see the database as it was when the first began, and hold up no writer."""
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


def _header() -> dict:
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "format": FORMAT,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "migrations": sorted(f"{app}.{name}" for app, name in applied if app in APPS),
        "key": _key_check(),
    }


def _check(line: str) -> None:
    header = json.loads(line)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BackupError("This file is no backup of TaskOverflow.")
    if header["migrations"] != _header()["migrations"]:
        raise BackupError("This backup is of another version: restore it with that one, then upgrade.")


def has_our_key(path: Path) -> bool:
    """Whether the backup was made under our secret key, from which the feeds' addresses are derived."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.loads(file.readline())["key"] == _key_check()


def _key_check() -> str:
    return salted_hmac(FORMAT, "which key", algorithm="sha256").hexdigest()


def _load(file: IO[str]) -> Counter:
    counts: Counter = Counter()
    for row in serializers.deserialize("jsonl", file):
        label = row.object._meta.label
        if label not in KEPT:
            raise BackupError(f"There are rows of {label} in it, which is no part of a backup.")
        row.save(force_insert=True)
        counts[label] += 1
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [apps.get_model(label) for label in KEPT]):
            cursor.execute(sql)
    return counts


def _rows(label: str) -> models.QuerySet:
    return apps.get_model(label)._base_manager.all()
