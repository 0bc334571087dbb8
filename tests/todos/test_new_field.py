"""All that writes todos writes every content field. Add one, and these tests name what does not know it yet."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import models

from calendars.imports.mapping import FIELDS
from tests.factories import make_list, make_todo, make_user
from todos import undo
from todos.deadlines import parse_deadline
from todos.models import Todo
from todos.services import (
    Action,
    BulkItem,
    BulkOutcome,
    ImportedTodo,
    change_todos,
    copy_open_list,
    create_todo,
    delete_todo,
    import_todos,
    update_todo,
)

NAMES = [name for name in Todo.content_fields() if name != "parent_id"]  # tests/todos/test_subtasks.py
pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("name", NAMES)]

SAMPLES = {
    models.BooleanField: True,
    models.CharField: "Changed",
    models.TextField: "Changed",
    models.IntegerField: 7,
    models.DateTimeField: datetime(2026, 2, 27, 18, tzinfo=UTC),
    models.JSONField: {"changed": [1, None]},
}


# A series is several fields, of which none goes without the others.
SERIES = {"due": parse_deadline("2026-11-27"), "rule": "FREQ=DAILY;INTERVAL=3"}
SERIES_FIELDS = {"rule", "repeats_from_completion", "occurrence"}


def sample(name: str) -> Any:
    """Return a value that a new todo does not have."""
    if name == "rule":
        return SERIES["rule"]
    if name == "occurrence":
        return "2026-11-27"
    if name == "due":
        return parse_deadline("2026-02-27T18:00:00Z")
    if name == "labels":
        return ("Uni", "Group work")
    field = Todo._meta.get_field(name)
    if field.choices:
        return next(value for value, _ in field.flatchoices if value != field.get_default())
    return next(value for kind, value in SAMPLES.items() if isinstance(field, kind))


def values(name: str) -> dict[str, Any]:
    """Return the sample of a field, with those of the fields that it needs beside it."""
    return (SERIES if name in SERIES_FIELDS else {}) | {name: sample(name)}


def stored(todo: Todo, name: str) -> Any:
    return getattr(Todo.objects.get(pk=todo.pk), name)


def test_create_writes_the_field(name: str) -> None:
    todo = create_todo(todo_list=make_list(), **{"title": "Essay"} | values(name))
    assert stored(todo, name) == sample(name)


def test_update_writes_the_field(name: str) -> None:
    todo = make_todo()
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes=values(name))
    assert stored(todo, name) == sample(name)


def test_bulk_update_writes_the_field(name: str) -> None:
    todo = make_todo()
    before = getattr(todo, name)
    item = BulkItem(todo.pk, Action.UPDATE, values(name))
    [result] = change_todos(todo_list=make_list(), items=[item])
    assert stored(todo, name) == sample(name)
    assert (result.outcome, result.changes[name]) == (BulkOutcome.DONE, (before, sample(name)))
    assert len(result.changes) == 1 or name in SERIES_FIELDS


def test_undo_takes_the_field_back(name: str) -> None:
    todo = make_todo()
    before = stored(todo, name)
    item = BulkItem(todo.pk, Action.UPDATE, values(name))
    token = undo.offer(make_list(), change_todos(todo_list=make_list(), items=[item]))
    [result] = change_todos(todo_list=make_list(), items=undo.read(make_list(), token))
    assert result.outcome == BulkOutcome.DONE
    assert stored(todo, name) == before


def test_import_writes_the_field(name: str) -> None:
    uid = uuid4()
    imported = ImportedTodo(uid, {"title": "Essay"} | values(name))
    import_todos(todo_list=make_list(), todos=[imported])
    todo = Todo.objects.get(uid=uid)
    assert stored(todo, name) == sample(name)

    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={name: getattr(make_todo(), name)})
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    import_todos(todo_list=make_list(), todos=[imported])
    assert stored(todo, name) == sample(name)


def test_import_mapping_reads_the_field(name: str) -> None:
    assert name in FIELDS, f"calendars.imports.mapping.FIELDS does not read {name}."


def test_copy_of_the_open_list_has_the_field(name: str) -> None:
    create_todo(todo_list=make_list(), **{"title": "Essay"} | values(name))
    own = make_list(make_user())
    copy_open_list(own)
    assert getattr(own.todos.get(), name) == sample(name)
