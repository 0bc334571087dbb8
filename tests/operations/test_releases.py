"""Backups of other releases: the one before is restored, a newer one is refused."""

import gzip
import io
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from calendars.builds.build import build_calendar
from calendars.models import Calendar, CalendarJob, Feed
from calendars.options import CalendarOptions
from operations.backup import applied_migrations
from operations.releases import RENAMED_FIELDS
from todos.models import Todo, TodoList

pytestmark = pytest.mark.django_db(transaction=True)

# Written by the release whose last migrations are calendars.0005 and todos.0003.
PREVIOUS = Path(__file__).parent / "backups" / "migrations-calendars-0005.jsonl.gz"


def restore(file: Path) -> str:
    out = io.StringIO()
    call_command("restore", str(file), stdout=out, stderr=out)
    return out.getvalue()


def test_backup_of_the_release_before_is_restored() -> None:
    told = restore(PREVIOUS)
    assert "5 todos.Todo" in told
    assert "2 permissions of users and groups were left out" in told  # it names them by number
    ada = User.objects.get(username="ada")
    assert [group.name for group in ada.groups.all()] == ["helpers"]
    assert set(TodoList.objects.values_list("default_owner__username", "revision", "todo_count_upper_bound")) == {
        ("ada", 3, 3),
        (None, 3, 2),
    }
    assert len(set(TodoList.objects.values_list("epoch", flat=True)) - {0}) == 2
    assert list(Todo.objects.visible().order_by("id").values_list("title", flat=True)) == [
        "Essay",
        "Call",
        "Holiday",
        "Milk",
    ]
    assert {(feed.name, feed.token_version, feed.calendar.options) for feed in Feed.objects.all()} == {
        ("My week", 1, CalendarOptions(completed="open")),
        ("Blocks", 2, CalendarOptions(completed="open", shape="before", alarm_minutes=15, components="both")),
    }
    assert [key for key in Calendar.objects.values_list("options_key", flat=True) if not is_canonical(key)] == []
    assert list(Calendar.objects.order_by("pk").values_list("build_count", flat=True)) == [1, 0, 0, 0]


def is_canonical(key: str) -> bool:
    return CalendarOptions.from_key(key).key == key


def test_job_that_waited_in_the_release_before_is_finished() -> None:
    restore(PREVIOUS)
    job = CalendarJob.objects.get(status="PENDING")
    assert job.calendar.due_at_ms is not None
    build_calendar(job.calendar_id)
    assert CalendarJob.objects.get(pk=job.pk).status == "SUCCESS"


def with_migrations(file: Path, migrations: set[str]) -> Path:
    header, *lines = gzip.decompress(PREVIOUS.read_bytes()).decode().splitlines()
    header = json.loads(header) | {"migrations": sorted(migrations)}
    file.write_bytes(gzip.compress("\n".join([json.dumps(header), *lines]).encode()))
    return file


def test_backup_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    file = with_migrations(tmp_path / "newer", {*applied_migrations(), "todos.9999_the_future"})
    with pytest.raises(CommandError, match="written by a newer version: upgrade TaskOverflow"):
        restore(file)
    assert not User.objects.exists()


def test_backup_of_a_release_long_ago_is_refused(tmp_path: Path) -> None:
    file = with_migrations(tmp_path / "older", {name for name in applied_migrations() if "0002" not in name})
    with pytest.raises(CommandError, match="too old: restore it with the version that wrote it"):
        restore(file)
    assert not User.objects.exists()


def test_every_migration_since_the_release_before_is_in_the_table() -> None:
    header = json.loads(gzip.decompress(PREVIOUS.read_bytes()).splitlines()[0])
    assert applied_migrations() - set(header["migrations"]) == RENAMED_FIELDS.keys()
