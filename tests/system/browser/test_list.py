"""The list page, as a user."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories import make_list, make_todo, make_user, share
from tests.system.browser.conftest import PHONE, sign_in
from todos.models import Todo
from todos.priorities import Priority
from todos.services import update_list, update_todo

pytestmark = pytest.mark.django_db(transaction=True)


def add(page: Page, text: str) -> None:
    page.get_by_label("A new todo").fill(text)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Added")


def test_todo_is_added_by_text(page: Page) -> None:
    page.goto("/")
    page.get_by_label("A new todo").press_sequentially("Project proposal 2031-05-02 2pm")
    expect(page.locator("#reading")).to_contain_text("“Project proposal”, due Friday 2 May 2031, 14:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Later").get_by_role("link")).to_have_text("Project proposal")
    expect(page.get_by_label("A new todo")).to_have_value("")
    expect(page.get_by_label("A new todo")).to_be_focused()
    assert str(Todo.objects.get().due) == "2031-05-02T14:00:00"


def test_reading_can_be_refused(page: Page) -> None:
    page.goto("/")
    page.get_by_label("A new todo").press_sequentially("Read 1984 tomorrow")
    page.get_by_label("Keep the text as it is").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name="Read 1984 tomorrow")).to_be_visible()
    assert Todo.objects.get().due is None


def test_priority_is_typed_shown_changed_and_filtered(page: Page) -> None:
    page.goto("/")
    page.get_by_label("A new todo").press_sequentially("Essay !high")
    expect(page.locator("#reading")).to_contain_text("“Essay”, high priority")
    page.keyboard.press("Enter")
    todo = page.locator("#todos").get_by_role("listitem")
    expect(todo.get_by_role("img", name="High priority")).to_be_visible()
    todo.get_by_role("link", name="Essay", exact=True).click()
    todo.get_by_label("Priority").select_option("Medium")
    todo.get_by_role("button", name="Save").click()
    expect(todo.get_by_role("img", name="Medium priority")).to_be_visible()
    page.locator("#filters").get_by_label("Priority").select_option("High")
    expect(page.get_by_role("heading", name="No matching todos")).to_be_visible()
    assert page.url.endswith("priority=high&sort=")


def test_escape_asks_and_gives_the_focus_back(page: Page) -> None:
    make_todo("Essay", None)
    page.goto("/")
    link = page.get_by_role("link", name="Essay")
    link.click()
    expect(page.locator("li.editing input[name=title]")).to_be_focused()
    page.keyboard.type("!")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.keyboard.press("Escape")
    expect(page.locator("li.editing input[name=title]")).to_have_value("!Essay")
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_range_is_ticked_at_once_and_undone(page: Page) -> None:
    todos = [make_todo(f"Todo {n}", None) for n in range(4)]
    page.goto("/")
    page.get_by_role("checkbox", name="Select Todo 0").check()
    page.get_by_role("checkbox", name="Select Todo 2").click(modifiers=["Shift"])
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Completed 3 todos.")
    expect(page.get_by_role("region", name="Done").get_by_role("listitem")).to_have_count(3)
    revisions = set(Todo.objects.filter(completed=True).values_list("revision", flat=True))
    assert len(revisions) == 1
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="No deadline").get_by_role("listitem")).to_have_count(4)
    assert list(Todo.objects.order_by("id").values_list("uid", flat=True)) == [todo.uid for todo in todos]


def test_two_quick_ticks_are_undone_each_by_itself(page: Page) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    page.get_by_role("button", name="Complete Essay").click()
    page.get_by_role("button", name="Complete Thesis").click()
    messages = page.locator(".toast")
    expect(messages).to_have_count(2)
    messages.filter(has_text="Essay").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="No deadline")).to_contain_text("Essay")
    expect(messages).to_have_text(
        ["Completed “Thesis”. Undo", "Undone: “Essay” is open again."], use_inner_text=True
    )
    page.keyboard.press("u")
    expect(page.get_by_role("region", name="No deadline").get_by_role("listitem")).to_have_count(2)


def test_section_is_moved_to_a_day(page: Page) -> None:
    make_todo("Essay", "2031-05-01T18:00:00")
    make_todo("Thesis", "2031-05-02")
    page.goto("/")
    page.get_by_role("button", name="Select all of Later").click()
    page.get_by_label("Move to this day").fill("2031-06-03")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Moved 2 todos.")
    assert [str(todo.due) for todo in Todo.objects.order_by("id")] == ["2031-06-03T18:00:00", "2031-06-03"]


def test_deleted_todo_comes_back_from_the_trash(page: Page) -> None:
    todo = make_todo("Essay")
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("button", name="Restore Essay").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert Todo.objects.visible().get().uid == todo.uid


def test_list_is_searched_as_one_types(page: Page) -> None:
    make_todo("Essay")
    make_todo("Thesis")
    page.goto("/")
    page.get_by_role("searchbox", name="Search").press_sequentially("thes")
    expect(page.get_by_role("link", name="Essay")).to_have_count(0)
    expect(page.get_by_role("link", name="Thesis")).to_be_visible()
    assert page.url.endswith("?q=thes&state=&window=&priority=&sort=")


def test_two_tabs_that_edit_the_same(open_context: Callable[..., BrowserContext]) -> None:
    make_todo("Essay", None)
    context = open_context()
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto("/")
        tab.get_by_role("link", name="Essay").click()
    first.get_by_label("Title").fill("Mine")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("link", name="Mine")).to_be_visible()
    second.get_by_label("Title").fill("Theirs")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("alert")).to_contain_text("Title: Mine")
    expect(second.get_by_label("Title")).to_have_value("Theirs")
    assert Todo.objects.get().title == "Mine"
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("link", name="Theirs")).to_be_visible()


def test_keyboard_alone(page: Page) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    for key in ("n", *"Paper", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("link", name="Paper")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Essay")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("region", name="Done")).to_contain_text("Thesis")
    expect(page.get_by_role("button", name="Complete Paper")).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Paper")).to_be_focused()
    for key in ("s", "k", "s", "b"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Complete", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Done").get_by_role("listitem")).to_have_count(3)
    page.keyboard.press("u")
    expect(page.get_by_role("region", name="Done").get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Enable shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_label("A new todo")).not_to_be_focused()


def test_newcomer_is_shown_examples_and_rid_of_them(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Add five examples").click()
    expect(page.get_by_role("button", name="Remove examples")).to_be_visible()
    assert Todo.objects.visible().count() == 5
    page.get_by_role("button", name="Remove examples").click()
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()


def test_day_of_the_calendar_takes_a_todo(page: Page) -> None:
    page.goto("/calendar/2031/5")
    page.get_by_role("link", name="14 May, 0 due").click()
    page.get_by_label("New todo for this day").fill("Essay")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name="14 May, 1 due")).to_be_visible()
    assert page.url.endswith("/calendar/2031/5?day=14")
    assert str(Todo.objects.get().due) == "2031-05-14"


def test_todo_of_the_calendar_is_ticked_and_changed_there(page: Page) -> None:
    make_todo("Essay", "2031-05-14")
    page.goto("/calendar/2031/5?day=14")
    page.get_by_role("button", name="Complete Essay").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Undone: “Essay” is open again.")
    page.get_by_role("link", name="Essay").first.click()
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Title").fill("Thesis")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Thesis").first).to_be_visible()
    assert page.url.endswith("/calendar/2031/5?day=14")
    assert Todo.objects.values_list("title", "completed").get() == ("Thesis", False)


def test_without_javascript(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/")
    add(page, "Essay 2031-05-02")
    page.get_by_role("button", name="Complete Essay").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Essay")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Essay").click()
    page.get_by_label("Title").fill("Thesis")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("checkbox", name="Select Thesis").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()


def test_on_a_phone(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    add(page, "A title that is long enough to need more than one line on so small a screen 2031-05-02")
    page.get_by_role("checkbox", name="Select A title").check()
    page.get_by_role("button", name="Complete", exact=True).tap()
    expect(page.get_by_role("region", name="Done")).to_contain_text("A title")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Calendar").tap()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_time_zone_of_a_shared_list_is_said(open_context: Callable[..., BrowserContext], client: Client) -> None:
    context = open_context(timezone_id="Europe/Berlin")
    bob, ada = sign_in(context, client, "bob"), make_user("ada")
    update_list(todo_list=make_list(ada), changes={"time_zone": "Australia/Brisbane"})
    shared = share(make_list(ada), bob, "editor")
    page = context.new_page()
    page.goto(f"/lists/{shared.pk}")
    said = page.get_by_text("Your browser uses Europe/Berlin, but this list uses Australia/Brisbane.")
    expect(said).to_contain_text("Only its owner can change it.")
    page.get_by_role("button", name="OK").click()
    page.reload()
    expect(said).to_be_hidden()


def test_todo_is_in_view_at_200_percent(open_context: Callable[..., BrowserContext]) -> None:
    make_todo("Essay", None)
    page = open_context(viewport={"width": 640, "height": 360}).new_page()
    page.goto("/")
    row = page.get_by_role("listitem").filter(has_text="Essay").bounding_box()
    assert row["y"] + row["height"] <= page.get_by_role("link", name="Calendar").bounding_box()["y"]


def test_time_zone_of_the_browser_is_offered(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(timezone_id="Australia/Brisbane").new_page()
    page.goto("/")
    page.get_by_role("button", name="Use my time zone").click()
    expect(page.get_by_role("status")).to_contain_text("Australia/Brisbane")
    expect(page.get_by_role("button", name="Use my time zone")).to_be_hidden()
    assert make_list().time_zone == "Australia/Brisbane"


def test_move_without_a_day_keeps_the_selection(page: Page) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    page.get_by_role("checkbox", name="Select Essay").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Choose a day")
    expect(page.get_by_label("Move to this day")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Select Essay")).to_be_checked()
    page.get_by_label("Move to this day").fill("2031-06-03")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Later")).to_contain_text("Essay")
    assert [str(todo.due) for todo in Todo.objects.order_by("id")] == ["2031-06-03", "None"]


def test_move_without_a_day_keeps_the_selection_without_scripts(
    open_context: Callable[..., BrowserContext],
) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/?sort=title")
    page.get_by_role("checkbox", name="Select Thesis").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Choose a day")
    expect(page.get_by_role("checkbox", name="Select Thesis")).to_be_checked()
    page.get_by_label("Move to this day").fill("2031-06-03")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Moved “Thesis”.")
    assert page.url.endswith("/?sort=title")


@pytest.mark.parametrize("block", ["start", "center", "end"])
def test_messages_on_a_phone_do_not_cover_save(open_context: Callable[..., BrowserContext], block: str) -> None:
    make_todo("Essay", None)
    for n in range(12):
        make_todo(f"Thesis {n}", None)
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    page.get_by_role("link", name="Essay").tap()
    save = page.get_by_role("button", name="Save")
    save.evaluate("(button, block) => button.scrollIntoView({ block })", block)
    page.evaluate("document.querySelector('.todo:not(.editing) .tick').click()")
    message = page.locator(".toast")
    expect(message).to_contain_text("Completed “Thesis")
    over, under = message.bounding_box(), save.bounding_box()
    assert over["y"] + over["height"] <= under["y"] or under["y"] + under["height"] <= over["y"]
    save.tap()
    expect(page.get_by_label("Title")).to_have_count(0)


def test_notice_of_a_conflict_is_in_view_on_a_phone(open_context: Callable[..., BrowserContext]) -> None:
    todo = make_todo("Electricity bill", None)
    page = open_context(viewport=PHONE).new_page()
    page.goto("/")
    page.get_by_role("link", name="Electricity bill").click()
    page.locator("li.editing").get_by_label("Description").fill("Meter reading 4711")
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"priority": Priority.HIGH})
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    notice = page.get_by_role("alert").filter(has_text="Priority: high")
    expect(notice).to_be_in_viewport(ratio=1)
    expect(notice).to_be_focused()
    save.click()
    expect(page.get_by_role("status")).to_contain_text("Saved “Electricity bill”.")
    todo.refresh_from_db()
    assert (todo.priority, todo.description) == (Priority.HIGH, "Meter reading 4711")
