"""`manage.py backup` and `restore`: one file, either database, nothing lost that cannot be made again."""

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.services import create_token, find_token
from calendars.builds.build import build_calendar
from calendars.models import Calendar, CalendarFile, CalendarJob
from operations import backup as backups
from tests.factories import PASSWORD, make_feed, make_job, make_todo, make_user
from tests.hostile import STRANGE_TEXTS
from tests.project import ROOT
from tests.run import clean_environment
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def rows() -> dict[str, list[dict[str, Any]]]:
    """Return all that a backup keeps, without what it says to forget."""
    return {
        label: [
            {name: value for name, value in row.items() if name.removesuffix("_id") not in forgotten(label)}
            for row in apps.get_model(label)._base_manager.order_by("pk").values()
        ]
        for label in backups.KEPT
    }


def forgotten(label: str) -> set[str]:
    return {
        *backups.FORGOTTEN.get(label, ()),
        *({"due_at_ms", "attempts"} if label == "calendars.Calendar" else ()),
    }


@pytest.fixture
def filled() -> dict[str, Any]:
    user = make_user("ada")
    for text in STRANGE_TEXTS.values():
        make_todo(text, description=text, user=user)
    for deadline in ("2026-12-01", "2026-12-01T10:00:00Z", "1000-01-01T00:00:00", None):
        make_todo("of the open list", deadline)
    gone = make_todo("in the trash")
    Client().delete(f"/api/v1/todos/{gone.pk}")
    done = make_job(user)
    build_calendar(done.calendar_id)
    return {
        "user": user,
        "feed": make_feed(user),
        "secret": create_token(user=user, name="script")[1],
        "done": done,
        "waiting": make_job(),
    }


def test_round_trip_loses_nothing(tmp_path: Path, filled: dict[str, Any]) -> None:
    before, file = rows(), tmp_path / "backup.jsonl.gz"
    assert f"{len(before['todos.Todo'])} todos.Todo" in run("backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    Todo.objects.all().delete()
    make_todo("made since")
    run("restore", str(file), "--replace")
    assert rows() == before
    assert not CalendarFile.objects.exists()
    assert Client().login(username="ada", password=PASSWORD)
    assert find_token(filled["secret"]).user == filled["user"]


def test_what_was_restored_works(tmp_path: Path, filled: dict[str, Any], client: Client) -> None:
    file = tmp_path / "backup.jsonl.gz"
    run("backup", str(file))
    run("restore", str(file), "--replace")
    assert client.get(f"/calendars/{filled['feed'].token}.ics").status_code == 200
    last = max(Todo.objects.values_list("pk", flat=True))
    assert client.post("/api/v1/todos", {"title": "New"}, "application/json").json()["id"] == last + 1
    waiting = Calendar.objects.get(pk=filled["waiting"].calendar_id)
    assert waiting.due_at_ms is not None
    build_calendar(waiting.pk)
    assert CalendarJob.objects.get(pk=filled["waiting"].pk).status == "SUCCESS"
    done = CalendarJob.objects.get(pk=filled["done"].pk)
    assert (done.status, done.is_expired) == ("SUCCESS", True)


def test_one_database_restores_the_others_backup(tmp_path: Path, filled: dict[str, Any]) -> None:
    file, again = tmp_path / "backup.jsonl.gz", tmp_path / "again.jsonl.gz"
    run("backup", str(file))
    variables = {"TASKOVERFLOW_DATA": str(tmp_path), "TASKOVERFLOW_ENV_FILE": ""}
    environment = clean_environment() | variables
    for arguments in (["migrate", "-v0"], ["restore", str(file)], ["backup", str(again)]):
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    first, second = (gzip.decompress(path.read_bytes()).decode().splitlines()[1:] for path in (file, again))
    is_calendar = '"model": "calendars.calendar"'
    assert [line for line in second if is_calendar not in line] == [
        line for line in first if is_calendar not in line
    ]
    assert (tmp_path / "taskoverflow.sqlite3").exists()


def test_rows_that_are_there_are_kept_unless_told(tmp_path: Path, filled: dict[str, Any]) -> None:
    file = tmp_path / "backup.jsonl.gz"
    run("backup", str(file))
    make_todo("made since")
    before = rows()
    with pytest.raises(CommandError, match="--replace"):
        run("restore", str(file))
    assert rows() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(b""),
        gzip.compress(b"[]\n"),
        gzip.compress(b'{"format": "other"}\n'),
        gzip.compress(b'{"format": "taskoverflow-backup", "migrations": []}\n'),
    ],
)
def test_what_is_no_backup_changes_nothing(tmp_path: Path, filled: dict[str, Any], content: bytes) -> None:
    file = tmp_path / "backup.jsonl.gz"
    file.write_bytes(content)
    before = rows()
    with pytest.raises(CommandError):
        run("restore", str(file), "--replace")
    assert rows() == before
    with pytest.raises(CommandError):
        run("restore", str(tmp_path / "missing"))


def test_cut_off_backup_changes_nothing(tmp_path: Path, filled: dict[str, Any]) -> None:
    file = tmp_path / "backup.jsonl.gz"
    run("backup", str(file))
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    before = rows()
    for content in (file.read_bytes()[:-100], gzip.compress(b"".join(lines[:-1]) + lines[-1][:20])):
        file.write_bytes(content)
        with pytest.raises(CommandError):
            run("restore", str(file), "--replace")
        assert rows() == before


def test_other_key_is_told(tmp_path: Path, filled: dict[str, Any], settings: object) -> None:
    file = tmp_path / "backup.jsonl.gz"
    run("backup", str(file))
    settings.SECRET_KEY = "another"
    assert "another secret key" in run("restore", str(file), "--replace")


def test_file_that_is_there_is_replaced_only_when_told(tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl.gz"
    file.write_text("precious")
    with pytest.raises(CommandError, match="--force"):
        run("backup", str(file))
    assert file.read_text() == "precious"
    run("backup", str(file), "--force")
    assert file.read_bytes().startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"no gzip", "is no backup"), (gzip.compress(b"{")[:-4], "cut off or damaged")],
)
def test_what_is_wrong_with_a_file_is_told_in_plain_words(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "backup.jsonl.gz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=words) as refusal:
        run("restore", str(file))
    assert "Error" not in str(refusal.value)


def test_name_that_is_taken_is_told_before_a_password_is_asked_for() -> None:
    make_user("ada")
    with pytest.raises(CommandError, match="already exists"):
        run("create_user", "ada")


def test_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        run("backup", str(tmp_path / "missing" / "backup"))
    assert os.listdir(tmp_path) == []


def test_every_kind_of_row_is_kept_or_dropped() -> None:
    ours = {model._meta.label for model in apps.get_models() if model._meta.app_label in backups.APPS}
    assert ours - {"auth.Permission"} <= {*backups.KEPT, *backups.DROPPED}
