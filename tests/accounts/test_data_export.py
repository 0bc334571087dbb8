"""The download of everything that is stored for a user."""

from contextlib import ExitStack

import pytest
from django.test import Client

from tests.factories import make_todo, make_user
from todos.response_cache import large_answers
from todos.services import create_filter

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
