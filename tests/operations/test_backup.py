"""`manage.py backup` and `restore`: one file, either database, and nothing lost that cannot be made again."""

import gzip
import io
import json
import os
import re
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.services import create_token, find_token
from calendars.builds.build import build_calendar
from calendars.models import Calendar, CalendarFile, CalendarJob
from operations import backup as backups
from reminders.models import DueReminder
from reminders.planning import find_behind, plan_due_lists
from reminders.services import add_browser, set_defaults, set_reminders, update_settings
from reminders.times import Rule, RuleKind
from tests.factories import PASSWORD, make_feed, make_job, make_todo, make_user
from tests.hostile import STRANGE_TEXTS
from tests.project import ROOT
from tests.run import clean_environment
from todos.models import Todo, TodoList
from todos.services import (
    archive_list,
    create_filter,
    create_list,
    create_todo,
    place_todo,
    skip_todo,
    update_todo,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2126, 12, 1, 12, tzinfo=UTC)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def rows() -> dict[str, list[dict[str, Any]]]:
    """Return all that a restore brings back."""
    return {
        label: [
            {name: value for name, value in row.items() if name.removesuffix("_id") not in forgotten(label)}
            for row in apps.get_model(label)._base_manager.order_by("pk").values()
        ]
        for label in backups.INCLUDED
    }


def forgotten(label: str) -> set[str]:
    return {
        *backups.OMITTED_FIELDS.get(label, ()),
        *({"due_at_ms", "attempts"} if label == "calendars.Calendar" else ()),
        *({"epoch"} if label == "todos.TodoList" else ()),
    }


@pytest.fixture
def filled() -> dict[str, Any]:
    user = make_user("ada")
    for text in STRANGE_TEXTS.values():
        make_todo(text, description=text, user=user)
    for deadline in ("2026-12-01", "2026-12-01T10:00:00Z", "1000-01-01T00:00:00", None):
        make_todo("of the open list", deadline)
    uni = create_list(user=user, name="Uni", color="blue")
    create_todo(todo_list=uni, title="of another list")
    archive_list(todo_list=uni)
    create_filter(user=user, name="Urgent", query="priority:high due:<7d")
    gone = make_todo("in the trash")
    Client().delete(f"/api/v1/todos/{gone.pk}")
    child, parent = make_todo("below a newer todo"), make_todo("newer")
    update_todo(todo_list=child.list, todo_id=child.pk, changes={"parent_id": parent.pk})
    place_todo(todo_list=parent.list, todo_id=parent.pk, neighbour_id=None, is_after=True)
    place_todo(todo_list=child.list, todo_id=child.pk, neighbour_id=parent.pk, is_after=True)
    series = make_todo("again and again", user=user, rule="FREQ=WEEKLY;COUNT=5")
    skip_todo(todo_list=series.list, todo_id=series.pk)
    update_todo(todo_list=series.list, todo_id=series.pk, changes={"completed": True})
    set_reminders(user=user, todo=series, rules=[Rule(RuleKind.BEFORE, 10), Rule(RuleKind.MOMENT, moment=NOON)])
    set_defaults(user=user, todo_list=uni, rules=[Rule(RuleKind.DAY, 540, 1)])
    update_settings(user=user, changes={"quiet_start": 1320, "quiet_end": 420, "digest_at": 480})
    add_browser(user=user, name="Firefox", endpoint="https://push.example.org/1", p256dh="key", auth="secret")
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
    assert not DueReminder.objects.exists()
    find_behind()
    plan_due_lists()
    assert DueReminder.objects.get().due_at_ms is not None


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
    is_calendar, epoch = '"model": "calendars.calendar"', re.compile(r'"epoch": \d+')
    assert [epoch.sub("", line) for line in second if is_calendar not in line] == [
        epoch.sub("", line) for line in first if is_calendar not in line
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
        gzip.compress(b'{"format": "taskoverflow-backup"}\n'),
        gzip.compress(b'{"format": "taskoverflow-backup", "migrations": []}\n'),
    ],
    ids=["nothing", "text", "no line", "a list", "another format", "no migrations", "too old"],
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
    ids=["missing", "text", "cut off"],
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


def test_restored_lists_have_a_new_epoch(tmp_path: Path, filled: dict[str, Any]) -> None:
    file = tmp_path / "backup.jsonl.gz"
    run("backup", str(file))
    before = dict(TodoList.objects.values_list("pk", "epoch"))
    run("restore", str(file), "--replace")
    after = dict(TodoList.objects.values_list("pk", "epoch"))
    assert after.keys() == before.keys()
    assert [pk for pk in before if before[pk] == after[pk]] == []


def granted() -> tuple[list[str], list[str], list[str]]:
    user, group = User.objects.get(username="ada"), Group.objects.get(name="helpers")
    return (
        list(user.user_permissions.values_list("codename", flat=True)),
        list(group.permissions.values_list("codename", flat=True)),
        list(user.groups.values_list("name", flat=True)),
    )


def grant_permissions(user: User) -> None:
    group = Group.objects.create(name="helpers")
    group.permissions.set([Permission.objects.get(codename="view_todo")])
    user.groups.set([group])
    user.user_permissions.set([Permission.objects.get(codename="change_feed")])


def test_permissions_are_restored_by_name(tmp_path: Path, filled: dict[str, Any]) -> None:
    grant_permissions(filled["user"])
    file, before = tmp_path / "backup.jsonl.gz", granted()
    run("backup", str(file))
    # In another database, permissions have other primary keys.
    old = Permission.objects.get(codename="view_todo")
    Permission.objects.filter(pk=old.pk).update(codename="moved_away")
    new = Permission.objects.create(codename="view_todo", name="Can view todo", content_type=old.content_type)
    try:
        assert "left out" not in run("restore", str(file), "--replace")
        assert granted() == before == (["change_feed"], ["view_todo"], ["helpers"])
    finally:
        run("flush", "--noinput", "-v0")
        Permission.objects.filter(pk__in=[old.pk, new.pk]).delete()


def test_permission_that_does_not_exist_here_is_left_out(tmp_path: Path, filled: dict[str, Any]) -> None:
    grant_permissions(filled["user"])
    permission = Permission.objects.get(codename="view_todo")
    custom = Permission.objects.create(codename="fly", name="Can fly", content_type=permission.content_type)
    filled["user"].user_permissions.add(custom)
    file = tmp_path / "backup.jsonl.gz"
    run("backup", str(file))
    filled["user"].user_permissions.remove(custom)
    before = granted()
    custom.delete()
    assert "1 permissions of users and groups were left out" in run("restore", str(file), "--replace")
    assert granted() == before


def test_calendars_of_equal_options_become_one(tmp_path: Path, filled: dict[str, Any]) -> None:
    calendar = Calendar.objects.get(pk=filled["done"].calendar_id)
    file = tmp_path / "backup.jsonl.gz"
    run("backup", str(file))
    lines = gzip.decompress(file.read_bytes()).decode().split("\n")
    number = next(n for n, line in enumerate(lines) if f'"calendars.calendar","pk": {calendar.pk},' in line)
    twin = json.loads(lines[number])
    twin["pk"], twin["fields"]["options_key"] = 1_000_000, json.dumps(vars(calendar.options))
    text = "\n".join([*lines[: number + 1], json.dumps(twin), *lines[number + 1 :]])
    job = f'"pk": "{filled["done"].pk}","fields": {{"calendar": '
    file.write_bytes(gzip.compress(text.replace(f"{job}{calendar.pk}", f"{job}{twin['pk']}").encode()))
    before = rows()
    run("restore", str(file), "--replace")
    assert rows() == before


def test_backup_that_fails_leaves_nothing(tmp_path: Path, filled: dict[str, Any]) -> None:
    (tmp_path / "backup.jsonl.gz").write_text("the one before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))  # as if the disk were full
    try:
        with pytest.raises(CommandError, match="cannot be written"):
            run("backup", str(tmp_path / "backup.jsonl.gz"), "--force")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(tmp_path) == ["backup.jsonl.gz"]
    assert (tmp_path / "backup.jsonl.gz").read_text() == "the one before"


@pytest.mark.parametrize("name", ["backup.jsonl.gz", "backup.jsonl.gz.part"])
def test_backup_follows_no_symbolic_link(tmp_path: Path, filled: dict[str, Any], name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / name).symlink_to(victim)
    run("backup", str(tmp_path / "backup.jsonl.gz"), "--force")
    assert victim.read_text() == "precious"
    assert (tmp_path / "backup.jsonl.gz").stat().st_mode & 0o077 == 0


def test_every_model_is_in_a_backup_or_named_as_left_out() -> None:
    installed = sorted(model._meta.label for model in apps.get_models())
    assert installed == sorted([*backups.INCLUDED, *backups.EMPTIED, *backups.UNTOUCHED])


def test_fields_that_are_left_out_exist_and_are_all_that_refer_to_what_is_left_out() -> None:
    for label, names in backups.OMITTED_FIELDS.items():
        fields = [apps.get_model(label)._meta.get_field(name) for name in names]
        assert [field.name for field in fields if not field.null] == []
    for label in backups.INCLUDED:
        relations = [field for field in apps.get_model(label)._meta.concrete_fields if field.remote_field]
        others = {field.name for field in relations if field.related_model._meta.label not in backups.INCLUDED}
        assert others <= set(backups.OMITTED_FIELDS.get(label, ())), label
