"""Todos that repeat in the API: fields, and what can be done to an occurrence."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_list, make_todo, make_user, share
from tests.hostile import JSON
from todos.deadlines import parse_deadline
from todos.models import PastOccurrence, Todo
from todos.services import create_todo, update_list, update_todo

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"
FRIDAY = "2026-11-27"


@pytest.fixture
def todo() -> Todo:
    return make_todo("Water", FRIDAY, rule="FREQ=WEEKLY;COUNT=5")


def put(client: Client, todo: Todo, **values: Any) -> dict[str, Any]:
    answer = client.put(f"{TODOS}/{todo.pk}", values, JSON)
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return answer.json()


def fields(answer: dict[str, Any]) -> tuple:
    return tuple(answer[name] for name in ("deadline_at", "rule", "repeat_from", "rule_zone", "completed"))


# --- Fields ---


def test_todo_that_does_not_repeat_says_so(client: Client) -> None:
    answer = client.post(TODOS, {"title": "Once"}, JSON).json()
    assert fields(answer) == (None, "", "deadline", None, False)


def test_post_answers_with_the_days_of_the_rule(client: Client) -> None:
    values = {"title": "Rent", "deadline_at": "2026-11-27T18:00:00", "rule": "RRULE:FREQ=WEEKLY;BYDAY=MO,TH"}
    answer = client.post(TODOS, values, JSON)
    assert fields(answer.json()) == ("2026-11-30T18:00:00", "FREQ=WEEKLY;BYDAY=MO,TH", "deadline", None, False)
    assert client.get(answer["Location"]).json() == answer.json() == client.get(TODOS).json()[0]


def test_instant_repeats_in_the_zone_of_the_list_or_of_the_rule(client: Client) -> None:
    update_list(todo_list=make_list(), changes={"time_zone": "Europe/Berlin"})
    values = {"title": "Call", "deadline_at": "2026-03-28T17:00:00Z", "rule": "FREQ=DAILY"}
    answer = client.post(TODOS, values, JSON).json()
    assert answer["rule_zone"] == "Europe/Berlin"
    chosen = client.post(TODOS, values | {"rule_zone": "America/New_York"}, JSON).json()
    assert chosen["rule_zone"] == "America/New_York"
    done = [client.put(f"{TODOS}/{one['id']}", {"completed": True}, JSON).json() for one in (answer, chosen)]
    assert [one["deadline_at"] for one in done] == ["2026-03-29T16:00:00Z", "2026-03-29T17:00:00Z"]


def test_put_leaves_what_it_does_not_name(client: Client) -> None:
    todo = make_todo("Water", "2026-03-28T17:00:00Z", rule="FREQ=DAILY", rule_zone="Europe/Berlin")
    before = client.get(f"{TODOS}/{todo.pk}").json()
    after = put(client, todo, title="Plants")
    assert after == before | {"title": "Plants", "updated_at": after["updated_at"]}


def test_put_of_what_was_got_changes_nothing(client: Client) -> None:
    for todo in (
        make_todo("Water", FRIDAY, rule="FREQ=WEEKLY"),
        make_todo("Water", FRIDAY, rule="FREQ=DAILY", repeats_from_completion=True),
        make_todo("Water", "2026-11-27T18:00:00Z", rule="FREQ=DAILY"),
        make_todo("Once", FRIDAY),
    ):
        before = client.get(f"{TODOS}/{todo.pk}").json()
        writable = {k: v for k, v in before.items() if k not in {"id", "created_at", "updated_at"}}
        assert put(client, todo, **writable) == before
        todo.refresh_from_db()
        assert todo.sequence == 0


def test_rule_is_removed_by_an_empty_one_or_with_the_deadline(client: Client, todo: Todo) -> None:
    assert fields(put(client, todo, rule="")) == (FRIDAY, "", "deadline", None, False)
    put(client, todo, rule="FREQ=DAILY;INTERVAL=2", repeat_from="completion")
    assert fields(put(client, todo, deadline_at=None)) == (None, "", "deadline", None, False)


REFUSED = [
    ({"rule": "FREQ=DAILY", "deadline_at": None}, "rule", "deadline"),
    ({"rule": "daily"}, "rule", "FREQ=WEEKLY"),
    ({"rule": "FREQ=MINUTELY"}, "rule", "FREQ"),
    ({"rule": "FREQ=DAILY;INTERVAL=0"}, "rule", "INTERVAL"),
    ({"rule": "FREQ=DAILY;COUNT=999999999"}, "rule", "COUNT"),
    ({"rule": "FREQ=DAILY;BYHOUR=9"}, "rule", "BYHOUR"),
    ({"rule": "FREQ=DAILY;UNTIL=20261101"}, "rule", "deadline"),
    ({"rule": "x" * 300}, "rule", "255"),
    ({"rule": None}, "rule", "null"),
    ({"rule": 7}, "rule", "text"),
    ({"rule": "FREQ=DAILY", "repeat_from": "today"}, "repeat_from", "completion"),
    ({"rule": "FREQ=DAILY", "repeat_from": None}, "repeat_from", "completion"),
    ({"rule": "", "repeat_from": "completion"}, "repeat_from", "rule"),
    ({"rule": "FREQ=WEEKLY;BYDAY=MO", "repeat_from": "completion"}, "rule", "completion"),
    ({"rule": "FREQ=DAILY", "rule_zone": "Europe/Berlin"}, "rule_zone", "instant"),
    ({"rule": "FREQ=DAILY", "rule_zone": "Mars"}, "rule_zone", "time zone"),
    ({"occurrence": FRIDAY}, "occurrence", "field"),
]


@pytest.mark.parametrize(("values", "field", "word"), REFUSED)
def test_what_cannot_be_is_a_400_that_names_the_part(
    client: Client, values: dict[str, Any], field: str, word: str
) -> None:
    todo = make_todo("Essay", FRIDAY)
    for answer in (
        client.post(TODOS, {"title": "x", "deadline_at": FRIDAY} | values, JSON),
        client.put(f"{TODOS}/{todo.pk}", {"title": "x"} | values, JSON),
    ):
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert word in str(answer.json()["fields"][field])
    todo.refresh_from_db()
    assert (Todo.objects.count(), todo.title, todo.sequence) == (1, "Essay", 0)


# --- Ending an occurrence ---


def test_put_that_completes_moves_on(client: Client, todo: Todo) -> None:
    answer = put(client, todo, completed=True)
    assert fields(answer) == ("2026-12-04", "FREQ=WEEKLY;COUNT=4;BYDAY=FR", "deadline", None, False)


def test_skip_and_complete_series(client: Client, todo: Todo) -> None:
    path = f"{TODOS}/{todo.pk}"
    skipped = client.post(f"{path}/skip")
    assert skipped.json()["deadline_at"] == "2026-12-04"
    assert skipped["ETag"] == client.get(path)["ETag"]
    done = client.post(f"{path}/complete-series")
    assert fields(done.json()) == ("2026-12-04", "FREQ=WEEKLY;COUNT=4;BYDAY=FR", "deadline", None, True)
    assert client.get(path).json() == done.json()
    refused = client.post(f"{path}/skip")
    assert (refused.status_code, "repeat" in refused.json()["error"]) == (HTTPStatus.BAD_REQUEST, True)


@pytest.mark.parametrize("action", ["skip", "complete-series"])
def test_if_match_lets_one_of_two_end_an_occurrence(client: Client, todo: Todo, action: str) -> None:
    path = f"{TODOS}/{todo.pk}"
    headers = {"If-Match": client.get(path)["ETag"]}
    statuses = [client.post(f"{path}/{action}", headers=headers).status_code for _ in range(2)]
    assert statuses == [HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED]
    assert PastOccurrence.objects.count() == 1


def test_bulk_ends_occurrences(client: Client, todo: Todo) -> None:
    once = make_todo()
    items = [{"id": todo.pk, "action": action} for action in ("complete", "skip", "complete_series")]
    items += [
        {"id": once.pk, "action": "skip"},
        {"id": once.pk, "action": "update", "changes": {"rule": "FREQ=DAILY"}},
    ]
    items += [{"id": make_todo(deadline=None).pk, "action": "update", "changes": {"rule": "FREQ=DAILY"}}]
    results = client.post(f"{TODOS}/bulk", {"items": items}, JSON).json()["results"]
    assert [result["status"] for result in results] == [200, 200, 200, 400, 200, 400]
    assert "repeat" in results[3]["error"] and "deadline" in results[5]["error"]
    outcomes = PastOccurrence.objects.order_by("number").values_list("todo", "outcome")
    assert list(outcomes) == [(todo.pk, "completed"), (todo.pk, "skipped"), (todo.pk, "completed")]


# --- History, and what is to come ---


def test_occurrences_are_the_latest_first_and_in_pages(client: Client, todo: Todo) -> None:
    put(client, todo, completed=True)
    client.post(f"{TODOS}/{todo.pk}/skip")
    answer = client.get(f"{TODOS}/{todo.pk}/occurrences")
    [skipped, completed] = answer.json()
    assert skipped.keys() == {"number", "deadline_at", "outcome", "ended_at", "ended_by"}
    assert (skipped["number"], skipped["deadline_at"], skipped["outcome"]) == (2, "2026-12-04", "skipped")
    assert (completed["number"], completed["deadline_at"], completed["ended_by"]) == (1, FRIDAY, None)
    page = client.get(f"{TODOS}/{todo.pk}/occurrences?limit=1&offset=1")
    assert (page.json(), page["X-Total-Count"]) == ([completed], "2")
    assert client.get(f"{TODOS}/{make_todo().pk}/occurrences").json() == []


def test_occurrences_say_who_ended_them(client: Client) -> None:
    ann, bob = make_user("ann"), make_user("bob")
    todo = make_todo("Water", FRIDAY, rule="FREQ=DAILY", user=ann)
    shared = share(todo.list, bob, "editor")
    update_todo(todo_list=shared, todo_id=todo.pk, changes={"completed": True})
    client.force_login(ann)
    put(client, todo, completed=True)
    for path in (f"{TODOS}/{todo.pk}", f"/api/v1/lists/{shared.pk}/todos/{todo.pk}"):
        assert [row["ended_by"] for row in client.get(f"{path}/occurrences").json()] == ["ann", "bob"]
    User.objects.filter(pk=bob.pk).delete()
    assert [row["ended_by"] for row in client.get(f"{TODOS}/{todo.pk}/occurrences").json()] == ["ann", None]


def test_upcoming_are_those_after_the_current_one(client: Client, todo: Todo) -> None:
    path = f"{TODOS}/{todo.pk}/upcoming"
    assert client.get(path).json() == ["2026-12-04", "2026-12-11", "2026-12-18", "2026-12-25"]
    assert client.get(f"{path}?limit=2").json() == ["2026-12-04", "2026-12-11"]
    for limit in ("0", "101", "x", ""):
        answer = client.get(f"{path}?limit={limit}")
        assert (answer.status_code, [*answer.json()["fields"]]) == (HTTPStatus.BAD_REQUEST, ["limit"])
    once = make_todo()
    assert client.get(f"{TODOS}/{once.pk}/upcoming").json() == []


ACTIONS = [("post", "skip"), ("post", "complete-series"), ("get", "occurrences"), ("get", "upcoming")]


@pytest.mark.parametrize(("method", "action"), ACTIONS)
def test_others_find_nothing_and_viewers_change_nothing(client: Client, method: str, action: str) -> None:
    ann, bob = make_user("ann"), make_user("bob")
    todo = create_todo(todo_list=make_list(ann), title="Water", due=parse_deadline(FRIDAY), rule="FREQ=DAILY")
    client.force_login(bob)
    path = f"/api/v1/lists/{todo.list_id}/todos/{todo.pk}/{action}"
    for address in (path, f"{TODOS}/{todo.pk}/{action}", f"{TODOS}/{10**9}/{action}"):
        assert getattr(client, method)(address).status_code == HTTPStatus.NOT_FOUND
    share(todo.list, bob, "viewer")
    answer = getattr(client, method)(path)
    assert answer.status_code == (HTTPStatus.OK if method == "get" else HTTPStatus.FORBIDDEN)
    todo.refresh_from_db()
    assert (todo.sequence, PastOccurrence.objects.count()) == (0, 0)
    wrong = "post" if method == "get" else "get"
    assert getattr(client, wrong)(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(("method", "action"), ACTIONS)
def test_deleted_todo_has_neither(client: Client, todo: Todo, method: str, action: str) -> None:
    client.delete(f"{TODOS}/{todo.pk}")
    assert getattr(client, method)(f"{TODOS}/{todo.pk}/{action}").status_code == HTTPStatus.NOT_FOUND
