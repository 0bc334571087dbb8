"""Pages in the longest of our languages fit a phone."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, expect

from tests.factories import make_todo
from tests.system.browser.conftest import PHONE, sign_in

PATHS = ("/", "/settings", "/today", "/search/help", "/calendar", "/lists", "/exports", "/feeds", "/import")
# Of what is laid out beside the page's content, only the navigation could be wider than the screen.
TOO_WIDE = """() => [...document.querySelectorAll("main *, .sidebar *")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && (box.right > document.documentElement.clientWidth + 1 || box.left < -1)
    && !element.closest(".unseen, [popover], .skip, pre, table");
}).map((element) => element.outerHTML.slice(0, 200))"""
LINES = """() => new Set([...document.querySelectorAll(".sidebar .tabs a")]
  .filter((link) => link.offsetWidth).map((link) => link.offsetHeight)).size"""


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_pages_fit_a_phone(open_context: Callable[..., BrowserContext], client: Client, language: str) -> None:
    context = open_context(viewport=PHONE, locale=language)
    user = sign_in(context, client, "ada")
    make_todo("Essay", "2031-05-14T14:05:00", user=user, priority=1, rule="FREQ=MONTHLY;BYDAY=-2SU")
    page = context.new_page()
    for path in PATHS:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.evaluate(TOO_WIDE) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    assert page.evaluate(LINES) == 1
