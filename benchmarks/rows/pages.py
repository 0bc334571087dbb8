"""Pages that are open and show what changes elsewhere."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

from benchmarks.figures import Figure, Row, latencies
from benchmarks.servers import Side
from tests.streams import open_page

PAGES, CHANGES = 500, 10
KNOWN = Row(f"a new todo until {PAGES} open pages know of it", "ms")
# Longer than the second between two questions, so that changes meet all moments between them.
PAUSE_SECONDS = 1.3


def follow(side: Side) -> Iterator[Figure]:
    """Add todos to a list that all the pages show; measure when each of them has the event."""
    yield latencies(KNOWN, asyncio.run(_follow(side)))


async def _follow(side: Side) -> list[float]:
    milliseconds, client = [], side.client()
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(open_page(side.url, "/todos/events")) for _ in range(PAGES)]
        for page in pages:
            await page.until(1)
        for _ in range(CHANGES):
            await asyncio.sleep(PAUSE_SECONDS)
            known = [len(page.events) for page in pages]
            began = time.monotonic()
            await asyncio.to_thread(client.json, "POST", "/api/v1/todos", {"title": "Milk"})
            for page, count in zip(pages, known, strict=True):
                await page.until(count + 1)
            milliseconds += [(page.came_at - began) * 1000 for page in pages]
    return milliseconds
