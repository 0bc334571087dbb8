"""Feeds. The peer has none, so each row names what it is compared with."""

import json
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

from benchmarks.client import Client, Unexpected
from benchmarks.figures import Figure, Row
from benchmarks.load import load
from benchmarks.rows.jobs import finished_result
from benchmarks.servers import Side

NEW = 1000
UNCHANGED = Row("poll of a feed, 304 (peer: GET one todo)", "/s", more_is_better=True, targets={1000: 2})
FULL = Row("poll of a feed, 200 (peer: a result)", "/s", more_is_better=True)
IMPORTED = Row("1,000 new todos until they are in the feed (peer: posted, until a job's result has them)", "s")
ADDED = Row("the same by single POSTs on both sides", "s")


def poll(side: Side, todos: int, seconds: int) -> Iterator[Figure]:
    """Measure polls with and without a matching ETag."""
    client = side.client()
    if not side.has_feeds:
        ids = client.todo_ids()
        yield load(UNCHANGED, side.url, seconds, path="/api/v1/todos/{id}", ids=ids, todos=todos)
        yield load(FULL, side.url, seconds, path=finished_result(client), todos=todos)
        return
    path = make_feed(client)
    _, _, headers = client.call("GET", path)
    known = {"If-None-Match": headers["etag"]}
    yield load(UNCHANGED, side.url, seconds, path=path, headers=known, todos=todos)
    yield load(FULL, side.url, seconds, path=path, todos=todos)


def add_many(side: Side) -> Iterator[Figure]:
    """Add todos the fastest way each side offers: an import if there is one, otherwise single POSTs."""
    client = side.client()
    feed = make_feed(client) if side.has_feeds else None

    def until_shown(add: Callable[[Client, str], None], name: str) -> float:
        began = time.perf_counter()
        add(client, name)
        _, body, _ = client.call("GET", feed or finished_result(client))
        seconds = time.perf_counter() - began
        if body.count(f"SUMMARY:{name}".encode()) != NEW:
            raise Unexpected("Not all new todos are in the calendar")
        return seconds

    posted = until_shown(post_each, "Posted")
    yield Figure(IMPORTED, until_shown(import_all, "Imported") if side.has_feeds else posted)
    yield Figure(ADDED, posted)


def post_each(client: Client, name: str) -> None:
    for number in range(NEW):
        client.json("POST", "/api/v1/todos", {"title": f"{name} {number}", "deadline_at": "2026-02-27T18:00:00"})


def import_all(client: Client, name: str) -> None:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{uuid4()}\r\nDTSTAMP:20260227T000000Z\r\nDTSTART:20260227T180000\r\n"
        f"SUMMARY:{name} {number}\r\nEND:VEVENT\r\n"
        for number in range(NEW)
    )
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//benchmark//EN\r\n{events}END:VCALENDAR\r\n"
    sent = {"Content-Type": "text/calendar"}
    status, answer, _ = client.call("POST", "/api/v1/todos/import", calendar.encode(), sent)
    if status != 200 or json.loads(answer)["added"] != NEW:
        raise Unexpected(f"An import got a {status}: {answer[:300]!r}")


def make_feed(client: Client) -> str:
    """Create a feed, build its file and return its path."""
    url = client.json("POST", "/api/v1/feeds", {"name": "Measured"})["url"]
    path = "/" + url.split("/", 3)[3]
    status, body, _ = client.call("GET", path)
    if status != 200:
        raise Unexpected(f"Creating a feed got a {status}: {body[:300]!r}")
    return path
