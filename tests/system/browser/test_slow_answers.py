"""The list page when answers take long: every change is sent, in order, and no answer is lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_todo
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)


def test_quick_ticks_are_all_sent_and_each_can_be_undone(page: Page, delays: dict[str, float]) -> None:
    for title in ("Essay", "Thesis", "Paper"):
        make_todo(title, None)
    page.goto("/")
    delays["/complete"] = 0.4
    for title in ("Essay", "Thesis", "Paper"):
        page.get_by_role("button", name=f"Complete {title}").click()
    expect(page.get_by_role("region", name="Done").get_by_role("listitem")).to_have_count(3)
    expect(page.locator(".toast")).to_contain_text(["“Essay”", "“Thesis”", "“Paper”"])
    assert Todo.objects.completed(True).count() == 3
    page.locator(".toast", has_text="Thesis").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="No deadline").get_by_role("listitem")).to_have_text("Thesis")


def test_changes_of_all_kinds_are_made_in_order(page: Page, delays: dict[str, float]) -> None:
    for title in ("Essay", "Thesis", "Paper"):
        make_todo(title, None)
    page.goto("/")
    page.get_by_role("link", name="Paper").click()
    page.get_by_label("Title").fill("Article")
    delays["/todos/"] = 0.3
    page.get_by_role("button", name="Complete Essay").click()
    page.get_by_role("checkbox", name="Select Thesis").check()
    page.get_by_label("Move to this day").fill("2031-06-03")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_label("A new todo").fill("Letter")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Article")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text(
        ["Completed “Essay”", "Moved “Thesis”", "Added “Letter”", "Saved “Article”"]
    )
    assert list(Todo.objects.order_by("revision").values_list("title", flat=True)) == [
        "Essay",
        "Thesis",
        "Letter",
        "Article",
    ]


def test_search_shows_no_older_list(page: Page, delays: dict[str, float]) -> None:
    for title in ("Essay one", "Essay two", "Thesis"):
        make_todo(title, None)
    page.goto("/")
    delays["/?q=e&"] = 1
    search = page.get_by_role("searchbox")
    search.press("e")
    page.wait_for_timeout(300)  # long enough for the first to be sent
    search.press_sequentially("ssay two")
    page.get_by_role("button", name="Complete Essay two").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Essay two")
    expect(page.get_by_role("link", name="Essay one")).to_have_count(0)
    assert page.url.endswith("/?q=essay+two&state=&window=&priority=&sort=")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("link", name="Thesis")).to_be_visible()
    expect(search).to_have_value("")


def test_slow_editor_opens_though_its_row_was_replaced(page: Page, delays: dict[str, float]) -> None:
    for title in ("Essay", "Thesis"):
        make_todo(title, None)
    page.goto("/")
    essay = Todo.objects.get(title="Essay")
    delays[f"/todos/{essay.pk}?"] = 0.8
    page.get_by_role("link", name="Essay").click()
    page.get_by_role("button", name="Complete Thesis").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Thesis")
    expect(page.get_by_label("Title")).to_have_value("Essay")
    expect(page.get_by_role("region", name="No deadline").locator("li.editing")).to_have_count(1)


def test_slow_editor_opens_though_its_row_is_gone(page: Page, delays: dict[str, float]) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    essay = Todo.objects.get(title="Essay")
    delays[f"/todos/{essay.pk}?"] = 0.8
    page.get_by_role("link", name="Essay").click()
    page.get_by_role("searchbox").fill("thesis")
    expect(page.get_by_role("region", name="Not in this list").get_by_label("Title")).to_have_value("Essay")
    page.get_by_label("Title").fill("Book")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved “Book”.")
    expect(page.get_by_label("Title")).to_have_count(0)
