"""The peer's worker: receives all todos in the message and returns the calendar as the task's result."""

import os
from datetime import UTC, datetime

from celery import Celery
from celery.backends.redis import RedisBackend
from icalendar import Calendar, Event

REDIS_URL = os.environ["BROKER_URL"]


class PolledRedisBackend(RedisBackend):
    """Results are only polled. A subscription would also send each one to the web server."""

    def on_task_call(self, producer, task_id):
        """Subscribe to nothing."""


app = Celery("peer", broker=REDIS_URL, backend=f"benchmarks.peer.tasks.PolledRedisBackend+{REDIS_URL}")
app.conf.update(
    task_default_queue="ical",
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    result_expires=24 * 60 * 60,
    task_track_started=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@app.task(name="ical")
def render_calendar(todos: list[dict]) -> str:
    """Return the calendar of all todos with a deadline."""
    calendar = Calendar()
    calendar.add("prodid", "-//Taskoverflow Calendar//mxm.dk//")
    calendar.add("version", "2.0")
    stamp = datetime.now(UTC)
    for todo in todos:
        if todo["deadline_at"] is None:
            continue
        event = Event()
        event.add("uid", str(todo["id"]))
        event.add("dtstamp", stamp)
        event.add("summary", todo["title"])
        event.add("dtstart", datetime.fromisoformat(todo["deadline_at"]))
        if todo["description"]:
            event.add("description", todo["description"])
        calendar.add_component(event)
    return calendar.to_ical().decode()
