"""Measure the page that shows the machine: what open pages cost while nothing happens, and how soon it shows a tick.

    python -m benchmarks.watching [--pages 50] [--seconds 60] [--ticks 100]

Uses a web server and two workers with PostgreSQL and Redis, as in production, and Chromium (requirements-system.txt).
The first figures are processor time, with pages open and without. The last are from before a request that completes a
todo is sent until the browser has its row in the page, and until it is drawn, by the same clock.
"""

import argparse
import http.client
import json
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Page

from benchmarks import machine
from benchmarks.feeds import Service, service
from benchmarks.servers import with_children
from tests.browser import start_browser

SETTLE_SECONDS = 10
SHOWN_SECONDS = 30
# Notes when the page first has each revision of a list, in its table and in its picture.
WATCH = """() => {
  window.seen = { row: {}, drawn: {} };
  const note = (name, element) => {
    for (const [, revision] of element.textContent.matchAll(/revision (\\d+)/g))
      window.seen[name][revision] ??= Date.now();
  };
  const watch = (name, element) =>
    new MutationObserver(() => note(name, element)).observe(element, { childList: true, subtree: true });
  watch("row", document.querySelector("table.events tbody"));
  watch("drawn", document.querySelector("#machine svg"));
}"""


def cost(running: Service, pages: int, seconds: float) -> Iterator[str]:
    cookies = [sign_in() for _ in range(pages)]
    time.sleep(SETTLE_SECONDS)
    before = busy(running, seconds)
    with open_pages(running, cookies) as heard:
        time.sleep(SETTLE_SECONDS)
        heard.clear()
        with_pages = busy(running, seconds)
        events = len(heard)
    for name in before:
        more = with_pages[name] - before[name]
        yield (
            f"{name}: {more:.2%} of a core more with {pages} pages open ({with_pages[name]:.2%}, "
            f"without {before[name]:.2%})"
        )
    yield f"each page heard something {events / pages / seconds:.2f} times a second"


def busy(running: Service, seconds: float) -> dict[str, float]:
    """Return the part of a core that each side takes."""
    sides = {"web server": running.web.process.pid, "PostgreSQL": running.postgres.process.pid}
    before = {name: used(pid) for name, pid in sides.items()}
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {name: (used(pid) - before[name]) / took for name, pid in sides.items()}


def used(pid: int) -> float:
    """Return the seconds of processor time of a process and its children, those that have ended too."""
    times = [process.cpu_times() for process in with_children(pid)]
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)


def sign_in() -> str:
    """Return the cookie of a new session of a user who may see everything."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get_or_create(username="watcher", is_staff=True)[0])
    return client.cookies["sessionid"].value


@contextmanager
def open_pages(running: Service, cookies: list[str]) -> Iterator[list[bytes]]:
    """Open a stream for each cookie; the result gets what comes."""
    heard: list[bytes] = []
    connections = [running.connect() for _ in cookies]
    threads = []
    for connection, cookie in zip(connections, cookies, strict=True):
        connection.request("GET", "/machine/events", headers={"Cookie": f"sessionid={cookie}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"A page got a {answer.status}")
        threads.append(threading.Thread(target=listen, args=(answer, heard)))
        threads[-1].start()
    yield heard
    for connection in connections:
        connection.sock.shutdown(2)
    for thread in threads:
        thread.join()


def listen(answer: http.client.HTTPResponse, heard: list[bytes]) -> None:
    try:
        while line := answer.readline():
            if line.startswith(b"data:"):
                heard.append(line)
    except (OSError, http.client.HTTPException):
        return  # it was shut down


def delay(running: Service, ticks: int) -> Iterator[str]:
    cookie = sign_in()
    make = {"title": "Ticked", "deadline_at": "2026-12-01"}
    ids = [json.loads(running.call("POST", "/api/v1/todos", make).content)["id"] for _ in range(ticks)]
    delays: dict[str, list[float]] = {"row": [], "drawn": []}
    with start_browser() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": running.web.url}])
        page = context.new_page()
        page.goto(f"{running.web.url}/machine")
        page.evaluate(WATCH)
        page.wait_for_timeout(SETTLE_SECONDS * 1000)
        for todo_id in ids:
            page.wait_for_timeout(random.uniform(300, 3000))
            began = time.time()
            running.call("PUT", f"/api/v1/todos/{todo_id}", {"completed": True})
            (revision,) = running.ask("SELECT max(revision) FROM todos_todolist")
            for name, found in delays.items():
                found.append(shown_at(page, name, revision) - began * 1000)
    for name, words in {"row": "in the table", "drawn": "drawn in the picture"}.items():
        found = sorted(delays[name])
        yield (
            f"a tick was {words} after {statistics.median(found):.0f} ms (median of {ticks}; "
            f"95%: {found[int(0.95 * ticks)]:.0f} ms, worst: {found[-1]:.0f} ms)"
        )


def shown_at(page: Page, name: str, revision: int) -> float:
    deadline = time.monotonic() + SHOWN_SECONDS
    while (seen := page.evaluate(f"window.seen.{name}[{revision}]")) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"Revision {revision} was not shown within {SHOWN_SECONDS} s")
        page.wait_for_timeout(20)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60, help="to measure the cost over, with and without")
    parser.add_argument("--ticks", type=int, default=100)
    options = parser.parse_args()
    print(*(f"- {name}: {fact}" for name, fact in machine.facts().items()), "", sep="\n")
    with ExitStack() as stack:
        running = stack.enter_context(service())
        for sentence in delay(running, options.ticks) if options.ticks else ():
            print("-", sentence, flush=True)
        for sentence in cost(running, options.pages, options.seconds) if options.pages else ():
            print("-", sentence, flush=True)


if __name__ == "__main__":
    main()
