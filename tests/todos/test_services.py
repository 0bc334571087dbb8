from datetime import timedelta

import pytest
from django.db import transaction

from tests.factories import make_list, make_todo
from tests.hooks import recording_follower
from todos.models import Todo, TodoList
from todos.services import (
    TRASH_DAYS,
    StaleTodo,
    delete_todo,
    purge_todos,
    restore_todo,
    update_list,
    update_todo,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def follower():
    with recording_follower() as recorded:
        yield recorded


def test_each_change_raises_the_revision_once_and_wakes_followers(follower):
    todo = make_todo()
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    restore_todo(todo_list=make_list(), todo_id=todo.pk)
    update_list(todo_list=make_list(), changes={"name": "Uni"})

    assert follower.woken == [make_list().pk] * 5
    assert make_list().revision == 5


def test_sequence_rises_with_each_change_and_restoring_keeps_id_and_uid():
    todo = make_todo()

    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    restored = restore_todo(todo_list=make_list(), todo_id=todo.pk)

    assert (restored.pk, restored.uid, restored.sequence, restored.deleted_at) == (todo.pk, todo.uid, 2, None)
    assert restored.revision == 3


def test_completed_at_is_when_it_was_last_completed():
    todo = make_todo()

    done = update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})
    assert done.completed_at is not None
    reopened = update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": False})
    assert reopened.completed_at is None


def test_change_of_what_somebody_else_changed_meanwhile_is_refused():
    todo = make_todo("first")
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": "second"}, expected_sequence=0)

    with pytest.raises(StaleTodo):
        update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": "third"}, expected_sequence=0)

    assert Todo.objects.get().title == "second"


@pytest.mark.django_db(transaction=True)
def test_rolled_back_change_leaves_nothing():
    make_todo("kept")
    with pytest.raises(RuntimeError), transaction.atomic():
        make_todo("undone")
        raise RuntimeError

    assert list(Todo.objects.values_list("title", flat=True)) == ["kept"]
    assert make_list().revision == 1


def test_purge_deletes_what_was_deleted_long_ago_and_remembers_how_far():
    old, young, kept = make_todo("old"), make_todo("young"), make_todo("kept")
    for todo in (old, young):
        delete_todo(todo_list=make_list(), todo_id=todo.pk)
    old.refresh_from_db()
    Todo.objects.filter(pk=old.pk).update(deleted_at=old.deleted_at - timedelta(days=TRASH_DAYS))

    assert purge_todos() == 1
    assert set(Todo.objects.values_list("pk", flat=True)) == {young.pk, kept.pk}
    assert make_list().purged_revision == old.revision


def test_there_is_one_open_list():
    first = make_list()
    with pytest.raises(Exception, match="one_list_for_each_owner"), transaction.atomic():
        TodoList.objects.create(default_owner=None)
    assert make_list() == first
