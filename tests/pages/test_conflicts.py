"""Two people edit one todo: nothing that either of them changed is lost without a word."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.factories import make_todo
from tests.pages.test_concurrent_changes import edit
from tests.todos.test_new_field import sample
from todos.deadlines import parse_deadline
from todos.details import DETAILS
from todos.forms.todos import TodoForm
from todos.models import Todo
from todos.priorities import Priority

pytestmark = pytest.mark.django_db


def data_of(answer: HttpResponse) -> dict[str, Any]:
    """Return what a browser sends of the form that a page shows."""
    form = answer.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None} | {"shown": form.shown}


def open_editor(client: Client, todo: Todo) -> dict[str, Any]:
    answer = client.get(f"/todos/{todo.pk}")
    data = data_of(answer)
    assert f'name="shown" value="{data["shown"]}"' in answer.text
    return data


def notice(answer: HttpResponse) -> str:
    assert answer.status_code == 422
    return answer.text.partition('<div class="notice"')[2].partition("</div>")[0]


def test_other_change_is_named_and_kept_beside_ones_own(client: Client) -> None:
    todo = make_todo("Electricity bill", None)
    ben = open_editor(client, todo)
    edit(todo, priority=Priority.HIGH, due=parse_deadline("2026-12-05"))()
    answer = client.post(f"/todos/{todo.pk}", ben | {"description": "Meter reading 4711"})
    assert "Priority: <strong>high</strong></li>" in notice(answer)
    assert "Deadline: <strong>Saturday 5 December 2026</strong></li>" in notice(answer)
    assert "Title" not in notice(answer)
    again = client.post(f"/todos/{todo.pk}", data_of(answer))
    assert again.status_code == 302
    todo.refresh_from_db()
    assert (todo.description, todo.priority, str(todo.due)) == ("Meter reading 4711", Priority.HIGH, "2026-12-05")


def test_field_that_both_changed_is_named_and_the_typed_one_is_saved_next(client: Client) -> None:
    todo = make_todo("Clean", "2026-12-01T18:00:00")
    ben = open_editor(client, todo)
    edit(todo, title="Clean (Ada)", due=parse_deadline("2026-12-05"))()
    answer = client.post(f"/todos/{todo.pk}", ben | {"title": "Clean (Ben)", "time": "19:00"})
    assert "Title: <strong>Clean (Ada)</strong>, and you have changed that too" in notice(answer)
    assert client.post(f"/todos/{todo.pk}", data_of(answer)).status_code == 302
    todo.refresh_from_db()
    assert (todo.title, str(todo.due)) == ("Clean (Ben)", "2026-12-01T19:00:00")


def test_third_change_before_the_second_save_is_kept_too(client: Client) -> None:
    todo = make_todo("Essay", None, labels=["uni"])
    ben = open_editor(client, todo)
    edit(todo, labels=("uni", "urgent"))()
    answer = client.post(f"/todos/{todo.pk}", ben | {"description": "mine"})
    edit(todo, labels=("later",), title="Thesis")()
    answer = client.post(f"/todos/{todo.pk}", data_of(answer))
    assert "Labels: <strong>later</strong></li>" in notice(answer)
    assert client.post(f"/todos/{todo.pk}", data_of(answer)).status_code == 302
    todo.refresh_from_db()
    assert (todo.description, todo.labels, todo.title) == ("mine", ("later",), "Thesis")


def test_form_that_does_not_say_what_it_showed_keeps_all_that_was_typed(client: Client) -> None:
    todo = make_todo("Essay", None)
    edit(todo, title="Theirs", priority=Priority.HIGH)()
    typed = {"title": "Mine", "priority": "low", "sequence": "0"}
    answer = client.post(f"/todos/{todo.pk}", typed)
    assert "Theirs" in notice(answer)
    assert client.post(f"/todos/{todo.pk}", typed | {"sequence": "1"}).status_code == 302
    todo.refresh_from_db()
    assert (todo.title, todo.priority) == ("Mine", Priority.LOW)


@pytest.mark.parametrize("shown", ["=", "title", "title=x todo.title", "\0", "x=" * 9999])
def test_what_a_form_says_of_itself_may_be_anything(client: Client, shown: str) -> None:
    todo = make_todo("Essay", None)
    edit(todo, title="Theirs")()
    answer = client.post(f"/todos/{todo.pk}", {"title": "Mine", "sequence": "0", "shown": shown})
    assert "Theirs" in notice(answer)


@pytest.mark.parametrize("name", Todo.content_fields())
def test_each_content_field_that_changed_is_named(client: Client, name: str) -> None:
    [detail] = [detail for detail in DETAILS if name in detail.fields]
    todo = make_todo("Essay")
    value = make_todo("Parent").pk if name == "parent_id" else sample(name)
    ben = open_editor(client, todo)
    Todo.objects.filter(pk=todo.pk).update(sequence=1, **columns(name, value))
    answer = client.post(f"/todos/{todo.pk}", ben | {"description": "mine"})
    assert f"<li>{detail.label}: " in notice(answer), f"{name}: add it to DETAILS of todos/details.py"


def columns(name: str, value: Any) -> dict[str, Any]:
    """Return the columns that hold a content field, such as the two of a deadline."""
    todo = Todo(**{name: value})
    return {
        column: getattr(todo, column)
        for column in Todo.content_columns()
        if getattr(Todo(), column) != getattr(todo, column)
    }


def test_each_input_belongs_to_one_thing_that_is_told() -> None:
    names = TodoForm.base_fields.keys() - {"sequence"}
    assert {name: sum(bool(detail.inputs_of({name})) for detail in DETAILS) for name in names} == dict.fromkeys(
        names, 1
    )


def test_untouched_form_shows_what_it_says_it_shows(client: Client) -> None:
    """Or what nobody has typed would overwrite what others changed."""
    todos = [
        make_todo("Essay", None),
        make_todo("Essay"),
        make_todo(" x", "2026-12-01T18:00:07Z", labels=["b", "a"]),
    ]
    for todo in todos:
        ben = open_editor(client, todo)
        edit(todo, title="Changed", due=parse_deadline("2027-01-01"), priority=Priority.LOW, labels=("new",))()
        answer = client.post(f"/todos/{todo.pk}", ben)
        assert "you have changed that too" not in notice(answer)
        assert client.post(f"/todos/{todo.pk}", data_of(answer)).status_code == 302
        todo.refresh_from_db()
        assert (todo.title, str(todo.due), todo.labels) == ("Changed", "2027-01-01", ("new",))


@pytest.mark.parametrize("field", ["rule", "parent_id"])
def test_input_that_the_form_did_not_have_is_not_emptied(client: Client, field: str) -> None:
    todo = make_todo("Water", "2031-05-16")
    ben = open_editor(client, todo)
    parent = make_todo("Garden")
    edit(todo, **{field: "FREQ=WEEKLY" if field == "rule" else parent.pk})()
    answer = client.post(f"/todos/{todo.pk}", ben | {"title": "Water the plants"})
    assert "you have changed that too" not in notice(answer)
    assert client.post(f"/todos/{todo.pk}", data_of(answer)).status_code == 302
    todo.refresh_from_db()
    assert todo.title == "Water the plants"
    assert (todo.rule, todo.parent_id) == (("FREQ=WEEKLY;BYDAY=FR", None) if field == "rule" else ("", parent.pk))
