"""A real Chromium, driven by playwright, with the project served from this process."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page

# Playwright's sync API runs an event loop in this thread, where Django would refuse queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """The project's URL. WhiteNoise serves static files, as in production."""
    server = LiveServerThread("localhost", lambda application: application)
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
        context = browser.new_context(base_url=site, **{"viewport": DESKTOP} | options)
        context.set_default_timeout(15_000)
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    # Chromium also logs the status of error pages.
    assert not [text for text in complaints if "Failed to load resource" not in text]


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
