"""Every page and state in both themes and two sizes: a screenshot, axe's checks, and no scrolling sideways."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from tests.services import Missing
from tests.system.browser import failing_urls, scenes
from tests.system.browser.conftest import DESKTOP, PHONE, SCREENSHOTS, sign_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("size", ["desktop", "phone"]),
    pytest.mark.parametrize("theme", ["light", "dark"]),
]

IS_TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"desktop": DESKTOP, "phone": PHONE}
# What is left of 1280 pixels at 200 and at 400 %.
ZOOMED = {"desktop": {"width": 640, "height": 430}, "phone": {"width": 320, "height": 568}}


@pytest.fixture
def context(open_context: Callable[..., BrowserContext], theme: str, size: str) -> BrowserContext:
    # Differs from the list's time zone, so that the page offers to change it.
    zone = "Australia/Brisbane"
    return open_context(viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce", timezone_id=zone)


@pytest.fixture
def judge(context: BrowserContext, theme: str, size: str) -> Callable[[dict[str, scenes.Scene]], None]:
    """`judge(scenes)` checks each scene and fails with all problems."""

    def look_at_all(wanted: dict[str, scenes.Scene]) -> None:
        page, wrong = context.new_page(), []
        for name, scene in wanted.items():
            if isinstance(scene, str):
                page.goto(scene)
            else:
                scene(page)
            wrong += look_at(page, f"{name}-{theme}-{size}")
        assert not wrong, "\n".join(wrong)

    return look_at_all


def look_at(page: Page, name: str) -> list[str]:
    """Take a screenshot and return the page's problems."""
    if not AXE.exists():
        raise Missing("axe-core is not here: make install-system brings it.")
    wrong = picture(page, name)
    page.evaluate(AXE.read_text())
    found = page.evaluate("(standards) => axe.run({runOnly: standards})", STANDARDS)
    wrong += [
        f"{name}: {violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    return wrong


def picture(page: Page, name: str) -> list[str]:
    """Take a screenshot and return a problem if the page is too wide."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    size = page.viewport_size
    wrong = [f"{name}: scrolls sideways"] if page.evaluate(IS_TOO_WIDE) else []
    page.set_viewport_size(ZOOMED[name.rpartition("-")[2]])
    wrong += [f"{name}: scrolls sideways if enlarged"] if page.evaluate(IS_TOO_WIDE) else []
    page.set_viewport_size(size)
    return wrong


def test_pages_of_a_stranger(judge: Callable) -> None:
    judge(scenes.of_a_stranger())


def test_pages_of_a_newcomer(judge: Callable, context: BrowserContext, client: Client) -> None:
    sign_in(context, client, "bob")
    judge(scenes.of_a_newcomer())


def test_pages_of_somebody(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_somebody(sign_in(context, client, "ada")))


def test_pages_of_several_lists(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_several_lists(sign_in(context, client, "cleo")))


def test_pages_of_repeating_todos(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_repeating(sign_in(context, client, "dora")))


def test_pages_of_webhooks(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_webhooks(sign_in(context, client, "finn")))


def test_pages_of_the_machine(judge: Callable, settings: object) -> None:
    settings.DEPLOYED = False
    judge(scenes.of_the_machine())


def test_pages_of_stories(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_stories(sign_in(context, client, "gus")))


def test_pages_of_reminders(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_reminders(sign_in(context, client, "hana")))


def test_pages_of_labels(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_labels(sign_in(context, client, "ines")))


def test_pages_of_the_lab(judge: Callable, settings: object) -> None:
    settings.LAB, settings.DEPLOYED = True, False
    judge(scenes.of_the_lab())


def test_pages_of_many_todos(judge: Callable, context: BrowserContext, client: Client) -> None:
    judge(scenes.of_many(sign_in(context, client, "eve")))


def test_pages_without_scripts(open_context: Callable[..., BrowserContext], theme: str, size: str) -> None:
    page = open_context(java_script_enabled=False, viewport=SIZES[size], color_scheme=theme).new_page()
    wrong = []
    for name, path in scenes.without_scripts().items():
        page.goto(path)
        # axe needs scripts.
        wrong += picture(page, f"{name}-without-scripts-{theme}-{size}")
    assert not wrong, "\n".join(wrong)


def test_pages_of_errors(judge: Callable, settings: object) -> None:
    settings.ROOT_URLCONF = failing_urls.__name__
    judge({f"error-{name}": f"/{name}" for name in failing_urls.FAILURES})
