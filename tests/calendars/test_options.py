"""Options are declared once; everything else derives from the declaration, or these tests name what does not."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.generators import SchemaGenerator

from calendars.builds.build import build_calendar
from calendars.models import Calendar, CalendarJob, Feed, JobStatus
from calendars.options import (
    FEED_DEFAULTS,
    MAX_ALARM_MINUTES,
    OPTIONS,
    CalendarOptions,
    Flag,
    OptionsError,
    declare,
    offered,
)
from tests.factories import make_feed, make_job, make_list, make_todo, make_user


def test_feed_shows_what_is_open_unless_told_otherwise():
    assert CalendarOptions(completed="open") == FEED_DEFAULTS


def test_given_values_replace_and_the_others_stay():
    values = {"completed": "done", "shape": "before", "block_minutes": 1440, "alarm_minutes": 0}

    assert FEED_DEFAULTS.changed(values) == CalendarOptions(**values)
    assert (
        FEED_DEFAULTS.changed({"alarm_minutes": MAX_ALARM_MINUTES}).changed({"alarm_minutes": None})
        == FEED_DEFAULTS
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("completed", "some"),
        ("completed", None),
        ("completed", ["all"]),
        ("mark_completed", "true"),
        ("mark_completed", 1),
        ("shape", ""),
        ("block_minutes", 0),
        ("block_minutes", 1441),
        ("block_minutes", None),
        ("block_minutes", "30"),
        ("block_minutes", 30.0),
        ("block_minutes", True),
        ("components", "events"),
        ("alarm_minutes", -1),
        ("alarm_minutes", MAX_ALARM_MINUTES + 1),
        ("alarm_minutes", False),
        ("colour", "red"),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(OptionsError) as refused:
        FEED_DEFAULTS.changed({"shape": "after", name: value})

    assert list(refused.value.errors) == [name]
    assert refused.value.errors[name].endswith(".")


def test_every_wrong_value_is_named():
    with pytest.raises(OptionsError) as refused:
        FEED_DEFAULTS.changed({"shape": "round", "block_minutes": 0, "completed": "all"})

    assert set(refused.value.errors) == {"shape", "block_minutes"}


@dataclass(frozen=True)
class OptionsToCome(CalendarOptions):
    """With an option that does not exist yet."""

    colour: str = "red"


@dataclass(frozen=True)
class OptionsOfNextRelease(CalendarOptions):
    """With an option that this release obeys but does not offer."""

    in_colour: bool = declare(Flag(label="In colour", is_offered=False), default=False)


def test_option_that_is_not_offered_is_read_from_keys_and_cannot_be_chosen():
    key = OptionsOfNextRelease(in_colour=True).key

    assert OptionsOfNextRelease.from_key(key).in_colour
    assert offered(OptionsOfNextRelease) == offered(CalendarOptions) == OPTIONS


def full_key(options: CalendarOptions) -> str:
    """The key that 0.1.0 made, which has no filters."""
    values = {name: value for name, value in asdict(options).items() if name != "filter"}
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


SAMPLES = [CalendarOptions(), FEED_DEFAULTS, CalendarOptions(shape="after", block_minutes=5, alarm_minutes=0)]


def test_defaults_are_those_of_every_stored_key():
    assert asdict(CalendarOptions()) == {
        "completed": "all",
        "mark_completed": False,
        "shape": "moment",
        "block_minutes": 30,
        "components": "event",
        "alarm_minutes": None,
        "filter": "",
    }, "a key leaves out defaults: to change one would change what stored keys mean"


def test_key_names_only_what_is_not_the_default():
    assert CalendarOptions().key == "{}"
    assert CalendarOptions(shape="after", completed="open").key == '{"completed":"open","shape":"after"}'


@pytest.mark.parametrize("options", SAMPLES)
def test_key_of_either_form_is_read(options):
    assert CalendarOptions.from_key(options.key) == CalendarOptions.from_key(full_key(options)) == options


@pytest.mark.parametrize("options", SAMPLES)
def test_option_to_come_changes_no_key(options):
    to_come = OptionsToCome(**asdict(options))

    assert to_come.key == options.key
    assert OptionsToCome.from_key(options.key) == OptionsToCome.from_key(full_key(options)) == to_come
    assert OptionsToCome(colour="blue").key == '{"colour":"blue"}'


# A value that is not the default, of each option.
OTHER_VALUES = {
    "completed": "done",
    "mark_completed": True,
    "shape": "before",
    "block_minutes": 45,
    "components": "both",
    "alarm_minutes": 10,
    "filter": "essay",
}


@pytest.mark.parametrize("name", OPTIONS)
def test_option_is_known_everywhere(name, client, db):
    assert name in OTHER_VALUES, f"{name}: give this test another value of it"
    value = OTHER_VALUES[name]
    assert value != getattr(CalendarOptions(), name)
    chosen = CalendarOptions().changed({name: value})
    assert CalendarOptions.from_key(chosen.key) == chosen

    created = client.post("/api/v1/feeds", {"name": "x", "options": {name: value}}, "application/json").json()
    assert created["options"][name] == value, f"{name} is not in the API"
    schema = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    assert name in schema["Options"]["properties"], f"{name} is not in the schema"

    for page in ("/exports", "/feeds", f"/feeds/{created['id']}"):
        assert f'name="{name}"' in client.get(page).content.decode(), f"{name} is not on the page {page}"
    form = {"completed": "all"} | {name: "on" if value is True else value}
    assert client.post("/exports", form).status_code == 302
    job = CalendarJob.objects.get()
    assert getattr(job.calendar.options, name) == value, f"the form does not choose {name}"


def test_summary_says_what_is_not_the_default():
    with_block = {"shape": "before", "block_minutes": 45}
    summaries = {name: CalendarOptions().changed({name: value}).summary for name, value in OTHER_VALUES.items()}

    assert CalendarOptions().summary == "All todos with a deadline"
    assert summaries["completed"] == "Completed todos with a deadline"
    assert summaries["components"] == "All todos with a deadline, as events and tasks"
    assert summaries["alarm_minutes"] == "All todos with a deadline, an alarm 10 minutes before"
    assert CalendarOptions(**with_block).summary == (
        "All todos with a deadline, a block that ends at the deadline, 45 minutes long"
    )


def migrate(name: str | None = None) -> Any:
    """Migrate calendars to that migration, or to the last; return the models as they are there."""
    executor = MigrationExecutor(connection)
    targets = [("calendars", name)] if name else executor.loader.graph.leaf_nodes("calendars")
    return executor.migrate(targets).apps


@pytest.mark.django_db(transaction=True)
def test_calendars_of_the_previous_release_are_found_again(client):
    make_todo("Essay")
    job, feed = make_job(completed="done"), make_feed(shape="after")
    build_calendar(job.calendar_id)
    twice = make_job(make_user()).calendar
    Calendar.objects.create(list=twice.list, options_key=full_key(CalendarOptions()))
    Calendar.objects.create(list=twice.list, options_key="not of this program")
    kept = list(Calendar.objects.filter(list=twice.list).order_by("pk").values())
    try:
        old = migrate("0006_rename_fields").get_model("calendars", "Calendar").objects
        for calendar in Calendar.objects.exclude(list=twice.list):
            old.filter(pk=calendar.pk).update(options_key=full_key(calendar.options))
        assert '"components":"event"' in old.get(pk=job.calendar_id).options_key
    finally:
        migrate()

    assert Calendar.objects.get(pk=job.calendar_id).options_key == '{"completed":"done"}'
    assert Calendar.objects.get(pk=feed.feed.calendar_id).options_key == '{"completed":"open","shape":"after"}'
    assert list(Calendar.objects.filter(list=twice.list).order_by("pk").values()) == kept
    assert b"BEGIN:VCALENDAR" in client.get(f"/api/v1/todos/ical/{job.pk}/result").content
    assert b"SUMMARY:Essay" in client.get(feed.url).content
    again = make_job(completed="done")
    assert (again.calendar_id, again.status) == (job.calendar_id, JobStatus.SUCCESS)
    assert make_feed(shape="after").feed.calendar_id == feed.feed.calendar_id


@pytest.mark.django_db
def test_calendar_that_the_previous_release_creates_meanwhile_works(client):
    make_todo("Essay")
    made = make_feed(shape="after")
    calendar = Calendar.objects.create(list=make_list(), options_key=full_key(made.feed.calendar.options))
    Feed.objects.update(calendar=calendar)
    path = f"/api/v1/feeds/{made.feed.pk}"

    assert b"SUMMARY:Essay" in client.get(made.url).content
    assert client.get(path).json()["options"]["shape"] == "after"
    changed = client.put(path, {"name": "Home", "options": {"shape": "after"}}, "application/json").json()
    assert changed["name"] == "Home"
    assert b"SUMMARY:Essay" in client.get(made.url).content
