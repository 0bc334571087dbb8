"""The download of everything that is stored for a user."""

from contextlib import ExitStack
from datetime import datetime

import pytest
from django.test import Client

from tests.factories import make_todo, make_user
from todos.response_cache import large_answers
from todos.services import create_filter, skip_todo, update_todo

pytestmark = pytest.mark.django_db
URL = "/accounts/data.json"


def test_no_more_exports_than_large_answers_are_made_at_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user()
    make_todo("Mine", user=user)
    client.force_login(user)
    monkeypatch.setattr(large_answers, "wait_seconds", 0)

    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(large_answers.taken())
        refused = client.get(URL)
    answer = client.get(URL)

    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert "Back in a moment" in refused.text
    assert [todo["title"] for todo in answer.json()["todos"]] == ["Mine"]


def test_export_has_the_users_filters(client: Client) -> None:
    user = make_user()
    create_filter(user=user, name="Urgent", query="priority:high due:<7d")
    create_filter(user=make_user("bob"), name="Of bob", query="wombat")
    client.force_login(user)
    [exported] = client.get(URL).json()["filters"]
    assert (exported["name"], exported["query"]) == ("Urgent", "priority:high due:<7d")


def test_export_has_series_with_their_history(client: Client) -> None:
    ann, bob = make_user("ann"), make_user("bob")
    for user in (ann, bob):
        todo = make_todo("Water", "2026-11-27", user=user, rule="FREQ=WEEKLY;COUNT=5")
        skip_todo(todo_list=todo.list, todo_id=todo.pk)
        update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"completed": True, "title": user.username})
    client.force_login(ann)
    [exported] = client.get(URL).json()["todos"]
    assert (exported["title"], exported["rule"], exported["repeat_from"], exported["occurrence"]) == (
        "ann", "FREQ=WEEKLY;COUNT=3;BYDAY=FR", "deadline", "2026-12-11",
    )  # fmt: skip
    past = exported["past_occurrences"]
    assert [(one["deadline_at"], one["outcome"]) for one in past] == [
        ("2026-11-27", "skipped"),
        ("2026-12-04", "completed"),
    ]
    assert all(datetime.fromisoformat(one["ended_at"]).tzinfo for one in past)
