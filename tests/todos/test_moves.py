"""Moving todos between lists of a user: one change of both, and the way back."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from calendars.builds.build import snapshot
from tests.factories import make_list, make_todo, move_todos
from tests.hooks import recording_follower
from todos import undo
from todos.models import MovedTodo, Todo, TodoList
from todos.services import (
    TRASH_DAYS,
    Action,
    BulkItem,
    BulkOutcome,
    BulkResult,
    ImportedTodo,
    change_todos,
    create_list,
    create_todo,
    delete_list,
    delete_todo,
    import_todos,
    purge_todos,
    restore_todo,
    update_todo,
)
from web.quotas import QuotaExceeded

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(ada: User) -> TodoList:
    return make_list(ada)


@pytest.fixture
def uni(ada: User, home: TodoList) -> TodoList:
    return create_list(user=ada, name="Uni")


def fresh(todo_list: TodoList) -> TodoList:
    return TodoList.objects.get(pk=todo_list.pk)


def move(user: User, source: TodoList, target: TodoList, *todos: Todo | int) -> list[BulkResult]:
    ids = [getattr(todo, "pk", todo) for todo in todos]
    return move_todos(user=user, source=source, target=target, todo_ids=ids)


def outcomes(results: list[BulkResult]) -> list[BulkOutcome]:
    return [result.outcome for result in results]


def take_back(user: User, todo_list: TodoList, results: list[BulkResult]) -> list[BulkResult]:
    items = undo.read(todo_list, undo.offer(todo_list, results))
    return change_todos(todo_list=todo_list, items=items, user=user)


def gone(todo_list: TodoList, *, since: int) -> set[uuid.UUID]:
    return {row.uid for row in snapshot(todo_list.pk, since=since).changed if row.deleted_at}


def test_todo_keeps_its_id_and_uid_and_both_lists_change_once(ada: User, home: TodoList, uni: TodoList) -> None:
    todos = [make_todo(f"Todo {number}", user=ada, description="d") for number in range(3)]
    stays = make_todo("Stays", user=ada)
    with recording_follower() as follower:
        results = move(ada, home, uni, *todos)
    assert outcomes(results) == [BulkOutcome.DONE] * 3
    assert follower.woken == sorted([home.pk, uni.pk])
    assert (fresh(home).revision, fresh(uni).revision) == (5, 1)
    assert fresh(uni).todo_count_upper_bound == 3
    moved = list(uni.todos.order_by("pk"))
    assert [(todo.pk, todo.uid, todo.title, todo.description, str(todo.due)) for todo in moved] == [
        (todo.pk, todo.uid, todo.title, "d", str(todo.due)) for todo in todos
    ]
    assert {(todo.revision, todo.sequence) for todo in moved} == {(1, 1)}
    assert all(todo.updated_at > todo.created_at for todo in moved)
    assert list(home.todos.all()) == [stays]
    assert set(MovedTodo.objects.values_list("list", "uid", "revision")) == {
        (home.pk, todo.uid, 5) for todo in todos
    }
    assert gone(home, since=4) == {todo.uid for todo in todos}
    assert gone(home, since=5) == gone(uni, since=0) == set()


def test_what_is_not_there_hinders_no_other(ada: User, home: TodoList, uni: TodoList) -> None:
    todo, trashed, theirs = (
        make_todo(user=ada),
        make_todo("Trashed", user=ada),
        make_todo("Theirs", user=User.objects.create(username="bob")),
    )
    there = create_todo(todo_list=uni, title="There already")
    delete_todo(todo_list=home, todo_id=trashed.pk)
    results = move(ada, home, uni, trashed, theirs, there, 10**9, todo, todo)
    assert outcomes(results) == [*[BulkOutcome.GONE] * 4, BulkOutcome.DONE, BulkOutcome.GONE]
    assert set(uni.todos.all()) == {todo, there}
    theirs.refresh_from_db()
    assert theirs.sequence == 0


def test_move_to_a_list_of_somebody_else_finds_no_list(ada: User, home: TodoList) -> None:
    bob = User.objects.create(username="bob")
    theirs, todo = create_list(user=bob, name="Theirs"), make_todo(user=ada)
    targets = [theirs, make_list(bob), make_list(), TodoList(pk=10**9)]
    before = list(TodoList.objects.order_by("pk").values())
    for target in targets:
        for user in (ada, AnonymousUser(), None):
            (result,) = move(user, home, target, todo)
            assert (result.outcome, result.error) == (BulkOutcome.GONE, "There is no such list.")
    assert list(TodoList.objects.order_by("pk").values()) == before
    assert Todo.objects.get(pk=todo.pk).sequence == 0


def test_move_to_the_same_list_changes_nothing(ada: User, home: TodoList) -> None:
    todo = make_todo(user=ada)
    assert outcomes(move(ada, home, home, todo)) == [BulkOutcome.UNCHANGED]
    assert (fresh(home).revision, Todo.objects.get().sequence) == (1, 0)


def test_move_back_leaves_no_tombstone_that_counts(ada: User, home: TodoList, uni: TodoList) -> None:
    todo = make_todo(user=ada)
    move(ada, home, uni, todo)
    move(ada, uni, home, todo)
    assert gone(home, since=0) == set()
    assert gone(uni, since=0) == {todo.uid}
    move(ada, home, uni, todo)
    assert gone(home, since=2) == {todo.uid}
    assert gone(uni, since=0) == set()
    assert Todo.objects.get().sequence == 3


def test_move_is_undone_and_undone_again(ada: User, home: TodoList, uni: TodoList) -> None:
    todos = [make_todo(f"Todo {number}", user=ada) for number in range(2)]
    results = move(ada, home, uni, *todos)
    update_todo(todo_list=uni, todo_id=todos[0].pk, changes={"title": "Edited there"})
    back = take_back(ada, home, results)
    assert outcomes(back) == [BulkOutcome.DONE] * 2
    assert set(home.todos.values_list("title", flat=True)) == {"Edited there", "Todo 1"}
    assert outcomes(take_back(ada, home, results)) == [BulkOutcome.CONFLICT] * 2
    assert outcomes(take_back(ada, home, back)) == [BulkOutcome.DONE] * 2
    assert uni.todos.count() == 2
    assert (
        undo.describe(undo.read(home, undo.offer(home, back)), "2 todos", 2) == "2 todos are back in their list."
    )


def test_undo_leaves_what_was_moved_on_or_deleted(ada: User, home: TodoList, uni: TodoList) -> None:
    todos = [make_todo(f"Todo {number}", user=ada) for number in range(2)]
    results = move(ada, home, uni, *todos)
    third = create_list(user=ada, name="Third")
    move(ada, uni, third, todos[0])
    delete_todo(todo_list=uni, todo_id=todos[1].pk)
    assert outcomes(take_back(ada, home, results)) == [BulkOutcome.GONE] * 2
    assert (third.todos.get(), uni.todos.get()) == tuple(todos)
    delete_list(todo_list=third)
    assert outcomes(take_back(ada, home, results)) == [BulkOutcome.GONE] * 2


def test_undo_by_somebody_else_does_nothing(ada: User, home: TodoList, uni: TodoList) -> None:
    todo = make_todo(user=ada)
    results = move(ada, home, uni, todo)
    assert outcomes(take_back(User.objects.create(username="bob"), home, results)) == [BulkOutcome.GONE]
    assert uni.todos.get() == todo


def test_bulk_does_moves_and_other_things_in_order(ada: User, home: TodoList, uni: TodoList) -> None:
    first, second, third = (make_todo(title, user=ada) for title in ("First", "Second", "Third"))
    delete_todo(todo_list=home, todo_id=third.pk)
    items = [
        BulkItem(first.pk, Action.COMPLETE),
        BulkItem(first.pk, Action.MOVE, list_id=uni.pk),
        BulkItem(first.pk, Action.DELETE),
        BulkItem(second.pk, Action.UPDATE, {"title": "Second edition"}),
        BulkItem(third.pk, Action.RESTORE),
        BulkItem(third.pk, Action.MOVE, list_id=uni.pk),
    ]
    results = change_todos(todo_list=home, items=items, user=ada)
    assert outcomes(results) == [*[BulkOutcome.DONE] * 2, BulkOutcome.GONE, *[BulkOutcome.DONE] * 3]
    assert set(uni.todos.values_list("title", "completed", "deleted_at", "sequence", "revision")) == {
        ("First", True, None, 1, 1),
        ("Third", False, None, 2, 1),
    }
    assert list(home.todos.values_list("title", "revision")) == [("Second edition", 5)]


def test_todo_whose_uid_the_target_has_stays(ada: User, home: TodoList, uni: TodoList) -> None:
    todo = make_todo(user=ada)
    import_todos(todo_list=uni, todos=[ImportedTodo(todo.uid, {"title": "The same file"})])
    (result,) = move(ada, home, uni, todo)
    assert (result.outcome, result.status) == (BulkOutcome.CONFLICT, 409)
    assert home.todos.get() == todo
    assert (fresh(home).revision, fresh(uni).revision) == (1, 1)


def test_todo_replaces_one_with_its_uid_in_the_trash(ada: User, home: TodoList, uni: TodoList) -> None:
    todo = make_todo(user=ada)
    import_todos(todo_list=uni, todos=[ImportedTodo(todo.uid, {"title": "The same file"})])
    for title in "ABC":
        update_todo(todo_list=uni, todo_id=uni.todos.get().pk, changes={"title": title})
    delete_todo(todo_list=uni, todo_id=uni.todos.get().pk)
    seen_by_calendar_apps = uni.todos.get().sequence
    assert outcomes(move(ada, home, uni, todo)) == [BulkOutcome.DONE]
    assert uni.todos.get().sequence == seen_by_calendar_apps + 1
    assert list(Todo.objects.values_list("pk", "list", "deleted_at")) == [(todo.pk, uni.pk, None)]
    assert gone(uni, since=0) == set()


def test_import_of_what_was_moved_away_adds_it_again(ada: User, home: TodoList, uni: TodoList) -> None:
    todo = make_todo(user=ada)
    move(ada, home, uni, todo)
    assert import_todos(todo_list=home, todos=[ImportedTodo(todo.uid, {"title": "Again"})]).added == 1
    assert gone(home, since=0) == set()
    (result,) = move(ada, uni, home, todo)
    assert result.outcome == BulkOutcome.CONFLICT


def test_restored_after_a_move_is_in_the_list_that_deleted_it(ada: User, home: TodoList, uni: TodoList) -> None:
    todo = make_todo(user=ada)
    move(ada, home, uni, todo)
    delete_todo(todo_list=uni, todo_id=todo.pk)
    with pytest.raises(Todo.DoesNotExist):
        restore_todo(todo_list=home, todo_id=todo.pk)
    assert restore_todo(todo_list=uni, todo_id=todo.pk) == todo
    assert uni.todos.visible().get() == todo


def test_target_is_never_fuller_than_it_may_be(ada: User, home: TodoList, uni: TodoList, settings: Any) -> None:
    todos = [make_todo(f"Todo {number}", user=ada) for number in range(3)]
    create_todo(todo_list=uni, title="There already")
    settings.MAX_TODOS = 3
    with pytest.raises(QuotaExceeded):
        move(ada, home, uni, *todos)
    assert home.todos.count() == 3
    assert not MovedTodo.objects.exists()
    assert outcomes(move(ada, home, uni, *todos[:2])) == [BulkOutcome.DONE] * 2
    settings.MAX_LIST_BYTES = 25
    with pytest.raises(QuotaExceeded):
        move(ada, uni, home, todos[0], todos[1])
    assert uni.todos.count() == 3


def test_tombstones_are_purged_with_the_trash(ada: User, home: TodoList, uni: TodoList) -> None:
    old, young = make_todo("Old", user=ada), make_todo("Young", user=ada)
    move(ada, home, uni, old)
    move(ada, home, uni, young)
    long_ago = datetime.now(UTC) - timedelta(days=TRASH_DAYS + 1)
    MovedTodo.objects.filter(uid=old.uid).update(moved_at=long_ago)
    assert purge_todos() == 1
    assert list(MovedTodo.objects.values_list("uid", flat=True)) == [young.uid]
    assert fresh(home).purged_revision == 3
    assert fresh(uni).purged_revision == 0


def test_list_has_no_more_tombstones_than_it_may_have_todos(
    ada: User, home: TodoList, uni: TodoList, settings: Any
) -> None:
    settings.MAX_TODOS = 3
    for number in range(5):
        todo = make_todo(f"Todo {number}", user=ada)
        move(ada, home, uni, todo)
        delete_todo(todo_list=uni, todo_id=todo.pk)
        assert MovedTodo.objects.filter(list=home).count() <= 3
    left = MovedTodo.objects.filter(list=home).values_list("revision", flat=True)
    assert min(left) > fresh(home).purged_revision > 0
