"""Undo is a history: the last change first, each named."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.factories import make_list, make_todo
from tests.system.browser.conftest import sign_in
from todos.models import Todo
from todos.services import create_list, create_todo, update_todo

pytestmark = pytest.mark.django_db(transaction=True)


def undo(page: Page, sentence: str) -> None:
    page.keyboard.press("u")
    expect(page.locator(".toast").last).to_contain_text(sentence)


def test_changes_are_undone_one_after_the_other(page: Page) -> None:
    make_todo("Thesis", None)
    make_todo("Paper", None)
    page.goto("/")
    page.get_by_label("A new todo").fill("Essay")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Essay")).to_be_visible()
    page.get_by_role("link", name="Thesis").click()
    page.get_by_label("Title").fill("Book")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Book")).to_be_visible()
    page.get_by_role("button", name="Complete Paper").click()
    expect(page.get_by_role("status")).to_contain_text("Completed “Paper”.")
    page.get_by_role("checkbox", name="Select Book").check()
    page.get_by_label("Move to this day").fill("2031-06-03")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Moved “Book”.")
    page.get_by_role("link", name="Essay").click()
    page.get_by_role("button", name="Delete", exact=True).locator("visible=true").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted “Essay”.")
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("button", name="Restore Essay").click()
    expect(page.get_by_role("status")).to_contain_text("Restored “Essay”.")
    page.get_by_role("link", name="Todos", exact=True).click()
    expect(page.get_by_role("link", name="Essay")).to_be_visible()
    undo(page, "Undone: “Essay” is deleted.")
    undo(page, "Undone: “Essay” is restored.")
    undo(page, "Undone: “Book” is as before.")
    undo(page, "Undone: “Paper” is open again.")
    undo(page, "Undone: “Thesis” is as before.")
    undo(page, "Undone: “Essay” is deleted.")
    undo(page, "Nothing to undo.")
    assert list(Todo.objects.visible().order_by("id").values_list("title", "completed")) == [
        ("Thesis", False),
        ("Paper", False),
    ]


def test_quick_undos_each_undo_another_change(page: Page, delays: dict[str, float]) -> None:
    for title in ("Essay", "Thesis", "Paper"):
        make_todo(title, None)
    page.goto("/")
    delays["/todos/"] = 0.2
    for title in ("Essay", "Thesis", "Paper"):
        page.get_by_role("button", name=f"Complete {title}").click()
    page.get_by_role("heading", level=1).click()
    for _ in range(4):
        page.keyboard.press("u")
    expect(page.locator(".toast").last).to_contain_text("Nothing to undo.")
    assert not Todo.objects.completed(True).exists()


def test_change_that_was_changed_since_is_left_alone_and_said(page: Page) -> None:
    essay = make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    page.get_by_role("button", name="Complete Thesis").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Thesis")
    page.get_by_role("button", name="Complete Essay").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Essay")
    update_todo(todo_list=make_list(), todo_id=essay.pk, changes={"completed": False})
    undo(page, "Not undone: “Essay” has changed since.")
    undo(page, "Undone: “Thesis” is open again.")
    undo(page, "Nothing to undo.")


def test_failed_undo_can_be_tried_again(page: Page) -> None:
    make_todo("Essay", None)
    page.goto("/")
    page.get_by_role("button", name="Complete Essay").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Essay")
    page.route("**/todos/undo", lambda route: route.abort())
    undo(page, "Cannot reach the server.")
    page.unroute("**/todos/undo")
    undo(page, "Undone: “Essay” is open again.")


def test_history_is_of_one_user_and_one_tab(page: Page) -> None:
    make_todo("Essay", None)
    page.goto("/")
    page.get_by_role("button", name="Complete Essay").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Essay")
    other = page.context.new_page()
    other.goto("/")
    undo(other, "Nothing to undo.")
    page.evaluate("sessionStorage.setItem('undo history', JSON.stringify({ owner: '7', tokens: ['of ada'] }))")
    undo(page, "Nothing to undo.")


def test_key_undoes_only_what_the_page_shows(page: Page, client: Client) -> None:
    ada = sign_in(page.context, client, "ada")
    make_todo("Essay", "2026-01-01", user=ada)
    trip = create_list(user=ada, name="Trip")
    create_todo(todo_list=trip, title="Tent")
    page.goto("/")
    page.get_by_role("button", name="Complete Essay").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Essay")
    page.goto(f"/lists/{trip.pk}")
    page.get_by_role("button", name="Complete Tent").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Tent")
    page.goto("/")
    undo(page, "Undone: “Essay” is open again.")
    undo(page, "Nothing to undo in this list.")
    assert Todo.objects.get(title="Tent").completed
    page.goto("/today")
    undo(page, "Undone in “Trip”: “Tent” is open again.")
