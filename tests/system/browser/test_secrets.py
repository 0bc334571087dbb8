"""Passwords, todos, feed URLs and tokens never appear in the server's log."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.project import start_web
from tests.system.browser.conftest import sign_up

PASSWORD = "velvet-harbour-91-lantern"
WRONG_PASSWORD = "crimson-orchard-37-anchor"
TITLE = "Confess to the gardener"


def call(url: str, token: str = "") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code


def sign_in(page: Page, password: str) -> None:
    page.goto("/accounts/login")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_log_of_a_whole_visit_holds_none_of_its_secrets(browser: Browser, log_format: str, tmp_path: Path) -> None:
    with start_web(LOG_FORMAT=log_format, TASKOVERFLOW_DATA=str(tmp_path), STATIC_ROOT="") as web:
        page = browser.new_context(base_url=web.url).new_page()
        sign_up(page, PASSWORD)
        page.get_by_label("A new todo").fill(f"{TITLE} tomorrow")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("link", name=TITLE)).to_be_visible()
        page.goto("/feeds")
        page.get_by_label("Name").fill("Phone")
        page.get_by_role("button", name="Create calendar link").click()
        feed_url = page.locator("input[value*='/calendars/']").first.input_value()
        page.goto("/settings")
        page.get_by_label("Token name").fill("script")
        page.get_by_role("button", name="Create token").click()
        token = page.get_by_label("Your new token").input_value()
        feed_token = feed_url.rpartition("/")[2].removesuffix(".ics")

        assert call(feed_url) == 200
        assert call(f"{web.url}/calendars/{feed_token}x.ics") == 404
        assert call(f"{web.url}/calendars/{feed_token}/nothing") == 404
        assert call(f"{web.url}/api/v1/todos", token) == 200
        assert call(f"{web.url}/api/v1/todos", f"{token}x") == 401
        session = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
        sign_in(browser.new_context(base_url=web.url).new_page(), WRONG_PASSWORD)
        log = web.log.read_text()

    assert "404" in log or "Not Found" in log, "this log tells of what happened"
    for secret in (PASSWORD, WRONG_PASSWORD, TITLE, feed_token, token, session):
        assert secret not in log
