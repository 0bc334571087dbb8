"""Whether the page that shows the machine says what the database says."""

import json
import re
import time
import urllib.request

from tests.chaos.judge import Judge
from tests.chaos.world import World

SECONDS = 120
# What the page calls it, and the database's answer.
TILES = {
    "Exports waiting": "SELECT count(*) FROM calendars_calendarjob WHERE status = 'PENDING'",
    "Exports being built": "SELECT count(*) FROM calendars_calendarjob WHERE status = 'STARTED'",
    **{
        f"Exports {word}, last hour": (
            "SELECT count(*) FROM calendars_calendarjob "
            f"WHERE status = '{status}' AND finished_at > now() - interval '1 hour'"
        )
        for word, status in {"ready": "SUCCESS", "failed": "FAILURE", "cancelled": "REVOKED"}.items()
    },
    **{
        name: f"SELECT count(*) FROM calendars_calendar, {{now}} WHERE due_at IS NOT NULL AND {condition}"
        for name, condition in {
            "Calendars due": "due_at <= now AND coalesce(lease_until, 0) <= now",
            "Being built": "lease_until > now AND lease_token IS NOT NULL",
            "Resting after a failure": "lease_until > now AND lease_token IS NULL",
            "Due soon": "due_at > now AND coalesce(lease_until, 0) <= now",
        }.items()
    },
}
NOW = "(SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now) AS clock"
WORKERS = "SELECT id FROM calendars_worker ORDER BY seen_at DESC LIMIT 50"
EVENTS = "SELECT id FROM observatory_event ORDER BY id DESC LIMIT 500"


def differences(world: World, judge: Judge) -> list[str]:
    """Return what the page says otherwise than the database does, once the database says the same before and after."""
    cookie = world.sign_in()
    deadline = time.monotonic() + SECONDS
    while True:
        before = of_database(judge)
        page = of_page(world, cookie)
        after = of_database(judge)
        if before == after:
            return [
                f"{name}: {page.get(name)} instead of {value}"
                for name, value in after.items()
                if page.get(name) != value
            ]
        if time.monotonic() > deadline:
            return [f"something happened all the time for {SECONDS} s"]


def of_database(judge: Judge) -> dict[str, object]:
    return {
        **{name: judge.value(query.format(now=NOW)) for name, query in TILES.items()},
        "workers": {name for (name,) in judge.run(WORKERS)},
        "events": {number for (number,) in judge.run(EVENTS)},
    }


def of_page(world: World, cookie: str) -> dict[str, object]:
    """Return what an open page is told."""
    request = urllib.request.Request(f"{world.web.url}/machine/events?once", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        told = json.loads(re.search(rb"^data: (.*)$", answer.read(), re.MULTILINE)[1])
    tiles = re.findall(r"<dt>([^<]*)</dt><dd>(\d+)", told["numbers"])
    return {
        **{name: int(value) for name, value in tiles},
        "workers": set(re.findall(r"<li><code>([^<]*)</code>", told["numbers"])),
        "events": {event["id"] for event in told["events"]},
    }
