"""Tokens that undo a change."""

from typing import Any

import pytest
from django.core import signing
from django.test import Client

from tests.factories import make_list, make_todo
from todos import undo
from todos.models import Todo
from todos.services import Action, BulkItem, BulkOutcome, change_todos, delete_todo, update_todo

pytestmark = pytest.mark.django_db


def change(*items: BulkItem) -> str:
    """Do the items; return the token that undoes them."""
    return undo.offer(make_list(), change_todos(todo_list=make_list(), items=items))


def apply(token: str) -> list[BulkOutcome]:
    items = undo.read(make_list(), token)
    return [result.outcome for result in change_todos(todo_list=make_list(), items=items)]


def signed_by_the_previous_release(*steps: tuple) -> str:
    signer = signing.TimestampSigner(salt=f"undo in list {make_list().pk}")
    return signer.sign_object(list(steps), compress=True)


def test_edit_of_a_page_is_undone_as_a_whole(client: Client) -> None:
    todo = make_todo("Essay", "2026-12-01T18:00:00", description=None)
    values = {"title": "Thesis", "description": "two\r\npages", "date": "2026-12-24", "sequence": "0"}
    answer = client.post(f"/todos/{todo.pk}", values, follow=True)
    assert "Saved “Thesis”." in answer.text
    token = answer.context["messages"]._loaded_data[0].extra_tags
    answer = client.post("/todos/undo", {"token": token}, follow=True)
    assert "Undone: “Essay” is as before." in answer.text
    todo.refresh_from_db()
    assert (todo.title, todo.description, str(todo.due)) == ("Essay", None, "2026-12-01T18:00:00")
    assert todo.sequence == 2


def test_edit_that_changes_nothing_says_nothing(client: Client) -> None:
    todo = make_todo("Essay", None)
    answer = client.post(f"/todos/{todo.pk}", {"title": "Essay", "sequence": "0"}, follow=True)
    assert "Saved" not in answer.text
    assert Todo.objects.get().sequence == 0


def test_undo_leaves_other_fields_as_somebody_else_set_them() -> None:
    todo = make_todo("Essay")
    token = change(BulkItem(todo.pk, Action.UPDATE, {"title": "Thesis"}))
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"description": "Theirs"})
    assert apply(token) == [BulkOutcome.DONE]
    todo.refresh_from_db()
    assert (todo.title, todo.description) == ("Essay", "Theirs")


def test_undo_does_not_overwrite_the_same_field() -> None:
    todo = make_todo("Essay")
    token = change(BulkItem(todo.pk, Action.UPDATE, {"title": "Thesis", "completed": True}))
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": "Theirs"})
    assert apply(token) == [BulkOutcome.CONFLICT]
    todo.refresh_from_db()
    assert (todo.title, todo.completed) == ("Theirs", True)


def test_what_changed_nothing_has_no_token() -> None:
    todo = make_todo(completed=True)
    assert change(BulkItem(todo.pk, Action.COMPLETE), BulkItem(10**9, Action.DELETE)) == ""


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (("complete", None, None), {"completed": False}, {"completed": True}),
        (("reopen", None, None), {"completed": True}, {"completed": False}),
        (("update", "2026-12-24", "2026-12-01T18:00:00"), {}, {"due": "2026-12-24"}),
        (("update", None, "2026-12-01T18:00:00"), {}, {"due": "None"}),
    ],
)
def test_token_of_the_previous_release_still_works(step: tuple, before: dict, after: dict[str, Any]) -> None:
    todo = make_todo(**before)
    token = signed_by_the_previous_release((todo.pk, *step))
    assert apply(token) == [BulkOutcome.DONE]
    todo.refresh_from_db()
    assert {name: str(getattr(todo, name)) for name in after} == {
        name: str(value) for name, value in after.items()
    }
    assert apply(token) == [BulkOutcome.CONFLICT]


def test_token_of_the_previous_release_deletes_and_restores() -> None:
    todo = make_todo()
    assert apply(signed_by_the_previous_release((todo.pk, "delete", None, None))) == [BulkOutcome.DONE]
    assert not Todo.objects.visible().exists()
    assert apply(signed_by_the_previous_release((todo.pk, "restore", None, None))) == [BulkOutcome.DONE]
    assert Todo.objects.visible().exists()


def test_deleted_todo_is_not_changed_by_an_undo() -> None:
    todo = make_todo()
    token = change(BulkItem(todo.pk, Action.COMPLETE))
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    assert apply(token) == [BulkOutcome.GONE]
