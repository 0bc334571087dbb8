"""The priority on the list's pages: chosen, typed, shown, filtered and put in order."""

import re

import pytest
from django.test import Client

from tests.factories import make_todo
from tests.pages.test_list import HTMX, in_days, inputs_of, shown
from todos.models import Todo
from todos.priorities import Priority

pytestmark = pytest.mark.django_db


def stored() -> list[tuple[str, str]]:
    return [(todo.title, Priority(todo.priority).word) for todo in Todo.objects.order_by("id")]


def flags(text: str) -> list[str]:
    return re.findall(r"<title>(\w+ priority)</title>", text)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"title": "Essay"}, ("Essay", "none")),
        ({"title": "Essay", "priority": ""}, ("Essay", "none")),
        ({"title": "Essay", "priority": "high"}, ("Essay", "high")),
        ({"title": "Essay !low"}, ("Essay", "low")),
        ({"title": "Essay !low", "priority": "none"}, ("Essay", "low")),
        ({"title": "Essay !low", "priority": "high"}, ("Essay", "low")),  # what was typed counts
        ({"title": "Essay !low", "priority": "high", "literally": "on"}, ("Essay !low", "high")),
        ({"title": "Essay !1 friday", "date": "2026-12-01"}, ("Essay friday", "high")),
        ({"title": "Essay !1 at 5", "date": "2026-12-01", "time": "18:00"}, ("Essay at 5", "high")),
        ({"title": f"!medium {'x' * 255}"}, ("x" * 255, "medium")),
        ({"title": "!high"}, ("!high", "none")),
    ],
)
def test_add_stores_the_priority(client: Client, values: dict, expected: tuple[str, str]) -> None:
    assert client.post("/todos/new", values).status_code == 302
    assert stored() == [expected]


def test_message_says_how_the_line_was_read(client: Client) -> None:
    answer = client.post("/todos/new", {"title": "Essay 2026-12-01 !high"}, follow=True)
    assert "Added “Essay”, due Tuesday 1 December 2026, high priority." in answer.text


@pytest.mark.parametrize("value", ["urgent", "1", "HIGH", "high ", "9" * 5_000, "\u0661"])
def test_other_priorities_are_refused(client: Client, value: str) -> None:
    todo = make_todo(priority=Priority.LOW)
    for path in ("/todos/new", f"/todos/{todo.pk}"):
        answer = client.post(path, {"title": "Thesis", "priority": value, "sequence": "0"})
        assert answer.status_code == 422
        assert "Select a valid choice." in answer.text
    assert stored() == [("Essay", "low")]


def test_reading_shows_the_priority(client: Client) -> None:
    def reading(**values: str) -> str:
        return client.get("/todos/reading", values).text

    assert "“Essay”, <strong>high priority</strong>" in reading(title="Essay !high")
    both = "“Essay”, due <strong>Tuesday 1 December 2026</strong>, <strong>low priority</strong>"
    assert both in reading(title="!3 Essay 2026-12-01")
    assert "Keep the text as it is" in reading(title="Essay !high")
    assert "“" not in reading(title="Essay !high", literally="on")
    assert "Add a title." in reading(title="!high")
    assert "“" not in reading(title="wow! !important stuff")


def test_editor_changes_the_priority_and_undo_takes_it_back(client: Client) -> None:
    todo = make_todo(description="", priority=Priority.MEDIUM)
    page = client.get(f"/todos/{todo.pk}")
    assert '<option value="medium" selected>Medium</option>' in page.text
    values = inputs_of(page)
    answer = client.post(f"/todos/{todo.pk}", values | {"priority": "high"}, follow=True)
    assert stored() == [("Essay", "high")]
    client.post("/todos/undo", {"token": re.search(r'name="token" value="([^"]+)"', answer.text)[1]})
    assert stored() == [("Essay", "medium")]


def test_editor_without_the_field_keeps_the_priority(client: Client) -> None:
    """A page of the release before does not have it."""
    todo = make_todo(priority=Priority.HIGH)
    client.post(f"/todos/{todo.pk}", {"title": "Thesis", "description": "", "sequence": "0"})
    assert stored() == [("Thesis", "high")]


def test_list_shows_a_flag_in_words_too(client: Client) -> None:
    make_todo("a", in_days(3), priority=Priority.LOW)
    make_todo("b", None, priority=Priority.HIGH)
    make_todo("c", None)
    assert flags(client.get("/").text) == ["Low priority", "High priority"]


def test_calendar_pages_show_the_flag(client: Client) -> None:
    make_todo(priority=Priority.HIGH)
    assert flags(client.get("/calendar/2026/12").text) == ["High priority"]
    assert (
        flags(client.get("/calendar/2026/12?day=1").text) == ["High priority"] * 2
    )  # in the month and in the day
    assert flags(client.get("/calendar/2026/12?view=agenda").text) == ["High priority"]


def test_order_is_by_deadline_and_then_by_priority(client: Client) -> None:
    first, second = in_days(60), in_days(90)
    for title, deadline, priority in [
        ("second", second, Priority.HIGH),
        ("first none", first, Priority.NONE),
        ("first low", first, Priority.LOW),
        ("first high", first, Priority.HIGH),
        ("late low", "2020-01-01", Priority.LOW),
        ("late high", "2020-01-02", Priority.HIGH),
        ("some day", None, Priority.NONE),
        ("some day medium", None, Priority.MEDIUM),
        ("another day medium", None, Priority.MEDIUM),
    ]:
        make_todo(title, deadline, priority=priority)
    assert shown(client) == {
        "overdue": ["late low", "late high"],
        "later": ["first high", "first low", "first none", "second"],
        "none": ["some day medium", "another day medium", "some day"],
    }


def test_days_of_a_month_show_the_high_ones_first(client: Client) -> None:
    for title, priority in [("a", Priority.NONE), ("b", Priority.LOW), ("c", Priority.HIGH), ("d", Priority.NONE)]:
        make_todo(title, "2026-12-24", priority=priority)
    month = client.get("/calendar/2026/12").context["month"]
    assert [entry.todo.title for entry in month.days[23].entries] == ["c", "b"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/?priority=high", {"none": ["high"], "done": ["high done"]}),
        ("/?priority=high&state=open", {"none": ["high"]}),
        ("/?priority=low&sort=title", {"None": ["low"]}),
        ("/?priority=urgent&state=open", {"none": ["high", "low", "none"]}),
        ("/?priority=none&state=open", {"none": ["high", "low", "none"]}),
        ("/?priority=high,low&state=open", {"none": ["high", "low", "none"]}),
    ],
)
def test_list_is_filtered_by_priority(client: Client, address: str, expected: dict) -> None:
    for title, values in {
        "none": {},
        "high": {"priority": Priority.HIGH},
        "low": {"priority": Priority.LOW},
        "high done": {"priority": Priority.HIGH, "completed": True},
    }.items():
        make_todo(title, None, **values)
    assert shown(client, address) == expected


def test_filter_stays_on_the_way_through_the_page(client: Client) -> None:
    make_todo(priority=Priority.HIGH)
    assert '<option value="high" selected>High</option>' in client.get("/?priority=high").text
    assert 'name="next" value="/?priority=high"' in client.get("/?priority=high").text
    assert "No matching todos" in client.get("/?priority=low").text
    headers = HTMX | {"HX-Current-URL": "http://testserver/?priority=low"}
    assert "No matching todos" in client.post("/todos/new", {"title": "Thesis"}, headers=headers).text


# --- Of several todos at once ---


def set_priority(client: Client, word: str, *todos: Todo, **headers: str) -> str:
    data = {"priority": word, "todo": [todo.pk for todo in todos], "next": "/"}
    return client.post("/todos/change", data, follow=True, headers=headers).text


def test_selected_todos_get_a_priority(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b", priority=Priority.HIGH), make_todo("c")]
    said = set_priority(client, "high", *todos[:2])
    assert "Set the priority of “a” to high. 1 had this priority already." in said
    assert stored() == [("a", "high"), ("b", "high"), ("c", "none")]
    assert "Set the priority of 3 todos to low." in set_priority(client, "low", *todos)
    assert stored() == [("a", "low"), ("b", "low"), ("c", "low")]
    assert "Set the priority of “a” to none." in set_priority(client, "none", todos[0])
    assert "“a” had this priority already." in set_priority(client, "none", todos[0])


def test_priority_of_several_todos_is_undone(client: Client) -> None:
    todos = [make_todo("a", priority=Priority.HIGH), make_todo("b")]
    page = set_priority(client, "medium", *todos, **HTMX)
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    assert "2 todos are as before" in client.post("/todos/undo", {"token": token}, follow=True).text
    assert stored() == [("a", "high"), ("b", "none")]


@pytest.mark.parametrize(
    "data", [{"priority": "urgent"}, {"priority": ""}, {"action": "priority"}, {"priority": "1"}]
)
def test_selected_todos_get_no_other_priority(client: Client, data: dict[str, str]) -> None:
    todo = make_todo(priority=Priority.LOW)
    assert client.post("/todos/change", data | {"todo": todo.pk}).status_code == 400
    assert stored() == [("Essay", "low")]


def test_bar_offers_each_priority_without_scripts(client: Client) -> None:
    make_todo()
    bar = re.search(r'<form id="changes".*?</form>', client.get("/").text, re.DOTALL)[0]
    assert re.findall(r'name="priority" value="(\w+)"', bar) == ["none", "high", "medium", "low"]
