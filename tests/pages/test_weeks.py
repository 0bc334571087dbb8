"""The week of deadlines, and todos that are moved to another of its days."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_todos, make_user, share
from todos.models import Todo
from todos.services import create_todo, update_list, update_todo

pytestmark = pytest.mark.django_db
WEEK = "/calendar/week/2031/5/14"  # a Wednesday


def shown(client: Client, address: str = WEEK) -> dict[str, list[str]]:
    days = client.get(address).context["week"].days
    return {f"{day.date}": [entry.todo.title for entry in day.entries] for day in days if day.entries}


def test_whole_days_come_first_and_times_in_order(client: Client) -> None:
    update_list(todo_list=make_list(), changes={"time_zone": "Australia/Brisbane"})
    make_todo("Evening", "2031-05-14T18:00:00")
    make_todo("Day", "2031-05-14")
    make_todo("Moment", "2031-05-13T20:00:00Z")  # six in the morning in Brisbane
    make_todo("Before", "2031-05-11")
    make_todo("First", "2031-05-12")
    make_todo("Last", "2031-05-18T23:59:00")
    make_todo("After", "2031-05-19")
    expected = {"2031-05-12": ["First"], "2031-05-14": ["Day", "Moment", "Evening"], "2031-05-18": ["Last"]}
    assert shown(client) == expected
    page = client.get(WEEK).text
    assert [page.index(time) for time in ("<time>06:00</time>", "<time>18:00</time>")] == sorted(
        page.index(time) for time in ("<time>06:00</time>", "<time>18:00</time>")
    )
    assert page.count("<time>") == 3


def test_week_begins_where_the_list_says(client: Client) -> None:
    assert f"{client.get(WEEK).context['week'].first}" == "2031-05-12"
    update_list(todo_list=make_list(), changes={"week_start": 6})
    week = client.get("/calendar/week/2031/5/11").context["week"]
    assert (f"{week.first}", f"{week.last}") == ("2031-05-11", "2031-05-17")
    assert week.first == client.get("/calendar/week/2031/5/17").context["week"].first


def test_dates_to_come_are_shown_and_stay_where_they_are(client: Client) -> None:
    todo = make_todo("Choir", "2031-05-12T18:00:00", rule="FREQ=DAILY;INTERVAL=2")
    assert shown(client) == {f"2031-05-{day}": ["Choir"] for day in (12, 14, 16, 18)}
    assert client.get(WEEK).text.count(f'data-todo="{todo.pk}"') == 1


def test_busy_day_says_how_many_it_shows(client: Client) -> None:
    make_todos(42, ["2031-05-14"])
    assert 'href="?day=14#day">11 of 42</a>' in client.get(WEEK).text


def test_day_is_opened_beside_the_week(client: Client) -> None:
    make_todos(130, ["2031-05-14"])
    page = client.get(f"{WEEK}?day=14&page=2")
    assert "Page 2 of 2" in page.text
    assert page.text.count('class="tick"') == 30
    values = {"title": "Call Ana 2pm", "date": "2031-05-14", "next": f"{WEEK}?day=14"}
    assert f'value="{values["next"]}"' in page.text
    assert client.post("/todos/new", values)["Location"] == values["next"]
    assert f"{Todo.objects.get(title='Call Ana').due}" == "2031-05-14T14:00:00"


def test_month_week_and_agenda_lead_to_each_other(client: Client) -> None:
    page = client.get(WEEK).text
    for address in (
        "/calendar/2031/5",
        "/calendar/2031/5?view=agenda",
        "/calendar/week/2031/5/5",
        "/calendar/week/2031/5/19",
    ):
        assert f'href="{address}"' in page
    assert 'href="/calendar/week/2031/5/1"' in client.get("/calendar/2031/5").text
    assert 'href="/calendar/week/2031/5/14"' in client.get("/calendar/2031/5?day=14").text
    assert client.get("/calendar/week")["Location"].startswith("/calendar/week/20")


def test_week_is_made_by_the_same_queries_for_one_todo_and_a_thousand(client: Client) -> None:
    counts = []
    for count in (1, 999):
        make_todos(count, [f"2031-05-{day:02}" for day in range(12, 19)])
        for address in (WEEK, f"{WEEK}?day=14"):
            with CaptureQueriesContext(connection) as queries:
                assert len(client.get(address).content) < 100_000
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 4


@pytest.mark.parametrize("path", ["2031/13/1", "2031/2/29", "2031/0/1", "1000/1/1", "9998/12/1", "99999999/1/1"])
def test_days_that_are_none_are_not_found(client: Client, path: str) -> None:
    assert client.get(f"/calendar/week/{path}").status_code == 404


def test_others_deadlines_are_not_shown(client: Client) -> None:
    make_todo("Secret", "2031-05-14", user=make_user())
    assert shown(client) == {}


def test_who_may_only_look_drags_nothing(client: Client) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    todo_list = make_list(ada)
    share(todo_list, bob, "viewer")
    todo = create_todo(todo_list=todo_list, title="Hers", due=make_todo("Own", "2031-05-14", user=bob).due)
    client.force_login(bob)
    address = f"/lists/{todo_list.pk}{WEEK}"
    assert shown(client, address) == {"2031-05-14": ["Hers"]}
    assert "data-todo" not in client.get(address).text and 'id="grip"' not in client.get(address).text
    assert f'data-todo="{todo.pk}"' not in client.get(address.replace("week/2031/5/14", "2031/5")).text


def test_dropping_a_todo_moves_this_date_alone_and_keeps_its_time(client: Client) -> None:
    todo = make_todo("Choir", "2031-05-14T18:00:00", rule="FREQ=WEEKLY")
    values = {"action": "move", "todo": todo.pk, "day": "2031-05-16", "next": f"{WEEK}?day=14"}
    answer = client.post("/todos/change", values)
    assert answer["Location"] == values["next"]
    assert f"{Todo.objects.get().due}" == "2031-05-16T18:00:00"
    assert shown(client) == {"2031-05-16": ["Choir"]}
    assert shown(client, "/calendar/week/2031/5/21") == {"2031-05-21": ["Choir"]}  # the series goes on as before


def test_drop_of_a_date_that_is_over_meanwhile_leaves_the_next_one_alone(client: Client) -> None:
    todo = make_todo("Choir", "2031-05-14T18:00:00", rule="FREQ=WEEKLY")
    make_todo("Essay", "2031-05-14")
    [of] = re.findall(rf'data-todo="{todo.pk}" data-of="(\d+)"', client.get(WEEK).text)  # of none but what repeats
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})
    values = {"action": "move", "todo": todo.pk, "of": of, "day": "2031-05-16", "next": WEEK}
    answer = client.post("/todos/change", values, follow=True)
    assert "“Choir” was already completed or skipped for that day." in answer.text
    assert f"{Todo.objects.get(pk=todo.pk).due}" == "2031-05-21T18:00:00"
    client.post("/todos/change", values | {"of": "1", "day": "2031-05-22"})
    assert f"{Todo.objects.get(pk=todo.pk).due}" == "2031-05-22T18:00:00"
