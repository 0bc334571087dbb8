"""The calendar of deadlines."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_todos, make_user
from todos.agenda import Clock
from todos.models import Todo
from todos.services import create_label, update_list

pytestmark = pytest.mark.django_db


def due(client: Client, address: str) -> dict[int, list[str]]:
    days = client.get(address).context["month"].days
    return {day.date.day: [entry.todo.title for entry in day.entries] for day in days if day.entries}


def test_todos_stand_on_the_days_of_the_lists_zone(client: Client) -> None:
    update_list(todo_list=make_list(), changes={"time_zone": "Australia/Brisbane"})
    make_todo("Moment", "2026-11-30T20:00:00Z")  # the first of December in Brisbane
    make_todo("Clock", "2026-12-01T09:00:00")
    make_todo("Day", "2026-12-01")
    make_todo("Last", "2026-12-31T23:59:00")
    make_todo("Next", "2027-01-01")
    assert due(client, "/calendar/2026/12") == {1: ["Day", "Moment", "Clock"], 31: ["Last"]}
    assert due(client, "/calendar/2026/11") == {}


def test_week_begins_where_the_list_says(client: Client) -> None:
    assert str(client.get("/calendar/2026/11").context["month"].weeks[0][0].date) == "2026-10-26"
    update_list(todo_list=make_list(), changes={"week_start": 6})
    assert str(client.get("/calendar/2026/11").context["month"].weeks[0][0].date) == "2026-11-01"


@pytest.mark.parametrize("view", ["", "?day=24", "?view=agenda"])
def test_labels_and_priority_are_shown(client: Client, view: str) -> None:
    bob = make_user("bob")
    client.force_login(bob)
    for name, color in (("Uni", "purple"), ("Plain", "")):
        create_label(user=bob, name=name, color=color)
    labels = ["Uni", "Plain", *(f'"{n} {"y" * 40}' for n in range(10))]
    make_todo("Essay", "2026-12-24", user=bob, labels=labels[:2], priority=1)
    make_todo("Many", "2026-12-24", user=bob, labels=labels)
    page = client.get(f"/calendar/2026/12{view}").text
    assert "<title>High priority</title>" in page
    assert page.count('<b class="purple">Uni</b>') == (2 if view else 0)
    assert page.count("<b>Plain</b>") == (1 if view else 0)
    assert page.count("<b>+11</b>") == (1 if view else 0)
    assert page.count('<span class="dot purple"></span>') == (0 if view.startswith("?view") else 2)
    assert ("Uni, Plain, " in page) is not view.startswith("?view")  # what the dots mean
    assert "y" * 40 not in page and '"0 y' not in page


def test_full_day_shows_a_count(client: Client) -> None:
    for n in range(5):
        make_todo(f"Todo {n}", "2026-12-24")
    assert 'href="?day=24#day">2 of 5</a>' in client.get("/calendar/2026/12").text
    page = client.get("/calendar/2026/12?day=24").text
    assert "Todo 4" in page
    assert 'name="date" value="2026-12-24"' in page


def test_day_and_agenda_of_many_come_in_pages(client: Client) -> None:
    make_todos(130, ["2026-12-24", "2026-12-25"])
    make_todos(60, ["2026-12-24T08:00:00"])
    for address, pages in [("?day=24", (100, 25)), ("?view=agenda", (100, 90))]:
        for page, count in enumerate(pages, start=1):
            answer = client.get(f"/calendar/2026/12{address}&page={page}")
            assert f"Page {page} of 2" in answer.text
            assert answer.text.count('class="tick"') == count
    assert "Page 2 of 2" in client.get("/calendar/2026/12?day=24&page=99999").text
    assert "Page 1 of 2" in client.get("/calendar/2026/12?day=24&page=x").text


def test_month_is_made_by_the_same_queries_for_one_todo_and_a_thousand(client: Client) -> None:
    counts = []
    for count in (1, 999):
        make_todos(count, [f"2026-12-{day:02}" for day in range(1, 32)])
        for address in ("", "?day=24", "?view=agenda"):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(f"/calendar/2026/12{address}")
            counts.append(len(queries))
            assert len(page.content) < 100_000
    assert counts[:3] == counts[3:]
    assert max(counts) <= 4


def test_todo_is_added_on_the_day(client: Client) -> None:
    values = {"title": "Wrap gifts friday", "date": "2026-12-24", "next": "/calendar/2026/12?day=24"}
    assert client.post("/todos/new", values)["Location"] == "/calendar/2026/12?day=24"
    todo = Todo.objects.get()
    assert (todo.title, str(todo.due)) == ("Wrap gifts friday", "2026-12-24")


def test_time_in_the_title_is_of_that_day(client: Client) -> None:
    values = {"title": "Wrap gifts 3pm", "date": "2026-12-24", "time": ""}
    client.post("/todos/new", values)
    client.post("/todos/new", values | {"kind": "instant"})
    client.post("/todos/new", values | {"time": "18:00"})
    assert [(todo.title, str(todo.due)) for todo in Todo.objects.order_by("pk")] == [
        ("Wrap gifts", "2026-12-24T15:00:00"),
        ("Wrap gifts", "2026-12-24T15:00:00Z"),
        ("Wrap gifts 3pm", "2026-12-24T18:00:00"),
    ]


def test_days_of_neighbouring_months_show_their_todos(client: Client) -> None:
    for n in range(4):
        make_todo(f"Before {n}", "2026-11-30")
    make_todo("After", "2027-01-03")
    page = client.get("/calendar/2026/12")
    shown = {
        str(day.date): [e.todo.title for e in day.entries] for day in page.context["month"].all_days if day.entries
    }
    assert shown == {"2026-11-30": ["Before 0", "Before 1"], "2027-01-03": ["After"]}
    assert 'href="../2026/11?day=30#day">2 of 4</a>' in page.text
    assert client.get("/calendar/2026/12?day=30").context["month"].entries == []


def test_agenda_opens_on_the_page_of_today(client: Client) -> None:
    clock = Clock.of(make_list())
    month = clock.today.replace(day=1)
    make_todos(130, [f"{month}"])
    make_todos(130, [f"{clock.today}T23:59:00"])
    address = f"/calendar/{month.year}/{month.month}"
    first = 1 if clock.today == month else 2
    page = client.get(f"{address}?view=agenda")
    assert f"Page {first} of 3" in page.text
    assert page.text.count(f'id="day-{clock.today.day}"') == 1
    assert page.text.count(f'href="{address}?view=agenda#day-{clock.today.day}"') == 2  # Today, and Agenda
    assert "Page 1 of 3" in client.get(f"{address}?view=agenda&page=1").text


def test_agenda_is_of_the_same_month(client: Client) -> None:
    make_todo("Essay", "2026-12-24T18:00:00")
    page = client.get("/calendar/2026/12?view=agenda").text
    assert "Thu 24" in page and "18:00" in page
    assert "/calendar/2027/1?view=agenda" in page


@pytest.mark.parametrize("path", ["2026/13", "2026/0", "1000/1", "9998/12", "99999999/1"])
def test_months_that_are_none_are_not_found(client: Client, path: str) -> None:
    assert client.get(f"/calendar/{path}").status_code == 404


def test_others_deadlines_are_not_shown(client: Client) -> None:
    make_todo("Secret", "2026-12-24", user=make_user())
    assert due(client, "/calendar/2026/12") == {}


def test_this_month_is_an_address_of_its_own(client: Client) -> None:
    assert client.get("/calendar")["Location"].startswith("/calendar/20")
