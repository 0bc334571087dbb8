"""Several lists, as a user."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.factories import make_list, make_todo, share
from tests.system.browser.conftest import PHONE, sign_in
from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.models import Todo, TodoList
from todos.services import create_list, create_todo, find_lists

pytestmark = pytest.mark.django_db(transaction=True)
MOST_PIXELS = 64  # of the bar for a selection on a phone: one row


@pytest.fixture
def options() -> dict[str, object]:
    """Options of the browser."""
    return {}


@pytest.fixture
def context(open_context: Callable[..., BrowserContext], options: dict[str, object]) -> BrowserContext:
    return open_context(**options)


@pytest.fixture
def ada(context: BrowserContext, client: Client) -> User:
    return sign_in(context, client, "ada")


@pytest.fixture
def page(context: BrowserContext, ada: User) -> Page:
    return context.new_page()


@pytest.fixture
def groceries(ada: User) -> TodoList:
    return create_list(user=ada, name="Groceries", color="green")


on_a_phone = pytest.mark.parametrize("options", [{"viewport": PHONE, "has_touch": True, "is_mobile": True}])
without_scripts = pytest.mark.parametrize("options", [{"java_script_enabled": False}])


def add(page: Page, text: str) -> None:
    page.get_by_label("A new todo").fill(text)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Added")


def lists(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Lists")


def where() -> dict[str, str]:
    return dict(Todo.objects.visible().order_by("id").values_list("title", "list__name"))


def due_today(todo_list: TodoList, title: str) -> Todo:
    return create_todo(todo_list=todo_list, title=title, due=Deadline.of_day(Clock.of(todo_list).today))


def test_list_is_created_and_filled(page: Page) -> None:
    page.goto("/")
    lists(page).get_by_role("link", name="New list").click()
    page.get_by_label("Name").fill("Groceries")
    page.get_by_label("Green").check()
    page.get_by_role("button", name="Create list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Groceries")
    add(page, "Milk 2031-05-02")
    add(page, "Bread")
    expect(lists(page).get_by_role("link", name="Groceries")).to_have_text("Groceries2")
    page.get_by_role("button", name="Complete Milk").click()
    expect(lists(page).get_by_role("link", name="Groceries")).to_have_text("Groceries1")
    page.get_by_role("searchbox", name="Search").press_sequentially("bre")
    expect(page.get_by_role("link", name="Milk")).to_have_count(0)
    assert page.url.endswith(
        f"/lists/{TodoList.objects.get(name='Groceries').pk}?q=bre&state=&window=&priority=&sort="
    )
    assert where() == {"Milk": "Groceries", "Bread": "Groceries"}
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Calendar").click()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Todos").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Groceries")


def test_todo_is_moved_from_its_editor_and_back(page: Page, ada: User, groceries: TodoList) -> None:
    make_todo("Milk", None, user=ada)
    page.goto("/")
    page.get_by_role("link", name="Milk").click()
    page.get_by_role("button", name="Move to list…").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Move to list")).to_be_hidden()
    expect(page.get_by_label("Title")).to_be_visible()
    page.get_by_role("button", name="Move to list…").click()
    page.get_by_role("button", name="Groceries").click()
    expect(page.get_by_role("status")).to_contain_text("Moved “Milk” to “Groceries”.")
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()
    assert where() == {"Milk": "Groceries"}
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Milk")).to_be_visible()
    assert where() == {"Milk": "Todos"}


def test_text_in_an_editor_is_not_lost_by_a_move(page: Page, ada: User, groceries: TodoList) -> None:
    make_todo("Milk", None, user=ada)
    page.goto("/")
    page.get_by_role("link", name="Milk").click()
    page.get_by_label("Title").fill("Oat milk")
    page.get_by_role("button", name="Move to list…").click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Groceries").click()
    expect(page.get_by_label("Title")).to_have_value("Oat milk")
    assert where() == {"Milk": "Todos"}


def test_selection_is_moved_and_back_from_the_other_list(page: Page, ada: User, groceries: TodoList) -> None:
    for title in ("Milk", "Bread", "Essay"):
        make_todo(title, None, user=ada)
    page.goto("/")
    for title in ("Milk", "Bread"):
        page.get_by_role("checkbox", name=f"Select {title}").check()
    page.get_by_role("button", name="Move to list…").click()
    page.get_by_role("button", name="Groceries").click()
    expect(page.get_by_role("status")).to_contain_text("Moved 2 todos to “Groceries”.")
    expect(lists(page).get_by_role("link", name="Groceries")).to_have_text("Groceries2")
    assert where() == {"Milk": "Groceries", "Bread": "Groceries", "Essay": "Todos"}
    lists(page).get_by_role("link", name="Groceries").click()
    expect(page.get_by_role("link", name="Milk")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()
    assert set(where().values()) == {"Todos"}


def test_today_is_worked_through(page: Page, ada: User, groceries: TodoList) -> None:
    due_today(groceries, "Milk")
    due_today(make_list(ada), "Essay")
    page.goto("/")
    lists(page).get_by_role("link", name="Today").click()
    today = page.get_by_role("region", name="Today")
    expect(today.get_by_role("listitem")).to_have_count(2)
    expect(today.get_by_role("listitem").filter(has_text="Milk")).to_contain_text("Groceries")
    page.get_by_role("button", name="Complete Milk").click()
    expect(today.get_by_role("listitem")).to_have_count(1)
    expect(lists(page).get_by_role("link", name="Groceries")).to_have_text("Groceries")
    page.get_by_role("button", name="Undo").click()
    expect(today.get_by_role("listitem")).to_have_count(2)
    today.get_by_role("link", name="Milk").click()
    page.get_by_label("Title").fill("Oat milk")
    page.get_by_role("button", name="Save").click()
    expect(today.get_by_role("link", name="Oat milk")).to_be_visible()
    today.get_by_role("link", name="Essay").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Essay")).to_have_count(0)
    for key in ("j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Nothing is due today")).to_be_visible()
    page.keyboard.press("u")
    expect(today.get_by_role("link", name="Oat milk")).to_be_visible()
    assert page.url.endswith("/today")


def test_lists_are_ordered_with_the_keyboard(page: Page, ada: User) -> None:
    for name in ("First", "Second"):
        create_list(user=ada, name=name)
    page.goto("/lists")
    page.get_by_role("button", name="Move Second up").press("Enter")
    expect(page.get_by_role("button", name="Move Second up")).to_be_disabled()
    assert [one.name for one in find_lists(user=ada)] == ["Todos", "Second", "First"]
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link", name="Second", exact=True)).to_be_focused()


@on_a_phone
def test_lists_on_a_phone(page: Page, groceries: TodoList) -> None:
    page.goto("/")
    expect(lists(page)).to_be_hidden()
    page.get_by_role("button", name="Lists", exact=True).tap()
    lists(page).get_by_role("link", name="Groceries").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Groceries")
    add(page, "Milk")
    page.get_by_role("button", name="Lists", exact=True).tap()
    expect(lists(page).get_by_role("link", name="Groceries")).to_have_text("Groceries1")
    page.keyboard.press("Escape")
    expect(lists(page)).to_be_hidden()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Calendar").tap()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert f"/lists/{groceries.pk}/calendar/" in page.url


@on_a_phone
def test_selection_on_a_phone_is_one_row(page: Page, ada: User, groceries: TodoList) -> None:
    make_todo("Milk", None, user=ada)
    page.goto("/")
    page.get_by_role("checkbox", name="Select Milk").check()
    bar = page.get_by_role("form", name="Change the selected todos")
    assert bar.bounding_box()["height"] <= MOST_PIXELS
    for name in ("More…", "Move to list…", "Groceries"):
        page.get_by_role("button", name=name).tap()
    expect(page.get_by_role("status")).to_contain_text("Moved “Milk” to “Groceries”.")
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="Undo").tap()
    page.get_by_role("checkbox", name="Select Milk").check()
    expect(page.get_by_role("button", name="Reopen")).to_be_hidden()  # its menu is closed


@without_scripts
def test_several_lists_without_javascript(page: Page, ada: User) -> None:
    page.goto("/lists/new")
    page.get_by_label("Name").fill("Groceries")
    page.get_by_role("button", name="Create list").click()
    add(page, "Milk")
    page.get_by_role("link", name="Milk").click()
    page.get_by_role("button", name="Move to list…").click()
    page.get_by_role("button", name="Todos", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Moved “Milk” to “Todos”.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Milk")).to_be_visible()
    page.get_by_role("checkbox", name="Select Milk").check()
    page.get_by_role("button", name="Move to list…").click()
    page.get_by_role("button", name="Todos", exact=True).click()
    due_today(make_list(ada), "Essay")
    page.goto("/today")
    page.get_by_role("button", name="Complete Essay").click()
    expect(page.get_by_role("heading", name="Nothing is due today")).to_be_visible()
    assert page.url.endswith("/today")
    assert where() == {"Milk": "Todos", "Essay": "Todos"}


def test_viewer_opens_a_list_and_a_todo(page: Page, ada: User) -> None:
    owner = User.objects.create(username="owner")
    trip = create_list(user=owner, name="Trip")
    create_todo(todo_list=trip, title="Tent", description="the green one")
    share(trip, ada, "viewer")
    page.goto(f"/lists/{trip.pk}")  # errors of scripts fail the test
    expect(page.get_by_text("View only")).to_be_visible()
    page.get_by_role("link", name="Tent", exact=True).click()
    expect(page.locator("li.editing").get_by_text("the green one")).to_be_visible()
    expect(page.locator("li.editing [data-cancel]")).to_be_focused()
    expect(page.locator("li.editing").get_by_role("textbox")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("li.editing")).to_have_count(0)
