"""Exports, calendar links and imports, as a user."""

import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from playwright.sync_api import BrowserContext, Page, expect

from calendars.models import CalendarJob
from tests.factories import PASSWORD, make_todo
from tests.system.browser.conftest import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def titles(body: bytes) -> list[str]:
    return [str(event["summary"]) for event in Calendar.from_ical(body).walk("VEVENT")]


def ask_for_a_calendar(page: Page) -> None:
    page.goto("/exports")
    page.get_by_role("button", name="Create calendar file").click()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_export_to_a_file(
    open_context: Callable[..., BrowserContext], workers: None, settings: object, has_scripts: bool
) -> None:
    settings.CALENDAR_BUILD_DELAY_SECONDS = 1
    make_todo("Essay")
    page = open_context(java_script_enabled=has_scripts).new_page()
    ask_for_a_calendar(page)
    if not has_scripts:
        # The page does not reload itself, because that would lose the reader's position.
        page.wait_for_timeout(1_500)
        page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("Your calendar is ready")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download todos.ics").click()
    assert download.value.suggested_filename == "todos.ics"
    with open(download.value.path(), "rb") as file:
        assert titles(file.read()) == ["Essay"]


def test_polling_is_cheap_and_stops_at_the_end(page: Page, wait_for: Callable[..., None]) -> None:
    answers = []
    page.on("response", lambda answer: answers.append(answer.status) if answer.url.endswith("/progress") else None)
    ask_for_a_calendar(page)
    wait_for(lambda: page.wait_for_timeout(100) or len(answers) >= 3)
    assert answers[:3] == [200, 304, 304]
    CalendarJob.objects.update(status="REVOKED", finished_at=datetime.now(UTC))
    expect(page.get_by_role("status").filter(has_text="Cancelled")).to_be_visible()
    asked = len(answers)
    page.wait_for_timeout(3_000)
    assert len(answers) == asked


def test_waiting_job_can_be_cancelled_and_run_again(page: Page) -> None:
    ask_for_a_calendar(page)
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()


def test_job_without_a_worker_says_so(page: Page) -> None:
    ask_for_a_calendar(page)
    expect(page.get_by_text("No worker is running")).to_have_count(0)
    CalendarJob.objects.update(created_at=datetime.now(UTC) - timedelta(seconds=11))
    expect(page.get_by_text("No worker is running")).to_be_visible()


def test_job_that_fails_says_why(page: Page) -> None:
    ask_for_a_calendar(page)
    CalendarJob.objects.fail(CalendarJob.objects.get().calendar, "The calendar could not be built.")
    expect(page.get_by_text("The export failed")).to_be_visible()
    expect(page.get_by_text("The calendar could not be built.")).to_be_visible()
    expect(page.get_by_role("button", name="Run again")).to_have_count(0)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    assert CalendarJob.objects.count() == 1


def test_copied_address_gives_the_calendar(open_context: Callable[..., BrowserContext]) -> None:
    make_todo("Essay")
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/feeds")
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Create calendar link").click()
    page.get_by_role("button", name="Copy link for Phone").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    url = page.evaluate("navigator.clipboard.readText()")
    assert titles(urllib.request.urlopen(url).read()) == ["Essay"]
    expect(page.get_by_role("link", name="Open in Apple Calendar")).to_have_attribute(
        "href", url.replace("http://", "webcal://")
    )
    page.reload()
    expect(page.get_by_text("Another program", exact=True)).to_be_visible()


def test_newcomer_signs_up_and_sees_nobody_elses(open_context: Callable[..., BrowserContext]) -> None:
    make_todo("Of the open list")
    page = open_context().new_page()
    sign_up(page, PASSWORD)
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()
    page.get_by_label("A new todo").fill("Mine alone")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name="Mine alone")).to_be_visible()
    expect(page.get_by_text("Of the open list")).to_have_count(0)
    stranger = open_context().new_page()
    stranger.goto("/")
    expect(stranger.get_by_text("Of the open list")).to_be_visible()
    expect(stranger.get_by_text("Mine alone")).to_have_count(0)


def test_dropped_file_is_looked_into_and_added(page: Page) -> None:
    event = b"BEGIN:VEVENT\r\nUID:1@example.org\r\nDTSTART;VALUE=DATE:20310514\r\nSUMMARY:Party\r\nEND:VEVENT\r\n"
    body = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//other//EN\r\n" + event + b"END:VCALENDAR\r\n"
    page.goto("/import")
    page.get_by_label("Choose a file").set_input_files(
        {"name": "other.ics", "mimeType": "text/calendar", "buffer": body}
    )
    expect(page.get_by_role("heading", name="1 todo to add")).to_be_visible()
    page.get_by_role("button", name="Add 1 todo").click()
    expect(page.get_by_role("region", name="Later").get_by_role("link", name="Party")).to_be_visible()
