"""Deadlines in words beside the line of quick add: in the editor, on a day of the calendar, and for a selection."""

import re
from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.factories import make_todo
from tests.pages.test_list import inputs_of
from todos.agenda import Clock
from todos.models import Todo

pytestmark = pytest.mark.django_db

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture(autouse=True)
def friday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2031, 5, 16, 8, tzinfo=UTC)
    monkeypatch.setattr(Clock, "of", lambda todo_list: Clock(now, todo_list.zone, todo_list.week_start))


def save(client: Client, todo: Todo, headers: dict | None = None, **values: str) -> HttpResponse:
    """Send the editor of a todo as it is shown, with some other values."""
    path = f"/todos/{todo.pk}"
    inputs = inputs_of(client.get(path))
    answer = client.post(path, inputs | values, headers=headers)
    todo.refresh_from_db()
    return answer


def sent_by(page: HttpResponse) -> dict[str, object]:
    """Return what a browser sends, with what the page tells itself of its form."""
    told = re.findall(r'<input type="hidden" name="(shown|deadline-shown)" value="([^"]*)">', page.text)
    assert len(told) == 2
    return inputs_of(page) | dict(told)


@pytest.mark.parametrize(
    ("words", "due", "rule"),
    [
        ("tomorrow", "2031-05-17", ""),
        ("Monday 2pm", "2031-05-19T14:00:00", ""),
        ("in 20 minutes", "2031-05-16T08:20:00Z", ""),
        ("every 2 weeks on monday at 9", "2031-05-19T09:00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        ("every 3 days after done", "2031-05-16", "FREQ=DAILY;INTERVAL=3"),
        ("2031-06-03", "2031-06-03", ""),
        ("", "2031-05-20T18:00:00", ""),
    ],
)
def test_editor_reads_words(client: Client, words: str, due: str, rule: str) -> None:
    todo = make_todo("Essay tomorrow", "2031-05-20T18:00:00")
    assert save(client, todo, when=words).status_code == 302
    assert (todo.title, str(todo.due), todo.rule) == ("Essay tomorrow", due, rule)
    assert todo.repeats_from_completion == ("done" in words)


def test_words_and_another_date_are_refused(client: Client) -> None:
    todo = make_todo("Essay", "2031-05-20T18:00:00")
    answer = save(client, todo, when="friday", date="2031-06-03")
    assert answer.status_code == 422
    assert "not both" in answer.text and 'value="friday"' in answer.text
    assert str(todo.due) == "2031-05-20T18:00:00"


def test_words_take_the_place_of_a_date_that_is_removed(client: Client) -> None:
    todo = make_todo("Essay", "2031-05-20T18:00:00")
    assert save(client, todo, when="friday", date="").status_code == 302
    assert str(todo.due) == "2031-05-23"


def test_words_and_a_date_that_changed_elsewhere_are_a_conflict(client: Client) -> None:
    todo = make_todo("Essay", "2031-05-20T18:00:00")
    path = f"/todos/{todo.pk}"
    inputs = sent_by(client.get(path))
    save(client, todo, date="2031-05-27")
    answer = client.post(path, inputs | {"when": "friday"})
    assert "has changed in the meantime" in answer.text and "not both" not in answer.text
    again = sent_by(answer)
    assert (again["date"], again["time"], again["when"]) == ("2031-05-23", "", "")
    assert client.post(path, again | {"when": "saturday"}).status_code == 302
    todo.refresh_from_db()
    assert str(todo.due) == "2031-05-17"


def test_other_words_may_follow_those_whose_dates_are_shown(client: Client) -> None:
    todo = make_todo("Essay", "2031-05-20T18:00:00", rule="FREQ=WEEKLY")
    path = f"/todos/{todo.pk}"
    preview = client.post(path, sent_by(client.get(path)) | {"when": "friday", "show-dates": ""})
    shown = sent_by(preview)
    assert (shown["date"], shown["when"]) == ("2031-05-23", "")
    assert client.post(path, shown | {"when": "saturday", "date": "2031-06-03"}).status_code == 422
    assert client.post(path, shown | {"when": "saturday"}).status_code == 302
    todo.refresh_from_db()
    assert str(todo.due) == "2031-05-17"


def test_words_and_another_date_are_refused_twice(client: Client) -> None:
    todo = make_todo("Essay", "2031-05-20T18:00:00")
    refused = save(client, todo, when="friday", date="2031-06-03")
    assert client.post(f"/todos/{todo.pk}", sent_by(refused)).status_code == 422


def test_words_move_one_occurrence_and_leave_the_rule(client: Client) -> None:
    todo = make_todo(deadline="2031-05-16", rule="FREQ=WEEKLY")
    save(client, todo, when="tomorrow")
    assert (str(todo.due), todo.occurrence, todo.rule) == ("2031-05-17", "2031-05-16", "FREQ=WEEKLY;BYDAY=FR")


@pytest.mark.parametrize(
    "words", ["soon", "call Bob friday", "#uni tomorrow", "tomorrow !high", "25:00", "x" * 101]
)
def test_words_that_are_no_deadline_are_refused(client: Client, words: str) -> None:
    todo = make_todo("Essay", "2031-05-20")
    answer = save(client, todo, when=words, title="Thesis")
    assert answer.status_code == 422
    assert words in answer.text and "Thesis" in answer.text
    assert (todo.title, str(todo.due)) == ("Essay", "2031-05-20")
    move = client.post("/todos/change", {"action": "move", "todo": todo.pk, "when": words}, follow=True)
    assert move.status_code == 422
    assert client.get("/todos/reading", {"when": words}).text.split() == [
        "<p>This",
        "was",
        "not",
        "understood",
        "as",
        "a",
        "deadline.</p>",
    ]


@pytest.mark.parametrize(
    ("values", "dues"),
    [
        ({"when": "tomorrow"}, ["2031-05-17T18:00:00", "2031-05-17"]),
        ({"when": "monday 2pm"}, ["2031-05-19T14:00:00"] * 2),
        ({"when": "monday 2pm", "day": "2031-06-03"}, ["2031-05-19T14:00:00"] * 2),
        ({"when": "", "day": "2031-06-03"}, ["2031-06-03T18:00:00", "2031-06-03"]),
        ({"when": ["typed before", "next week"], "action": []}, ["2031-05-19T18:00:00", "2031-05-19"]),
    ],
)
def test_selection_is_moved_to_words(client: Client, values: dict, dues: list[str]) -> None:
    todos = [make_todo("Essay", "2031-05-20T18:00:00"), make_todo("Thesis", None)]
    client.post("/todos/change", {"action": "move", "todo": [todo.pk for todo in todos], **values})
    assert [str(todo.due) for todo in Todo.objects.order_by("id")] == dues


def test_words_come_back_without_scripts(client: Client) -> None:
    values = {"action": "move", "todo": make_todo("Essay", None).pk, "when": "whenever"}
    page = client.post("/todos/change", values).text
    words = re.search(r'<input [^>]*id="move-when"[^>]*>', page)[0]
    assert 'value="whenever"' in words and "autofocus" in words
    assert "autofocus" not in re.search(r'<input [^>]*id="move-day"[^>]*>', page)[0]
    assert re.search(r'<div id="reschedule"[^>]*>', page)[0].count("popover") == 0


def test_selection_cannot_be_made_to_repeat(client: Client) -> None:
    values = {"action": "move", "todo": make_todo("Essay", None).pk, "when": "every friday"}
    answer = client.post("/todos/change", values)
    assert answer.status_code == 422
    assert "cannot be set to repeat" in answer.text
    assert Todo.objects.get().due is None


def test_line_of_a_day_says_the_time(client: Client) -> None:
    page = client.get("/calendar/2031/5?day=20")
    day = re.search(r'<section id="day".*?</section>', page.text, re.DOTALL)[0]
    assert 'hx-get="/todos/reading"' in day
    assert not [part for part in re.findall(r"from:#([\w-]+)", day) if f'id="{part}"' not in day]
    values = inputs_of(page) | {"title": "Dentist 2pm"}
    assert "due <strong>Tuesday 20 May 2031, 14:00" in client.get("/todos/reading", values).text
    client.post("/todos/new", values)
    assert [(todo.title, str(todo.due)) for todo in Todo.objects.all()] == [("Dentist", "2031-05-20T14:00:00")]


def test_language_is_the_browsers_and_always_english(client: Client) -> None:
    for title in ("Arzt morgen um 9", "Doctor tomorrow at 9"):
        client.post("/todos/new", {"title": title}, headers=GERMAN)
    assert {str(todo.due) for todo in Todo.objects.all()} == {"2031-05-17T09:00:00"}
    assert "fällig" in client.get("/todos/reading", {"title": "Arzt morgen um 9"}, headers=GERMAN).text
    assert "Fällig" in client.get("/todos/reading", {"when": "morgen um 9"}, headers=GERMAN).text
    todo = make_todo("Essay", None)
    save(client, todo, GERMAN, when="übermorgen")
    assert str(todo.due) == "2031-05-18"
    client.post("/todos/change", {"action": "move", "todo": todo.pk, "when": "heute Abend"}, headers=GERMAN)
    todo.refresh_from_db()
    assert str(todo.due) == "2031-05-16T19:00:00"


def test_days_are_offered_where_no_deadline_is_read(client: Client) -> None:
    for values, is_offered in (
        ({"title": "Essay"}, True),
        ({"title": "Essay tomorrow"}, False),
        ({"title": ""}, False),
        ({"title": "Essay", "date": "2031-06-03"}, False),
        ({"title": "Essay tomorrow", "literally": "on"}, False),
    ):
        assert ("data-words" in client.get("/todos/reading", values).text) == is_offered, values
