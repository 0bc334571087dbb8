"""Deadlines of every year, offset and form: sent back as they came, or refused with the field's name."""

import json

import pytest
from django.test import Client

from tests.hostile import JSON, assert_refused
from todos.models import Todo

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"

EXACT_YEARS = [-1, 0, 1, 999, 1000, 1001, 1582, 1900, 1969, 1970, 2026, 2038, 9997, 9998, 9999, 10000, 99999]
OFFSETS = [f"{sign}{hour:02}:{minute:02}" for sign in "+-" for hour in range(24) for minute in (0, 1, 30, 45, 59)]


def create(client: Client, deadline: object) -> object:
    return client.post(TODOS, json.dumps({"title": "Milk", "deadline_at": deadline}), JSON)


@pytest.mark.parametrize("year", EXACT_YEARS)
@pytest.mark.parametrize("rest", ["-01-01", "-06-15T12:00:00", "-12-31T23:59:59", "-07-01T00:00:00Z"])
def test_years_1000_to_9998_are_kept_and_no_others(client: Client, year: int, rest: str) -> None:
    deadline = f"{year:04}{rest}"
    answer = create(client, deadline)
    if 1000 <= year <= 9998:
        assert (answer.status_code, answer.json()["deadline_at"]) == (201, deadline)
        assert client.get(TODOS).json() == [answer.json()]
    else:
        assert_refused(answer, 400, fields=["deadline_at"])
        assert not Todo.objects.exists()


@pytest.mark.parametrize("moment", ["1000-01-01T00:00:00", "2026-03-29T02:30:00", "9998-12-31T23:59:59"])
def test_every_offset_is_an_instant_or_refused(client: Client, moment: str) -> None:
    for offset in OFFSETS:
        answer = create(client, moment + offset)
        if answer.status_code == 201:
            assert answer.json()["deadline_at"].endswith("Z")
            assert 1000 <= int(answer.json()["deadline_at"][:4]) <= 9998
        else:
            assert_refused(answer, 400, fields=["deadline_at"])
            assert not moment.startswith("2026")
    kept = client.get(TODOS).json()
    assert len(kept) == Todo.objects.count() > 0


@pytest.mark.parametrize(
    "deadline",
    [
        "",
        " ",
        "never",
        "2026",
        "2026-02",
        "2026-02-29",
        "2026-02-30T00:00:00",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "2026-1-1",
        "26-01-01",
        "2026-01-01T24:00:00",
        "2026-01-01T23:60:00",
        "2026-01-01T23:59:60",
        "2026-01-01T9:00:00",
        "2026-01-01T",
        "2026-01-01T09",
        "2026-01-01T09:00:00.",
        "2026-01-01T09:00:00,5",
        "2026-01-01T09:00:00+24:00",
        "2026-01-01T09:00:00+99:99",
        "2026-01-01T09:00:00+10:60",
        "2026-01-01T09:00:00+1",
        "2026-01-01T09:00:00 +10:00",
        "2026-01-01T09:00:00Z+10:00",
        "2026-01-01T09:00:00[Europe/Copenhagen]",
        "2026-W01-1",
        "2026-001",
        "20260101",
        "20260101T090000",
        "01/02/2026",
        " 2026-01-01",
        "2026-01-01 ",
        "2026-01-01\n",
        "2026-01-01\x00",
        "\u0662\u0660\u0662\u0666-01-01",
        "+2026-01-01",
        "-2026-01-01",
        "2026\u201001\u201001",
        "now",
        "1767225600",
        "2026-01-01T09:00:00." + "1" * 500_000 + "x",
        0,
        1767225600,
        10**30,
        1.5,
        True,
        [],
        ["2026-01-01"],
        {"date": "2026-01-01"},
    ],
)
def test_no_deadline_is_refused(client: Client, deadline: object) -> None:
    assert_refused(create(client, deadline), 400, fields=["deadline_at"])
    assert not Todo.objects.exists()
