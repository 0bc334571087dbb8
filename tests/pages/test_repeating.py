"""Todos that repeat: the form with its dates, ticking, skipping, the history, and what pages show of coming dates."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_todos, make_user, share
from tests.pages.test_list import HTMX, inputs_of
from tests.pages.test_undo import change, offer, undo
from todos import repeating
from todos.agenda import Clock
from todos.deadlines import parse_deadline
from todos.models import Todo
from todos.services import create_list, create_todo, upcoming, update_todo

pytestmark = pytest.mark.django_db

FRIDAY = "2031-05-16T14:00:00"  # the third of its month


def make_weekly(title: str = "Essay", deadline: str = FRIDAY, rule: str = "FREQ=WEEKLY", **values: object) -> Todo:
    return make_todo(title, deadline, rule=rule, **values)


def state(todo: Todo) -> tuple[str, str, bool]:
    todo.refresh_from_db()
    return str(todo.due), todo.rule, todo.completed


def message(answer: HttpResponse) -> str:
    found = re.search(r'<div class="toast .*?<p>(.*?)</p>', answer.text, re.DOTALL)
    return found[1] if found else ""


# --- The form ---

RULES = [
    ({"repeat": "daily"}, "FREQ=DAILY"),
    ({"repeat": "daily", "repeat_every": "3"}, "FREQ=DAILY;INTERVAL=3"),
    ({"repeat": "weekdays"}, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ({"repeat": "weekly"}, "FREQ=WEEKLY;BYDAY=FR"),
    ({"repeat": "weekly", "repeat_every": "2", "repeat_days": ["MO", "FR"]}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR"),
    ({"repeat": "monthly"}, "FREQ=MONTHLY;BYMONTHDAY=16"),
    ({"repeat": "monthly", "repeat_monthly": "weekday"}, "FREQ=MONTHLY;BYDAY=3FR"),
    ({"repeat": "monthly", "repeat_every": "6", "repeat_monthly": "last-weekday"},
     "FREQ=MONTHLY;INTERVAL=6;BYDAY=-1FR"),
    ({"repeat": "monthly", "repeat_monthly": "last"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ({"repeat": "yearly"}, "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=16"),
    ({"repeat": "daily", "repeat_ends": "count", "repeat_times": "5"}, "FREQ=DAILY;COUNT=5"),
    ({"repeat": "daily", "repeat_ends": "until", "repeat_until": "2031-06-01"}, "FREQ=DAILY;UNTIL=20310601"),
    ({"repeat": "custom", "repeat_rule": "rrule:freq=monthly;byday=mo,tu;bysetpos=1"},
     "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"),
    # What the chosen kind does not need is ignored.
    ({"repeat": "daily", "repeat_days": ["MO"], "repeat_times": "7", "repeat_rule": "x"}, "FREQ=DAILY"),
    ({"repeat": "", "repeat_every": "2", "repeat_days": ["MO"]}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("values", "rule"), RULES)
def test_form_makes_the_rule_and_shows_it_again(client: Client, values: dict, rule: str) -> None:
    made = {"title": "Essay", "date": "2031-05-16", "time": "14:00"} | values
    assert client.post("/todos/new", made).status_code == 302
    todo = Todo.objects.get()
    assert todo.rule == rule
    page = client.get(f"/todos/{todo.pk}")
    shown = inputs_of(page)
    assert shown.get("repeat", "") == values["repeat"]
    client.post(f"/todos/{todo.pk}", shown)
    todo.refresh_from_db()
    assert (todo.rule, todo.sequence) == (rule, 0)
    client.post(f"/todos/{todo.pk}", shown | {"title": "Thesis"})
    todo.refresh_from_db()
    assert (todo.rule, todo.title) == (rule, "Thesis")
    before = str(todo.due)
    client.post(f"/todos/{todo.pk}", shown | {"sequence": "1", "repeat": ""})
    todo.refresh_from_db()
    assert (todo.rule, str(todo.due)) == ("", before)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"repeat": "hourly"}, "repeat", "Select a valid choice"),
        ({"repeat": "daily", "repeat_every": "0"}, "repeat_every", "greater than or equal to 1"),
        ({"repeat": "daily", "repeat_every": "1000"}, "repeat_every", "less than or equal to 999"),
        ({"repeat": "daily", "repeat_every": "9" * 5_000}, "repeat_every", "whole number"),
        ({"repeat": "weekly", "repeat_days": ["XX"]}, "repeat_days", "Select a valid choice"),
        ({"repeat": "daily", "repeat_ends": "count"}, "repeat_times", "Enter how many times."),
        ({"repeat": "daily", "repeat_ends": "count", "repeat_times": "10000"}, "repeat_times", "less than or equal to"),
        ({"repeat": "daily", "repeat_ends": "until"}, "repeat_until", "Choose the last day."),
        ({"repeat": "daily", "repeat_ends": "until", "repeat_until": "2031-05-15"}, "repeat_until", "before the dead"),
        ({"repeat": "daily", "repeat_ends": "until", "repeat_until": "x"}, "repeat_until", "Enter a valid date."),
        ({"repeat": "custom"}, "repeat_rule", "Enter a rule."),
        ({"repeat": "custom", "repeat_rule": "FREQ=MINUTELY"}, "repeat_rule", "FREQ must be"),
        ({"repeat": "custom", "repeat_rule": "FREQ=DAILY;COUNT=0"}, "repeat_rule", "COUNT must be"),
        ({"repeat": "custom", "repeat_rule": "FREQ=DAILY;X=1"}, "repeat_rule", "X is not supported"),
        ({"repeat": "custom", "repeat_rule": "x" * 256}, "repeat_rule", "at most 255 characters"),
        ({"repeat": "weekdays", "repeat_from": "completion"}, "repeat_from", "counts from its deadline"),
        ({"repeat": "daily", "date": "", "time": ""}, "date", "A todo that repeats needs a deadline."),
        ({"repeat": "monthly", "repeat_monthly": "weekday", "date": "", "time": ""}, "date", "needs a deadline."),
    ],
)  # fmt: skip
def test_errors_stand_at_the_field(client: Client, values: dict, field: str, sentence: str) -> None:
    before = make_todo("Thesis", FRIDAY)
    given = {"title": "Essay", "date": "2031-05-16", "time": "14:00", "sequence": "0"} | values
    for path in ("/todos/new", f"/todos/{before.pk}"):
        answer = client.post(path, given)
        assert answer.status_code == 422
        errors = answer.context["form"].errors
        assert list(errors) == [field]
        assert sentence in errors[field][0]
        assert answer.text.count('class="error" id=') >= 1
    assert list(Todo.objects.values_list("title", "rule")) == [("Thesis", "")]


def test_deadline_moves_to_the_first_day_of_the_rule(client: Client) -> None:
    values = {"title": "Essay", "date": "2031-05-16", "repeat": "weekly", "repeat_days": ["TU"]}
    assert "due Tuesday 20 May 2031, repeats every" in message(client.post("/todos/new", values, follow=True))
    assert str(Todo.objects.get().due) == "2031-05-20"


def test_new_deadline_moves_one_or_all(client: Client) -> None:
    todo = make_weekly()
    shown = inputs_of(client.get(f"/todos/{todo.pk}")) | {"date": "2031-05-17"}
    answer = client.post(f"/todos/{todo.pk}", shown, follow=True)
    assert message(answer) == "Saved “Essay”. Only this one is moved. Next: Friday 23 May 2031, 14:00."
    assert state(todo) == ("2031-05-17T14:00:00", "FREQ=WEEKLY;BYDAY=FR", False)
    undo(client, answer)
    assert state(todo)[0] == FRIDAY
    answer = client.post(
        f"/todos/{todo.pk}", shown | {"sequence": str(todo.sequence), "repeat_moves": "all"}, follow=True
    )
    assert message(answer) == "Saved “Essay”."
    assert state(todo) == ("2031-05-17T14:00:00", "FREQ=WEEKLY;BYDAY=SA", False)


@pytest.mark.parametrize(
    ("rule", "deadline", "typed", "coming"),
    [
        ("FREQ=WEEKLY", FRIDAY, {"time": "15:00"}, "2031-05-23T14:00:00"),
        ("FREQ=WEEKLY;INTERVAL=2", FRIDAY, {"date": "2031-05-23"}, "2031-05-30T14:00:00"),
        ("FREQ=WEEKLY;BYDAY=MO,WE", "2031-05-19", {"date": "2031-05-21"}, "2031-05-21"),
    ],
)
def test_one_occurrence_moves_alone_also_to_a_day_of_the_rule(
    client: Client, rule: str, deadline: str, typed: dict, coming: str
) -> None:
    todo = make_weekly(deadline=deadline, rule=rule)
    client.post(f"/todos/{todo.pk}", inputs_of(client.get(f"/todos/{todo.pk}")) | typed)
    assert state(todo)[0] != deadline
    assert [str(one) for one in upcoming(todo, 1)] == [coming]


def test_end_of_a_moved_one_leaves_the_series_where_it_was(client: Client) -> None:
    todo = make_weekly(rule="FREQ=MONTHLY;BYDAY=3FR")
    path = f"/todos/{todo.pk}"
    client.post(path, inputs_of(client.get(path)) | {"date": "2031-05-18"})
    ends = {"repeat_ends": "until", "repeat_until": "2031-05-17"}
    client.post(path, inputs_of(client.get(path)) | ends)
    assert state(todo) == ("2031-05-18T14:00:00", "FREQ=MONTHLY;UNTIL=20310517;BYDAY=3FR", False)
    client.post(path, inputs_of(client.get(path)) | {"repeat_ends": "count", "repeat_times": "5"})
    assert state(todo) == ("2031-05-18T14:00:00", "FREQ=MONTHLY;COUNT=5;BYDAY=3FR", False)
    assert [str(one) for one in upcoming(todo, 1)] == ["2031-06-20T14:00:00"]


def test_weeks_of_another_start_are_kept(client: Client) -> None:
    rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,SU;WKST=SU"
    todo = make_weekly(rule=rule)
    shown = inputs_of(client.get(f"/todos/{todo.pk}"))
    assert shown["repeat"] == "custom"
    client.post(f"/todos/{todo.pk}", shown | {"repeat_rule": f"{rule};COUNT=3"})
    assert state(todo)[1] == "FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=FR,SU;WKST=SU"


def test_all_of_a_monthly_one_move(client: Client) -> None:
    todo = make_weekly(rule="FREQ=MONTHLY")
    shown = inputs_of(client.get(f"/todos/{todo.pk}")) | {"date": "2031-05-20", "repeat_moves": "all"}
    client.post(f"/todos/{todo.pk}", shown)
    assert state(todo) == ("2031-05-20T14:00:00", "FREQ=MONTHLY;BYMONTHDAY=20", False)


def test_editor_of_the_release_before_keeps_the_rule(client: Client) -> None:
    todo = make_weekly()
    values = {"title": "Thesis", "date": "2031-05-16", "time": "14:00", "sequence": "0"}
    client.post(f"/todos/{todo.pk}", values)
    assert (state(todo)[1], todo.title) == ("FREQ=WEEKLY;BYDAY=FR", "Thesis")


def test_rule_that_has_no_inputs_is_shown_in_words_and_kept(client: Client) -> None:
    rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
    todo = make_weekly(deadline="2031-05-30", rule=rule)
    page = client.get(f"/todos/{todo.pk}")
    assert '<option value="custom" selected>' in page.text
    assert f'value="{rule}"' in page.text
    assert f"Repeats {repeating.in_words(todo)}." in page.text


# --- The dates ---


def dates(answer: HttpResponse) -> list[str]:
    part = answer.text.partition('class="dates"')[2].partition("</fieldset>")[0] or answer.text
    return re.findall(r"<li>(.*?)</li>", part)


def test_dates_of_a_form_are_shown_before_it_is_saved(client: Client) -> None:
    values = {"title": "Essay", "date": "2031-01-31", "repeat": "monthly"}
    expected = [
        "Friday 31 January 2031", "Monday 31 March 2031", "Saturday 31 May 2031", "Thursday 31 July 2031",
        "Sunday 31 August 2031",
    ]  # fmt: skip
    answer = client.get("/todos/dates", values)
    assert dates(answer) == expected
    assert answer["Cache-Control"] == "no-store"
    assert dates(client.get("/todos/dates", values | {"title": ""})) == expected
    assert "Months without a 31st are skipped." in answer.text
    leap = client.get("/todos/dates", values | {"date": "2032-02-29", "repeat": "yearly"})
    assert "Years without a 29 February are skipped." in leap.text
    assert dates(leap)[1] == "Friday 29 February 2036"
    assert dates(client.get("/todos/dates", values | {"repeat": ""})) == []
    ends = {"repeat_ends": "count", "repeat_times": "1"}
    assert "The only date left" in client.get("/todos/dates", values | ends).text
    assert "needs a deadline" in client.get("/todos/dates", values | {"date": ""}).text
    assert not Todo.objects.exists()


def test_dates_of_the_line_are_shown(client: Client) -> None:
    answer = client.get("/todos/dates", {"title": "Essay 2031-05-16 2pm", "repeat": "weekly"})
    assert dates(answer)[:2] == ["Friday 16 May 2031, 14:00", "Friday 23 May 2031, 14:00"]


def test_dates_of_a_todo_go_on_from_where_it_stands(client: Client) -> None:
    todo = make_weekly(rule="FREQ=WEEKLY;COUNT=3")
    page = client.get(f"/todos/{todo.pk}")
    assert f'hx-get="/todos/{todo.pk}/dates"' in page.text
    assert 'hx-get="/todos/dates"' in client.get("/").text
    own = ["Friday 16 May 2031, 14:00", "Friday 23 May 2031, 14:00", "Friday 30 May 2031, 14:00"]
    assert dates(page) == own
    moved = inputs_of(page) | {"date": "2031-05-17"}
    assert dates(client.get(f"/todos/{todo.pk}/dates", moved)) == ["Saturday 17 May 2031, 14:00", *own[1:]]
    moved |= {"repeat_moves": "all"}
    assert dates(client.get(f"/todos/{todo.pk}/dates", moved))[1] == "Saturday 24 May 2031, 14:00"
    assert state(todo)[0] == FRIDAY


def test_dates_from_completion_are_of_today(client: Client) -> None:
    values = {"title": "Essay", "date": "2031-05-16", "repeat": "daily", "repeat_every": "3"}
    answer = client.get("/todos/dates", values | {"repeat_from": "completion"})
    assert "If you complete it today" in answer.text
    day = Clock.of(make_list()).today + timedelta(days=3)
    assert dates(answer) == [f"{day:%A} {day.day} {day:%B} {day.year}"]


@pytest.mark.parametrize("path", ["/todos/new", "/todos/{}"])
def test_without_scripts_a_button_shows_the_dates(client: Client, path: str) -> None:
    todo = make_todo("Thesis", None)
    values = {"title": "Essay", "date": "2031-05-16", "repeat": "weekly", "sequence": "0", "show-dates": ""}
    answer = client.post(path.format(todo.pk), values)
    assert answer.status_code == 200
    assert dates(answer)[0] == "Friday 16 May 2031"
    assert 'value="Essay"' in answer.text
    assert list(Todo.objects.values_list("title", "rule")) == [("Thesis", "")]


@pytest.mark.parametrize("value", ["", "x", "\0", "9" * 5_000, "-1", "2031-02-30"])
def test_nonsense_has_no_dates(client: Client, value: str) -> None:
    names = ["date", "repeat", "repeat_every", "repeat_days", "repeat_rule", "repeat_until", "repeat_times"]
    todo = make_weekly()
    for path in ("/todos/dates", f"/todos/{todo.pk}/dates"):
        for kind in ("daily", "custom", value):
            answer = client.get(path, dict.fromkeys(names, value) | {"repeat": kind, "repeat_ends": "until"})
            assert answer.status_code == 200


# --- Ticking, skipping, and their undo ---


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(("button", "done"), [("complete", "Completed"), ("skip", "Skipped")])
def test_tick_moves_on_and_names_the_next_date(client: Client, headers: dict, button: str, done: str) -> None:
    todo = make_weekly(rule="FREQ=WEEKLY;COUNT=3")
    before = state(todo)
    answer = client.post(f"/todos/{todo.pk}/{button}", headers=headers, follow=not headers)
    assert message(answer) == f"{done} “Essay”. Next: Friday 23 May 2031, 14:00."
    assert state(todo) == ("2031-05-23T14:00:00", "FREQ=WEEKLY;COUNT=2;BYDAY=FR", False)
    assert todo.past_occurrences.get().outcome == done.lower()
    client.post("/todos/undo", {"token": offer(answer)}, headers=headers)
    assert state(todo) == before
    assert not todo.past_occurrences.exists()


def test_last_tick_ends_the_series(client: Client) -> None:
    todo = make_weekly(rule="FREQ=WEEKLY;COUNT=1")
    answer = client.post(f"/todos/{todo.pk}/complete", follow=True)
    assert message(answer) == "Completed “Essay”. The series has ended."
    assert state(todo)[2]
    assert "is open again" in undo(client, answer)
    assert state(todo) == (FRIDAY, "FREQ=WEEKLY;COUNT=1;BYDAY=FR", False)


def test_series_is_completed_at_once_and_undone(client: Client) -> None:
    todo = make_weekly()
    editor = client.get(f"/todos/{todo.pk}").text
    assert f'formaction="/todos/{todo.pk}/complete-series"' in editor
    answer = client.post(f"/todos/{todo.pk}/complete-series", follow=True)
    assert message(answer) == "Completed the series of “Essay”."
    assert state(todo) == (FRIDAY, "FREQ=WEEKLY;BYDAY=FR", True)
    assert f'formaction="/todos/{todo.pk}/complete-series"' not in client.get(f"/todos/{todo.pk}").text
    undo(client, answer)
    assert state(todo) == (FRIDAY, "FREQ=WEEKLY;BYDAY=FR", False)


def test_tick_of_an_old_page_leaves_the_next_one_alone(client: Client) -> None:
    todo = make_weekly()
    tick = re.search(r'formaction="(/todos/\d+/complete\?of=[^"]+)"', client.get("/").text)[1]
    skip = re.search(r'formaction="(/todos/\d+/skip\?of=[^"]+)"', client.get(f"/todos/{todo.pk}").text)[1]
    client.post(tick, follow=True)
    for late in (tick, skip):
        answer = client.post(late, follow=True)
        assert message(answer) == "“Essay” was already completed or skipped for that day."
        assert offer(answer) is None
        assert state(todo)[0] == "2031-05-23T14:00:00"
    assert todo.past_occurrences.count() == 1


def test_what_does_not_repeat_is_not_skipped(client: Client) -> None:
    todo = make_todo("Essay", FRIDAY)
    answer = client.post(f"/todos/{todo.pk}/skip", follow=True)
    assert message(answer) == "“Essay” is already completed or does not repeat."
    selected = {"action": "skip", "todo": [todo.pk, make_todo("Milk", FRIDAY).pk]}
    answer = client.post("/todos/change", selected, follow=True)
    assert message(answer) == "2 todos are already completed or do not repeat."
    assert state(todo) == (FRIDAY, "", False)


def test_selected_are_skipped_and_completed_together(client: Client) -> None:
    todos = [make_weekly("a"), make_weekly("b", rule="FREQ=WEEKLY;COUNT=1"), make_todo("c", FRIDAY)]
    page = client.get("/").text
    assert '<button name="action" value="skip"' in page
    selected = {"todo": [todo.pk for todo in todos]}
    answer = client.post("/todos/change", {"action": "skip"} | selected, follow=True)
    assert (
        message(answer)
        == "Skipped 2 todos. 1 of them will be due again. 1 is already completed or does not repeat."
    )
    undo(client, answer)
    answer = client.post("/todos/change", {"action": "complete"} | selected, follow=True)
    assert message(answer) == "Completed 3 todos. 1 of them will be due again."
    assert [state(todo)[0::2] for todo in todos] == [
        ("2031-05-23T14:00:00", False),
        (FRIDAY, True),
        (FRIDAY, True),
    ]
    undo(client, answer)
    assert [state(todo)[0::2] for todo in todos] == [(FRIDAY, False)] * 3


def test_sub_tasks_of_a_repeating_todo_are_open_again_and_said_to_be_nothing_else(client: Client) -> None:
    todo = make_weekly()
    done = make_todo("step", None, parent_id=todo.pk, completed=True)
    answer = client.post(f"/todos/{todo.pk}/complete", follow=True)
    assert message(answer) == "Completed “Essay”. Next: Friday 23 May 2031, 14:00."
    done.refresh_from_db()
    assert not done.completed


@pytest.mark.parametrize("path", ["skip", "complete-series"])
def test_who_only_reads_skips_nothing(client: Client, ada: User, path: str) -> None:
    shared = create_list(user=make_user("bob"), name="Shared")
    todo = create_todo(todo_list=shared, title="Essay", due=make_todo("x", FRIDAY).due, rule="FREQ=WEEKLY")
    address = f"/lists/{shared.pk}/todos/{todo.pk}"
    assert client.post(f"{address}/{path}").status_code == 404
    share(shared, ada)
    assert client.post(f"{address}/{path}").status_code == 403
    assert client.get(f"{address}/dates").status_code == 403
    page = client.get(address).text
    assert "Skip this one" not in page
    assert client.get(f"{address}/history").status_code == 200
    assert state(todo)[0] == FRIDAY


def test_buttons_are_no_links(client: Client) -> None:
    todo = make_weekly()
    for path in ("skip", "complete-series"):
        assert client.get(f"/todos/{todo.pk}/{path}").status_code == 405
    for path in ("dates", "history"):
        assert client.post(f"/todos/{todo.pk}/{path}").status_code == 405


# --- Rows and lists ---


def icons(text: str) -> list[str]:
    return re.findall(r"<title>Repeats (.*?)</title>", text)


def test_rows_say_how_often_they_repeat(client: Client, ada: User) -> None:
    todo = make_weekly(user=ada)
    make_todo("Once", FRIDAY, user=ada)
    words = repeating.in_words(todo)
    for address in ("/", "/?q=essay", "/upcoming", "/search?q=is:repeating", "/calendar/2031/5?day=16"):
        assert icons(client.get(address).text) == [words], address
    update_todo(todo_list=make_list(ada), todo_id=todo.pk, changes={"due": parse_deadline("2020-01-03")})
    assert icons(client.get("/today").text) == [words]


def test_search_finds_what_repeats(client: Client, ada: User) -> None:
    make_weekly("open", user=ada)
    make_weekly("ended", user=ada, completed=True)
    make_todo("once", user=ada)

    def found(query: str) -> list[str]:
        return [entry.todo.title for entry in client.get(f"/search?q={query}").context["found"].entries]

    assert found("is:repeating") == ["open", "ended"]
    assert found("is:repeating+is:open") == ["open"]
    assert found("-is:repeating") == ["once"]
    assert found("is:repeating,done+is:open") == ["open"]


@pytest.mark.parametrize(
    "address",
    [
        "/", "/?sort=manual", "/today", "/upcoming", "/search?q=is:repeating", "/calendar/2031/5",
        "/calendar/2031/5?view=agenda",
    ],
)  # fmt: skip
def test_pages_are_made_by_the_same_queries_for_one_and_many(client: Client, ada: User, address: str) -> None:
    long = "FREQ=MONTHLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,2,3,-3,-2,-1"
    counts = []
    for count in (1, 400):
        for rule, occurrence in ((long, "2031-05-01T14:00:00"), ("FREQ=DAILY", "2031-05-01T14:00:00")):
            make_todos(
                count,
                [occurrence],
                user=ada,
                rule=rule,
                occurrence=occurrence,
                title="x" * 100,
                description="y" * 200,
            )
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        counts.append(len(queries))
        assert len(page.content) < 100_000
    # Search asks for what is done only if open todos do not fill the page.
    assert counts[1] <= counts[0] if "search" in address else counts[1] == counts[0]


# --- The history ---


def rows(page: HttpResponse) -> list[str]:
    found = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td></tr>", page.text)
    return [f"{due}: {re.sub('<[^>]*>', '', outcome)}" for due, outcome in found]


def test_history_says_what_was_done_when_and_by_whom(client: Client, ada: User) -> None:
    shared = make_list(ada)
    bob = make_user("bob")
    as_bob = share(shared, bob, "editor")
    todo = make_weekly(user=ada)
    history = f"/todos/{todo.pk}/history"
    assert f'href="{history}"' in client.get(f"/todos/{todo.pk}").text
    assert "Nothing completed yet" in client.get(history).text
    client.post(f"/todos/{todo.pk}/complete")
    client.force_login(bob)
    client.post(f"/lists/{as_bob.pk}/todos/{todo.pk}/skip")
    client.force_login(ada)
    found = rows(client.get(history))
    assert re.fullmatch(r"Friday 23 May 2031, 14:00: Skipped today \d\d:\d\d by bob", found[0])
    assert re.fullmatch(r"Friday 16 May 2031, 14:00: Completed today \d\d:\d\d by you", found[1])
    assert ">History</a>" in client.get(f"/todos/{todo.pk}").text
    bob.delete()
    assert "by" not in rows(client.get(history))[0]


def test_history_comes_in_pages_by_the_same_queries(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todos.views.repeating.HISTORY_PAGE_SIZE", 3)
    todo = make_weekly()
    counts = []
    for number in range(4):
        client.post(f"/todos/{todo.pk}/complete")
        if number != 1:
            with CaptureQueriesContext(connection) as queries:
                page = client.get(f"/todos/{todo.pk}/history")
            counts.append(len(queries))
    assert len(set(counts)) == 1
    assert "Page 1 of 2" in page.text
    assert rows(client.get(f"/todos/{todo.pk}/history?page=2"))[0].startswith("Friday 16 May 2031")


def test_history_of_another_is_not_found(client: Client, ada: User) -> None:
    todo = make_weekly("Secret", user=make_user("bob"))
    for path in ("history", "dates"):
        answer = client.get(f"/todos/{todo.pk}/{path}")
        assert answer.status_code == 404
        assert "Secret" not in answer.text
    assert client.post(f"/todos/{todo.pk}/skip").status_code == 404
    assert client.post(f"/todos/{todo.pk}/complete-series").status_code == 404


# --- Coming dates ---


def coming(client: Client, address: str) -> dict[int, list[tuple[str, bool]]]:
    """Return what a month shows: titles, and whether they are only coming, by day."""
    days = client.get(address).context["month"].days
    return {
        day.date.day: [(entry.todo.title, entry.is_coming) for entry in day.entries] for day in days if day.entries
    }


def test_month_marks_what_is_not_due_yet(client: Client) -> None:
    todo = make_weekly()
    expected = {16: [("Essay", False)], 23: [("Essay", True)], 30: [("Essay", True)]}
    assert coming(client, "/calendar/2031/5") == expected
    assert coming(client, "/calendar/2031/5?view=agenda") == expected
    assert coming(client, "/calendar/2031/6") == {day: [("Essay", True)] for day in (6, 13, 20, 27)}
    grid = client.get("/calendar/2031/5").text
    assert len(re.findall(r"Not due yet: </span>\s*<span class=.title.>Essay", grid)) == 2
    assert "0 due, 1 not due yet" in grid
    for address in ("/calendar/2031/5?view=agenda", "/calendar/2031/5?day=23"):
        page = client.get(address).text
        assert "not due yet" in page
        assert page.count(f"/todos/{todo.pk}/complete") == (1 if "agenda" in address else 0)


def test_what_does_not_come_again_is_not_shown_twice(client: Client) -> None:
    make_weekly("completed", completed=True)
    make_weekly("from completion", repeats_from_completion=True)
    make_weekly("last", rule="FREQ=WEEKLY;COUNT=1")
    make_weekly("ends", rule="FREQ=WEEKLY;UNTIL=20310522")
    shown = coming(client, "/calendar/2031/5")
    assert list(shown) == [16]
    assert not any(is_coming for _, is_coming in shown[16])


def test_past_days_show_nothing_that_comes(client: Client) -> None:
    make_weekly(deadline="2020-05-01", rule="FREQ=DAILY")
    assert coming(client, "/calendar/2020/5") == {1: [("Essay", False)]}


def test_coming_ones_stand_below_and_are_counted(client: Client) -> None:
    for title in "abcd":
        make_weekly(title, "2031-05-01", rule="FREQ=DAILY")
    make_todo("once", "2031-05-23T18:00:00")
    shown = coming(client, "/calendar/2031/5")
    assert shown[23] == [("once", False), ("a", True)]
    assert "2 of 5" in client.get("/calendar/2031/5").text
    day = client.get("/calendar/2031/5?day=23")
    assert [entry.todo.title for entry in day.context["month"].entries] == ["once", *"abcd"]


def test_work_on_coming_dates_is_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "MAX_TODOS", 2)
    monkeypatch.setattr(repeating, "MAX_DATES", 5)
    for title in "abc":
        make_weekly(title, "2031-05-01", rule="FREQ=DAILY")
    page = client.get("/calendar/2031/5")
    assert [len(day.coming) for day in page.context["month"].days] == [0, *[2] * 5, *[0] * 25]
    assert "At most 100 repeating todos" in page.text


def test_yearly_one_leaves_no_date_out(client: Client) -> None:
    make_weekly(rule="FREQ=YEARLY")
    page = client.get("/calendar/2033/5")
    assert [day.date.day for day in page.context["month"].days if day.coming] == [16]
    assert "At most 100 repeating todos" not in page.text


def test_upcoming_shows_a_week_of_what_comes(client: Client, ada: User) -> None:
    today = Clock.of(make_list(ada)).today
    todo = make_weekly(deadline=f"{today}", rule="FREQ=DAILY", user=ada)
    page = client.get("/upcoming")
    shown = [(day.date, [(entry.todo.pk, entry.is_coming) for entry in day.entries], day.total)
             for day in page.context["overview"].days]  # fmt: skip
    later = [(today + timedelta(days=n), [(todo.pk, True)], 0) for n in range(1, 8)]
    assert shown == [(today, [(todo.pk, False)], 1), *later]
    assert page.text.count("not due yet, repeats") == 7
    assert page.text.count(f'id="todo-{todo.pk}"') == 1
    assert page.text.count('<button class="tick"') == 1
    assert "not due yet" not in client.get("/today").text


# --- One line ---


def test_line_is_read_shown_and_saved(client: Client) -> None:
    reading = client.get("/todos/reading", {"title": "Essay every friday 2pm"})
    assert re.search(
        r"“Essay”, due <strong>Friday .*</strong>, repeats <strong>every .*riday.*</strong>", reading.text
    )
    answer = client.post("/todos/new", {"title": "Essay every friday 2pm"}, follow=True)
    todo = Todo.objects.get()
    assert (todo.title, todo.rule) == ("Essay", "FREQ=WEEKLY;BYDAY=FR")
    assert f", repeats {repeating.in_words(todo)}." in message(answer)
    client.post("/todos/new", {"title": "Call every 3 days after done"})
    todo = Todo.objects.latest("pk")
    assert (todo.title, todo.rule, todo.repeats_from_completion) == ("Call", "FREQ=DAILY;INTERVAL=3", True)
    client.post("/todos/new", {"title": "Essay every friday 2pm", "literally": "on"})
    todo = Todo.objects.latest("pk")
    assert (todo.title, todo.rule) == ("Essay every friday 2pm", "")


def test_line_counts_more_than_the_fieldset(client: Client) -> None:
    client.post("/todos/new", {"title": "Essay every friday", "repeat": "daily"})
    assert Todo.objects.get().rule == "FREQ=WEEKLY;BYDAY=FR"


def test_old_page_is_undone_by_the_bulk_bar(client: Client) -> None:
    """Undo of several occurrences goes back one by one, the last first."""
    todo = make_weekly()
    answers = [change(client, "complete", todo) for _ in range(3)]
    assert state(todo)[0] == "2031-06-06T14:00:00"
    assert "Not undone" in undo(client, answers[0])
    for answer, day in zip(reversed(answers), ("30", "23", "16"), strict=True):
        undo(client, answer)
        assert state(todo)[0] == f"2031-05-{day}T14:00:00"
    assert not todo.past_occurrences.exists()
