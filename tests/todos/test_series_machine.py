"""Todos that repeat, through everything that people do to them in any order, beside a simple model."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.factories import make_some_list
from todos import undo
from todos.deadlines import parse_deadline
from todos.models import PastOccurrence, Todo
from todos.services import (
    Action,
    BulkItem,
    BulkOutcome,
    InvalidRule,
    change_todos,
    complete_series,
    create_todo,
    past_occurrences,
    skip_todo,
    update_todo,
)

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = ("", "T18:00:00", "T18:00:00Z")  # a day, a clock's time, an instant
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Rule:
    """A rule as the model knows it: every so many days, or weeks on a weekday, or months on a day."""

    unit: str
    interval: int
    day: int
    count: int | None = None
    until: date | None = None

    def __str__(self) -> str:
        parts = [f"FREQ={self.unit}"]
        parts += [f"INTERVAL={self.interval}"] if self.interval > 1 else []
        parts += [f"COUNT={self.count}"] if self.count else []
        parts += [f"UNTIL={self.until:%Y%m%d}"] if self.until else []
        if self.unit == "WEEKLY":
            parts.append(f"BYDAY={DAYS[self.day % 7]}")
        if self.unit == "MONTHLY":
            parts.append(f"BYMONTHDAY={self.day % 31 + 1}")
        return ";".join(parts)

    def has(self, day: date) -> bool:
        if self.until and day > self.until:
            return False
        if self.unit == "WEEKLY":
            return day.weekday() == self.day % 7
        return self.unit == "DAILY" or day.day == self.day % 31 + 1

    def first(self, day: date) -> date | None:
        return next((one for one in days_from(day) if self.has(one)), None)

    def after(self, day: date) -> date | None:
        """Return the day after this one, which is one of the rule's."""
        if self.count == 1:
            return None
        if self.unit == "MONTHLY":
            months = (one for one in days_from(day + timedelta(days=1)) if one.day == self.day % 31 + 1)
            distance = (((one.year - day.year) * 12 + one.month - day.month, one) for one in months)
            found = next((one for months, one in distance if months % self.interval == 0), None)
        else:
            found = day + timedelta(days=self.interval * (7 if self.unit == "WEEKLY" else 1))
        return found if found and not (self.until and found > self.until) else None

    def less(self) -> "Rule":
        return Rule(self.unit, self.interval, self.day, self.count and self.count - 1, self.until)


def days_from(day: date) -> Any:
    return (day + timedelta(days=number) for number in range(8000))


@dataclass
class Model:
    """A todo: a deadline and an occurrence are a day and one of TIMES."""

    due: tuple[date, str] | None
    rule: Rule | None = None
    occurrence: tuple[date, str] | None = None
    completed: bool = False
    deleted: bool = False
    title: str = "x"
    past: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_series(self) -> bool:
        return self.rule is not None

    def fields(self) -> dict[str, Any]:
        names = ("due", "occurrence", "completed", "title")
        return {name: getattr(self, name) for name in names} | {
            "rule": str(self.rule or ""),
            "count": len(self.past),
        }

    def set_due(self, due: tuple[date, str] | None) -> None:
        if due == self.due:
            return
        self.due = due
        if due is None:
            self.rule = self.occurrence = None
        elif self.rule and self.rule.has(due[0]):
            self.occurrence = due

    def set_rule(self, wanted: Rule | None) -> bool:
        """Return whether the todo can have the rule."""
        if wanted is None:
            self.rule = self.occurrence = None
            return True
        if self.due is None:
            return False
        if str(wanted) == str(self.rule):
            return True
        if self.rule and self.due != self.occurrence and wanted.first(self.occurrence[0]) == self.occurrence[0]:
            self.rule = wanted  # the deadline was moved, and stays
            return True
        first = wanted.first(self.due[0])
        if first is None:
            return False
        self.rule, self.due = wanted, (first, self.due[1])
        self.occurrence = self.due
        return True

    def end(self, outcome: str, *, ends_series: bool = False) -> None:
        if self.completed:
            return
        if self.rule is None:
            self.completed = True
            return
        self.past.append((text(self.due), outcome))
        following = None if ends_series else self.rule.after(self.occurrence[0])
        if following is None:
            self.completed = True
        else:
            self.rule = self.rule.less()
            self.occurrence = self.due = (following, self.occurrence[1])

    def reopen(self) -> None:
        if self.completed and self.rule and self.past:
            self.past.append((text(self.due), "reopened"))
        self.completed = False

    def history(self) -> list[tuple[str, str]]:
        """Return what stays of the past: reopening takes back the last date, if it is the same."""
        kept: list[tuple[str, str]] = []
        for due, outcome in self.past:
            if outcome != "reopened":
                kept.append((due, outcome))
            elif kept and kept[-1][0] == due:
                kept.pop()
        return kept


SERIES = ("due", "rule", "occurrence", "count")


@dataclass
class Done:
    """What was done to a todo, and the token that undoes it."""

    pk: int
    token: str
    before: Model
    after: Model

    def changed(self) -> list[str]:
        before, after = self.before.fields(), self.after.fields()
        names = [name for name in before if before[name] != after[name]]
        if set(names) & set(SERIES) and (before["rule"] or after["rule"]):
            names = [*{*names, *SERIES}]
        return names


def text(moment: tuple[date, str]) -> str:
    return f"{moment[0]}{moment[1]}"


def shown(moment: tuple[date, str] | None) -> str:
    """Return an occurrence as it is stored."""
    return (text(moment).replace("Z", " UTC")) if moment else ""


days = st.integers(0, 45).map(lambda number: date(2026, 11, 20) + timedelta(days=number))
deadlines = st.tuples(days, st.sampled_from(TIMES))
rules = st.builds(
    Rule,
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(1, 3),
    st.integers(0, 30),
    st.none() | st.integers(1, 4),
) | st.builds(
    Rule,
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(1, 3),
    st.integers(0, 30),
    st.none(),
    st.integers(0, 120).map(lambda number: date(2026, 11, 20) + timedelta(days=number)),
)
some = st.integers(0, 2**16)


class Series(RuleBasedStateMachine):
    """What people do to todos of one list."""

    @initialize()
    def start(self) -> None:
        self.list = make_some_list()
        self.todos: dict[int, Model] = {}
        self.done: list[Done] = []

    def pick(self, which: int, *, deleted: bool = False) -> tuple[int, Model]:
        ids = sorted(pk for pk, one in self.todos.items() if one.deleted == deleted)
        pk = ids[which % len(ids)]
        return pk, self.todos[pk]

    def has_visible(self) -> bool:
        return any(not one.deleted for one in self.todos.values())

    def do(self, pk: int, before: Model, action: str, **changes: Any) -> BulkOutcome:
        """Do one item, which the model has done already; remember how to undo it."""
        [result] = change_todos(todo_list=self.list, items=[BulkItem(pk, action, changes)])
        if token := undo.offer(self.list, [result]):
            self.done.append(Done(pk, token, before, deepcopy(self.todos[pk])))
        return result.outcome

    @rule(due=st.none() | deadlines, wanted=st.none() | rules)
    def create(self, due: tuple[date, str] | None, wanted: Rule | None) -> None:
        model = Model(due)
        may = model.set_rule(wanted)
        values = {"due": parse_deadline(text(due)) if due else None, "rule": str(wanted or "")}
        try:
            todo = create_todo(todo_list=self.list, title="x", **values)
        except InvalidRule:
            assert not may
        else:
            assert may
            self.todos[todo.pk] = model

    @precondition(has_visible)
    @rule(which=some, wanted=st.none() | rules, through_api=st.booleans())
    def edit_rule(self, which: int, wanted: Rule | None, through_api: bool) -> None:
        pk, model = self.pick(which)
        before = deepcopy(model)
        may = model.set_rule(wanted)
        if through_api:
            try:
                update_todo(todo_list=self.list, todo_id=pk, changes={"rule": str(wanted or "")})
            except InvalidRule:
                assert not may
            else:
                assert may
        else:
            outcome = self.do(pk, before, Action.UPDATE, rule=str(wanted or ""))
            assert (outcome == BulkOutcome.INVALID) == (not may)

    @precondition(has_visible)
    @rule(which=some, due=st.none() | deadlines, through_api=st.booleans())
    def edit_deadline(self, which: int, due: tuple[date, str] | None, through_api: bool) -> None:
        pk, model = self.pick(which)
        before = deepcopy(model)
        model.set_due(due)
        value = parse_deadline(text(due)) if due else None
        if through_api:
            update_todo(todo_list=self.list, todo_id=pk, changes={"due": value})
        else:
            self.do(pk, before, Action.UPDATE, due=value)

    @precondition(has_visible)
    @rule(which=some, title=st.sampled_from("abc"))
    def edit_title(self, which: int, title: str) -> None:
        pk, model = self.pick(which)
        before = deepcopy(model)
        model.title = title
        self.do(pk, before, Action.UPDATE, title=title)

    @precondition(has_visible)
    @rule(which=some, through_api=st.booleans())
    def complete(self, which: int, through_api: bool) -> None:
        pk, model = self.pick(which)
        before = deepcopy(model)
        model.end("completed")
        if through_api:
            update_todo(todo_list=self.list, todo_id=pk, changes={"completed": True})
        else:
            self.do(pk, before, Action.COMPLETE)

    @precondition(has_visible)
    @rule(which=some, through_api=st.booleans())
    def skip(self, which: int, through_api: bool) -> None:
        pk, model = self.pick(which)
        before, may = deepcopy(model), model.is_series and not model.completed
        if may:
            model.end("skipped")
        if through_api:
            try:
                skip_todo(todo_list=self.list, todo_id=pk)
            except InvalidRule:
                assert not may
            else:
                assert may
        else:
            assert (self.do(pk, before, Action.SKIP) == BulkOutcome.DONE) == may

    @precondition(has_visible)
    @rule(which=some, through_api=st.booleans())
    def complete_series(self, which: int, through_api: bool) -> None:
        pk, model = self.pick(which)
        before = deepcopy(model)
        model.end("completed", ends_series=True)
        if through_api:
            complete_series(todo_list=self.list, todo_id=pk)
        else:
            self.do(pk, before, Action.COMPLETE_SERIES)

    @precondition(has_visible)
    @rule(which=some)
    def reopen(self, which: int) -> None:
        pk, model = self.pick(which)
        before = deepcopy(model)
        model.reopen()
        self.do(pk, before, Action.REOPEN)

    @precondition(has_visible)
    @rule(which=some)
    def delete(self, which: int) -> None:
        pk, model = self.pick(which)
        before = deepcopy(model)
        model.deleted = True
        self.do(pk, before, Action.DELETE)

    @precondition(lambda self: any(one.deleted for one in self.todos.values()))
    @rule(which=some)
    def restore(self, which: int) -> None:
        pk, model = self.pick(which, deleted=True)
        model.deleted = False
        change_todos(todo_list=self.list, items=[BulkItem(pk, Action.RESTORE)])

    @precondition(lambda self: self.done)
    @rule(which=st.just(0) | st.just(0) | some)
    def undo(self, which: int) -> None:
        """Undo the last thing, or any: it is still as that left it, or nothing happens."""
        done = self.done[-1 - which % len(self.done)]
        model, now = self.todos[done.pk], self.todos[done.pk].fields()
        [result] = change_todos(todo_list=self.list, items=undo.read(self.list, done.token))
        before, after = done.before.fields(), done.after.fields()
        if done.after.deleted:
            assert result.outcome == (BulkOutcome.DONE if model.deleted else BulkOutcome.GONE)
            model.deleted = False
        elif model.deleted:
            assert result.outcome == BulkOutcome.GONE
        elif any(now[name] != after[name] for name in done.changed()):
            assert result.outcome == BulkOutcome.CONFLICT
        else:
            assert result.outcome == BulkOutcome.DONE
            names = done.changed()
            if "due" in names and "rule" not in names:
                model.set_due(before["due"])
                names.remove("due")
            for name in set(names) - {"count"}:
                setattr(model, name, getattr(done.before, name))
            del model.past[before["count"] if "count" in names else len(model.past) :]

    @invariant()
    def todos_are_as_the_model_has_them(self) -> None:
        if not hasattr(self, "list"):
            return
        found = {
            todo.pk: (
                str(todo.due or ""), todo.rule, todo.occurrence, todo.completed, todo.completed_at is not None,
                todo.deleted_at is not None, todo.title, todo.past_count, todo.repeats_from_completion,
            )
            for todo in Todo.objects.filter(list=self.list)
        }  # fmt: skip
        assert found == {
            pk: (
                text(one.due) if one.due else "", str(one.rule or ""), shown(one.occurrence), one.completed,
                one.completed, one.deleted, one.title, len(one.past), False,
            )
            for pk, one in self.todos.items()
        }  # fmt: skip
        past: dict[int, list] = {pk: [] for pk in self.todos}
        for row in PastOccurrence.objects.filter(list=self.list).order_by("todo", "number"):
            past[row.todo_id].append((str(row.due), row.outcome))
            assert row.number == len(past[row.todo_id])
        assert past == {pk: one.past for pk, one in self.todos.items()}
        for todo in Todo.objects.filter(list=self.list):
            history = [(str(row.due), row.outcome) for row in past_occurrences(todo)]
            assert history[::-1] == self.todos[todo.pk].history()


def test_anything_in_any_order_is_as_in_the_model() -> None:
    run_state_machine_as_test(Series, settings=settings(max_examples=60, stateful_step_count=30))
