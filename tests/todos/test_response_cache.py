"""What a server process keeps of the lists that it has rendered."""

import orjson
import pytest
from django.test import Client

from tests.factories import make_todo
from todos import response_cache as rendered
from todos import services
from todos.models import Todo, TodoList
from todos.response_cache import list_as_json
from web.response_cache import ResponseCache

pytestmark = pytest.mark.django_db


@pytest.fixture
def todo_list() -> TodoList:
    return TodoList.objects.create()


def titles(todo_list: TodoList) -> list[str]:
    """As the next request sees them."""
    fresh = TodoList.objects.get(pk=todo_list.pk)
    return [todo["title"] for todo in orjson.loads(list_as_json(fresh))]


def test_every_change_is_in_the_next_answer(todo_list: TodoList) -> None:
    todo = services.create_todo(todo_list=todo_list, title="one")
    assert titles(todo_list) == ["one"]
    services.update_todo(todo_list=todo_list, todo_id=todo.pk, changes={"title": "two", "completed": True})
    assert titles(todo_list) == ["two"]
    services.delete_todo(todo_list=todo_list, todo_id=todo.pk)
    assert titles(todo_list) == []
    services.restore_todo(todo_list=todo_list, todo_id=todo.pk)
    assert titles(todo_list) == ["two"]


def test_an_unchanged_list_is_not_read_again(todo_list: TodoList, django_assert_num_queries) -> None:
    services.create_todo(todo_list=todo_list, title="one")
    titles(todo_list)
    with django_assert_num_queries(1):  # the list itself, for its revision
        titles(todo_list)


def test_a_list_in_the_place_of_another_is_read(todo_list: TodoList) -> None:
    services.create_todo(todo_list=todo_list, title="one")
    assert titles(todo_list) == ["one"]
    Todo.objects.all().delete()
    TodoList.objects.filter(pk=todo_list.pk).delete()
    again = TodoList.objects.create(pk=todo_list.pk, revision=1)
    assert titles(again) == []


@pytest.mark.parametrize("query", ["", "?completed=false", "?window=7", "?ordering=-deadline_at"])
def test_only_so_many_large_lists_are_rendered_at_once(client: Client, monkeypatch, query: str) -> None:
    monkeypatch.setattr(rendered.large_answers, "wait_seconds", 0)
    todo = make_todo()
    TodoList.objects.update(byte_count_upper_bound=rendered.LARGE_BYTES)
    url = f"/api/v1/todos{query}"
    with rendered.large_answers.taken(), rendered.large_answers.taken():
        answer = client.get(url)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json() == {"error": "The server is busy; try again in a few seconds."}
        assert client.get(f"/api/v1/todos/{todo.pk}").status_code == 200
        assert client.get(url + ("&limit=5" if query else "?limit=5")).status_code == 200
    answer = client.get(url)
    assert answer.status_code == 200
    with rendered.large_answers.taken(), rendered.large_answers.taken():
        assert client.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code in {304, 503}
        TodoList.objects.update(byte_count_upper_bound=100)
        assert client.get(url).status_code == 200


def test_a_list_longer_than_all_that_is_kept_is_answered(todo_list: TodoList, monkeypatch) -> None:
    monkeypatch.setattr(rendered, "list_cache", ResponseCache(max_bytes=10))
    services.create_todo(todo_list=todo_list, title="one")
    assert titles(todo_list) == titles(todo_list) == ["one"]
