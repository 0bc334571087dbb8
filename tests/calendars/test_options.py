import pytest

from calendars.options import FEED_DEFAULTS, MAX_ALARM_MINUTES, CalendarOptions, OptionsError


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
