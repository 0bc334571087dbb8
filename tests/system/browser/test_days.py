"""Todos that are moved to another day of a month or a week, as a user."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.factories import make_todo
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)
MONTH, WEEK = "/calendar/2031/5", "/calendar/week/2031/5/14"


def day(page: Page, date: str) -> Locator:
    return page.locator(f'[data-date="{date}"]')


def drag(page: Page, title: str, date: str, end: Callable[[], None]) -> None:
    expect(page.get_by_role("button", name=f"Move {title}:")).to_have_count(1)  # the scripts are ready
    start, target = page.get_by_role("link", name=title).bounding_box(), day(page, date).bounding_box()
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + 40, steps=5)
    expect(day(page, date)).to_have_class("drop-here")
    end()


@pytest.mark.parametrize("address", [MONTH, WEEK])
def test_todo_is_dragged_with_the_mouse(page: Page, address: str) -> None:
    make_todo("Essay", "2031-05-14T18:00:00", rule="FREQ=YEARLY")
    page.goto(address)
    with page.expect_request("**/todos/change") as sent:
        drag(page, "Essay", "2031-05-16", page.mouse.up)
    assert "of=0&" in sent.value.post_data
    expect(page.locator(".toast")).to_contain_text("Moved “Essay”.")
    expect(day(page, "2031-05-16").get_by_role("link", name="Essay")).to_be_visible()
    expect(page.locator(".sending")).to_have_count(0)
    assert str(Todo.objects.get().due) == "2031-05-16T18:00:00"
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(day(page, "2031-05-14").get_by_role("link", name="Essay")).to_be_visible()
    assert page.url.endswith(address)
    # Escape gives a drag up, and a click still opens the todo.
    drag(page, "Essay", "2031-05-16", lambda: page.keyboard.press("Escape"))
    page.mouse.up()
    assert str(Todo.objects.get().due) == "2031-05-14T18:00:00"
    page.get_by_role("link", name="Essay").click()
    expect(page.get_by_label("Title")).to_have_value("Essay")


def test_todo_is_moved_with_the_keyboard(page: Page) -> None:
    make_todo("Essay", "2031-05-14")
    make_todo("Choir", "2031-05-13T18:00:00", rule="FREQ=WEEKLY")
    page.goto(MONTH)
    grips = page.get_by_role("button", name="Move")
    expect(grips).to_have_count(2)  # dates to come have none
    grip = page.get_by_role("button", name="Move Essay:")
    grip.press("Space")
    expect(page.get_by_text("Essay is lifted.")).to_have_count(1)
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(day(page, "2031-05-22")).to_have_class("drop-here")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Essay is back in its place.")).to_have_count(1)
    grip.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Moved “Essay”.")
    expect(day(page, "2031-05-15").get_by_role("link", name="Essay")).to_be_visible()
    expect(page.locator(".sending")).to_have_count(0)
    expect(grip).to_be_focused()
    assert str(Todo.objects.get(title="Essay").due) == "2031-05-15"


def test_todo_that_cannot_be_moved_goes_back(open_context: Callable[..., BrowserContext]) -> None:
    make_todo("Essay", "2031-05-14")
    page = open_context().new_page()
    page.goto(WEEK)
    page.route("**/todos/change", lambda route: route.abort())
    page.get_by_role("button", name="Move Essay:").press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.error")).to_contain_text("Cannot reach the server.")
    expect(day(page, "2031-05-14").get_by_role("link", name="Essay")).to_be_visible()
