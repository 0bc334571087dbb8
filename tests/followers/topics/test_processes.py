"""The setting in processes of their own: workers are killed and Kafka hangs, and the topic has everything in order."""

import json
import os
import subprocess
import sys
import urllib.request
from time import monotonic, sleep

from confluent_kafka import Consumer

from tests.project import ROOT, start_web, start_worker
from tests.services import start_kafka, start_postgres, start_redis

TODOS = 12
PATIENCE_SECONDS = 120
TOPIC = "taskoverflow"


def test_no_change_is_lost_or_out_of_order_while_workers_die_and_the_topic_hangs() -> None:
    with start_postgres() as postgres, start_redis() as redis, start_kafka() as kafka:
        variables = {
            "DATABASE_URL": postgres.url,
            "BROKER_URL": redis.url,
            "EVENT_TOPIC": f"kafka://{kafka.servers}/{TOPIC}",
            "TASKOVERFLOW_SECRET_KEY": "for tests alone",
            "ALLOWED_HOSTS": "*",
            "TASKOVERFLOW_ENV_FILE": "",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, check=True, cwd=ROOT, env=os.environ | variables)
        with start_web(**variables) as web, start_worker(**variables) as worker:
            todo_url = f"{web.url}/api/v1/todos"
            for number in range(TODOS):
                body = json.dumps({"title": str(number)}).encode()
                request = urllib.request.Request(todo_url, body, {"Content-Type": "application/json"})
                urllib.request.urlopen(request, timeout=30).close()
                if number % 4 == 3:
                    sleep(1.2)  # about when an event is sent
                    worker.kill()
                    worker.start()
                if number == TODOS // 2:
                    kafka.pause()
            sleep(3)
            kafka.resume()
            events = read(kafka.servers)

    assert [event["data"]["list"]["id"] for event in events] == [events[0]["data"]["list"]["id"]] * len(events)
    assert events[0]["data"]["since"] == 0
    seen, ids = 0, set()
    for event in events:
        if event["id"] not in ids:
            assert event["data"]["since"] <= seen < event["data"]["revision"], events
            ids.add(event["id"])
            seen = event["data"]["revision"]
    assert seen == TODOS


def read(servers: str) -> list[dict]:
    """Return all events up to the last change."""
    consumer = Consumer(
        {"bootstrap.servers": servers, "group.id": "test", "auto.offset.reset": "earliest", "log_level": 0}
    )
    consumer.subscribe([TOPIC])
    events: list[dict] = []
    deadline = monotonic() + PATIENCE_SECONDS
    while not events or events[-1]["data"]["revision"] < TODOS:
        assert monotonic() < deadline, events
        message = consumer.poll(0.5)
        if message is not None and not message.error():
            events.append(json.loads(message.value()))
    consumer.close()
    return events
