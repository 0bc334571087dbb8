"""Typed work is never lost: what is being edited stays while the list changes, and leaving a page asks first."""

import pytest
from django.test import Client
from playwright.sync_api import Dialog, Page, expect

from calendars.feeds.services import create_feed
from tests.factories import make_list, make_todo, make_user
from todos.models import Todo
from todos.services import delete_todo, update_todo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def questions(page: Page) -> list[str]:
    """The types of the questions that the page asked. Each is answered with staying."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def edit(page: Page, title: str, text: str) -> None:
    page.get_by_role("link", name=title).click()
    editor = page.locator("li.editing").filter(has=page.locator(f"input[value='{title}']"))
    editor.get_by_label("Title").press_sequentially(text)


def typed(page: Page) -> list[str]:
    return [field.input_value() for field in page.get_by_label("Title").all()]


def test_editor_stays_open_while_the_list_changes(page: Page) -> None:
    for title in ("Essay", "Thesis", "Paper"):
        make_todo(title, None)
    page.goto("/")
    edit(page, "Essay", "!")
    page.get_by_role("button", name="Complete Thesis").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Thesis")
    page.get_by_label("A new todo").fill("Letter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Letter")).to_be_visible()
    edit(page, "Paper", "?")
    assert sorted(typed(page)) == ["!Essay", "?Paper"]
    page.locator("li.editing").last.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="?Paper")).to_be_visible()
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_role("heading", name="No matching todos")).to_be_visible()
    expect(page.get_by_role("region", name="Not in this list").get_by_label("Title")).to_have_value("!Essay")
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("region", name="No deadline").get_by_label("Title")).to_have_value("!Essay")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="!Essay")).to_be_visible()


def test_focus_and_cursor_stay_in_the_editor(page: Page) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.press("Home")
    page.evaluate("document.querySelector('.tick').click()")
    page.keyboard.type("My ", delay=100)
    expect(page.get_by_role("region", name="Done")).to_contain_text("Thesis")
    page.keyboard.type("long ")
    assert typed(page) == ["My long Essay"]


def test_late_answer_takes_no_focus_away(page: Page, delays: dict[str, float]) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    delays["/todos/"] = 0.5
    page.get_by_label("A new todo").fill("x" * 280)
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Select Thesis").check()
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_label("Title").press("End")
    page.keyboard.type(" that takes long to type", delay=60)
    expect(page.get_by_role("status")).to_contain_text("Choose a day")
    assert typed(page) == ["Essay that takes long to type"]


def test_what_is_typed_while_saving_is_not_lost(page: Page, delays: dict[str, float]) -> None:
    essay = make_todo("Essay", None)
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    expect(page.get_by_label("Title")).to_be_focused()
    delays[f"/todos/{essay.pk}"] = 0.4
    page.keyboard.press("End")
    page.keyboard.type(" one\n")
    page.keyboard.type(" two")
    expect(page.get_by_role("status")).to_contain_text("Saved “Essay one”.")
    expect(page.get_by_label("Title")).to_have_value("Essay one two")
    expect(page.get_by_label("Title")).to_have_js_property("defaultValue", "Essay one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Essay one two")).to_be_visible()


def test_saving_by_keyboard_gives_the_focus_to_the_todo(page: Page) -> None:
    make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("My ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Essay")).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_label("Title")).to_be_focused()
    page.get_by_label("Title").fill("")
    page.get_by_label("Title").evaluate("(field) => { field.form.noValidate = true; }")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A todo needs a title.")).to_be_visible()
    expect(page.get_by_label("Title")).to_be_focused()


def test_selection_survives_other_changes(page: Page, delays: dict[str, float]) -> None:
    for title in ("Essay", "Thesis", "Paper", "Letter"):
        make_todo(title, None)
    page.goto("/")
    for title in ("Essay", "Paper"):
        page.get_by_role("checkbox", name=f"Select {title}").check()
    page.get_by_role("button", name="Complete Thesis").click()
    expect(page.get_by_role("region", name="Done")).to_contain_text("Thesis")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("searchbox").fill("essay")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_text("2 selected")).to_be_visible()
    delays["/todos/change"] = 0.4
    page.get_by_role("button", name="Complete", exact=True).click()
    page.get_by_role("checkbox", name="Select Letter").check()
    expect(page.get_by_role("region", name="Done").get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Select Letter")).to_be_checked()


def test_leaving_the_list_asks_before_an_edit_is_lost(page: Page, questions: list[str]) -> None:
    make_todo("Essay", None)
    page.goto("/")
    edit(page, "Essay", "!")
    page.get_by_role("link", name="Trash").click()
    page.evaluate("location.reload()")
    page.wait_for_timeout(300)
    assert questions == ["beforeunload"] * 2
    page.get_by_label("Title").press("Escape")
    page.locator("li.editing").get_by_role("button", name="Delete").click()
    assert questions[2:] == ["confirm"] * 2
    assert typed(page) == ["!Essay"]


def test_nothing_can_be_typed_on_a_page_that_is_being_left(
    page: Page, questions: list[str], delays: dict[str, float]
) -> None:
    page.goto("/settings")
    delays["/settings"] = 0.5
    page.get_by_label("Name").fill("Things")
    page.get_by_label("Name").press("Enter", no_wait_after=True)
    page.keyboard.type(" and more", delay=80)
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    name = page.get_by_label("Name").input_value()
    assert name == make_list().name
    assert name.startswith("Things")
    assert not questions


def test_deleting_asks_before_an_edit_is_lost_on_its_own_page(page: Page, questions: list[str]) -> None:
    essay = make_todo("Essay", None)
    page.goto(f"/todos/{essay.pk}")
    page.get_by_label("Title").press_sequentially("!")
    page.get_by_role("button", name="Delete").click()
    page.wait_for_timeout(200)
    assert questions == ["confirm"]
    assert Todo.objects.visible().exists()


def test_leaving_does_not_ask_without_reason(page: Page, questions: list[str]) -> None:
    make_todo("Essay", None)
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    page.get_by_label("Title").press("End")
    page.get_by_role("searchbox").fill("ess")
    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    page.goto("/settings")
    page.get_by_label("Name").fill("Things")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert not questions


def test_todo_that_is_deleted_elsewhere_keeps_its_editor(page: Page) -> None:
    essay = make_todo("Essay", None)
    make_todo("Thesis", None)
    page.goto("/")
    edit(page, "Essay", "!")
    delete_todo(todo_list=make_list(), todo_id=essay.pk)
    page.get_by_role("button", name="Complete Thesis").click()
    aside = page.get_by_role("region", name="Not in this list")
    expect(aside.get_by_label("Title")).to_have_value("!Essay")
    aside.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("This no longer exists.")
    expect(aside.get_by_label("Title")).to_have_value("!Essay")
    page.once("dialog", lambda dialog: dialog.accept())
    aside.get_by_role("link", name="Cancel").click()
    expect(aside).to_have_count(0)


def test_conflict_asks_before_it_is_left(page: Page, questions: list[str]) -> None:
    essay = make_todo("Essay", None)
    page.goto("/")
    edit(page, "Essay", "!")
    update_todo(todo_list=make_list(), todo_id=essay.pk, changes={"title": "Theirs"})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Theirs")).to_be_visible()
    page.keyboard.press("Escape")
    assert questions == ["confirm"]
    assert typed(page) == ["!Essay"]


def test_every_form_asks_before_the_page_is_left(page: Page, questions: list[str], client: Client) -> None:
    user = make_user("ada")
    todo = make_todo("Essay", user=user)
    feed = create_feed(todo_list=make_list(user), name="Phone")
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "domain": "localhost", "path": "/"}])
    fields = {
        "/": "A new todo",
        "/calendar/2031/5?day=14": "New todo for this day",
        f"/todos/{todo.pk}": "Title",
        "/todos/new": "A new todo",
        "/settings": "Email",
        "/exports": "Block length",
        "/feeds": "Name",
        f"/feeds/{feed.pk}": "Name",
    }
    for path, label in fields.items():
        questions.clear()
        page.goto(path)
        for details in page.locator("main form details:not([open]) > summary").all():
            details.click()
        field = page.get_by_role("main").get_by_label(label).first
        field.focus()
        page.keyboard.type("7")
        page.get_by_role("link", name="Todos", exact=True).click()
        page.wait_for_timeout(200)
        assert questions == ["beforeunload"], path
        assert "7" in field.input_value()
        field.evaluate("(one) => { one.value = one.defaultValue; }")
    page.goto("/settings")
    page.get_by_label("Email").fill("nobody")
    page.get_by_label("Email").evaluate("(one) => { one.form.noValidate = true; }")
    page.get_by_role("button", name="Save email").click()
    expect(page.get_by_text("valid email")).to_be_visible()
    page.get_by_role("link", name="Todos", exact=True).click()
    page.wait_for_timeout(200)
    assert questions == ["beforeunload"] * 2
    assert page.get_by_label("Email").input_value() == "nobody"
