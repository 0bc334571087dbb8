"""Pages whose templates are others': their scripts and styles work under our policy, and ask for nothing more.

What the policy refuses, the console says, and that fails a test (see conftest).
"""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories import PASSWORD, make_list, make_todo, make_user
from todos.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keeper(open_context: Callable[..., BrowserContext]) -> Page:
    """A page of a superuser, signed in to the admin."""
    user = make_user("root")
    user.is_staff = user.is_superuser = True
    user.save()
    make_todo("Water the plants", user=user)
    page = open_context().new_page()
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")  # wait for its scripts
    return page


def test_admin_shows_every_kind_of_row(keeper: Page) -> None:
    keeper.get_by_role("button", name="Toggle theme").first.click()
    expect(keeper.locator("html")).to_have_attribute("data-theme", "dark")
    links = [link.get_attribute("href") for link in keeper.locator("#content-main th a[href]").all()]
    assert len(links) > 7
    for link in links:
        keeper.goto(link)
        expect(keeper.locator("#changelist")).to_be_visible()


def test_admin_selects_and_deletes(keeper: Page) -> None:
    make_todo(user=make_user("ada"))
    keeper.goto("/admin/todos/todolist/")
    keeper.get_by_label("Select all objects on this page for an action").check()
    expect(keeper.get_by_text("2 of 2 selected")).to_be_visible()
    keeper.get_by_label("Action:").select_option(label="Delete selected lists")
    keeper.get_by_role("button", name="Go").click()
    keeper.get_by_role("button", name="Yes, I’m sure").click()
    expect(keeper.get_by_text("Successfully deleted 2 lists.")).to_be_visible()


def test_admin_changes_a_user(keeper: Page) -> None:
    keeper.goto(f"/admin/auth/user/{make_user('ada').pk}/change/")
    # Scripts create these: the date and time shortcuts, and the two boxes for permissions.
    keeper.get_by_role("link", name="Today").first.click()
    keeper.get_by_role("link", name="Now").first.click()
    keeper.locator("#id_user_permissions_from").select_option(label="Todos | todo | Can view todo")
    keeper.locator("#id_user_permissions_add").click()
    keeper.get_by_role("button", name="Save", exact=True).click()
    expect(keeper.get_by_text("was changed successfully")).to_be_visible()
    keeper.goto("/admin/auth/user/")
    keeper.get_by_role("link", name="ada").click()
    expect(keeper.locator("#id_user_permissions_to option")).to_have_text(["Todos | todo | Can view todo"])


def test_browsable_api_is_styled_and_sends_changes(keeper: Page) -> None:
    todo = Todo.objects.get()
    keeper.goto(f"/api/v1/todos/{todo.pk}")
    expect(keeper.locator(".navbar")).to_have_css("background-color", "rgb(44, 44, 44)")
    expect(keeper.locator(".prettyprint .str").first).to_have_css("color", "rgb(221, 17, 68)")
    keeper.locator("[name=_content]").fill(json.dumps({"title": "Water them twice"}))
    keeper.get_by_role("button", name="PUT").click()
    expect(keeper.locator(".response-info")).to_contain_text('"title": "Water them twice"')
    keeper.get_by_role("button", name="DELETE").click()
    keeper.locator("#deleteModal .btn-danger").click()
    expect(keeper.locator(".request-info")).to_contain_text("DELETE")  # the response to the PUT is gone
    assert not make_list(todo.list.owner).todos.visible().exists()


def test_schema_page_shows_all_operations_and_tries_one(keeper: Page) -> None:
    keeper.goto("/api/v1/schema/docs")
    paths = keeper.locator(".opblock-summary-path")
    expect(paths.filter(has_text="/api/v1/todos/{todo_id}").first).to_be_visible(
        timeout=30_000
    )  # it is a long page
    shown = {path.inner_text().replace("\u200b", "") for path in keeper.locator(".opblock-summary-path").all()}
    assert {"/api/v1/todos", "/api/v1/todos/ical", "/api/v1/feeds", "/api/v1/tokens"} <= shown
    operation = keeper.locator("#operations-todos-todos_list")
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("Water the plants")
