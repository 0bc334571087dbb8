"""ETags of a list and a todo: 304 for what is known, 412 for what would overwrite somebody's change."""

from datetime import datetime

import pytest
from django.db.models import F
from django.test import Client

from tests.factories import make_todo, make_user
from tests.hostile import JSON, assert_refused
from todos import services
from todos.api import filters
from todos.models import Todo, TodoList

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"


@pytest.fixture
def todo(db: None) -> Todo:
    return make_todo("Milk", "2020-01-01")


@pytest.mark.parametrize("query", ["", "?completed=false", "?window=7", "?limit=1", "?search=milk"])
def test_list_that_is_known_is_not_sent_again(client: Client, todo: Todo, query: str) -> None:
    answer = client.get(TODOS + query)
    etag = answer.headers["ETag"]
    again = client.get(TODOS + query, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control"):
        assert again.headers[name] == answer.headers[name]
    assert {"Accept", "Authorization", "Cookie"} <= set(again.headers["Vary"].split(", "))
    services.update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"description": "2 l"})
    changed = client.get(TODOS + query, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    services.delete_todo(todo_list=todo.list, todo_id=todo.pk)
    assert client.get(TODOS + query, headers={"If-None-Match": changed.headers["ETag"]}).json() == []


def test_known_list_costs_one_query(client: Client, todo: Todo, django_assert_num_queries: object) -> None:
    etag = client.get(TODOS).headers["ETag"]
    with django_assert_num_queries(1):
        assert client.get(TODOS, headers={"If-None-Match": etag}).status_code == 304


def test_window_moves_without_a_change(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_todo("In December", "2026-12-02")
    monkeypatch.setattr(filters, "datetime", clock_at(2026, 11, 1))
    first = client.get(f"{TODOS}?window=7")
    assert first.json() == []
    monkeypatch.setattr(filters, "datetime", clock_at(2026, 12, 1))
    second = client.get(f"{TODOS}?window=7", headers={"If-None-Match": first.headers["ETag"]})
    assert [todo["title"] for todo in second.json()] == ["In December"]


def clock_at(*date: int) -> type:
    return type("Clock", (), {"now": staticmethod(lambda zone: datetime(*date, tzinfo=zone))})


def test_two_lists_have_different_etags(client: Client, todo: Todo) -> None:
    user = make_user()
    make_todo("Hers", user=user)
    etag = client.get(TODOS).headers["ETag"]
    client.force_login(user)
    answer = client.get(TODOS, headers={"If-None-Match": etag})
    assert [todo["title"] for todo in answer.json()] == ["Hers"]


def test_todo_that_is_known_is_not_sent_again(client: Client, todo: Todo) -> None:
    path = f"{TODOS}/{todo.pk}"
    etag = client.get(path).headers["ETag"]
    assert not etag.startswith("W/")
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert client.get(path, headers={"If-None-Match": "*"}).status_code == 304
    changed = client.put(path, {"title": "Bread"}, JSON)
    assert changed.headers["ETag"] != etag
    answer = client.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.headers["ETag"]) == (200, changed.headers["ETag"])


def test_created_todo_has_its_etag(client: Client) -> None:
    answer = client.post(TODOS, {"title": "Milk"}, JSON)
    assert client.get(f"{TODOS}/{answer.json()['id']}").headers["ETag"] == answer.headers["ETag"]


def test_change_that_changes_nothing_keeps_the_etag(client: Client, todo: Todo) -> None:
    path = f"{TODOS}/{todo.pk}"
    etag = client.get(path).headers["ETag"]
    assert client.put(path, {"title": "Milk"}, JSON).headers["ETag"] == etag


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_change_of_what_has_changed_loses_nothing(client: Client, todo: Todo, method: str) -> None:
    path = f"{TODOS}/{todo.pk}"
    old = client.get(path).headers["ETag"]
    client.put(path, {"description": "somebody else's"}, JSON)
    before = Todo.objects.values().get()
    call = getattr(client, method)
    for stale in (old, f"W/{old}", f'{old}, "x"', '"x"', "nonsense", ""):
        assert_refused(call(path, {"title": "Mine"}, JSON, headers={"If-Match": stale}), 412)
    assert Todo.objects.values().get() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_change_of_what_was_read_is_made(client: Client, todo: Todo, method: str) -> None:
    path = f"{TODOS}/{todo.pk}"
    call = getattr(client, method)
    etag = client.get(path).headers["ETag"]
    first = call(path, {"title": "Mine"}, JSON, headers={"If-Match": f'"x", {etag}'})
    assert (first.status_code, first.json()["id"]) == (200, todo.pk)
    if method != "delete":
        assert call(path, {"title": "Any"}, JSON, headers={"If-Match": "*"}).json()["title"] == "Any"


def test_match_of_what_does_not_exist(client: Client, todo: Todo) -> None:
    path, match = f"{TODOS}/{todo.pk + 1}", {"If-Match": "*"}
    assert_refused(client.put(path, {"title": "x"}, JSON, headers=match), 404)
    assert client.delete(path, headers=match).json() == {}


def test_bad_input_comes_before_the_match(client: Client, todo: Todo) -> None:
    answer = client.put(f"{TODOS}/{todo.pk}", {"title": ""}, JSON, headers={"If-Match": '"x"'})
    assert_refused(answer, 400, fields=["title"])


def test_read_with_a_stale_match_is_refused(client: Client, todo: Todo) -> None:
    assert_refused(client.get(f"{TODOS}/{todo.pk}", headers={"If-Match": '"x"'}), 412)


def test_somebody_elses_etag_opens_nothing(client: Client, todo: Todo) -> None:
    etag = client.get(f"{TODOS}/{todo.pk}").headers["ETag"]
    client.force_login(make_user())
    assert_refused(client.get(f"{TODOS}/{todo.pk}", headers={"If-None-Match": etag}), 404)


def test_browsable_page_is_never_a_304(client: Client, todo: Todo) -> None:
    answer = client.get(TODOS, headers={"Accept": "text/html", "If-None-Match": "*"})
    assert answer.status_code == 200
    assert "<html" in answer.content.decode()


def restore_from_backup(todo: Todo) -> None:
    """What a restore does to a list: revisions and sequences go back, the epoch is another."""
    TodoList.objects.filter(pk=todo.list_id).update(epoch=F("epoch") + 1, revision=todo.list.revision)
    Todo.objects.filter(pk=todo.pk).update(sequence=todo.sequence, title="Before the backup")


@pytest.mark.parametrize("query", ["", "?completed=false", "?limit=1"])
def test_list_etag_from_before_a_restore_is_not_known(client: Client, todo: Todo, query: str) -> None:
    etag = client.get(TODOS + query).headers["ETag"]
    restore_from_backup(Todo.objects.select_related("list").get())
    answer = client.get(TODOS + query, headers={"If-None-Match": etag})
    assert (answer.status_code, [todo["title"] for todo in answer.json()]) == (200, ["Before the backup"])


def test_todo_etag_from_before_a_restore_matches_nothing(client: Client, todo: Todo) -> None:
    path = f"{TODOS}/{todo.pk}"
    etag = client.get(path).headers["ETag"]
    restore_from_backup(Todo.objects.select_related("list").get())
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200
    for method in ("put", "patch", "delete"):
        assert_refused(getattr(client, method)(path, {"title": "Mine"}, JSON, headers={"If-Match": etag}), 412)
    assert client.get(path).json()["title"] == "Before the backup"
    fresh = client.get(path).headers["ETag"]
    assert client.put(path, {"title": "Mine"}, JSON, headers={"If-Match": fresh}).status_code == 200


def test_etags_of_a_list_without_an_epoch_are_the_older_ones(client: Client, todo: Todo) -> None:
    TodoList.objects.update(epoch=0)
    path = f"{TODOS}/{todo.pk}"
    assert client.get(TODOS).headers["ETag"] == f'W/"{todo.list_id}.1"'
    assert client.get(path).headers["ETag"] == f'"{todo.pk}.0"'
    assert client.put(path, {"title": "Bread"}, JSON).headers["ETag"] == f'"{todo.pk}.1"'
    TodoList.objects.update(epoch=7)
    assert client.get(TODOS).headers["ETag"] == f'W/"{todo.list_id}.7.2"'
    assert client.get(path).headers["ETag"] == f'"{todo.pk}.7.1"'
