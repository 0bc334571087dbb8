"""How much a list may hold: todos, bytes of text, and trash."""

import re
from datetime import timedelta
from http import HTTPStatus

import orjson
import pytest
from django.test import Client
from django.utils import translation

from tests.factories import make_list, make_todo, make_user
from todos.models import BYTE_COUNT, Todo, TodoList
from todos.services import (
    BulkItem,
    BulkOutcome,
    ImportedTodo,
    change_todos,
    copy_open_list,
    delete_todo,
    import_todos,
    restore_todo,
    update_todo,
)
from web.quotas import QuotaExceeded, check_quota

pytestmark = pytest.mark.django_db

TEXTS = ["x", 'a "quoted" \\ text', "lines\nand\ttabs\r", "\x01\x1f", "ünïcödé €", "👩‍👩‍👧", "</script>", "\x7f"]


@pytest.fixture(autouse=True)
def little_room(settings) -> None:
    settings.MAX_LIST_BYTES = 1_000


def bytes_of(todo_list: TodoList) -> int:
    return sum(todo.byte_count for todo in todo_list.todos.visible())


@pytest.mark.parametrize("text", TEXTS)
def test_database_counts_bytes_as_the_answer_has_them(text: str) -> None:
    todo = make_todo(text, description=text)
    assert Todo.objects.values_list(BYTE_COUNT, flat=True).get() == todo.byte_count
    assert todo.byte_count == len(orjson.dumps(text)) * 2


def test_no_call_makes_a_list_longer_than_its_bytes(client: Client) -> None:
    todo = make_todo("first")
    text = "x" * 500
    body = {"title": "long", "description": text}
    assert client.post("/api/v1/todos", body, content_type="application/json").status_code == HTTPStatus.CREATED
    refused = client.post("/api/v1/todos", body, content_type="application/json")
    assert refused.status_code == HTTPStatus.CONFLICT
    assert "the most is 1,000. Delete some todos first." in refused.json()["error"]
    url = f"/api/v1/todos/{todo.pk}"
    assert client.put(url, body, content_type="application/json").status_code == HTTPStatus.CONFLICT
    assert client.put(url, {"completed": True}, content_type="application/json").status_code == HTTPStatus.OK
    assert client.put(url, {"title": "st"}, content_type="application/json").status_code == HTTPStatus.OK
    item = {"id": todo.pk, "action": "update", "changes": {"title": "st", "description": text}}
    refused = client.post("/api/v1/todos/bulk", {"items": [item]}, content_type="application/json")
    assert refused.status_code == HTTPStatus.CONFLICT
    assert len(client.get("/api/v1/todos").content) < 1_500


def test_list_can_be_filled_to_the_byte(settings) -> None:
    settings.MAX_LIST_BYTES = 2 * make_todo("first").byte_count
    other = make_todo("other")
    with pytest.raises(QuotaExceeded):
        make_todo("x")
    delete_todo(todo_list=make_list(), todo_id=other.pk)
    make_todo("again")


@pytest.mark.parametrize(("language", "thousand"), [("en", "1,000"), ("de", "1.000"), ("fr", "1\xa0000")])
def test_numbers_are_written_as_in_the_language(language: str, thousand: str) -> None:
    with translation.override(language):
        for fill in (lambda: make_todo("x", description="x" * 1_000), lambda: check_quota(1_000, 1_000, "x")):
            with pytest.raises(QuotaExceeded, match=re.escape(thousand)):
                fill()


def test_services_refuse_what_is_too_long_and_change_nothing() -> None:
    todo = make_todo("first", description="x" * 400)
    deleted = make_todo("deleted", description="x" * 400)
    todo_list = make_list()
    delete_todo(todo_list=todo_list, todo_id=deleted.pk)
    make_todo("third", description="x" * 400)
    before = list(Todo.objects.order_by("pk").values())
    imported = ImportedTodo(
        deleted.uid, {"title": "again", "description": "x" * 400, "completed": False, "due": None}
    )
    for change in (
        lambda: restore_todo(todo_list=todo_list, todo_id=deleted.pk),
        lambda: change_todos(todo_list=todo_list, items=[BulkItem(deleted.pk, "restore")]),
        lambda: import_todos(todo_list=todo_list, todos=[imported]),
        lambda: update_todo(todo_list=todo_list, todo_id=todo.pk, changes={"description": "x" * 700}),
        lambda: make_todo("fourth", description="x" * 400),
    ):
        with pytest.raises(QuotaExceeded):
            change()
    assert list(Todo.objects.order_by("pk").values()) == before


def test_open_list_is_copied_only_if_there_is_room() -> None:
    user = make_user()
    make_todo("theirs", description="x" * 600)
    make_todo("mine", user=user, description="x" * 600)
    with pytest.raises(QuotaExceeded):
        copy_open_list(make_list(user))


def test_changes_made_together_count_together(settings) -> None:
    """What one item of a bulk call frees, another may use."""
    todo_list = make_list()
    deleted, third = make_todo("again", description="x" * 400), make_todo("third")
    delete_todo(todo_list=todo_list, todo_id=deleted.pk)
    delete_todo(todo_list=todo_list, todo_id=third.pk)
    first, second = make_todo("first", description="x" * 400), make_todo("other", description="x" * 400)
    settings.MAX_TODOS = 2

    restore = BulkItem(deleted.pk, "restore")
    with pytest.raises(QuotaExceeded):  # there would be three todos, though fewer bytes
        change_todos(
            todo_list=todo_list,
            items=[BulkItem(first.pk, "update", {"description": ""}), BulkItem(third.pk, "restore")],
        )
    with pytest.raises(QuotaExceeded):  # as many todos, but too many bytes
        change_todos(
            todo_list=todo_list,
            items=[BulkItem(first.pk, "delete"), BulkItem(second.pk, "update", {"description": "x" * 1000})],
        )
    swap = [BulkItem(first.pk, "delete"), restore]
    lengthen = [BulkItem(deleted.pk, "delete"), BulkItem(second.pk, "update", {"description": "x" * 600})]
    for items in (swap, lengthen):
        results = change_todos(todo_list=todo_list, items=items)
        assert [result.outcome for result in results] == [BulkOutcome.DONE] * 2
    assert list(todo_list.todos.visible().values_list("title", flat=True)) == ["other"]


def test_todo_whose_trash_is_full_can_be_restored(settings) -> None:
    """Restoring it counts the list, which purges what was deleted first."""
    settings.MAX_TODOS = 1
    todo_list = make_list()
    for title in "ab":
        delete_todo(todo_list=todo_list, todo_id=make_todo(title).pk)
    oldest = Todo.objects.order_by("pk").first()
    TodoList.objects.update(todo_count_upper_bound=1)
    Todo.objects.filter(pk=oldest.pk).update(deleted_at=oldest.deleted_at - timedelta(days=1))
    assert restore_todo(todo_list=todo_list, todo_id=oldest.pk).deleted_at is None
    assert list(todo_list.todos.visible().values_list("pk", "title")) == [(oldest.pk, "a")]


def test_upper_bound_is_one_after_every_change(settings) -> None:
    settings.MAX_LIST_BYTES = 10_000_000  # far from full: nothing is counted
    todo = make_todo("a", description="long " * 10)
    for changes in (
        {"description": "short"},
        {"description": "longer " * 20},
        {"title": "b"},
        {"completed": True},
    ):
        update_todo(todo_list=make_list(), todo_id=todo.pk, changes=changes)
        assert bytes_of(make_list()) <= make_list().byte_count_upper_bound
    change_todos(
        todo_list=make_list(),
        items=[BulkItem(todo.pk, "update", {"description": "x" * 300}), BulkItem(todo.pk, "delete")],
    )
    restore_todo(todo_list=make_list(), todo_id=todo.pk)
    assert bytes_of(make_list()) <= make_list().byte_count_upper_bound < 2_000


def test_list_of_the_previous_release_is_counted_at_its_first_change() -> None:
    make_todo("first", description="x" * 600)
    TodoList.objects.update(byte_count_upper_bound=None)
    with pytest.raises(QuotaExceeded):
        make_todo("second", description="x" * 600)
    make_todo("third")
    assert make_list().byte_count_upper_bound == bytes_of(make_list())


def test_what_is_deleted_makes_room() -> None:
    for _ in range(5):
        todo = make_todo("full", description="x" * 900)
        delete_todo(todo_list=make_list(), todo_id=todo.pk)
    assert not make_list().todos.visible().exists()


def test_full_trash_loses_what_was_deleted_first(settings) -> None:
    settings.MAX_TODOS, settings.MAX_LIST_BYTES = 3, 100_000
    deleted = []
    for number in range(12):
        deleted.append(make_todo(str(number)))
        delete_todo(todo_list=make_list(), todo_id=deleted[-1].pk)
    kept = list(Todo.objects.deleted().order_by("pk"))
    assert 3 <= len(kept) <= 6
    assert [todo.pk for todo in kept] == [todo.pk for todo in deleted[-len(kept) :]]
    gone = deleted[: -len(kept)]
    assert make_list().purged_revision == max(todo.revision for todo in gone) + 1  # of its deletion


def test_trash_is_bounded_in_bytes_too() -> None:
    for number in range(10):
        todo = make_todo(str(number), description="x" * 400)
        delete_todo(todo_list=make_list(), todo_id=todo.pk)
    count, size = make_list().todos.deleted().total()
    assert (count <= 5, size <= 2_000) == (True, True)


def test_trash_of_another_list_is_left_alone(settings) -> None:
    settings.MAX_TODOS, settings.MAX_LIST_BYTES = 2, 100_000
    theirs = make_todo("theirs", user=make_user())
    delete_todo(todo_list=theirs.list, todo_id=theirs.pk)
    for number in range(6):
        delete_todo(todo_list=make_list(), todo_id=make_todo(str(number)).pk)
    assert Todo.objects.deleted().filter(pk=theirs.pk).exists()
