"""How many todos a list has room for: counted by what is there, whatever was added and deleted before."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_some_list, make_todo
from tests.hooks import recording_follower
from todos.deadlines import Deadline
from todos.hooks import ListHooks
from todos.models import Todo, TodoList
from todos.services import (
    BulkItem,
    change_todos,
    create_todo,
    delete_todo,
    restore_todo,
    update_todo,
)
from web.quotas import QuotaExceeded

pytestmark = pytest.mark.django_db


def restore(*todos: Todo) -> None:
    change_todos(todo_list=make_list(), items=[BulkItem(todo.pk, "restore") for todo in todos])


@pytest.fixture
def deleted() -> list[Todo]:
    """Three, of a list with nothing else in it."""
    todos = [make_todo(str(number)) for number in range(3)]
    for todo in todos:
        delete_todo(todo_list=make_list(), todo_id=todo.pk)
    return todos


def test_list_is_full_to_the_last_todo(settings: object) -> None:
    settings.MAX_TODOS = 3
    for _ in range(3):
        make_todo()
    with pytest.raises(QuotaExceeded, match="There are 3 todos already"):
        make_todo()


def test_what_was_deleted_makes_room_again_and_again(settings: object) -> None:
    settings.MAX_TODOS = 2
    for _ in range(5):
        delete_todo(todo_list=make_list(), todo_id=make_todo().pk)
    make_todo(), make_todo()
    with pytest.raises(QuotaExceeded):
        make_todo()


def test_one_list_that_is_full_is_not_another(settings: object) -> None:
    settings.MAX_TODOS = 1
    full, other = make_some_list(), make_some_list()
    create_todo(todo_list=full, title="One")
    create_todo(todo_list=other, title="One")
    for todo_list in (full, other):
        todo_list.refresh_from_db()
        with pytest.raises(QuotaExceeded):
            create_todo(todo_list=todo_list, title="Two")


def test_count_of_one_list_is_not_taken_for_anothers(settings: object) -> None:
    settings.MAX_TODOS = 2
    other = make_some_list()
    for _ in range(2):
        create_todo(todo_list=other, title="Other")
    for _ in range(4):  # of these, some are counted
        delete_todo(todo_list=make_list(), todo_id=make_todo().pk)
    other.refresh_from_db()
    with pytest.raises(QuotaExceeded):
        create_todo(todo_list=other, title="One too many")


def test_as_many_come_back_as_there_is_room_for(settings: object, deleted: list[Todo]) -> None:
    settings.MAX_TODOS = 2
    with pytest.raises(QuotaExceeded, match="3 more would be over the most"):
        restore(*deleted)
    assert not Todo.objects.visible().exists()
    restore(*deleted[:2])
    with pytest.raises(QuotaExceeded):
        restore_todo(todo_list=make_list(), todo_id=deleted[2].pk)
    with pytest.raises(QuotaExceeded):
        restore(deleted[2])
    assert Todo.objects.visible().count() == 2


def test_what_came_back_counts_as_what_was_added(settings: object, deleted: list[Todo]) -> None:
    settings.MAX_TODOS = 4
    restore(*deleted[:2])
    restore_todo(todo_list=make_list(), todo_id=deleted[2].pk)
    make_todo("the last one")
    with pytest.raises(QuotaExceeded):
        make_todo("one too many")


def test_list_that_was_never_counted_is_counted_once(settings: object) -> None:
    settings.MAX_TODOS = 5_000
    make_todo()
    TodoList.objects.update(todo_count_upper_bound=None)
    make_todo()

    with CaptureQueriesContext(connection) as queries:
        make_todo()

    assert not any("COUNT(" in query["sql"] for query in queries.captured_queries)
    assert make_list().todo_count_upper_bound == 3


def test_change_of_one_list_leaves_the_others_alone(deleted: list[Todo]) -> None:
    other = make_some_list()
    todo = create_todo(todo_list=other, title="Other")
    assert todo.revision == 1, "counted for each list alone"
    before = TodoList.objects.filter(pk=other.pk).values().get()

    make_todo()
    restore(deleted[0])
    restore_todo(todo_list=make_list(), todo_id=deleted[1].pk)
    update_todo(todo_list=make_list(), todo_id=deleted[0].pk, changes={"title": "changed"})

    assert TodoList.objects.filter(pk=other.pk).values().get() == before
    assert sorted(make_list().todos.values_list("revision", flat=True)) == [6, 7, 9, 10]
    assert make_list().revision == 10


def test_followers_are_woken_once_for_each_change(deleted: list[Todo]) -> None:
    with recording_follower() as follower:
        restore_todo(todo_list=make_list(), todo_id=deleted[0].pk)
        restore(deleted[1])
    assert follower.woken == [make_list().pk] * 2
    assert make_list().revision == 8


def test_restored_todo_says_when_it_was_changed(deleted: list[Todo]) -> None:
    restored = restore_todo(todo_list=make_list(), todo_id=deleted[0].pk)
    assert restored.updated_at > deleted[0].updated_at
    [by_itself] = Todo.objects.visible()
    assert by_itself.updated_at == restored.updated_at


@pytest.mark.django_db(transaction=True)
def test_todo_for_a_list_that_was_deleted_has_no_list() -> None:
    make_todo()
    gone = make_some_list()
    TodoList.objects.filter(pk=gone.pk).delete()
    with pytest.raises(TodoList.DoesNotExist):
        create_todo(todo_list=gone, title="Too late")
    assert Todo.objects.count() == 1


def test_full_list_may_be_changed_in_all_that_adds_nothing(settings: object) -> None:
    todos = [make_todo(str(number)) for number in range(3)]
    for most in (3, 2):  # at the second, it was lowered below what is there
        settings.MAX_TODOS = most
        for action in ("complete", "reopen"):
            results = change_todos(todo_list=make_list(), items=[BulkItem(todo.pk, action) for todo in todos])
            assert {result.status for result in results} == {200}
    swap = [BulkItem(todos[0].pk, "delete"), BulkItem(todos[0].pk, "restore"), BulkItem(todos[1].pk, "complete")]
    assert {result.status for result in change_todos(todo_list=make_list(), items=swap)} == {200}


def test_action_that_there_is_not_changes_nothing() -> None:
    todo = make_todo()
    with pytest.raises(ValueError, match="no action 'burn'"):
        change_todos(todo_list=make_list(), items=[BulkItem(todo.pk, "complete"), BulkItem(todo.pk, "burn")])
    assert not Todo.objects.get().completed


@pytest.mark.django_db(transaction=True)
def test_todo_that_no_row_can_hold_is_refused_and_its_list_is_there_still() -> None:
    with pytest.raises(IntegrityError):
        create_todo(todo_list=make_list(), title="New", due=Deadline(datetime.now(UTC), "no kind"))
    assert make_todo().list == make_list()
    assert Todo.objects.count() == 1


def test_change_that_fails_takes_all_back(deleted: list[Todo], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(list_id: int) -> None:
        raise RuntimeError

    monkeypatch.setattr("todos.services.changes.HOOKS", [ListHooks(wake=fail)])
    with pytest.raises(RuntimeError):
        restore_todo(todo_list=make_list(), todo_id=deleted[0].pk)
    assert not Todo.objects.visible().exists()
    assert make_list().revision == 6
