"""Every page, asked and sent what no browser sends: an answer, and never one that says that we are at fault."""

import pytest
from django.test import Client

from tests.factories import make_user
from tests.hostile import STRANGE_IDS, STRANGE_TEXTS
from tests.test_walk import addresses, fill, make_victim

pytestmark = pytest.mark.django_db

FIELDS = [
    "title", "description", "date", "time", "zone", "sequence", "literally", "todo", "action", "day", "token",
    "name", "time_zone", "week_start", "completed", "shape", "block_minutes", "components", "alarm_minutes",
    "email", "username", "password", "password1", "password2", "old_password", "scope", "file", "next",
    "q", "state", "sort", "view", "page",
]  # fmt: skip
VALUES = {
    "template": STRANGE_TEXTS["template"],
    "control characters": STRANGE_TEXTS["control characters"],
    "nothing": "",
    "NUL": "a\x00b",
    "bytes": "\xed\xa0\x80",
    "long": "x" * 20_000,
    "digits": "9" * 5_000,
    "more than a column holds": "9" * 30,
    "other digits": "\u0663\u00b2",
    "less than nothing": "-1",
    "no number": "NaN",
    "before all dates": "-0001-01-01",
    "after all dates": "99999-01-01",
    "no day": "2026-02-30",
    "no file": "Europe/../../etc/passwd",
    "elsewhere": "//evil.example/",
}
ENDS = {"accounts/logout", "accounts/delete"}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_nothing_that_is_sent_to_a_page_breaks_it(client: Client, value: str) -> None:
    user = make_user("ann")
    client.force_login(user)
    client.raise_request_exception = False
    victim = make_victim(user)
    for address, pattern in addresses():
        if address.startswith(("api/", "admin/")) or address in ENDS:
            continue
        path = fill(address, pattern, victim)
        for answer in (
            client.post(path, dict.fromkeys(FIELDS, value)),
            client.get(path, dict.fromkeys(FIELDS, value[:200])),
            client.get(path, {"title": value[:200], "q": value[:200]}, headers={"HX-Request": "true"}),
        ):
            assert answer.status_code < 500, path
            assert "evil.example" not in answer.headers.get("Location", ""), path


@pytest.mark.parametrize("given", [name for name in STRANGE_IDS if len(name) < 5_000])
def test_no_address_of_a_page_breaks_it(client: Client, given: str) -> None:
    client.raise_request_exception = False
    for path in ("todos/{}", "exports/{}", "feeds/{}", "calendar/{}/1", "calendar/2026/{}", "calendars/{}.ics"):
        assert client.get("/" + path.format(given)).status_code < 500, path
