"""How long after a change open pages have it: many list pages on one server, each a stream of events.

python -m benchmarks.open_pages --pages 500 --changes 20

Each change ticks a todo through the API. Prints how long after the request was sent the pages had the list as it is
then: half of them, 99 of 100, and all, over all changes. `--ask` has them hear of the change alone, as pages do that
show different things. Everything runs on this machine: PostgreSQL, Redis, two server processes, and the readers.
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import time
from urllib.parse import urlsplit

from tests.project import manage, start_web
from tests.services import start_postgres, start_redis

TODOS = 60
PAUSE_SECONDS = 1.5


class OpenPage:
    """It reads, and looks at nothing but when an event has come, and how long it was."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.came_at = 0.0
        self.last = b""
        self.is_new = asyncio.Event()
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            text = await self.reader.readuntil(b"\n\n")
            if b"data: " in text:
                self.came_at, self.last = time.perf_counter(), text
                self.is_new.set()


async def open_page(url: str, path: str) -> OpenPage:
    target = urlsplit(url)
    reader, writer = await asyncio.open_connection(target.hostname, target.port, limit=1 << 20)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {target.netloc}\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    page = OpenPage(reader, writer)
    await page.is_new.wait()
    return page


def send(url: str, method: str, path: str, body: dict) -> dict:
    with contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as client:
        client.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(client.getresponse().read())


async def measure(url: str, *, pages: int, changes: int, path: str) -> tuple[list[float], int]:
    """Return the seconds that each page waited for each change, and the bytes of an event."""
    ids = [send(url, "POST", "/api/v1/todos", {"title": f"Todo {number}"})["id"] for number in range(TODOS)]
    opened = [await open_page(url, path) for _ in range(pages)]
    await asyncio.sleep(3)
    waits: list[float] = []
    for number in range(changes):
        await asyncio.sleep(PAUSE_SECONDS)
        for page in opened:
            page.is_new.clear()
        started = time.perf_counter()
        await asyncio.to_thread(
            send, url, "PUT", f"/api/v1/todos/{ids[number % TODOS]}", {"completed": number < TODOS}
        )
        await asyncio.gather(*(page.is_new.wait() for page in opened))
        waits += [page.came_at - started for page in opened]
    size = len(opened[0].last)
    for page in opened:
        page.task.cancel()
        page.writer.close()
    return sorted(waits), size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--ask", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")
    with start_postgres() as postgres, start_redis() as redis:
        variables = {"DATABASE_URL": postgres.url, "BROKER_URL": redis.url, "ALLOWED_HOSTS": ""}
        variables["TASKOVERFLOW_SECRET_KEY"] = "for this alone"
        manage("migrate", "--noinput", **variables)
        with start_web(**variables) as web:
            path = "/todos/events" if options.ask else "/todos/events?page="
            waits, size = asyncio.run(measure(web.url, pages=options.pages, changes=options.changes, path=path))
    half, most = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(f"{options.pages} pages, {options.changes} changes, events of {size:,} bytes")
    print(f"half {half * 1000:.0f} ms, 99 of 100 {most * 1000:.0f} ms, all {waits[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
