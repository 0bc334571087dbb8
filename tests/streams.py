"""Open pages, as the server sees them: many streams of events, read on one event loop.

async with open_page(url, "/todos/events", cookie) as page:
    [event] = await page.until(1)
"""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit


class Page:
    """A stream of events. ``received`` has everything after the head, ``events`` what was in the events, in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: int, head: str) -> None:
        self.reader, self.writer = reader, writer
        self.status, self.head = status, head
        self.events: list[dict] = []
        self.received = b""
        self.is_over = False
        self.came_at = 0.0
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(OSError):
            while chunk := await self.reader.read(65_536):
                self.received += chunk
                self.came_at = time.monotonic()
                # Chunks of HTTP/1.1 are ours: each holds whole events.
                texts = re.findall(rb"^data: (.*)$", self.received, re.MULTILINE)
                self.events = [json.loads(text) for text in texts]
                is_last = self.received.endswith(b"\r\n0\r\n\r\n")
                async with self._news:
                    self.is_over = is_last
                    self._news.notify_all()
                if is_last:
                    break
        async with self._news:
            self.is_over = True
            self._news.notify_all()

    async def until(self, count: int, *, seconds: float = 30) -> list[dict]:
        """Wait until there are so many events; return all."""
        await self._wait(lambda: len(self.events) >= count, seconds)
        return self.events

    async def end(self, *, seconds: float = 30) -> None:
        """Wait until the server ends the stream."""
        await self._wait(lambda: self.is_over, seconds)

    async def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(condition)

    async def close(self) -> None:
        self._reading.cancel()
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


async def open_stream(url: str, path: str, cookie: str = "", **headers: str) -> Page:
    target = urlsplit(url)
    reader, writer = await asyncio.open_connection(target.hostname, target.port)
    lines = [f"GET {path} HTTP/1.1", f"Host: {target.netloc}", "Accept: text/event-stream"]
    lines += [f"Cookie: sessionid={cookie}"] if cookie else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    return Page(reader, writer, int(head.split()[1]), head)


@contextlib.asynccontextmanager
async def open_page(url: str, path: str, cookie: str = "", **headers: str) -> AsyncIterator[Page]:
    page = await open_stream(url, path, cookie, **headers)
    try:
        yield page
    finally:
        await page.close()
