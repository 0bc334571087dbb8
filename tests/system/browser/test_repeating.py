"""Todos that repeat, in a browser: added by a line and by the form, ticked, undone, skipped, and seen in months."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.factories import make_list, make_todo
from tests.system.browser.conftest import sign_in
from todos.agenda import Clock
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)

FRIDAY = "2031-05-16T14:00:00"


def in_days(days: int) -> date:
    return Clock.of(make_list()).today + timedelta(days=days)


def spelled(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def test_line_makes_a_todo_that_a_tick_moves_on(page: Page) -> None:
    page.goto("/")
    page.get_by_label("A new todo").press_sequentially("Essay every day")
    expect(page.locator("#reading")).to_contain_text("repeats every day")
    page.keyboard.press("Enter")
    row = page.locator("li.todo", has_text="Essay")
    expect(row.get_by_role("img", name="Repeats every day")).to_be_visible()
    first = Todo.objects.get().due.moment.date()
    page.get_by_role("button", name="Complete Essay").click()
    toast = page.locator(".toast").last
    expect(toast).to_contain_text(f"Completed “Essay”. Next: {spelled(first + timedelta(days=1))}.")
    expect(row).to_be_visible()
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast").last).to_contain_text("Undone: “Essay” is as before.")
    assert Todo.objects.get().due.moment.date() == first
    assert Todo.objects.get().past_count == 0


def test_form_shows_the_dates_while_it_is_filled_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("A new todo").fill("Essay")
    page.get_by_text("Add details").click()
    form = page.locator("#add")
    expect(form.get_by_label("Every how many")).to_be_hidden()
    form.get_by_label("Date", exact=True).fill("2031-05-16")
    form.get_by_label("Repeats").select_option("weekly")
    expect(form.locator(".dates li")).to_have_count(5)
    expect(form.locator(".dates")).to_contain_text("Friday 23 May 2031")
    form.get_by_role("textbox", name="Every how many weeks", exact=True).fill("2")
    expect(form.locator(".dates li").nth(1)).to_have_text("Friday 30 May 2031")
    days = form.get_by_role("group", name="On")
    days.get_by_label("Monday").check()
    expect(form.locator(".dates li").first).to_have_text("Monday 19 May 2031")
    days.get_by_label("Friday").check()
    expect(form.locator(".dates li").first).to_have_text("Friday 16 May 2031")
    expect(form.get_by_label("Times")).to_be_hidden()
    form.get_by_label("Ends").select_option("count")
    form.get_by_label("Times").fill("2")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name="Essay")).to_be_visible()
    expect(form.locator(".dates")).to_be_hidden()
    assert Todo.objects.get().rule == "FREQ=WEEKLY;INTERVAL=2;COUNT=2;BYDAY=MO,FR"


def test_editor_in_the_row_shows_skips_and_saves(page: Page) -> None:
    todo = make_todo("Essay", FRIDAY, rule="FREQ=WEEKLY")
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    editor = page.locator("li.editing")
    expect(editor.locator(".dates li")).to_have_count(5)
    editor.get_by_label("Repeats").select_option("monthly")
    expect(editor.locator(".dates li").nth(1)).to_have_text("Monday 16 June 2031, 14:00")
    editor.get_by_label("Repeats").select_option("weekly")
    editor.get_by_role("group", name="On").get_by_label("Monday").check()
    editor.get_by_role("button", name="Save").click()
    expect(page.locator(".toast").last).to_contain_text("Saved “Essay”.")
    expect(editor).to_have_count(0)
    todo.refresh_from_db()
    assert todo.rule == "FREQ=WEEKLY;BYDAY=MO,FR"
    page.get_by_role("link", name="Essay").click()
    page.get_by_role("button", name="Skip this one").click()
    expect(page.locator(".toast").last).to_contain_text("Skipped “Essay”. Next: Monday 19 May 2031, 14:00.")
    page.get_by_role("link", name="Essay").click()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("row", name=re.compile("Friday 16 May 2031, 14:00 Skipped"))).to_be_visible()
    page.get_by_role("link", name="Essay").click()
    page.get_by_role("button", name="Complete the series").click()
    expect(page.locator(".toast").last).to_contain_text("Completed the series of “Essay”.")
    page.keyboard.press("u") if page.url.endswith("/") else page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast").last).to_contain_text("Undone: “Essay” is open again.")


def test_box_that_is_checked_while_the_form_is_saved_is_kept(page: Page, delays: dict[str, float]) -> None:
    todo = make_todo("Essay", FRIDAY, rule="FREQ=WEEKLY")
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    editor = page.locator("li.editing")
    delays[f"/todos/{todo.pk}"] = 0.5
    editor.get_by_label("Title").fill("Thesis")
    editor.get_by_role("button", name="Save").click()
    days = editor.get_by_role("group", name="On")
    days.get_by_label("Monday").check()
    expect(page.locator(".toast").last).to_contain_text("Saved “Thesis”.")
    expect(days.get_by_label("Monday")).to_be_checked()
    page.wait_for_load_state("networkidle")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_have_count(0)
    todo.refresh_from_db()
    assert (todo.title, todo.rule) == ("Thesis", "FREQ=WEEKLY;BYDAY=MO,FR")


def test_line_that_was_refused_comes_back_with_its_days(page: Page) -> None:
    page.goto("/")
    page.get_by_label("A new todo").fill("Essay")
    page.get_by_text("Add details").click()
    form = page.locator("#add")
    form.get_by_label("Repeats").select_option("weekly")
    form.get_by_role("group", name="On").get_by_label("Monday").check()
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("A todo that repeats needs a deadline.")
    expect(form.get_by_label("Repeats")).to_have_value("weekly")
    expect(form.get_by_role("group", name="On").get_by_label("Monday")).to_be_checked()
    expect(form.get_by_role("group", name="On").get_by_label("Friday")).not_to_be_checked()


def test_selected_ones_that_repeat_can_be_skipped(page: Page) -> None:
    make_todo("Essay", FRIDAY, rule="FREQ=WEEKLY")
    make_todo("Thesis", FRIDAY)
    page.goto("/")
    skip = page.get_by_role("button", name="Skip", exact=True)
    page.get_by_role("checkbox", name="Select Thesis").check()
    expect(skip).to_be_hidden()
    page.get_by_role("checkbox", name="Select Essay").check()
    skip.click()
    expect(page.locator(".toast").last).to_contain_text("Skipped “Essay”. Next: Friday 23 May 2031, 14:00.")


def test_month_and_upcoming_mark_what_comes(page: Page, client: Client) -> None:
    user = sign_in(page.context, client, "ada")
    make_todo("Essay", FRIDAY, user=user, rule="FREQ=WEEKLY")
    make_todo("Water the plants", f"{in_days(1)}", user=user, rule="FREQ=DAILY;INTERVAL=2")
    page.goto("/calendar/2031/5")
    coming = page.locator("td", has=page.get_by_role("link", name=re.compile("^23"))).get_by_role(
        "link", name="Not due yet: Essay"
    )
    expect(coming).to_be_visible()
    page.goto("/calendar/2031/5?day=23")
    panel = page.get_by_role("region", name="Friday 23 May")
    expect(panel.get_by_text("not due yet")).to_be_visible()
    expect(panel.get_by_role("button", name="Complete")).to_have_count(0)
    page.goto("/upcoming")
    expect(page.locator("li.coming", has_text="Water the plants")).to_have_count(3)
    expect(page.get_by_role("button", name="Complete Water the plants")).to_have_count(1)
    page.locator("li.coming").first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Edit todo")).to_be_visible()


def test_form_works_without_scripts(open_context: Callable) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/todos/new")
    page.get_by_label("A new todo").fill("Essay")
    page.get_by_label("Date", exact=True).fill("2031-05-16")
    page.get_by_label("Repeats").select_option("monthly")
    page.get_by_label("On", exact=True).select_option("last-weekday")
    page.get_by_role("button", name="Show dates").click()
    expect(page.locator(".dates li").first).to_have_text("Friday 30 May 2031")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("repeats every month on the last Friday")
    assert Todo.objects.get().rule == "FREQ=MONTHLY;BYDAY=-1FR"
