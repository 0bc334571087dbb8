"""A list of several pages: scrolling from one to the next, and selecting all of them."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_todos
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_pages_are_selected_completed_and_undone(page: Page) -> None:
    make_todos(60)
    page.goto("/")
    page.get_by_role("checkbox", name="Select Todo 0003").check()
    page.get_by_role("button", name="Select all on this page").click()
    bar = page.get_by_role("form", name="Change the selected todos")
    expect(bar).to_contain_text("50 selected")
    everything = bar.get_by_role("button", name="Select all 60")
    everything.click()
    expect(bar).to_contain_text("60 selected")
    make_todos(1)  # nothing tells the page
    bar.get_by_role("button", name="Complete").click()
    expect(page.get_by_role("status")).to_contain_text("these are no longer the 60 todos you")
    expect(bar).to_contain_text("50 selected")
    assert not Todo.objects.filter(completed=True).exists()
    bar.get_by_role("button", name="Select all 61").click()
    page.get_by_role("checkbox", name="Select Todo 0003").uncheck()
    expect(bar).to_contain_text("49 selected")
    page.get_by_role("checkbox", name="Select Todo 0003").check()
    bar.get_by_role("button", name="Select all 61").click()
    bar.get_by_role("button", name="Complete").click()
    done = page.get_by_role("region", name="Done")
    expect(done.get_by_role("heading")).to_contain_text("61")
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="No deadline").get_by_role("heading")).to_contain_text("61")
    assert not Todo.objects.filter(completed=True).exists()
    page.get_by_role("checkbox", name="Select Todo 0003").check()
    page.get_by_role("button", name="Select all on this page").click()
    bar.get_by_role("button", name="Select all 61").click()
    expect(bar).to_contain_text("61 selected")
    page.get_by_role("button", name="Complete Todo 0004").click()  # the list is another one then
    expect(bar).to_contain_text("50 selected")


def test_next_pages_come_as_one_scrolls_and_stay(page: Page) -> None:
    make_todos(160)
    page.goto("/")
    rows = page.get_by_role("region", name="No deadline").get_by_role("listitem")
    expect(rows).to_have_count(50)
    page.get_by_role("checkbox", name="Select Todo 0002").check()
    page.get_by_role("link", name="Todo 0004", exact=True).click()
    editor = page.locator("li.editing input[name=title]")
    editor.fill("Typed")
    rows.nth(49).scroll_into_view_if_needed()
    expect(rows).to_have_count(100)
    expect(page.get_by_text("Pages 1 to 2 of 4")).to_be_visible()
    expect(page.get_by_role("link", name="Next")).to_have_attribute("href", "/?page=3")
    assert rows.nth(49).bounding_box()["y"] < page.viewport_size["height"]  # what one sees has not moved
    expect(editor).to_have_value("Typed")
    expect(editor).to_be_focused()
    expect(page.get_by_role("checkbox", name="Select Todo 0002")).to_be_checked()
    page.get_by_role("button", name="Complete Todo 0060").dispatch_event("click")
    expect(page.get_by_role("status")).to_contain_text("Completed “Todo 0060”.")
    expect(rows).to_have_count(100)
    assert page.url.endswith("/")
