from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_list, make_todo, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/todos"


def titles(client, query="", **headers):
    response = client.get(f"{URL}{query}", headers=headers)
    assert response.status_code == 200, response.content
    return [todo["title"] for todo in response.json()]


def test_list_is_an_array_oldest_first_in_the_contracts_form(client):
    first = make_todo("Watch CSSE6400 Lecture", "2026-02-27T18:00:00", description="Week 1")
    make_todo("Buy milk", None)

    response = client.get(URL)

    assert response.headers["Content-Type"] == "application/json"
    assert response.json()[0] == {
        "id": first.pk,
        "title": "Watch CSSE6400 Lecture",
        "description": "Week 1",
        "completed": False,
        "deadline_at": "2026-02-27T18:00:00",
        "priority": "none",
        "labels": [],
        "parent_id": None,
        "rule": "",
        "repeat_from": "deadline",
        "rule_zone": None,
        "created_at": first.created_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "updated_at": first.updated_at.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    assert [todo["deadline_at"] for todo in response.json()] == ["2026-02-27T18:00:00", None]


def test_list_of_nothing_is_an_empty_array(client):
    assert client.get(URL).json() == []


def test_completed_narrows_the_list(client):
    make_todo("done", completed=True)
    make_todo("open")

    assert titles(client, "?completed=true") == ["done"]
    assert titles(client, "?completed=false") == ["open"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("high", ["a", "e"]), ("high,medium", ["a", "c", "e"]), ("low,high,low", ["a", "b", "e"]), ("none", ["d"]),
        ("none,high,medium,low", ["a", "b", "c", "d", "e"]),
    ],
)  # fmt: skip
def test_priority_narrows_the_list(client, wanted, expected):
    for title, priority in zip("abcde", [1, 9, 5, 0, 1], strict=True):
        make_todo(title, priority=priority)

    assert titles(client, f"?priority={wanted}") == expected


def test_window_holds_what_is_due_by_then_overdue_included(client):
    now = datetime.now(UTC)
    for days in (-400, 6, 8):
        moment = now + timedelta(days=days)
        make_todo(f"instant {days}", moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
        make_todo(f"floating {days}", moment.strftime("%Y-%m-%dT%H:%M:%S"))
        make_todo(f"day {days}", moment.strftime("%Y-%m-%d"))
    make_todo("without", None)

    assert titles(client, "?window=7") == [
        "instant -400", "floating -400", "day -400", "instant 6", "floating 6", "day 6",
    ]  # fmt: skip
    assert titles(client, "?window=0") == ["instant -400", "floating -400", "day -400"]


def test_window_compares_wall_clocks_in_the_lists_time_zone(client):
    todo_list = make_list()
    todo_list.time_zone = "Pacific/Kiritimati"  # 14 hours ahead
    todo_list.save()
    make_todo("in Kiritimati it is past", (datetime.now(UTC) + timedelta(hours=13)).strftime("%Y-%m-%dT%H:%M:%S"))
    make_todo("not yet", (datetime.now(UTC) + timedelta(hours=15)).strftime("%Y-%m-%dT%H:%M:%S"))

    assert titles(client, "?window=0") == ["in Kiritimati it is past"]


def test_whole_day_of_today_is_due_within_no_days(client):
    make_todo("today", datetime.now(UTC).strftime("%Y-%m-%d"))

    assert titles(client, "?window=0") == ["today"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("completed=1", "completed"), ("completed=True", "completed"), ("completed=", "completed"),
        ("window=x", "window"), ("window=", "window"), ("window=-1", "window"), ("window=1.5", "window"),
        ("priority=urgent", "priority"), ("priority=", "priority"), ("priority=1", "priority"),
        ("window=%D9%A3", "window"), ("window=99999999999999999999", "window"), ("window=7%00", "window"),
    ],
)  # fmt: skip
def test_other_values_of_a_parameter_are_a_400_that_names_it(client, query, parameter):
    response = client.get(f"{URL}?{query}")

    assert response.status_code == 400
    assert list(response.json()["fields"]) == [parameter]
    assert parameter in response.json()["error"]


def test_signed_in_user_and_open_list_see_nothing_of_each_other(client):
    ada = make_user("ada")
    make_todo("ada's", user=ada)
    make_todo("bob's", user=make_user("bob"))
    make_todo("everybody's")

    assert titles(client) == ["everybody's"]
    client.force_login(ada)
    assert titles(client) == ["ada's"]


def test_private_mode_needs_a_user(client, settings):
    settings.MODE = "private"
    make_todo("secret")

    response = client.get(URL)

    assert response.status_code == 401
    assert list(response.json()) == ["error"]


def test_list_costs_the_same_queries_at_1_and_3_todos(client, django_assert_max_num_queries):
    make_todo()
    for _ in range(2):
        with django_assert_max_num_queries(2):
            titles(client)
        make_todo()
        make_todo()


def test_unknown_addresses_answer_json_also_with_a_slash_at_the_end(client):
    for path in ("/api/v1/todos/", "/api/v1/nothing", "/api/v2", "/api/", f"/api/v1/todos/{'9' * 5000}"):
        response = client.get(path, headers={"Accept": "application/json"})
        assert (response.status_code, list(response.json())) == (404, ["error"]), path


def test_browser_gets_the_browsable_api(client):
    make_todo("Look at me")

    response = client.get(URL, headers={"Accept": "text/html"})

    assert response.headers["Content-Type"].startswith("text/html")
    assert "Look at me" in response.content.decode()
