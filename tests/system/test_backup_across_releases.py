"""A backup of the release before, restored into each database in turn: every row and every feed stays the same."""

import gzip
import json
import secrets
from itertools import pairwise
from pathlib import Path

import pytest

from tests.owners import Owner, add_todo, api, entries, make_owner, read
from tests.project import manage, start_web
from tests.releases import check_out_previous_release
from tests.services import start_postgres

# A restore changes these on purpose: a list's epoch, and what makes a calendar be built again.
CHANGED = {
    "todos.todolist": {"epoch"},
    "calendars.calendar": {"due_at_ms", "attempts", "build_count"},
}
# A newer release may add others.
FIELDS = ("id", "title", "description", "completed", "deadline_at", "created_at", "updated_at")
DEADLINES = ["2026-12-01T18:00:00", "2026-12-01T18:00:00Z", "2026-12-01", None]
TITLES = ["Milk", "Käse, „reif“", "日本語 🎉", "a\\b;c,d", "x" * 255]


def rows(backup: Path) -> dict[tuple[str, object], dict]:
    """Return the rows of a backup by model and primary key."""
    lines = gzip.decompress(backup.read_bytes()).decode().splitlines()[1:]
    found = {}
    for row in map(json.loads, filter(None, lines)):
        fields = {
            name: value for name, value in row["fields"].items() if name not in CHANGED.get(row["model"], ())
        }
        found[row["model"], row["pk"]] = fields
    return found


def fill(url: str) -> list[Owner]:
    owners = [make_owner(name, url) for name in ("ada", "grace")]
    for owner in owners:
        for title in TITLES:
            for deadline in DEADLINES:
                body = {"title": title, "description": f"{title}\n{owner.name}", "deadline_at": deadline}
                api(url, owner, "POST", "todos", body)
        add_todo(url, owner, "changed")
        (changed,) = owner.todos
        api(url, owner, "PUT", f"todos/{changed}", {"title": "changed twice", "completed": True})
        add_todo(url, owner, "deleted")
        api(url, owner, "DELETE", f"todos/{max(owner.todos)}")
        api(url, owner, "POST", "todos/ical")
    return owners


def look(url: str, owners: list[Owner]) -> dict[str, object]:
    """Return what people see: their todos and the entries of their feeds."""
    return {
        f"{owner.name} {what}": seen
        for owner in owners
        for what, seen in [
            ("todos", [{name: todo[name] for name in FIELDS} for todo in api(url, owner, "GET", "todos")]),
            *((feed, entries(read(url, feed))) for feed in owner.feeds),
        ]
    }


@pytest.fixture
def variables() -> dict[str, str]:
    return {
        "TASKOVERFLOW_SECRET_KEY": secrets.token_urlsafe(),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "BROKER_URL": "",
    }


def test_backup_of_the_release_before_survives_every_database(tmp_path: Path, variables: dict[str, str]) -> None:
    old, backups = check_out_previous_release(tmp_path), [tmp_path / f"{number}.jsonl.gz" for number in range(4)]
    first = variables | {
        "TASKOVERFLOW_DATA": str(tmp_path / "old"),
        "STATIC_ROOT": str(tmp_path / "old" / "static"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/old.sqlite3",
    }
    manage("migrate", "-v0", root=old, **first)
    manage("collectstatic", "--noinput", "-v0", root=old, **first)
    with start_web(root=old, **first) as web:
        owners = fill(web.url)
        before = look(web.url, owners)
    manage("backup", str(backups[0]), root=old, **first)

    found = []
    with start_postgres() as postgres:
        urls = [f"sqlite:///{tmp_path}/1.sqlite3", postgres.url, f"sqlite:///{tmp_path}/3.sqlite3"]
        for url, (source, target) in zip(urls, pairwise(backups), strict=True):
            here = variables | {"TASKOVERFLOW_DATA": str(tmp_path / target.stem), "DATABASE_URL": url}
            manage("migrate", "-v0", **here)
            manage("restore", str(source), **here)
            manage("backup", str(target), **here)
            with start_web(**here) as web:
                assert look(web.url, owners) == before
            found.append(rows(target))
    assert found[0] == found[1] == found[2]
    assert rows(backups[0]).keys() == found[0].keys()
    assert len(found[0]) > 2 * len(TITLES) * len(DEADLINES)


def test_backup_of_this_release_is_refused_by_the_one_before(tmp_path: Path, variables: dict[str, str]) -> None:
    old, file = check_out_previous_release(tmp_path), tmp_path / "backup.jsonl.gz"
    today, before = (
        variables
        | {"TASKOVERFLOW_DATA": str(tmp_path / name), "DATABASE_URL": f"sqlite:///{tmp_path}/{name}.sqlite3"}
        for name in ("today", "before")
    )
    manage("migrate", "-v0", **today)
    manage("backup", str(file), **today)
    manage("migrate", "-v0", root=old, **before)
    with pytest.raises(AssertionError, match="CommandError") as refusal:
        manage("restore", str(file), root=old, **before)
    assert "Traceback" not in str(refusal.value)
