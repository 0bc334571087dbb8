"""Changes that a page sends with an id are made once, however often and by how many at once they are sent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from background.sweep import sweep
from tests.crowd import together
from tests.factories import make_list, make_todo, make_user, share
from todos.agenda import Clock
from todos.models import Membership, ReceivedChange, Todo
from todos.services import (
    archive_list,
    create_list,
    create_todo,
    delete_todo,
    received,
    unarchive_list,
    update_list,
)

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 24 * 60 * 60
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}


def add(client: Client, change_id: object, title: str = "Milk", path: str = "/todos/new") -> HttpResponse:
    return client.post(path, {"title": title, "change_id": str(change_id)}, headers=HTMX)


def tick(client: Client, todo: Todo, change_id: object, name: str = "complete") -> HttpResponse:
    return client.post(f"/todos/{todo.pk}/{name}", {"change_id": str(change_id)}, headers=HTMX)


def titles() -> list[str]:
    return list(Todo.objects.order_by("id").values_list("title", flat=True))


def test_line_that_is_sent_again_is_there_once(client: Client) -> None:
    change_id = uuid4()
    first = add(client, change_id)
    revision = make_list().revision
    again = add(client, change_id)
    assert titles() == ["Milk"]
    assert make_list().revision == revision
    assert first.status_code == again.status_code == HTTPStatus.OK
    assert again["HX-Retarget"] == "#todos" and "Milk" in again.text
    add(client, uuid4())
    assert titles() == ["Milk", "Milk"]


def test_tick_that_is_sent_again_does_not_undo_what_came_after_it(client: Client) -> None:
    todo, change_id = make_todo("Essay"), uuid4()
    tick(client, todo, change_id)
    tick(client, todo, uuid4(), "reopen")
    assert tick(client, todo, change_id)["HX-Retarget"] == "#todos"
    assert not Todo.objects.get().completed
    daily = make_todo("Walk", "2026-12-01", rule="FREQ=DAILY")
    for _ in range(2):
        tick(client, daily, change_id)  # another todo's, but the id is known
    assert Todo.objects.get(pk=daily.pk).past_count == 0
    other_id = uuid4()
    for _ in range(2):
        tick(client, daily, other_id, "skip")
    assert Todo.objects.get(pk=daily.pk).past_count == 1


def test_same_id_twice_at_once_makes_one_change() -> None:
    change_id = uuid4()
    make_list()
    answers = together(*[lambda: add(Client(), change_id)] * 4)
    assert titles() == ["Milk"]
    assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
    assert ReceivedChange.objects.count() == 1


def test_ids_of_other_people_are_others(client: Client) -> None:
    change_id, ada, bob = uuid4(), make_user("ada"), make_user("bob")
    other = share(create_list(user=ada, name="Other"), bob, "editor")
    add(client, change_id)
    for user in (ada, bob):
        client.force_login(user)
        add(client, change_id)
        add(client, change_id, path=f"/lists/{other.pk}/todos/new")
    assert titles() == ["Milk"] * 3


def test_line_that_is_sent_again_is_there_once_whatever_became_of_its_list(client: Client) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    groceries, other = create_list(user=ada, name="Groceries"), create_list(user=bob, name="Other")
    client.force_login(ada)

    def answers(title: str, path: str, meanwhile: Callable[[], object], **values: object) -> None:
        data = {"title": title, "change_id": str(uuid4()), **values}
        assert client.post(path, data, headers=HTMX)["X-Added"]
        before = titles()
        meanwhile()
        again = client.post(path, data, headers=HTMX)
        assert again["HX-Retarget"] == "#todos" and "X-Added" not in again
        assert titles() == before

    here = f"/lists/{groceries.pk}/todos/new"
    there = f"/lists/{share(other, ada, 'editor').pk}/todos/new"
    parent = create_todo(todo_list=groceries, title="Cake")
    answers("Eggs", here, lambda: delete_todo(todo_list=groceries, todo_id=parent.pk), parent_id=parent.pk)
    answers("Milk +Groceries", "/todos/new", lambda: update_list(todo_list=groceries, changes={"name": "Food"}))
    answers("Tea", there, lambda: Membership.objects.update(role="viewer"))
    answers("Salt", here, lambda: archive_list(todo_list=groceries))


def test_change_that_was_not_made_can_be_sent_again(client: Client) -> None:
    ada, change_id = make_user("ada"), uuid4()
    client.force_login(ada)
    todo_list = create_list(user=ada, name="Other")
    path = f"/lists/{todo_list.pk}/todos/new"
    archive_list(todo_list=todo_list)
    assert add(client, change_id, path=path).status_code == HTTPStatus.CONFLICT
    assert add(client, change_id, "", path=path).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not ReceivedChange.objects.exists()
    unarchive_list(todo_list=todo_list)
    add(client, change_id, path=path)
    assert titles() == ["Milk"]


@pytest.mark.parametrize("change_id", ["x", "1" * 36, str(uuid4()).upper(), f"{uuid4()} ", "٠" * 36])
def test_malformed_ids_are_refused(client: Client, change_id: str) -> None:
    todo = make_todo("Essay")
    assert add(client, change_id).status_code == HTTPStatus.BAD_REQUEST
    assert tick(client, todo, change_id).status_code == HTTPStatus.BAD_REQUEST
    assert titles() == ["Essay"] and not Todo.objects.get().completed


def test_ids_are_forgotten_in_time_and_when_there_are_too_many(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "MAX_REMEMBERED", 3)
    sent = [uuid4() for _ in range(5)]
    for change_id in sent:
        add(client, change_id)
    kept = ReceivedChange.objects.order_by("id")
    assert list(kept.values_list("change_id", flat=True)) == sent[2:]
    long_ago = datetime.now(UTC) - timedelta(days=received.REMEMBERED_DAYS, seconds=1)
    kept.filter(change_id=sent[2]).update(received_at=long_ago)
    assert sweep()["received_changes_deleted"] == 1
    assert list(kept.values_list("change_id", flat=True)) == sent[3:]


def test_words_for_a_deadline_are_of_the_day_on_which_they_were_typed(client: Client) -> None:
    today = Clock.of(make_list()).today
    for waited, then in ((3 * DAY, today - timedelta(days=2)), (40 * DAY, today - timedelta(days=29))):
        client.post("/todos/new", {"title": "Call tomorrow", "waited_seconds": waited}, headers=HTMX)
        assert str(Todo.objects.latest("id").due) == str(then)
    for nonsense in ("-1", "x", "", "9" * 30):
        client.post("/todos/new", {"title": "Call tomorrow", "waited_seconds": nonsense}, headers=HTMX)
        assert str(Todo.objects.latest("id").due) == str(today + timedelta(days=1))
