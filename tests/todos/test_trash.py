"""Emptying the trash of a list."""

import pytest
from django.test import Client

from tests.factories import make_feed, make_list, make_todo, make_user, share
from todos.access import NotAllowed
from todos.models import PastOccurrence, Todo
from todos.services import Action, BulkItem, change_todos, delete_todo, empty_trash

pytestmark = pytest.mark.django_db


def test_emptied_trash_is_gone_from_calendars_too(client: Client) -> None:
    todo, kept = make_todo("Secret"), make_todo("Kept")
    url = make_feed().url
    assert b"Secret" in client.get(url).content
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    assert empty_trash(todo_list=make_list()) == 1
    content = client.get(url).content
    assert b"Secret" not in content and b"Kept" in content
    assert list(Todo.objects.all()) == [kept]
    assert empty_trash(todo_list=make_list()) == 0


def test_history_goes_with_the_todo() -> None:
    todo = make_todo(rule="FREQ=DAILY")
    change_todos(todo_list=make_list(), items=[BulkItem(todo.pk, Action.COMPLETE)])
    assert PastOccurrence.objects.exists()
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    empty_trash(todo_list=make_list())
    assert not PastOccurrence.objects.exists() and not Todo.objects.exists()


def test_viewers_and_other_lists_are_left_out() -> None:
    ada, bob = make_user("ada"), make_user("bob")
    for user in (ada, bob):
        delete_todo(todo_list=make_list(user), todo_id=make_todo(user=user).pk)
    with pytest.raises(NotAllowed):
        empty_trash(todo_list=share(make_list(ada), bob))
    empty_trash(todo_list=make_list(bob))
    assert [todo.list.owner for todo in Todo.objects.all()] == [ada]
