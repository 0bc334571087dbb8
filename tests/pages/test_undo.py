"""What can be undone, how long, and what no offer is made for."""

import re
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpResponse
from django.test import Client

from tests.factories import make_list, make_todo
from todos.models import Todo
from todos.services import create_list, create_todo, restore_todo, update_todo

pytestmark = pytest.mark.django_db


def change(client: Client, action: str, todo: Todo, **values: str) -> HttpResponse:
    return client.post("/todos/change", {"action": action, "todo": todo.pk} | values, follow=True)


def offer(answer: HttpResponse) -> str | None:
    """Return what undoes the change, if that is offered."""
    found = re.search(r'name="token" value="([^"]+)"', answer.text)
    return found and found[1]


def undo(client: Client, answer: HttpResponse) -> str:
    """Undo it; return the page."""
    return client.post("/todos/undo", {"token": offer(answer)}, follow=True).text


class LaterClock:
    def __init__(self, **later: int) -> None:
        self.later = timedelta(**later).total_seconds()

    def time(self) -> float:
        return time.time() + self.later


@pytest.mark.parametrize(("minutes", "is_undone"), [(59, True), (61, False)])
def test_change_can_be_undone_for_an_hour(
    client: Client, monkeypatch: pytest.MonkeyPatch, minutes: int, is_undone: bool
) -> None:
    changed = change(client, "complete", make_todo())
    monkeypatch.setattr(signing, "time", LaterClock(minutes=minutes))
    undo(client, changed)
    assert Todo.objects.get().completed is not is_undone


@pytest.mark.parametrize(
    ("action", "values", "todo"),
    [
        ("complete", {}, {"completed": True}),
        ("reopen", {}, {}),
        ("clear", {}, {"deadline": None}),
        ("move", {"day": "2026-12-01"}, {}),
    ],
)
def test_no_undo_is_offered_of_what_changed_nothing(client: Client, action: str, values: dict, todo: dict) -> None:
    assert offer(change(client, action, make_todo(**todo), **values)) is None


@pytest.mark.parametrize("completed", [False, True])
def test_tick_is_not_undone_twice(client: Client, completed: bool) -> None:
    todo = make_todo(completed=completed)
    changed = change(client, "reopen" if completed else "complete", todo)
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": completed})
    assert "Not undone: “Essay” has changed since." in undo(client, changed)


@pytest.mark.parametrize("completed", [False, True])
def test_deleted_todo_comes_back_whether_it_is_done_or_not(client: Client, completed: bool) -> None:
    todo = make_todo(completed=completed)
    changed = change(client, "delete", todo)
    undo(client, changed)
    assert Todo.objects.visible().get().completed is completed
    assert "Not undone: “Essay” has changed since." in undo(client, changed)


def test_restoring_is_undone_by_deleting_again(client: Client) -> None:
    todo = make_todo()
    change(client, "delete", todo)
    restored = client.post(f"/todos/{todo.pk}/restore", follow=True)
    undo(client, restored)
    assert not Todo.objects.visible().exists()
    restore_todo(todo_list=make_list(), todo_id=todo.pk)


def test_undo_says_in_which_list_unless_its_page_is_shown(client: Client, ada: User) -> None:
    trip = create_list(user=ada, name="Trip")
    tent = create_todo(todo_list=trip, title="Tent")
    for page, sentence in [
        (f"/lists/{trip.pk}", "Undone: “Tent” is open again."),
        ("/", "Undone in “Trip”: “Tent” is open again."),
        ("/today", "Undone in “Trip”: “Tent” is open again."),
    ]:
        token = offer(client.post(f"/lists/{trip.pk}/todos/{tent.pk}/complete", {"next": page}, follow=True))
        path = f"{page}/todos/undo" if page.startswith("/lists") else "/todos/undo"
        assert sentence in client.post(path, {"token": token, "next": page}, follow=True).text


def test_page_names_the_list_whose_changes_it_undoes_by_key(client: Client, ada: User) -> None:
    trip = create_list(user=ada, name="Trip")
    assert f'data-list="{trip.pk}"' in client.get(f"/lists/{trip.pk}").text
    assert f'data-list="{make_list(ada).pk}"' in client.get("/").text
    for page in ("/today", "/upcoming", "/search?q=x"):
        assert 'data-list=""' in client.get(page).text
