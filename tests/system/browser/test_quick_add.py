"""Adding todos one after the other, on slow and broken networks: every line is added, whole and in order."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.factories import make_list, make_todo, make_todos
from todos.agenda import Clock
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)

LINES = ["eggs", "bread", "cheese"]


def network(page: Page) -> Callable[..., None]:
    """Return a function that sets the page's latency in milliseconds, or takes it offline."""
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def set_conditions(latency: int = 0, *, offline: bool = False) -> None:
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": offline, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
        )

    return set_conditions


def titles() -> list[str]:
    return list(Todo.objects.order_by("id").values_list("title", flat=True))


@pytest.mark.parametrize("latency", [0, 200, 800])
@pytest.mark.parametrize("key_milliseconds", [160, 70, 20])
def test_lines_are_added_whole_and_in_order(page: Page, latency: int, key_milliseconds: int) -> None:
    page.goto("/")
    network(page)(latency)
    box = page.get_by_label("A new todo")
    box.focus()
    for line in LINES:
        page.keyboard.type(f"{line}\n", delay=key_milliseconds)
    page.keyboard.type("and more", delay=key_milliseconds)
    expect(page.get_by_role("link", name="cheese")).to_be_visible()
    expect(box).to_have_value("and more")
    expect(box).to_be_focused()
    assert titles() == LINES


def test_new_row_is_shown_and_marked(page: Page) -> None:
    make_todos(40, title="Tidy up")
    page.goto("/?sort=title")
    box = page.get_by_label("A new todo")
    box.press_sequentially("Wrap gifts\n")
    expect(page.locator("li.todo", has_text="Wrap gifts")).to_be_in_viewport()
    page.goto("/?q=tidy")
    box.press_sequentially("Essay\n")
    link = page.locator(".toast").get_by_role("link", name="Show it")
    expect(link).to_be_visible()
    link.click()
    expect(page.locator("li.todo:target", has_text="Essay")).to_be_in_viewport()


def test_lines_that_cannot_be_sent_wait_below_the_box(page: Page) -> None:
    page.goto("/")
    connect = network(page)
    connect(offline=True)
    box = page.get_by_label("A new todo")
    box.focus()
    page.keyboard.type("eggs\nbread\n", delay=20)
    unsent = page.get_by_role("region", name="Not added yet")
    expect(unsent.get_by_role("listitem")).to_contain_text(["eggs", "bread"])
    page.keyboard.type("che")
    expect(box).to_have_value("che")
    connect()
    page.keyboard.type("ese\n")
    expect(page.locator("#todos").get_by_role("listitem")).to_have_count(3)
    expect(unsent).to_be_hidden()
    assert titles() == LINES


def test_lines_are_tried_again(page: Page) -> None:
    page.goto("/")
    page.route("**/todos/new", lambda route: route.fulfill(status=500))
    box = page.get_by_label("A new todo")
    box.fill("eggs")
    box.press("Enter")
    unsent = page.get_by_role("region", name="Not added yet")
    expect(unsent).to_contain_text("Something went wrong")
    box.fill("typed meanwhile")
    page.unroute("**/todos/new")
    unsent.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="eggs")).to_be_visible()
    expect(unsent).to_be_hidden()
    expect(box).to_have_value("typed meanwhile")


def test_line_with_an_error_comes_back_into_the_box(page: Page) -> None:
    page.goto("/")
    box = page.get_by_label("A new todo")
    box.fill("x" * 280)
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("255 characters at most")
    expect(box).to_have_value("x" * 280)
    box.fill("short")
    box.press("Enter")
    expect(page.get_by_role("link", name="short")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_line_with_an_error_can_be_edited_and_stops_no_other(page: Page, delays: dict[str, float]) -> None:
    page.goto("/")
    delays["/todos/new"] = 0.5
    box = page.get_by_label("A new todo")
    box.fill("x" * 280)
    page.get_by_text("Add details").click()
    page.locator("#add").get_by_label("Description").fill("a long story")
    box.press("Enter")
    box.fill("bread")
    box.press("Enter")
    expect(page.get_by_role("link", name="bread")).to_be_visible()
    unsent = page.get_by_role("region", name="Not added yet")
    expect(unsent).to_contain_text("255 characters at most")
    box.fill("che")
    unsent.get_by_role("button", name="Edit").click()
    expect(page.get_by_text("Add or clear the text in the box first.")).to_be_visible()
    expect(box).to_have_value("che")
    box.fill("")
    unsent.get_by_role("button", name="Edit").click()
    expect(box).to_have_value("x" * 280)
    box.fill("short")
    box.press("Enter")
    expect(page.get_by_role("link", name="short")).to_be_visible()
    assert list(Todo.objects.order_by("id").values_list("title", "description")) == [
        ("bread", None),
        ("short", "a long story"),
    ]


def test_page_is_not_left_before_lines_are_added(
    open_context: Callable[..., BrowserContext], delays: dict[str, float]
) -> None:
    page = open_context().new_page()
    page.goto("/")
    delays["/todos/new"] = 0.5
    box = page.get_by_label("A new todo")
    box.focus()
    page.keyboard.type("eggs\nbread\n")
    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    assert titles() == ["eggs", "bread"]


def test_days_are_chosen_by_one_press_where_none_was_typed(page: Page) -> None:
    make_todo("Essay", None)
    tomorrow = str(Clock.of(make_list()).today + timedelta(days=1))
    page.goto("/")
    page.get_by_label("A new todo").fill("Thesis")
    page.locator("#add").get_by_role("button", name="Tomorrow").click()
    expect(page.locator("#reading")).to_contain_text("“Thesis”, due")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Thesis")).to_be_visible()
    page.get_by_role("link", name="Essay").click()
    editor = page.locator("li.editing")
    editor.get_by_role("button", name="Tomorrow").click()
    expect(editor).to_contain_text("Due ")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_have_count(0)
    assert {str(todo.due) for todo in Todo.objects.all()} == {tomorrow}
    page.get_by_role("checkbox", name="Select Essay").check()
    page.get_by_role("button", name="Reschedule…").click()
    page.get_by_label("Reschedule to").fill("whenever")
    expect(page.locator("#reschedule")).to_contain_text("not understood")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reschedule to")).to_be_focused()
    page.locator("#reschedule").get_by_role("button", name="Today").click()
    expect(page.locator("#reschedule")).to_be_hidden()
    expect(page.get_by_label("Reschedule to")).to_have_value("")
    expect(page.get_by_role("region", name="Today")).to_contain_text("Essay")


def test_date_that_is_picked_for_a_selection_takes_the_place_of_words(page: Page) -> None:
    make_todo("Essay", None)
    page.goto("/")
    page.get_by_role("checkbox", name="Select Essay").check()
    page.get_by_role("button", name="Reschedule…").click()
    page.get_by_label("Reschedule to").fill("friday")
    page.keyboard.press("Escape")
    page.get_by_label("Move to this day").fill("2046-12-24")
    expect(page.locator("#move-when")).to_have_value("")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Moved")
    assert str(Todo.objects.get().due) == "2046-12-24"


def test_last_of_words_and_a_date_counts_in_the_editor(page: Page) -> None:
    make_todo("Essay", "2046-12-24")
    page.goto("/")
    page.get_by_role("link", name="Essay").click()
    editor = page.locator("li.editing")
    day, words = editor.locator("input[name=date]"), editor.get_by_label("Deadline in words")
    words.fill("friday")
    day.fill("2046-12-31")
    day.blur()
    expect(words).to_have_value("")
    words.fill("2046-12-25")
    expect(day).to_have_value("2046-12-24")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_have_count(0)
    assert str(Todo.objects.get().due) == "2046-12-25"
