"""API, forms, import, export and calendar know every column of a todo, or a reason stands here why they do not.

What the services write is in test_new_field.py.
"""

from typing import Any

import pytest
from django.test import Client

from accounts.user_data import export_data
from calendars.ical.components import TodoRow
from calendars.imports.mapping import FIELDS
from tests.factories import make_todo, make_user
from tests.hostile import JSON
from todos.forms.todos import TodoForm
from todos.models import Todo
from todos.serializers.todos import TodoSerializer

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"
COLUMNS = [field.attname for field in Todo._meta.concrete_fields]
WRITABLE = [name for name, field in TodoSerializer().fields.items() if not field.read_only]

NOT_IN_API = {
    "list_id": "a caller has one list",
    "uid": "identifies the event of a calendar",
    "completed_at": "orders completed todos on the page",
    "sequence": "part of the ETag",
    "revision": "part of the list's ETag",
    "position": "?ordering=position shows the order",
    "deleted_at": "a deleted todo is not shown",
    "changed_by_id": "only below /api/v1/lists/{id}, which may be shared; see ListTodoSerializer",
    "past_count": "…/occurrences shows them",
}
NOT_EXPORTED = {
    "list_id": "the export has one list",
    "sequence": "counts changes for calendar apps",
    "revision": "counts changes for builds",
    "changed_by_id": "perhaps another user, whose list it is not",
    "past_count": "the history is there",
}
NOT_IN_CALENDARS = {
    "id": "the UID stands for it",
    "list_id": "a calendar has one list",
    "revision": "says what to read, not what to show",
    "created_at": "calendars show the last change",
    "position": "calendar apps order by time",
    "parent_id": "is TodoRow.parent, a UID",
    "changed_by_id": "subscribers may be anybody",
    "past_count": "a file has what is to come",
}
NOT_IN_FORMS = {
    "completed": "has a button of its own",
    "deadline_at": "has the inputs of DeadlineForm",
    "rule": "has the inputs of RepeatFields",
    "repeat_from": "has the inputs of RepeatFields",
    "rule_zone": "is the list's",
}
NOT_IMPORTED = {
    "parent_id": "a file names its UID, ImportedTodo.parent_uid",
    "rule_zone": "a part of the occurrence",
}

# A value that make_todo() does not give, of each field that a client can write.
VALUES = {
    "title": "Changed",
    "description": "Changed",
    "completed": True,
    "deadline_at": "2026-02-27T18:00:00Z",
    "priority": "high",
    "labels": ["Uni", "Group work"],
    "rule": "FREQ=DAILY;INTERVAL=3",
    "repeat_from": "completion",
    "rule_zone": "Europe/Berlin",
}
# What a series needs beside each of its fields.
SERIES = {"deadline_at": "2026-02-27T18:00:00Z", "rule": "FREQ=DAILY"}


def sample(name: str) -> Any:
    if name == "parent_id":
        return make_todo("Parent").pk
    assert name in VALUES, f"{name}: give VALUES one of it"
    return VALUES[name]


def values(name: str) -> dict[str, Any]:
    """Return the sample of a field, with what it needs beside it."""
    is_of_series = name in {"rule", "repeat_from", "rule_zone"}
    return (SERIES if is_of_series else {}) | {name: sample(name)}


@pytest.mark.parametrize("column", COLUMNS)
def test_api_shows_the_column(column: str) -> None:
    assert (column in TodoSerializer.columns()) != (column in NOT_IN_API), (
        f"{column}: add it to the fields of TodoSerializer, or a reason to NOT_IN_API"
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_export_has_the_column(column: str) -> None:
    user = make_user()
    make_todo(user=user)
    [exported] = export_data(user)["todos"]
    # A deadline has two columns and is one text; labels have one and are a list.
    names = {"deadline": "deadline_at", "deadline_kind": "deadline_at", "label_text": "labels"}
    names["repeats_from_completion"] = "repeat_from"
    name = names.get(column, column)
    assert (name in exported) != (column in NOT_EXPORTED), (
        f"{column}: add it to export_data, or a reason to NOT_EXPORTED"
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_calendar_reads_the_column(column: str) -> None:
    assert (column in TodoRow._fields) != (column in NOT_IN_CALENDARS), (
        f"{column}: add it to TodoRow, or a reason to NOT_IN_CALENDARS"
    )


@pytest.mark.parametrize("name", WRITABLE)
def test_form_has_the_field(name: str) -> None:
    assert (name in TodoForm.content()) != (name in NOT_IN_FORMS), (
        f"{name}: add it to TodoForm, or a reason to NOT_IN_FORMS"
    )


@pytest.mark.parametrize("path", ["/", "/todos/{}"])
@pytest.mark.parametrize("name", sorted({*TodoForm.content(), *TodoForm.DATE_INPUTS}))
def test_page_has_the_input(client: Client, path: str, name: str) -> None:
    if name == "parent_id":
        make_todo("Parent")
        path = path if "{}" in path else "/todos/new?parent_id={}"  # the line of the list page has none
    if name == "repeat_moves" and "{}" not in path:
        pytest.skip("of a series that there is")
    page = client.get(path.format(make_todo(rule="FREQ=DAILY").pk)).content.decode()
    assert f'name="{name}"' in page, f"{name}: add it to templates/todos/includes/form_fields.html"


@pytest.mark.parametrize("name", WRITABLE)
def test_import_reads_the_field(name: str) -> None:
    field = TodoSerializer().fields[name].source
    assert (field in FIELDS) != (name in NOT_IMPORTED), (
        f"{name}: add it to FIELDS of calendars/imports/mapping.py, or a reason to NOT_IMPORTED"
    )


@pytest.mark.parametrize("name", WRITABLE)
def test_post_stores_the_field(client: Client, name: str) -> None:
    value = sample(name)
    created = client.post(TODOS, {"title": "Essay"} | values(name) | {name: value}, JSON).json()
    assert created[name] == client.get(f"{TODOS}/{created['id']}").json()[name] == value


@pytest.mark.parametrize("name", WRITABLE)
def test_put_stores_the_field(client: Client, name: str) -> None:
    path, value = f"{TODOS}/{make_todo().pk}", sample(name)
    changes = values(name) | {name: value}  # a sample of a parent is another todo each time
    before = client.get(path).json()
    after = client.put(path, changes, JSON).json()
    assert before[name] != value
    zone = {"rule_zone": after["rule_zone"]} if "rule" in changes else {}
    assert after == client.get(path).json() == before | changes | zone | {"updated_at": after["updated_at"]}


@pytest.mark.parametrize("name", WRITABLE)
def test_bulk_update_stores_the_field(client: Client, name: str) -> None:
    todo, value = make_todo(), sample(name)
    changes = values(name) | {name: value}
    items = [{"id": todo.pk, "action": "update", "changes": changes}]
    assert client.post(f"{TODOS}/bulk", {"items": items}, JSON).json()["results"] == [
        {"id": todo.pk, "status": 200}
    ]
    assert client.get(f"{TODOS}/{todo.pk}").json()[name] == value


@pytest.mark.parametrize("name", [name for name in WRITABLE if name != "parent_id"])
def test_own_json_brings_the_field(client: Client, name: str) -> None:
    client.post(TODOS, {"title": "Essay"} | values(name) | {name: sample(name)}, JSON)
    listed = client.get(TODOS)
    client.force_login(make_user())
    assert client.post(f"{TODOS}/import", listed.content, JSON).json()["added"] == 1
    assert client.get(TODOS).json()[0][name] == listed.json()[0][name] == sample(name)


def test_list_answers_as_each_todo_does(client: Client) -> None:
    todos = [make_todo(), make_todo("x", "2026-02-27", description="", completed=True), make_todo("y", None)]
    each = [client.get(f"{TODOS}/{todo.pk}").json() for todo in todos]
    for query in ("", "?limit=3", "?search="):
        assert client.get(TODOS + query).json() == each
