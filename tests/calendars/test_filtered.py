"""Calendars that are narrowed by a search: filter, page, API and feed show the same, in every build."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from calendars.builds.build import build_calendar, snapshot
from calendars.ical import renderer
from calendars.jobs.services import request_calendar
from calendars.models import Calendar
from calendars.options import FEED_DEFAULTS, MAX_FILTER_LENGTH, CalendarOptions, OptionsError
from tests.factories import make_feed, make_list, make_some_list, make_todo
from tests.hostile import JSON, assert_refused
from tests.todos.search_strategies import ZONES, calendar_queries, todo_values
from todos.agenda import Clock
from todos.models import Todo
from todos.search.language import Query
from todos.services import (
    InvalidRule,
    complete_series,
    create_todo,
    delete_todo,
    restore_todo,
    skip_todo,
    update_list,
    update_todo,
)

pytestmark = pytest.mark.django_db
some = st.integers(0, 2**16)
FEEDS = "/api/v1/feeds"


def titles(body: bytes) -> list[str]:
    return sorted(line[8:] for line in body.decode().split("\r\n") if line.startswith("SUMMARY:"))


def options_of(query: Query, **values: Any) -> CalendarOptions | None:
    try:
        return CalendarOptions().changed({"filter": f"{query}"} | values)
    except OptionsError:  # too long for a calendar
        return None


class ChangesOfAList(RuleBasedStateMachine):
    """What people do to a list, with filtered calendars of it being built in between."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        # After an error of the database, another example would fail before it comes to that error.
        transaction.set_rollback(False)
        transaction.savepoint_rollback(self.savepoint)

    @initialize(
        queries=st.lists(calendar_queries.filter(options_of), min_size=3, max_size=3), zone=st.sampled_from(ZONES)
    )
    def start(self, queries: list[Query], zone: str) -> None:
        self.list = make_some_list()
        update_list(todo_list=self.list, changes={"time_zone": zone})
        extra = [{}, {"components": "both"}, {"completed": "open"}]
        self.calendars = [options_of(query, **more) for query, more in zip(queries, extra, strict=True)]
        self.live: list[int] = []
        self.deleted: list[int] = []

    @rule(values=todo_values(may_repeat=True))
    def create(self, values: dict) -> None:
        self.live.append(create_todo(todo_list=self.list, **values).pk)

    @precondition(lambda self: self.live)
    @rule(
        which=some,
        values=todo_values(may_repeat=True),
        names=st.sets(st.sampled_from(["title", "description", "completed", "due", "priority", "labels", "rule"])),
    )
    def edit(self, which: int, values: dict, names: set[str]) -> None:
        changes = {name: values[name] for name in names}
        if "rule" in names:
            changes["repeats_from_completion"] = values["repeats_from_completion"]
        with contextlib.suppress(InvalidRule):  # no deadline, or no date after it
            update_todo(todo_list=self.list, todo_id=self.live[which % len(self.live)], changes=changes)

    @precondition(lambda self: self.live)
    @rule(which=some, end=st.sampled_from([skip_todo, complete_series]))
    def end_occurrence(self, which: int, end: Callable) -> None:
        with contextlib.suppress(InvalidRule):  # it does not repeat
            end(todo_list=self.list, todo_id=self.live[which % len(self.live)])

    @precondition(lambda self: self.live)
    @rule(which=some)
    def delete(self, which: int) -> None:
        self.deleted.append(self.live.pop(which % len(self.live)))
        delete_todo(todo_list=self.list, todo_id=self.deleted[-1])

    @precondition(lambda self: self.deleted)
    @rule(which=some)
    def restore(self, which: int) -> None:
        self.live.append(self.deleted.pop(which % len(self.deleted)))
        restore_todo(todo_list=self.list, todo_id=self.live[-1])

    @rule(zone=st.sampled_from(ZONES))
    def change_time_zone(self, zone: str) -> None:
        update_list(todo_list=self.list, changes={"time_zone": zone})

    @rule(which=st.integers(0, 2))
    def build(self, which: int) -> None:
        options = self.calendars[which]
        calendar_id = request_calendar(todo_list=self.list, options=options).calendar_id
        build_calendar(calendar_id)
        file = Calendar.objects.get(pk=calendar_id).current_file
        taken = snapshot(self.list.pk, since=0)
        zone = ZoneInfo(taken.time_zone)
        expected = renderer.render_calendar(taken.name, taken.changed, options, zone=zone)
        assert bytes(file.body) == expected.body
        assert file.renderer == expected.version
        assert (file.first_deadline, file.last_deadline) == (expected.first_deadline, expected.last_deadline)
        clock = Clock(datetime.now(UTC), zone)
        found = self.list.todos.visible().filter(deadline__isnull=False)
        found = found.found_by(options.query, [(self.list, clock)])
        if options.completed == "open":
            found = found.completed(False)
        assert file.events == found.count()


def test_bytes_are_those_of_a_full_render_and_show_what_the_filter_finds() -> None:
    run_state_machine_as_test(
        ChangesOfAList,
        settings=settings(
            deadline=None,
            max_examples=25,
            stateful_step_count=25,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


@settings(max_examples=30)
@given(
    values=st.lists(todo_values(may_repeat=True), max_size=4), query=calendar_queries, zone=st.sampled_from(ZONES)
)
def test_filter_page_api_and_feed_show_the_same(values: list[dict], query: Query, zone: str) -> None:
    if (options := options_of(query)) is None:
        return
    todo_list = make_some_list()
    update_list(todo_list=todo_list, changes={"time_zone": zone})
    todo_list.refresh_from_db()
    todos = [create_todo(todo_list=todo_list, **one) for one in values]
    expected = {todo.pk for todo in todos if query.holds(todo, Clock.of(todo_list), todo_list)}
    client = Client()
    client.force_login(todo_list.owner)

    api = client.get("/api/v1/todos", {"query": f"{query}"}).json()
    assert {todo["id"] for todo in api} == expected
    saved = client.post("/api/v1/filters", {"name": "x", "query": f"{query}"}, JSON).json()
    assert {todo["id"] for todo in client.get(f"/api/v1/filters/{saved['id']}/todos").json()} == expected
    page = client.get(f"/filters/{saved['id']}").context["found"]
    assert {entry.todo.pk for entry in page.entries} == expected
    groups = client.get("/", {"q": f"{query}"}).context["listing"].groups
    assert {entry.todo.pk for group in groups for entry in group.entries} == expected
    feed = make_feed(todo_list.owner, completed="all", filter=options.filter)
    body = client.get(feed.url).content.decode()
    dated = {f"{todo.uid}" for todo in todos if todo.pk in expected and todo.deadline}
    assert {line[4:] for line in body.split("\r\n") if line.startswith("UID:")} == dated


def test_todo_that_leaves_the_filter_leaves_the_feed(client: Client) -> None:
    stays, leaves = make_todo("Essay one"), make_todo("Essay two")
    feed = make_feed(filter="essay -is:done")
    assert titles(client.get(feed.url).content) == ["Essay one", "Essay two"]
    update_todo(todo_list=make_list(), todo_id=leaves.pk, changes={"title": "Bath"})
    assert titles(client.get(feed.url).content) == ["Essay one"]
    update_todo(todo_list=make_list(), todo_id=leaves.pk, changes={"description": "essay"})
    assert titles(client.get(feed.url).content) == ["Bath", "Essay one"]
    assert Todo.objects.get(pk=stays.pk).revision == 1


def test_day_of_a_moment_changes_with_the_time_zone(client: Client) -> None:
    make_todo("Essay", "2026-12-01T23:30:00Z")
    feed = make_feed(filter="due:2026-12-02")
    assert titles(client.get(feed.url).content) == []
    update_list(todo_list=make_list(), changes={"time_zone": "Europe/Berlin"})
    assert titles(client.get(feed.url).content) == ["Essay"]
    update_list(todo_list=make_list(), changes={"time_zone": "UTC"})
    assert titles(client.get(feed.url).content) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("essay due:<7d", "“due:<7d”: a calendar cannot depend on the time; use dates, such as due:<2026-03-01."),
        ("due:today", "“due:today”: a calendar cannot depend on the time; use dates, such as due:<2026-03-01."),
        (
            "-is:overdue",
            "“-is:overdue”: a calendar cannot depend on the time; use dates, such as due:<2026-03-01.",
        ),
        ("list:Work", "“list:Work”: a calendar has the todos of one list."),
        ("due:soon", "“due:soon”: use a date such as 2026-02-27, or days such as 7d."),
        ("x" * (MAX_FILTER_LENGTH + 1), "A calendar’s filter has 110 characters at most."),
        (7, "This must be text."),
    ],
)
def test_filter_that_a_calendar_cannot_have_is_refused_with_a_sentence(
    client: Client, text: object, sentence: str
) -> None:
    answer = client.post(FEEDS, {"name": "x", "options": {"filter": text}}, JSON)
    assert_refused(answer, 400, fields=["options.filter"])
    assert answer.json()["fields"]["options.filter"] == [sentence]
    if isinstance(text, str):
        page = client.post("/feeds", {"name": "x", "completed": "open", "filter": text})
        assert page.status_code == 422
        assert sentence in page.text.replace("&lt;", "<")
    assert not Calendar.objects.exists()


def test_filter_is_kept_in_its_canonical_form_and_can_be_removed(client: Client) -> None:
    feed = client.post(FEEDS, {"name": "x", "options": {"filter": '  IS:open "essay"'}}, JSON).json()
    assert feed["options"]["filter"] == "is:open essay"
    assert '"filter":"is:open essay"' in Calendar.objects.get().options_key
    page = f"/feeds/{feed['id']}"
    assert 'value="is:open essay"' in client.get(page).text
    client.post(page, {"name": "x", "completed": "open", "filter": ""})
    assert client.get(f"{FEEDS}/{feed['id']}").json()["options"] == vars(FEED_DEFAULTS)


def test_longest_key_fits_its_column() -> None:
    longest = {
        "completed": "done", "mark_completed": True, "shape": "before", "block_minutes": 1439, "components": "both",
        "alarm_minutes": 40_319, "filter": "ü" * MAX_FILTER_LENGTH,
    }  # fmt: skip
    assert len(CalendarOptions().changed(longest).key) <= Calendar._meta.get_field("options_key").max_length
