"""Many who change one list at the same moment."""

import contextlib

import pytest

from tests.crowd import together
from tests.factories import make_list, make_todo
from todos.models import Todo
from todos.services import StaleTodo, create_todo, delete_todo, update_todo

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_of_many_new_todos_has_a_revision_of_its_own() -> None:
    todo_list = make_list()

    def create(count: int = 5) -> None:
        for _ in range(count):
            create_todo(todo_list=todo_list, title="New")

    together(*[create] * 4)

    assert sorted(Todo.objects.values_list("revision", flat=True)) == list(range(1, 21))
    todo_list.refresh_from_db()
    assert (todo_list.revision, todo_list.todo_count_upper_bound) == (20, 20)


def test_changes_of_different_fields_of_one_todo_are_all_kept() -> None:
    todo, todo_list = make_todo(), make_list()
    fields = {"title": "New", "description": "Better", "completed": True}

    together(*[
        lambda changes={name: value}: update_todo(todo_list=todo_list, todo_id=todo.pk, changes=changes)
        for name, value in fields.items()
    ])  # fmt: skip

    todo.refresh_from_db()
    assert {name: getattr(todo, name) for name in fields} == fields
    assert todo.sequence == len(fields)


def test_one_of_many_who_expect_the_same_todo_changes_it() -> None:
    todo, todo_list = make_todo(), make_list()

    def rename(title: str) -> str | None:
        try:
            changed = update_todo(
                todo_list=todo_list, todo_id=todo.pk, changes={"title": title}, expected_sequence=0
            )
        except StaleTodo:
            return None
        return changed.title

    titles = together(*[lambda title=title: rename(title) for title in "ABCDEFGH"])

    todo.refresh_from_db()
    assert [title for title in titles if title] == [todo.title]
    assert todo.sequence == 1


def test_a_todo_that_is_deleted_meanwhile_is_not_brought_back_by_a_change() -> None:
    todos, todo_list = [make_todo() for _ in range(10)], make_list()

    def rename() -> None:
        for todo in todos:
            with contextlib.suppress(Todo.DoesNotExist):
                update_todo(todo_list=todo_list, todo_id=todo.pk, changes={"title": "New"})

    def delete() -> None:
        for todo in todos:
            delete_todo(todo_list=todo_list, todo_id=todo.pk)

    together(rename, delete)

    assert not Todo.objects.visible().exists()
