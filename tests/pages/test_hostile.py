"""Every page, asked and sent what no browser sends: an answer, and never one that says that we are at fault."""

import os
import random

import pytest
from django.test import Client

from tests.factories import make_list, make_user
from tests.hostile import JSON, STRANGE_IDS, STRANGE_TEXTS
from tests.test_walk import addresses, fill, make_victim

pytestmark = pytest.mark.django_db

FIELDS = [
    "title", "description", "date", "time", "zone", "sequence", "literally", "todo", "action", "day", "token",
    "name", "time_zone", "week_start", "completed", "shape", "block_minutes", "components", "alarm_minutes",
    "email", "username", "password", "password1", "password2", "old_password", "scope", "file", "next",
    "q", "priority", "state", "sort", "view", "page", "list", "color", "to",
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
    victim = make_victim(user, make_list(user))
    for address in addresses():
        if address.startswith(("api/", "admin/")) or address in ENDS:
            continue
        path = fill(address, victim)
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


def test_random_requests_break_no_page(client: Client) -> None:
    """500 requests; FUZZED_REQUESTS=25000 sends more. A failure names its request."""
    chance = random.Random(20261126)
    user = make_user("ann")
    victim = make_victim(user, make_list(user))
    client.raise_request_exception = False
    # /api/v1/ready answers 503 while no worker runs.
    paths = [fill(address, victim) for address in addresses() if address not in {*ENDS, "api/v1/ready"}]
    values = [
        *VALUES.values(),
        *STRANGE_TEXTS.values(),
        "1",
        "on",
        "2026-02-27",
        "18:00",
        "complete",
        str(victim.ids["todo"]),
    ]
    for _ in range(int(os.environ.get("FUZZED_REQUESTS", "500"))):
        client.force_login(user) if chance.random() < 0.7 else client.logout()
        path = chance.choice(paths)
        data = {name: chance.choice(values) for name in chance.sample(FIELDS, chance.randrange(8))}
        method = chance.choice(["get", "post", "post", "put", "delete", "head", "options"])
        headers = {"HX-Request": "true"} if chance.random() < 0.3 else {}
        if method in {"get", "head", "post"}:
            answer = getattr(client, method)(path, data, headers=headers)
        else:
            answer = getattr(client, method)(
                path, chance.choice(values), chance.choice([JSON, "text/plain"]), headers=headers
            )
        assert answer.status_code < 500, (method, path, data)
