"""Restore a backup of this release or of the one before it."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.apps import apps
from django.contrib.auth.models import Permission
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connection, models, transaction

from accounts.models import ApiToken
from calendars.builds.dispatch import make_waiting_due
from calendars.options import CalendarOptions
from followers.topics.services import start_again
from operations.backup import EMPTIED, FORMAT, INCLUDED, applied_migrations, key_check
from operations.releases import UnsupportedRelease, missing_migrations, upgrade_row
from todos.models import TodoList, new_epoch


class RestoreError(Exception):
    """The message is a sentence for whoever runs the command."""


@dataclass
class Restored:
    """What a restore did: the rows of each model, and the permissions that it left out as unknown here."""

    has_our_key: bool
    counts: Counter = field(default_factory=Counter)
    unknown_permissions: list[str] = field(default_factory=list)


def restore_backup(path: Path, *, replace: bool) -> Restored:
    """Restore all rows in one transaction.

    Raises RestoreError, and changes nothing, if the file cannot be restored, or if there are rows already and
    ``replace`` is false.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file, transaction.atomic():
            header = _read_header(file)
            migrations = missing_migrations(set(header["migrations"]), applied_migrations())
            if replace:
                _delete_rows()
            elif taken := [label for label in INCLUDED if _rows(label).exists()]:
                raise RestoreError(f"There are rows of {', '.join(taken)} already: --replace deletes them first.")
            restored = Restored(has_our_key=header["key"] == key_check())
            _load(_RowReader(file, migrations, restored), restored)
            _forget_deleted_lists()
            make_waiting_due()
            start_again()
    except UnsupportedRelease as error:
        raise RestoreError(str(error)) from error
    except gzip.BadGzipFile as error:
        raise RestoreError(f"{path} is no backup: it is not a gzip file.") from error
    except OSError as error:
        raise RestoreError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (EOFError, ValueError, KeyError, TypeError, zlib.error, IntegrityError, DeserializationError) as error:
        raise RestoreError(f"{path} cannot be read as a backup: it is cut off or damaged.") from error
    return restored


def _read_header(file: IO[str]) -> dict:
    header = json.loads(file.readline())
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise RestoreError("This file is no backup of TaskOverflow.")
    return header


def _delete_rows() -> None:
    for label in reversed((*INCLUDED, *EMPTIED)):
        for relation in apps.get_model(label)._meta.many_to_many:
            relation.remote_field.through._base_manager.all()._raw_delete(connection.alias)
        _rows(label)._raw_delete(connection.alias)


def _load(rows: "_RowReader", restored: Restored) -> None:
    for row in serializers.deserialize("python", rows):
        row.save(force_insert=True)
        restored.counts[row.object._meta.label] += 1
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [apps.get_model(label) for label in INCLUDED]):
            cursor.execute(sql)


def _forget_deleted_lists() -> None:
    """Take the lists that were deleted out of tokens that are restricted to them: new lists may get their ids now."""
    existing = set(TodoList.objects.values_list("pk", flat=True))
    for token in ApiToken.objects.filter(list_ids__isnull=False):
        token.list_ids = [list_id for list_id in token.list_ids if list_id in existing]
        token.save(update_fields=["list_ids"])


def _rows(label: str) -> models.QuerySet:
    return apps.get_model(label)._base_manager.all()


class _RowReader:
    """Reads the rows of a backup in the form of this release."""

    def __init__(self, file: IO[str], migrations: list[str], restored: Restored) -> None:
        self.file = file
        self.migrations = migrations
        self.restored = restored
        self.permissions = {each.natural_key() for each in Permission.objects.select_related("content_type")}
        self.calendars: dict[tuple[int, str], int] = {}
        self.merged_calendars: dict[int, int] = {}

    def __iter__(self) -> Iterator[dict]:
        included = {label.lower() for label in INCLUDED}
        for line in self.file:
            row = json.loads(line)
            model, fields = row["model"], row["fields"]
            if model not in included:
                raise RestoreError(f"The file has rows of {model}, which is not part of a backup.")
            upgrade_row(model, fields, self.migrations)
            if model == "auth.group":
                fields["permissions"] = self.known_permissions(fields["permissions"])
            elif model == "auth.user":
                fields["user_permissions"] = self.known_permissions(fields["user_permissions"])
            elif model == "todos.todolist":
                # Revisions go back in a restore: an ETag from before must not match one from after.
                fields["epoch"] = new_epoch()
            elif model == "calendars.calendar":
                fields["options_key"] = CalendarOptions.from_key(fields["options_key"]).key
                first = self.calendars.setdefault((fields["list"], fields["options_key"]), row["pk"])
                if first != row["pk"]:  # two spellings of the same options
                    self.merged_calendars[row["pk"]] = first
                    continue
            elif "calendar" in fields:
                fields["calendar"] = self.merged_calendars.get(fields["calendar"], fields["calendar"])
            yield row

    def known_permissions(self, keys: list) -> list:
        """Return the permissions that exist here.

        The release before wrote primary keys, which mean other permissions in another database: they are
        unknown too.
        """
        known = [key for key in keys if isinstance(key, list) and tuple(key) in self.permissions]
        self.restored.unknown_permissions += [str(key) for key in keys if key not in known]
        return known
