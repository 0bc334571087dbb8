"""A build renders what changed and takes the rest from the file before: its bytes are those of a full render."""

import contextlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from calendars.builds.build import build_calendar, snapshot
from calendars.ical import renderer as ical
from calendars.jobs.services import request_calendar
from calendars.models import Calendar, CalendarFile
from calendars.options import CalendarOptions
from tests.calendars.strategies import deadlines, descriptions, label_names, parsed, priorities, series, titles
from tests.factories import make_job, make_list, make_some_list, make_todo, make_user, move_todos
from todos.deadlines import Deadline, DeadlineKind
from todos.labels import parse_labels
from todos.models import Label, MovedTodo, Todo, TodoList, TodoQuerySet
from todos.recurrence.occurrence import Occurrence
from todos.recurrence.rule import Rule
from todos.services import (
    TRASH_DAYS,
    BulkOutcome,
    InvalidParent,
    InvalidRule,
    complete_series,
    create_list,
    create_todo,
    delete_label,
    delete_todo,
    purge_todos,
    restore_todo,
    skip_todo,
    update_label,
    update_list,
    update_todo,
)

pytestmark = pytest.mark.django_db

CALENDARS = [
    CalendarOptions(),
    CalendarOptions(completed="open", components="both", alarm_minutes=15),
    CalendarOptions(completed="done", mark_completed=True, shape="before"),
    CalendarOptions(components="todo", shape="after", alarm_minutes=0),
]
# A day with no day after it: no admin or old program should store it, but one that does must not break the file.
NOT_TO_BE_RENDERED = Deadline(datetime(9999, 12, 31, tzinfo=UTC), DeadlineKind.DAY)
dues = st.one_of(st.none(), deadlines.map(parsed), deadlines.map(parsed), st.just(NOT_TO_BE_RENDERED))
some = st.integers(0, 2**16)
# Few, so that many todos have the same ones.
labels = st.lists(st.sampled_from(["Uni", "uni", "Work", "a;b", "é"]), max_size=3).map(parse_labels)


def ids(todos: TodoQuerySet) -> list[int]:
    return list(todos.order_by("pk").values_list("pk", flat=True))


def end_rule(*, todo_list: TodoList, todo_id: int) -> None:
    update_todo(todo_list=todo_list, todo_id=todo_id, changes={"rule": ""})


def repeat_from_completion(*, todo_list: TodoList, todo_id: int) -> None:
    changes = {"rule": "FREQ=DAILY;INTERVAL=3", "repeats_from_completion": True}
    update_todo(todo_list=todo_list, todo_id=todo_id, changes=changes)


def full_render(todo_list: TodoList, options: CalendarOptions) -> ical.RenderedCalendar:
    taken = snapshot(todo_list.pk, since=0)
    return ical.render_calendar(taken.name, taken.changed, options)


class ChangesOfAList(RuleBasedStateMachine):
    """What people do to a list, in any order, with calendars of it being built in between."""

    @initialize()
    def start(self) -> None:
        self.list = make_some_list()
        self.user = self.list.owner
        self.other = create_list(user=self.user, name="Other")
        self.built: list[Calendar] = []

    @property
    def live(self) -> list[int]:
        return ids(self.list.todos.visible())

    @property
    def repeating(self) -> list[int]:
        return ids(self.list.todos.visible().filter(completed=False).exclude(rule=""))

    @property
    def deleted(self) -> list[int]:
        return ids(self.list.todos.deleted())

    @property
    def away(self) -> list[int]:
        """What is in the other list."""
        return ids(self.other.todos.visible())

    @rule(
        title=titles,
        description=descriptions,
        due=dues,
        priority=priorities,
        labels=labels,
        completed=st.booleans(),
    )
    def create(self, **values: object) -> None:
        create_todo(todo_list=self.list, **values)

    @precondition(lambda self: self.live)
    @rule(which=some, title=titles, due=dues)
    def create_below(self, which: int, **values: object) -> None:
        with contextlib.suppress(InvalidParent):
            create_todo(todo_list=self.list, parent_id=self.live[which % len(self.live)], **values)

    @precondition(lambda self: self.live)
    @rule(which=some, parent=some, is_none=st.booleans())
    def put_below(self, which: int, parent: int, is_none: bool) -> None:
        live = self.live
        changes = {"parent_id": None if is_none else live[parent % len(live)]}
        with contextlib.suppress(InvalidParent):
            update_todo(todo_list=self.list, todo_id=live[which % len(live)], changes=changes)

    @precondition(lambda self: self.live)
    @rule(which=some, title=titles, description=descriptions, due=dues, priority=priorities, labels=labels)
    def edit(self, which: int, **changes: object) -> None:
        update_todo(todo_list=self.list, todo_id=self.live[which % len(self.live)], changes=changes)

    @precondition(lambda self: self.live)
    @rule(which=some)
    def tick(self, which: int) -> None:
        todo = Todo.objects.get(pk=self.live[which % len(self.live)])
        update_todo(todo_list=self.list, todo_id=todo.pk, changes={"completed": not todo.completed})

    @precondition(lambda self: self.live)
    @rule(which=some, series=series(), is_moved=st.booleans())
    def repeat(self, which: int, series: tuple[Rule, Occurrence], is_moved: bool) -> None:
        (rule, current), todo_id = series, self.live[which % len(self.live)]
        changes = {
            "due": current.deadline,
            "rule": str(rule),
            "rule_zone": current.zone or None,
            "repeats_from_completion": False,
        }
        update_todo(todo_list=self.list, todo_id=todo_id, changes=changes)
        if is_moved:
            due = Deadline(current.deadline.moment + timedelta(days=1, hours=1), DeadlineKind.FLOATING)
            update_todo(todo_list=self.list, todo_id=todo_id, changes={"due": due})

    @precondition(lambda self: self.repeating)
    @rule(which=some, change=st.sampled_from([skip_todo, complete_series, end_rule, repeat_from_completion]))
    def end_date(self, which: int, change: Callable) -> None:
        with contextlib.suppress(InvalidRule):
            change(todo_list=self.list, todo_id=self.repeating[which % len(self.repeating)])

    @precondition(lambda self: self.live)
    @rule(which=some)
    def undo(self, which: int) -> None:
        todo = Todo.objects.get(pk=self.live[which % len(self.live)])
        for completed in (not todo.completed, todo.completed):
            update_todo(todo_list=self.list, todo_id=todo.pk, changes={"completed": completed})

    @precondition(lambda self: self.live)
    @rule(which=some)
    def delete(self, which: int) -> None:
        delete_todo(todo_list=self.list, todo_id=self.live[which % len(self.live)])

    @precondition(lambda self: self.deleted)
    @rule(which=some)
    def restore(self, which: int) -> None:
        restore_todo(todo_list=self.list, todo_id=self.deleted[which % len(self.deleted)])

    @precondition(lambda self: self.deleted)
    @rule()
    def purge(self) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=TRASH_DAYS + 1)
        count = self.list.todos.deleted().update(deleted_at=long_ago)
        assert purge_todos() == count

    @precondition(lambda self: self.live)
    @rule(which=some)
    def move_away(self, which: int) -> None:
        self.move(self.list, self.other, self.live[which % len(self.live)])

    @precondition(lambda self: self.away)
    @rule(which=some)
    def move_back(self, which: int) -> None:
        self.move(self.other, self.list, self.away[which % len(self.away)])

    def move(self, source: TodoList, target: TodoList, todo_id: int) -> None:
        results = move_todos(user=self.user, source=source, target=target, todo_ids=[todo_id])
        assert [result.outcome for result in results] == [BulkOutcome.DONE]

    @precondition(lambda self: self.away)
    @rule(which=some, title=titles, due=dues)
    def edit_away(self, which: int, **changes: object) -> None:
        update_todo(todo_list=self.other, todo_id=self.away[which % len(self.away)], changes=changes)

    @rule()
    def purge_tombstones(self) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=TRASH_DAYS + 1)
        tombstones = MovedTodo.objects.filter(list__in=[self.list, self.other])
        count = tombstones.update(moved_at=long_ago)
        assert purge_todos() == count

    @rule(which=some, name=st.sampled_from(["UNI", "Work", "Other"]) | label_names)
    def rename_label(self, which: int, name: str) -> None:
        if own := list(Label.objects.of_owner(self.user.pk)):
            update_label(user=self.user, label_id=own[which % len(own)].pk, changes={"name": name})

    @rule(which=some)
    def delete_label(self, which: int) -> None:
        if own := list(Label.objects.of_owner(self.user.pk)):
            delete_label(user=self.user, label_id=own[which % len(own)].pk)

    @rule(name=titles.map(lambda title: title[:100]))
    def rename(self, name: str) -> None:
        update_list(todo_list=self.list, changes={"name": name})

    @rule(options=st.sampled_from(CALENDARS), is_other=st.booleans())
    def build(self, options: CalendarOptions, is_other: bool) -> None:
        todo_list = self.other if is_other else self.list
        calendar_id = request_calendar(todo_list=todo_list, options=options).calendar_id
        build_calendar(calendar_id)
        file = Calendar.objects.get(pk=calendar_id).current_file
        expected = full_render(todo_list, options)
        assert bytes(file.body) == expected.body
        assert file.events == expected.events
        assert file.skipped == expected.skipped
        assert file.renderer == expected.version
        assert (file.first_deadline, file.last_deadline) == (expected.first_deadline, expected.last_deadline)


def test_bytes_are_those_of_a_full_render_whatever_happened_to_the_list():
    run_state_machine_as_test(ChangesOfAList, settings=settings(max_examples=25, stateful_step_count=25))


@pytest.fixture
def rendered_uids(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """The todos that were rendered rather than copied, as they are."""
    uids = []
    render = ical.render_todo

    def watched(todo, options):
        uids.append(todo.uid)
        return render(todo, options)

    monkeypatch.setattr(ical, "render_todo", watched)
    return uids


def test_build_renders_only_what_changed(rendered_uids: list[uuid.UUID]):
    todos = [make_todo(f"todo {number}") for number in range(5)]
    build_calendar(make_job().calendar_id)
    assert sorted(rendered_uids) == sorted(todo.uid for todo in todos)
    rendered_uids.clear()

    update_todo(todo_list=make_list(), todo_id=todos[1].pk, changes={"title": "changed"})
    delete_todo(todo_list=make_list(), todo_id=todos[3].pk)
    new = make_todo("new")
    build_calendar(make_job().calendar_id)

    assert sorted(rendered_uids) == sorted([todos[1].uid, todos[3].uid, new.uid])


def test_build_of_the_list_that_a_todo_left_renders_it_alone(rendered_uids: list[uuid.UUID]):
    user = make_user()
    uni = create_list(user=user, name="Uni")
    todos = [make_todo(f"todo {number}", user=user) for number in range(5)]
    for todo_list in (make_list(user), uni):
        build_calendar(request_calendar(todo_list=todo_list, options=CalendarOptions()).calendar_id)
    rendered_uids.clear()

    move_todos(user=user, source=make_list(user), target=uni, todo_ids=[todos[2].pk])
    for todo_list in (make_list(user), uni):
        build_calendar(request_calendar(todo_list=todo_list, options=CalendarOptions()).calendar_id)

    assert rendered_uids == [todos[2].uid] * 2
    left, came = (calendar.current_file for calendar in Calendar.objects.order_by("pk"))
    assert (left.events, came.events) == (4, 1)
    assert str(todos[2].uid).encode() in bytes(came.body)
    assert str(todos[2].uid).encode() not in bytes(left.body)


def test_build_reads_no_more_rows_than_changed():
    todos = [make_todo(f"todo {number}") for number in range(5)]
    revision = make_list().revision

    assert snapshot(make_list().pk, since=revision).changed == []
    update_todo(todo_list=make_list(), todo_id=todos[1].pk, changes={"title": "changed"})
    assert [row.uid for row in snapshot(make_list().pk, since=revision).changed] == [todos[1].uid]


def test_purge_after_the_file_was_made_renders_all_again(rendered_uids: list[uuid.UUID]):
    gone, stays = make_todo("goes"), make_todo("stays")
    build_calendar(make_job().calendar_id)
    delete_todo(todo_list=make_list(), todo_id=gone.pk)
    Todo.objects.filter(pk=gone.pk).update(deleted_at=datetime.now(UTC) - timedelta(days=TRASH_DAYS + 1))
    purge_todos()
    rendered_uids.clear()

    job = make_job()
    build_calendar(job.calendar_id)

    job.refresh_from_db()
    assert rendered_uids == [stays.uid]
    assert bytes(job.file.body) == full_render(make_list(), CalendarOptions()).body


def test_files_that_were_dropped_are_made_anew():
    make_todo()
    build_calendar(make_job().calendar_id)
    body = bytes(CalendarFile.objects.get().body)
    CalendarFile.objects.all().delete()

    build_calendar(make_job().calendar_id)

    assert bytes(CalendarFile.objects.get().body) == body
