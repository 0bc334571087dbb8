"""Every page, in both themes and at two sizes: a picture, axe's judgement, and no sideways scrolling."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from calendars.models import CalendarJob
from calendars.services.builds import build_calendar
from calendars.services.feeds import create_feed
from tests.factories import PASSWORD, make_job, make_list, make_todo, make_user
from tests.system.browser.conftest import DESKTOP, PHONE, SCREENSHOTS

pytestmark = pytest.mark.django_db(transaction=True)

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"desktop": DESKTOP, "phone": PHONE}


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@pytest.fixture
def pages() -> dict[str, str]:
    """The address of every page, with something on it."""
    user = make_user("ada")
    make_todo("Return the library books", day(-3), user=user)
    for title in ("Project proposal", "Book the dentist", "Water the plants", "Call Ana"):
        make_todo(title, day(0), user=user, description="With a word or two on what it is about.")
    make_todo("Renew the passport", f"{day(40)}T10:00:00", user=user)
    make_todo("Learn to bake", None, user=user)
    make_todo("Tidy up", None, user=user, completed=True)
    todo = make_todo("Gone", user=user)
    ready, waiting, failed = (make_job(user, completed=which) for which in ("all", "open", "done"))
    build_calendar(ready.calendar_id)
    CalendarJob.objects.fail(failed.calendar, "The calendar could not be built.")
    CalendarJob.objects.filter(pk=waiting.pk).update(created_at=datetime.now(UTC) - timedelta(minutes=1))
    feed = create_feed(todo_list=make_list(user), name="Phone")
    today = datetime.now(UTC)
    return {
        "list": "/",
        "list-found-nothing": "/?q=nothing",
        "list-flat": "/?sort=title&state=open",
        "list-done": "/?state=done",
        "add": "/todos/new",
        "edit": f"/todos/{todo.pk}",
        "month": today.strftime("/calendar/%Y/%-m"),
        "day": today.strftime("/calendar/%Y/%-m?day=%-d"),
        "agenda": today.strftime("/calendar/%Y/%-m?view=agenda"),
        "exports": "/exports",
        "export-ready": f"/exports/{ready.pk}",
        "export-waiting": f"/exports/{waiting.pk}",
        "export-failed": f"/exports/{failed.pk}",
        "feeds": "/feeds",
        "feed": f"/feeds/{feed.pk}",
        "import": "/import",
        "trash": "/trash",
        "settings": "/settings",
        "password": "/accounts/password",
        "delete": "/accounts/delete",
        "not-found": "/nothing",
    }


OPEN_PAGES = {
    "empty": "/",
    "login": "/accounts/login",
    "sign-up": "/accounts/sign-up",
    "reset": "/accounts/password/forgotten",
}


def look_at(page: Page, name: str) -> list[str]:
    """Take the page's picture; return what is wrong with it."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    page.evaluate(AXE.read_text())
    found = page.evaluate("(standards) => axe.run({runOnly: standards})", STANDARDS)
    wrong = [
        f"{name}: {violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append(f"{name}: scrolls sideways")
    return wrong


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(
    open_context: Callable[..., BrowserContext], pages: dict[str, str], client: Client, theme: str, size: str
) -> None:
    wrong = []
    context = open_context(viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce")
    page = context.new_page()
    for name, path in OPEN_PAGES.items():
        page.goto(path)
        wrong += look_at(page, f"{name}-{theme}-{size}")
    client.login(username="ada", password=PASSWORD)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "domain": "localhost", "path": "/"}])
    for name, path in pages.items():
        page.goto(path)
        wrong += look_at(page, f"{name}-{theme}-{size}")
    page.goto("/")
    page.get_by_label("Select Project proposal").check()
    wrong += look_at(page, f"list-selected-{theme}-{size}")
    page.get_by_role("button", name="Select none").click()
    page.get_by_role("link", name="Project proposal").click()
    page.get_by_label("Title").wait_for()
    wrong += look_at(page, f"list-edit-{theme}-{size}")
    page.keyboard.press("Escape")
    page.get_by_label("A new todo").press_sequentially("Essay tomorrow")
    page.get_by_text("keep the words").wait_for()
    wrong += look_at(page, f"list-reading-{theme}-{size}")
    page.get_by_role("button", name="Complete Call Ana").click()
    page.get_by_role("button", name="Undo").wait_for()
    wrong += look_at(page, f"list-undo-{theme}-{size}")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    wrong += look_at(page, f"list-help-{theme}-{size}")
    assert not wrong, "\n".join(wrong)
