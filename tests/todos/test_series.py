"""Todos that repeat: what services, undo, the trash and moves make of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_user, share
from todos import undo
from todos.deadlines import parse_deadline
from todos.models import PastOccurrence, Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    BulkOutcome,
    ImportedTodo,
    InvalidRule,
    StaleTodo,
    change_todos,
    complete_series,
    copy_open_list,
    create_list,
    create_todo,
    delete_todo,
    erase_list,
    history,
    import_todos,
    past_occurrences,
    purge_todos,
    restore_todo,
    skip_todo,
    upcoming,
    update_list,
    update_todo,
)

pytestmark = pytest.mark.django_db
FRIDAY = "2026-11-27"


def make(rule: str = "FREQ=WEEKLY", deadline: str = FRIDAY, **values: Any) -> Todo:
    return make_todo("Water", deadline, rule=rule, **values)


def edit(todo: Todo, **changes: Any) -> None:
    if isinstance(changes.get("due"), str):
        changes["due"] = parse_deadline(changes["due"])
    update_todo(todo_list=todo.list, todo_id=todo.pk, changes=changes)


def complete(todo: Todo) -> None:
    edit(todo, completed=True)


def do(todo: Todo, action: str, **changes: Any) -> str:
    """Do something to a todo; return the token that undoes it."""
    results = change_todos(todo_list=todo.list, items=[BulkItem(todo.pk, action, changes)])
    assert [result.outcome for result in results] == [BulkOutcome.DONE]
    return undo.offer(todo.list, results)


def take_back(todo: Todo, token: str) -> list[BulkOutcome]:
    items = undo.read(todo.list, token)
    return [result.outcome for result in change_todos(todo_list=todo.list, items=items)]


def due(todo: Todo) -> str:
    todo.refresh_from_db()
    return str(todo.due)


def past(todo: Todo) -> list[str]:
    return [f"{one.number} {one.due} {one.outcome}" for one in reversed(past_occurrences(todo))]


def state(todo: Todo) -> tuple:
    """Return all that a change of a series may change."""
    todo.refresh_from_db()
    rows = list(PastOccurrence.objects.filter(todo=todo.pk).order_by("pk").values())
    names = (
        "due",
        "rule",
        "repeats_from_completion",
        "occurrence",
        "completed",
        "past_count",
        "list_id",
        "deleted_at",
    )
    return (*(getattr(todo, name) for name in names), rows)


# --- A rule ---


@pytest.mark.parametrize(
    ("deadline", "rule", "stored", "first"),
    [
        (FRIDAY, "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=FR", FRIDAY),
        (FRIDAY, "rrule:freq=daily;interval=3", "FREQ=DAILY;INTERVAL=3", FRIDAY),
        (FRIDAY, "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO", "2026-11-30"),
        ("2026-11-27T14:00:00", "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=27", "2026-11-27T14:00:00"),
        ("2026-11-27T14:00:00Z", "FREQ=WEEKLY;BYDAY=SA", "FREQ=WEEKLY;BYDAY=SA", "2026-11-28T14:00:00Z"),
    ],
)
def test_rule_names_its_days_and_the_deadline_moves_to_the_first(
    deadline: str, rule: str, stored: str, first: str
) -> None:
    created, changed = make(rule, deadline), make_todo("Other", deadline)
    edit(changed, rule=rule)
    for todo in (created, changed):
        assert (due(todo), todo.rule) == (first, stored)
        zone = " UTC" if first.endswith("Z") else ""
        assert todo.occurrence == first.removesuffix("Z") + zone


@pytest.mark.parametrize("values", [{"rule": "FREQ=DAILY"}, {"rule": "FREQ=DAILY", "due": None}])
def test_rule_needs_a_deadline(values: dict) -> None:
    with pytest.raises(InvalidRule, match="deadline"):
        create_todo(todo_list=make_list(), title="x", **values)
    todo = make_todo(deadline=None)
    with pytest.raises(InvalidRule, match="deadline"):
        edit(todo, **values)
    assert not Todo.objects.exclude(rule="").exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"rule": "FREQ=HOURLY"}, "rule"),
        ({"rule": "FREQ=WEEKLY;UNTIL=20261101"}, "rule"),
        ({"rule": "FREQ=DAILY", "rule_zone": "Europe/Berlin"}, "rule_zone"),
        ({"rule_zone": "Europe/Berlin"}, "rule_zone"),
        ({"repeats_from_completion": True}, "repeat_from"),
    ],
)
def test_what_cannot_be_changes_nothing_and_names_the_field(values: dict, field: str) -> None:
    todo = make_todo("Essay", FRIDAY)
    with pytest.raises(InvalidRule) as error:
        edit(todo, title="Changed", **values)
    assert error.value.field == field
    todo.refresh_from_db()
    assert (todo.title, todo.sequence, todo.rule) == ("Essay", 0, "")


def test_same_rule_in_other_words_changes_nothing() -> None:
    todo = make("FREQ=WEEKLY")
    for rule in ("FREQ=WEEKLY", "rrule:freq=weekly;byday=fr;interval=1", todo.rule):
        edit(todo, rule=rule)
    todo.refresh_from_db()
    assert todo.sequence == 0


def test_rule_and_deadline_that_are_given_together_belong_together() -> None:
    todo = make("FREQ=WEEKLY")
    edit(todo, rule="FREQ=WEEKLY", due="2026-12-01")
    assert (due(todo), todo.rule, todo.occurrence) == ("2026-12-01", "FREQ=WEEKLY;BYDAY=TU", "2026-12-01")


def test_without_a_rule_nothing_of_the_series_is_left() -> None:
    for changes in ({"rule": ""}, {"due": None}):
        todo = make("FREQ=DAILY;INTERVAL=3", repeats_from_completion=True)
        edit(todo, **changes)
        todo.refresh_from_db()
        assert (todo.rule, todo.repeats_from_completion, todo.occurrence) == ("", False, "")


def test_deadline_on_another_day_is_this_one_alone() -> None:
    todo = make("FREQ=WEEKLY")
    edit(todo, due="2026-11-29T10:00:00")
    assert (due(todo), todo.occurrence) == ("2026-11-29T10:00:00", FRIDAY)
    complete(todo)
    assert (due(todo), past(todo)) == ("2026-12-04", ["1 2026-11-29T10:00:00 completed"])


def test_deadline_on_a_day_of_the_rule_takes_the_series_along() -> None:
    todo = make("FREQ=WEEKLY;INTERVAL=2")
    edit(todo, due="2026-12-04T10:00:00")
    complete(todo)
    assert (due(todo), todo.occurrence) == ("2026-12-18T10:00:00", "2026-12-18T10:00:00")


def test_deadline_that_comes_back_is_that_of_the_series_again() -> None:
    todo = make("FREQ=WEEKLY")
    before = state(todo)
    edit(todo, due="2026-11-29")
    edit(todo, due=FRIDAY)
    assert state(todo) == before


# --- Time ---


def test_instant_keeps_its_clock_in_the_zone_of_its_rule() -> None:
    todo_list = make_list()
    update_list(todo_list=todo_list, changes={"time_zone": "Europe/Berlin"})
    todo_list = make_list()
    todo = create_todo(
        todo_list=todo_list, title="x", due=parse_deadline("2026-03-22T01:30:00Z"), rule="FREQ=WEEKLY"
    )
    assert (todo.rule_zone, todo.occurrence) == ("Europe/Berlin", "2026-03-22T02:30:00 Europe/Berlin")
    update_list(todo_list=todo_list, changes={"time_zone": "Australia/Brisbane"})
    seen = []
    for _ in range(3):
        complete(todo)
        seen.append((due(todo), todo.occurrence))
    assert seen == [
        ("2026-03-29T01:30:00Z", "2026-03-29T02:30:00 Europe/Berlin"),  # which clocks skip: they show 03:30
        ("2026-04-05T00:30:00Z", "2026-04-05T02:30:00 Europe/Berlin"),
        ("2026-04-12T00:30:00Z", "2026-04-12T02:30:00 Europe/Berlin"),
    ]


def test_zone_can_be_chosen_and_changed() -> None:
    todo = make("FREQ=DAILY", "2026-03-01T12:00:00Z", rule_zone="Europe/Berlin")
    assert todo.occurrence == "2026-03-01T13:00:00 Europe/Berlin"
    edit(todo, rule_zone="America/New_York")
    todo.refresh_from_db()
    assert (todo.occurrence, str(todo.due)) == ("2026-03-01T07:00:00 America/New_York", "2026-03-01T12:00:00Z")
    edit(todo, due="2026-03-02T12:00:00Z")
    todo.refresh_from_db()
    assert todo.rule_zone == "America/New_York"


def test_time_that_a_day_lacks_does_not_drift_by_an_edit() -> None:
    todo = make("FREQ=DAILY", "2026-03-29T01:30:00Z", rule_zone="Europe/Berlin")
    edit(todo, due="2026-03-28T01:30:00Z")
    complete(todo)
    assert (due(todo), todo.occurrence) == ("2026-03-29T01:30:00Z", "2026-03-29T02:30:00 Europe/Berlin")
    edit(todo, rule="FREQ=DAILY;COUNT=9")
    todo.refresh_from_db()
    assert todo.occurrence == "2026-03-29T02:30:00 Europe/Berlin"


def test_repeating_from_completion_counts_from_the_day_it_was_done() -> None:
    todo = make("FREQ=DAILY;INTERVAL=3;COUNT=2", "2020-01-01T18:00:00", repeats_from_completion=True)
    assert (str(todo.due), upcoming(todo, 5)) == ("2020-01-01T18:00:00", [])
    days = {datetime.now(UTC).date()}
    complete(todo)
    days.add(datetime.now(UTC).date())
    assert due(todo) in {f"{day + timedelta(days=3)}T18:00:00" for day in days}
    assert todo.rule == "FREQ=DAILY;INTERVAL=3;COUNT=1"
    complete(todo)
    todo.refresh_from_db()
    assert todo.completed


# --- Ending an occurrence ---


def test_skipping_from_completion_brings_nothing_nearer() -> None:
    today = datetime.now(UTC).date()
    todo = make("FREQ=DAILY;INTERVAL=3", str(today + timedelta(days=20)), repeats_from_completion=True)
    do(todo, Action.SKIP)
    todo.refresh_from_db()
    assert due(todo) == str(today + timedelta(days=23))


@pytest.mark.parametrize(
    ("rule", "deadline", "moved", "new", "stored"),
    [
        ("FREQ=MONTHLY", "2026-12-15", "2026-12-16", "FREQ=MONTHLY;COUNT=5", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=15"),
        (
            "FREQ=WEEKLY",
            FRIDAY,
            "2026-11-28",
            "FREQ=WEEKLY;BYDAY=FR;UNTIL=20270101",
            "FREQ=WEEKLY;UNTIL=20270101;BYDAY=FR",
        ),
        (
            "FREQ=WEEKLY;UNTIL=20261127",
            FRIDAY,
            "2026-12-02",
            "FREQ=WEEKLY;UNTIL=20261201",
            "FREQ=WEEKLY;UNTIL=20261201;BYDAY=FR",
        ),
    ],
)
def test_new_rule_that_has_the_moved_occurrence_goes_on_from_it(
    rule: str, deadline: str, moved: str, new: str, stored: str
) -> None:
    todo = make(rule, deadline)
    edit(todo, due=moved)
    edit(todo, rule=new)
    todo.refresh_from_db()
    assert (due(todo), todo.rule, todo.occurrence) == (moved, stored, deadline)


def test_completing_moves_to_the_next_occurrence_and_writes_history() -> None:
    ann = make_user("ann")
    todo = make("FREQ=WEEKLY;COUNT=3", user=ann)
    before = datetime.now(UTC)
    complete(todo)
    todo.refresh_from_db()
    assert (str(todo.due), todo.rule, todo.occurrence, todo.completed, todo.completed_at, todo.past_count) == (
        "2026-12-04", "FREQ=WEEKLY;COUNT=2;BYDAY=FR", "2026-12-04", False, None, 1,
    )  # fmt: skip
    [row] = past_occurrences(todo)
    assert (str(row.due), row.outcome, row.number, row.list_id) == (FRIDAY, "completed", 1, todo.list_id)
    assert row.ended_by_id == ann.pk
    assert before <= row.ended_at == todo.updated_at


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;COUNT=2", "FREQ=WEEKLY;UNTIL=20261205"])
def test_series_ends_with_its_rule(rule: str) -> None:
    todo = make(rule)
    for _ in range(3):  # the last is one too many
        complete(todo)
    todo.refresh_from_db()
    assert (todo.completed, str(todo.due), todo.rule != "") == (True, "2026-12-04", True)
    assert todo.completed_at == todo.updated_at
    assert past(todo) == ["1 2026-11-27 completed", "2 2026-12-04 completed"]


def test_skipping_moves_on_without_having_done_it() -> None:
    todo = make("FREQ=WEEKLY;COUNT=2")
    skip_todo(todo_list=todo.list, todo_id=todo.pk)
    assert due(todo) == "2026-12-04"
    with pytest.raises(StaleTodo):
        skip_todo(todo_list=todo.list, todo_id=todo.pk, expected_sequence=0)
    skip_todo(todo_list=todo.list, todo_id=todo.pk, expected_sequence=1)
    todo.refresh_from_db()
    assert (todo.completed, past(todo)) == (True, ["1 2026-11-27 skipped", "2 2026-12-04 skipped"])
    with pytest.raises(InvalidRule):
        skip_todo(todo_list=todo.list, todo_id=todo.pk)


def test_series_is_completed_as_a_whole_and_goes_on_when_reopened() -> None:
    todo = make("FREQ=WEEKLY;COUNT=9")
    complete_series(todo_list=todo.list, todo_id=todo.pk)
    todo.refresh_from_db()
    assert (todo.completed, str(todo.due), todo.rule) == (True, FRIDAY, "FREQ=WEEKLY;COUNT=9;BYDAY=FR")
    edit(todo, completed=False)
    assert (due(todo), todo.completed, past(todo)) == (FRIDAY, False, [])
    complete(todo)
    assert (due(todo), todo.completed) == ("2026-12-04", False)
    assert past(todo) == ["3 2026-11-27 completed"]


@pytest.mark.parametrize(
    "reopen", [lambda todo: do(todo, Action.REOPEN), lambda todo: edit(todo, completed=False)]
)
def test_history_of_a_date_that_was_reopened_is_what_came_of_it_then(reopen: Callable) -> None:
    todo = make("FREQ=WEEKLY;COUNT=2")
    complete(todo)
    for number in (2, 4):
        complete(todo)
        assert past(todo) == ["1 2026-11-27 completed", f"{number} 2026-12-04 completed"]
        reopen(todo)
        assert past(todo) == ["1 2026-11-27 completed"]
    skip_todo(todo_list=todo.list, todo_id=todo.pk)
    assert past(todo) == ["1 2026-11-27 completed", "6 2026-12-04 skipped"]


def test_undo_goes_back_through_every_reopening() -> None:
    todo = make("FREQ=WEEKLY;COUNT=1")
    states, tokens = [], []
    for action in [Action.COMPLETE, Action.REOPEN, Action.SKIP, Action.REOPEN, Action.COMPLETE]:
        states.append((state(todo), past(todo)))
        tokens.append(do(todo, action))
    assert past(todo) == ["5 2026-11-27 completed"]
    while tokens:
        assert take_back(todo, tokens.pop()) == [BulkOutcome.DONE]
        assert (state(todo), past(todo)) == states.pop()


def test_items_that_complete_and_reopen_a_series_leave_one_row() -> None:
    todo = make("FREQ=WEEKLY;COUNT=1")
    before = state(todo)
    actions = [Action.COMPLETE, Action.REOPEN, Action.SKIP, Action.REOPEN, Action.REOPEN, Action.COMPLETE]
    results = change_todos(todo_list=todo.list, items=[BulkItem(todo.pk, action) for action in actions])
    assert past(todo) == ["5 2026-11-27 completed"]
    assert set(take_back(todo, undo.offer(todo.list, results))) == {BulkOutcome.DONE}
    assert state(todo) == before


def test_reopening_takes_back_nothing_of_another_date() -> None:
    todo = make("FREQ=WEEKLY;COUNT=2")
    complete(todo)
    Todo.objects.filter(pk=todo.pk).update(completed=True, sequence=9)  # by release 0.1.0, which writes no history
    do(todo, Action.REOPEN)
    assert past(todo) == ["1 2026-11-27 completed"]
    complete(todo)
    assert past(todo) == ["1 2026-11-27 completed", "3 2026-12-04 completed"]


def test_completed_series_without_a_history_is_reopened_without_one() -> None:
    todo = make("FREQ=WEEKLY", completed=True)
    do(todo, Action.REOPEN)
    assert (past(todo), PastOccurrence.objects.exists()) == ([], False)


def test_todo_that_does_not_repeat_has_no_history() -> None:
    todo = make_todo()
    with pytest.raises(InvalidRule):
        skip_todo(todo_list=todo.list, todo_id=todo.pk)
    complete_series(todo_list=todo.list, todo_id=todo.pk)
    todo.refresh_from_db()
    assert (todo.completed, past(todo)) == (True, [])


def test_rule_and_completion_in_one_change() -> None:
    todo = make_todo("Essay", FRIDAY)
    edit(todo, rule="FREQ=DAILY", completed=True)
    assert (due(todo), todo.completed, past(todo)) == ("2026-11-28", False, ["1 2026-11-27 completed"])
    edit(todo, rule="", completed=True)
    assert (due(todo), todo.completed, len(past(todo))) == ("2026-11-28", True, 1)


def test_upcoming_obeys_the_rule() -> None:
    todo = make("FREQ=WEEKLY;COUNT=3")
    assert [str(one) for one in upcoming(todo, 5)] == ["2026-12-04", "2026-12-11"]
    assert upcoming(make_todo(), 5) == []
    complete_series(todo_list=todo.list, todo_id=todo.pk)
    todo.refresh_from_db()
    assert upcoming(todo, 5) == []


def test_previous_release_may_complete_it_and_take_its_deadline() -> None:
    todo = make("FREQ=WEEKLY")
    Todo.objects.filter(pk=todo.pk).update(deadline=None, deadline_kind="")
    complete(todo)
    todo.refresh_from_db()
    assert (todo.completed, past(todo), upcoming(todo, 5)) == (True, [], [])
    edit(todo, completed=False, due="2026-12-04")
    complete(todo)
    assert (due(todo), past(todo)) == ("2026-12-11", ["1 2026-12-04 completed"])


def test_rule_of_a_later_release_is_left_alone() -> None:
    todo = make("FREQ=WEEKLY")
    Todo.objects.filter(pk=todo.pk).update(rule="FREQ=LUNAR")
    edit(todo, title="Changed")
    complete(todo)
    todo.refresh_from_db()
    assert (todo.completed, todo.rule, past(todo)) == (True, "FREQ=LUNAR", ["1 2026-11-27 completed"])


# --- Sub-tasks ---


def test_next_occurrence_has_its_sub_tasks_open_again() -> None:
    todo = make("FREQ=WEEKLY")
    done, open_one = make_todo("Done", parent_id=todo.pk), make_todo("Open", parent_id=todo.pk)
    below, series = make_todo("Below", parent_id=done.pk), make("FREQ=DAILY", parent_id=todo.pk)
    complete(done)
    complete_series(todo_list=series.list, todo_id=series.pk)
    token = do(todo, Action.COMPLETE)
    completed = dict(Todo.objects.values_list("pk", "completed"))
    assert completed == {todo.pk: False, done.pk: False, open_one.pk: False, below.pk: False, series.pk: True}
    assert take_back(todo, token) == [BulkOutcome.DONE] * 3
    completed = dict(Todo.objects.values_list("pk", "completed"))
    assert completed == {todo.pk: False, done.pk: True, open_one.pk: False, below.pk: True, series.pk: True}


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.COMPLETE_SERIES])
def test_parent_completes_the_series_below_it(action: str) -> None:
    parent = make_todo("Parent") if action == Action.COMPLETE else make("FREQ=DAILY")
    child = make("FREQ=WEEKLY", parent_id=parent.pk)
    before = state(child)
    token = do(parent, action)
    child.refresh_from_db()
    assert (child.completed, str(child.due), past(child)) == (True, FRIDAY, ["1 2026-11-27 completed"])
    assert set(take_back(parent, token)) == {BulkOutcome.DONE}
    assert state(child) == before


# --- Undo ---


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;COUNT=1", "FREQ=DAILY;COUNT=2"]
)
@pytest.mark.parametrize("action", [Action.COMPLETE, Action.SKIP, Action.COMPLETE_SERIES])
@pytest.mark.parametrize("is_moved", [False, True])
def test_undo_brings_back_exactly_the_state_before(rule: str, action: str, is_moved: bool) -> None:
    todo = make("FREQ=WEEKLY;COUNT=9")
    complete(todo)
    edit(todo, rule=rule)
    if is_moved:
        edit(todo, due="2027-01-03T10:00:00")
    before = state(todo)
    token = do(todo, action)
    after = state(todo)
    assert after != before
    assert take_back(todo, token) == [BulkOutcome.DONE]
    assert state(todo) == before
    assert take_back(todo, token) == [BulkOutcome.CONFLICT]
    assert state(todo) == before


@pytest.mark.parametrize(
    "meanwhile",
    [
        complete,
        lambda todo: skip_todo(todo_list=todo.list, todo_id=todo.pk),
        lambda todo: edit(todo, rule="FREQ=DAILY"),
        lambda todo: edit(todo, due="2026-12-24"),
        lambda todo: edit(todo, rule=""),
        lambda todo: edit(todo, due=None),
    ],
)
def test_undo_fails_if_the_series_has_changed_since(meanwhile: Callable) -> None:
    todo = make("FREQ=WEEKLY")
    token = do(todo, Action.COMPLETE)
    meanwhile(todo)
    before = state(todo)
    assert take_back(todo, token) == [BulkOutcome.CONFLICT]
    assert state(todo) == before


def test_undo_leaves_what_else_has_changed_since() -> None:
    todo = make("FREQ=WEEKLY")
    token = do(todo, Action.COMPLETE)
    edit(todo, title="Changed")
    assert take_back(todo, token) == [BulkOutcome.DONE]
    assert (due(todo), todo.title) == (FRIDAY, "Changed")


def test_undo_of_reopening_completes_the_series_and_nothing_else() -> None:
    todo = make("FREQ=WEEKLY")
    complete_series(todo_list=todo.list, todo_id=todo.pk)
    before = state(todo)
    assert take_back(todo, do(todo, Action.REOPEN)) == [BulkOutcome.DONE]
    assert state(todo) == before


def test_undo_of_an_edit_that_made_a_series_or_ended_one() -> None:
    todo = make_todo("Essay", FRIDAY)
    for changes in (
        {"rule": "FREQ=WEEKLY;BYDAY=MO"},
        {"rule": ""},
        {"due": None},
        {"due": parse_deadline("2027-01-02")},
    ):
        before = state(todo)
        token = do(todo, Action.UPDATE, **changes)
        assert take_back(todo, token) == [BulkOutcome.DONE]
        assert state(todo) == before
        edit(todo, rule="FREQ=DAILY")


def test_undo_of_an_old_deadline_keeps_the_rule_that_came_since_whole() -> None:
    todo = make_todo("Essay", None)
    token = do(todo, Action.UPDATE, due=parse_deadline(FRIDAY))
    edit(todo, rule="FREQ=WEEKLY")
    assert take_back(todo, token) == [BulkOutcome.DONE]
    todo.refresh_from_db()
    assert (todo.due, todo.rule, todo.occurrence) == (None, "", "")  # no rule without a deadline


# --- Bulk ---


def test_items_that_name_a_todo_again_end_one_occurrence_each() -> None:
    todo = make("FREQ=DAILY;COUNT=5")
    before = state(todo)
    actions = [Action.COMPLETE, Action.SKIP, Action.COMPLETE, Action.COMPLETE_SERIES, Action.COMPLETE, Action.SKIP]
    results = change_todos(todo_list=todo.list, items=[BulkItem(todo.pk, action) for action in actions])
    assert [result.outcome for result in results] == [BulkOutcome.DONE] * 4 + [
        BulkOutcome.UNCHANGED,
        BulkOutcome.INVALID,
    ]
    assert past(todo) == [
        "1 2026-11-27 completed", "2 2026-11-28 skipped", "3 2026-11-29 completed", "4 2026-11-30 completed",
    ]  # fmt: skip
    todo.refresh_from_db()
    assert (todo.completed, todo.rule, todo.sequence) == (True, "FREQ=DAILY;COUNT=2", 1)
    assert set(take_back(todo, undo.offer(todo.list, results))) == {BulkOutcome.DONE}
    assert state(todo) == before


def test_bulk_takes_as_many_queries_for_many_as_for_few() -> None:
    def count(number: int) -> int:
        todos = [make("FREQ=DAILY") for _ in range(number)]
        items = [BulkItem(todo.pk, action) for todo in todos for action in (Action.COMPLETE, Action.SKIP)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            results = change_todos(todo_list=make_list(), items=items)
        assert {result.outcome for result in results} == {BulkOutcome.DONE}
        return len(queries)

    assert count(2) == count(20)


# --- The history, and where it goes ---


def test_history_keeps_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_PAST_OCCURRENCES", 3)
    todo = make("FREQ=DAILY")
    for _ in range(5):
        complete(todo)
    assert [one.split()[0] for one in past(todo)] == ["3", "4", "5"]


def test_history_of_a_list_is_bounded(settings: object) -> None:
    settings.MAX_TODOS = 5
    todos = [make("FREQ=DAILY") for _ in range(2)]
    for _ in range(4):
        for todo in todos:
            complete(todo)
    assert [one.split()[0] for one in past(todos[0])] == ["3", "4"]
    assert [one.split()[0] for one in past(todos[1])] == ["2", "3", "4"]


def test_history_waits_in_the_trash_and_is_purged_with_the_todo() -> None:
    todo, other = make("FREQ=DAILY"), make("FREQ=DAILY")
    complete(todo)
    complete(other)
    before = past(todo)
    delete_todo(todo_list=todo.list, todo_id=todo.pk)
    assert past(todo) == before
    restore_todo(todo_list=todo.list, todo_id=todo.pk)
    assert past(todo) == before
    delete_todo(todo_list=todo.list, todo_id=todo.pk)
    Todo.objects.filter(pk=todo.pk).update(deleted_at=datetime.now(UTC) - timedelta(days=31))
    assert purge_todos() == 1
    assert set(PastOccurrence.objects.values_list("todo", flat=True)) == {other.pk}


def test_purge_finds_what_the_previous_release_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "ORPHANS_LOOKED_AT", 2)
    todos = [make("FREQ=DAILY") for _ in range(3)]
    for todo in todos:
        complete(todo)
        complete(todo)
    Todo.objects.filter(pk=todos[1].pk).delete()
    first = PastOccurrence.objects.order_by("pk").first().pk
    parts = iter(range(first - first % 2, first + 8, 2))
    monkeypatch.setattr(history, "randrange", lambda *_: next(parts))
    for _ in range(4):  # each looks at a part, by chance
        purge_todos()
    assert set(PastOccurrence.objects.values_list("todo", flat=True)) == {todos[0].pk, todos[2].pk}


def test_history_moves_with_the_todo_and_back() -> None:
    ann = make_user("ann")
    todo, other = make("FREQ=DAILY", user=ann), create_list(user=ann, name="Other")
    complete(todo)
    before = state(todo)
    item = BulkItem(todo.pk, Action.MOVE, list_id=other.pk)
    results = change_todos(todo_list=todo.list, items=[item], user=ann)
    assert set(PastOccurrence.objects.values_list("todo", "list")) == {(todo.pk, other.pk)}
    token = undo.offer(todo.list, results)
    change_todos(todo_list=todo.list, items=undo.read(todo.list, token), user=ann)
    assert state(todo) == before
    erase_list(todo_list=TodoList.objects.get(pk=todo.list_id))
    assert not PastOccurrence.objects.exists()


def test_history_that_moves_to_a_list_counts_there(settings: object) -> None:
    settings.MAX_TODOS = 5
    ann = make_user("ann")
    todos, other = [make("FREQ=DAILY", user=ann) for _ in range(2)], create_list(user=ann, name="Other")
    for todo in todos:
        for _ in range(4):
            complete(todo)
    items = [BulkItem(todo.pk, Action.MOVE, list_id=other.pk) for todo in todos]
    for item in items:
        change_todos(todo_list=todos[0].list, items=[item], user=ann)
    assert PastOccurrence.objects.filter(list=other).count() == 5


def test_copy_of_the_open_list_begins_a_history_of_its_own() -> None:
    todo = make("FREQ=DAILY;COUNT=5")
    complete(todo)
    own = make_list(make_user())
    copy_open_list(own)
    copy = own.todos.get()
    assert (copy.rule, copy.occurrence, str(copy.due)) == ("FREQ=DAILY;COUNT=4", "2026-11-28", "2026-11-28")
    assert (copy.past_count, past(copy)) == (0, [])
    complete(copy)
    assert past(copy) == ["1 2026-11-28 completed"]


def test_history_says_who_of_several_did_it() -> None:
    ann, bob = make_user("ann"), make_user("bob")
    todo = make("FREQ=DAILY", user=ann)
    shared = share(todo.list, bob, "editor")
    update_todo(todo_list=shared, todo_id=todo.pk, changes={"completed": True})
    skip_todo(todo_list=todo.list, todo_id=todo.pk)
    assert [one.ended_by_id for one in past_occurrences(todo)] == [ann.pk, bob.pk]


# --- Imports ---


def imported(**values: Any) -> Todo:
    values = {"title": "x", "completed": False, "due": parse_deadline("2026-11-29T10:00:00")} | values
    one = ImportedTodo(make_todo().uid.__class__(int=7), values)
    import_todos(todo_list=make_list(), todos=[one])
    return Todo.objects.get(uid=one.uid)


def test_import_settles_a_series() -> None:
    todo = imported(rule="FREQ=WEEKLY;BYDAY=MO")
    assert (todo.rule, str(todo.due)) == ("FREQ=WEEKLY;BYDAY=MO", "2026-11-30T10:00:00")


def test_import_keeps_an_occurrence_that_was_moved() -> None:
    todo = imported(rule="FREQ=WEEKLY", occurrence="2026-11-27T14:00:00")
    assert (todo.rule, todo.occurrence, str(todo.due)) == (
        "FREQ=WEEKLY;BYDAY=FR", "2026-11-27T14:00:00", "2026-11-29T10:00:00",
    )  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        {"rule": "FREQ=SECONDLY"},
        {"rule": "FREQ=DAILY", "due": None},
        {"rule": "FREQ=DAILY", "occurrence": "no date"},
        {"rule": "FREQ=DAILY", "rule_zone": "Europe/Berlin"},
        {"occurrence": "2026-11-27"},
        {"repeats_from_completion": True},
    ],
)
def test_import_of_what_cannot_be_has_no_rule(values: dict) -> None:
    todo = imported(**values)
    assert (todo.rule, todo.occurrence, todo.repeats_from_completion) == ("", "", False)
