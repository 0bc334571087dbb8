"""The manual order and sub-tasks, as a user."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.factories import make_todo
from tests.system.browser.conftest import PHONE
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)
MANUAL = "/?sort=manual"


def rows(page: Page) -> Locator:
    return page.locator("#todos .title")


def stored() -> list[str]:
    return list(Todo.objects.visible().in_manual_order().values_list("title", flat=True))


def drag(page: Page, title: str, to: str, *, below: bool) -> None:
    grip = page.get_by_role("button", name=f"Move {title}:")
    grip.hover()
    start, end = (
        grip.bounding_box(),
        page.locator("li.todo", has=page.get_by_role("link", name=to, exact=True)).bounding_box(),
    )
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 50, end["y"] + end["height"] / 2, steps=5)
    page.mouse.move(end["x"] + 50, end["y"] + end["height"] * (0.9 if below else 0.1), steps=5)
    with page.expect_response("**/position"):
        page.mouse.up()


@pytest.mark.parametrize("is_phone", [False, True])
def test_todo_is_dragged(open_context: Callable[..., BrowserContext], is_phone: bool) -> None:
    for title in "abcd":
        make_todo(title, None)
    page = open_context(**({"viewport": PHONE} if is_phone else {})).new_page()
    page.goto(MANUAL)
    drag(page, "a", "c", below=True)
    expect(rows(page)).to_have_text(["b", "c", "a", "d"])
    drag(page, "d", "b", below=False)
    expect(rows(page)).to_have_text(["d", "b", "c", "a"])
    page.reload()
    expect(rows(page)).to_have_text(["d", "b", "c", "a"])
    assert stored() == ["d", "b", "c", "a"]


def test_drag_is_given_up_by_escape(page: Page) -> None:
    for title in "ab":
        make_todo(title, None)
    page.goto(MANUAL)
    grip = page.get_by_role("button", name="Move a:").bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(grip["x"] + 5, grip["y"] + 200, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(rows(page)).to_have_text(["a", "b"])
    assert not Todo.objects.exclude(position=None).exists()


def test_todo_is_moved_by_keys_and_says_where_it_is(page: Page, wait_for: Callable[..., None]) -> None:
    for title in "abcd":
        make_todo(title, None)
    page.goto(MANUAL)
    page.get_by_role("link", name="a", exact=True).focus()
    for _ in range(2):
        page.keyboard.press("Alt+ArrowDown")
    expect(rows(page)).to_have_text(["b", "c", "a", "d"])
    expect(page.get_by_text("a: 3 of 4")).to_have_count(1)
    expect(page.get_by_role("link", name="a", exact=True)).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(rows(page)).to_have_text(["b", "a", "c", "d"])
    wait_for(lambda: stored() == ["b", "a", "c", "d"])
    page.reload()
    expect(rows(page)).to_have_text(["b", "a", "c", "d"])
    grip = page.get_by_role("button", name="Move d:")
    grip.focus()
    page.keyboard.press("ArrowUp")
    expect(rows(page)).to_have_text(["b", "a", "d", "c"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("d is the last here")).to_have_count(1)


def test_keys_pressed_while_answers_are_slow_all_count(
    page: Page, delays: dict[str, float], wait_for: Callable[..., None]
) -> None:
    for title in "abcdef":
        make_todo(title, None)
    page.goto(MANUAL)
    delays["/position"] = 0.3
    page.get_by_role("link", name="a", exact=True).focus()
    for _ in range(4):
        page.keyboard.press("Alt+ArrowDown")
        page.wait_for_timeout(200)
    expect(rows(page)).to_have_text(["b", "c", "d", "e", "a", "f"])
    wait_for(lambda: stored() == ["b", "c", "d", "e", "a", "f"])
    page.reload()
    expect(rows(page)).to_have_text(["b", "c", "d", "e", "a", "f"])


def test_other_orders_have_no_grips(page: Page) -> None:
    make_todo("a", None)
    page.goto("/")
    expect(page.locator(".grip")).to_have_count(0)
    page.get_by_label("Order").select_option("My order")
    expect(page.locator(".grip")).to_have_count(1)
    page.get_by_role("checkbox", name="Select a").check()
    expect(page.get_by_role("button", name="Move down")).to_be_visible()


def test_buttons_move_a_todo_without_scripts(open_context: Callable[..., BrowserContext]) -> None:
    for title in "abc":
        make_todo(title, None)
    page = open_context(java_script_enabled=False).new_page()
    page.goto(MANUAL)
    page.get_by_role("checkbox", name="Select c").check()
    page.get_by_role("button", name="Move up").click()
    expect(rows(page)).to_have_text(["a", "c", "b"])
    expect(page.get_by_role("status")).to_contain_text("Moved “c”.")


def test_todo_takes_its_subtasks_along(page: Page) -> None:
    todos = {title: make_todo(title, None) for title in ("trip", "bike")}
    for title in ("train", "hotel"):
        make_todo(title, None, parent_id=todos["trip"].pk)
    page.goto(MANUAL)
    expect(rows(page)).to_have_text(["trip", "train", "hotel", "bike"])
    drag(page, "bike", "trip", below=False)
    expect(rows(page)).to_have_text(["bike", "trip", "train", "hotel"])
    page.get_by_role("link", name="hotel", exact=True).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(rows(page)).to_have_text(["bike", "trip", "hotel", "train"])
    page.get_by_role("link", name="trip", exact=True).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(rows(page)).to_have_text(["trip", "hotel", "train", "bike"])
    page.get_by_role("button", name="Complete trip").click()
    expect(page.get_by_role("status").first).to_contain_text("Completed “trip” and 2 sub-tasks.")
    page.locator(".toast", has_text="Completed").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Complete hotel")).to_be_visible()
    assert not Todo.objects.completed(True).exists()


def test_subtask_is_added_and_put_below_another_todo(page: Page) -> None:
    make_todo("trip", None)
    make_todo("bike", None)
    page.goto(MANUAL)
    page.get_by_role("link", name="trip", exact=True).click()
    page.get_by_role("link", name="Add sub-task").click()
    expect(page.get_by_label("Sub-task of")).to_have_value(str(Todo.objects.get(title="trip").pk))
    page.get_by_label("A new todo").fill("train")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Added “train”")
    page.goto("/")
    expect(page.locator("li.todo", has_text="in trip")).to_have_count(1)
    page.get_by_role("link", name="train", exact=True).click()
    page.get_by_label("Sub-task of").select_option("bike")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("li.todo", has_text="in bike")).to_have_count(1)
    assert Todo.objects.get(title="train").parent.title == "bike"


def test_moves_are_undone_one_after_the_other(page: Page) -> None:
    for title in "abc":
        make_todo(title, None)
    page.goto(MANUAL)
    page.get_by_role("link", name="a", exact=True).focus()
    for order in ("bac", "bca"):
        with page.expect_response("**/position"):
            page.keyboard.press("Alt+ArrowDown")
        expect(rows(page)).to_have_text([*order])
    expect(page.locator(".toast")).to_have_count(1)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_text(["b", "a", "c"])
    page.get_by_role("link", name="a", exact=True).focus()
    page.keyboard.press("u")
    expect(rows(page)).to_have_text(["a", "b", "c"])
    assert stored() == ["a", "b", "c"]
