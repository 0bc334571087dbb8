"""A real Chromium, driven by playwright, with the project served from this process."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page, expect

# Playwright's sync API runs an event loop in this thread, where Django would refuse queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Nothing waits so long but on a slow machine.
expect.set_options(timeout=30_000)

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"


@pytest.fixture
def delays() -> dict[str, float]:
    """How long answers are held back, in seconds, by a part of the URL; the first that fits counts."""
    return {}


@pytest.fixture
def site(transactional_db: None, delays: dict[str, float]) -> Iterator[str]:
    """The project's URL. WhiteNoise serves static files, as in production."""

    def delayed(application: Callable[..., Any]) -> Callable[..., Any]:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            url = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
            held = next((seconds for part, seconds in delays.items() if part in url), 0)
            body = application(environ, start_response)
            time.sleep(held)
            return body

        return answer

    server = LiveServerThread("localhost", delayed)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}"
    server.terminate()


@pytest.fixture
def open_context(browser: Browser, site: str) -> Iterator[Callable[..., BrowserContext]]:
    """`open_context()` returns a browser with its own cookies. Console errors fail the test."""
    contexts, complaints = [], []

    def open_one(**options: object) -> BrowserContext:
        # Playwright sees none of the requests that a service worker makes; tests of one allow it.
        defaults = {"viewport": DESKTOP, "locale": "en-GB", "service_workers": "block"}
        context = browser.new_context(base_url=site, **defaults | options)
        context.set_default_timeout(60_000)
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    # Chromium logs the status of error pages, and htmx a request that fails or is given up.
    expected = (
        "Failed to load resource",
        "htmx:sendError",
        "htmx:sendAbort",
        "htmx:afterRequest",
        "Response Status Error Code 404 from /todos/",  # the dates of a todo that was deleted elsewhere
    )
    assert not [text for text in complaints if not any(part in text for part in expected)]


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()


def sign_up(page: Page, password: str) -> None:
    """Sign up as ada, starting from the sign-in page."""
    page.goto("/accounts/login")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password confirmation").fill(password)
    page.get_by_role("button", name="Create account").click()


def sign_in(context: BrowserContext, client: Client, name: str) -> User:
    """Sign a new user in."""
    user = User.objects.create(username=name)
    client.force_login(user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "domain": "localhost", "path": "/"}])
    return user
