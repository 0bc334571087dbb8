"""Pages that show by themselves what has changed elsewhere, in a real Chromium and with the real server."""

import contextlib
import re
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.factories import make_list, make_todo, make_user, share
from tests.project import Web, database_url, start_web
from todos.models import Membership, TodoList
from todos.services import create_filter, create_list, create_todo, find_list, remove_member


@pytest.fixture
def web(transactional_db: None) -> Iterator[Web]:
    variables = {"BROKER_URL": "", "TASKOVERFLOW_SECRET_KEY": settings.SECRET_KEY}
    with start_web(DATABASE_URL=database_url(), **variables) as web:
        yield web


@pytest.fixture
def open_as(browser: Browser, web: Web) -> Iterator[Callable[[User], BrowserContext]]:
    """`open_as(user)` returns a browser in which they are signed in. Console errors fail the test."""
    contexts, complaints = [], []

    def open_one(user: User) -> BrowserContext:
        context = browser.new_context(base_url=web.url, locale="en-GB")
        context.set_default_timeout(15_000)
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}])
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert not [text for text in complaints if "Failed to load resource" not in text]


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_user("ada")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return make_user("bob")


@pytest.fixture
def uni(ada: User, bob: User) -> TodoList:
    todo_list = create_list(user=ada, name="Uni")
    share(todo_list, bob, "editor")
    return todo_list


def add(todo_list: TodoList, *titles: str) -> None:
    for title in titles:
        create_todo(todo_list=todo_list, title=title)


def row(page: Page, title: str) -> object:
    return page.locator("#todos li.todo", has_text=title)


def count_requests(page: Page) -> list[str]:
    """Return a list that gets the address of each refresh."""
    refreshes: list[str] = []
    page.on("request", lambda request: refreshes.append(request.url) if "x-live" in request.headers else None)
    return refreshes


def test_tick_is_shown_to_others_around_an_open_editor(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User, bob: User
) -> None:
    add(uni, "Essay", "Milk", "Walk")
    ada_page, bob_page = open_as(ada).new_page(), open_as(bob).new_page()
    own = count_requests(ada_page)
    for page in (ada_page, bob_page):
        page.goto(f"/lists/{uni.pk}")
    row(bob_page, "Essay").locator("a.title").click()
    title = bob_page.locator("li.editing input[name=title]")
    title.fill("Essay, first draft")
    bob_page.locator("#todos .pick[aria-labelledby*=title]").nth(1).check()
    title.focus()
    title.evaluate("field => field.setSelectionRange(3, 5)")

    row(ada_page, "Milk").locator(".tick").click()

    expect(bob_page.locator(".group.done", has_text="Milk")).to_be_visible()
    expect(title).to_have_value("Essay, first draft")
    expect(title).to_be_focused()
    assert title.evaluate("field => [field.selectionStart, field.selectionEnd]") == [3, 5]
    assert bob_page.locator(".pick:checked").count() == 1
    expect(bob_page.get_by_text("This page has changed.")).to_be_attached()
    expect(ada_page.locator(".group.done", has_text="Milk")).to_be_visible()
    ada_page.wait_for_timeout(1500)
    assert own == []  # a page is not shown again because of its own change
    assert bob_page.locator(".toast").count() == 0


def test_open_list_that_many_show_comes_with_the_event(browser: Browser, web: Web) -> None:
    """So that they need not ask for it all at once."""
    add(make_list(), "Essay", "Milk")
    address = urlsplit(web.url).hostname, urlsplit(web.url).port
    with contextlib.ExitStack() as stack:
        page = stack.enter_context(browser.new_context(base_url=web.url, locale="en-GB")).new_page()
        own = count_requests(page)
        with page.expect_response("**/todos/events?*"):
            page.goto("/")
        row(page, "Essay").locator("a.title").click()
        title = page.locator("li.editing input[name=title]")
        title.fill("Essay, first draft")
        for _ in range(40):  # the server may have several processes
            other = stack.enter_context(socket.create_connection(address, timeout=60))
            other.sendall(b"GET /todos/events?page= HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert other.recv(15) == b"HTTP/1.1 200 OK"
        add(make_list(), "Walk")
        expect(row(page, "Walk")).to_be_visible(timeout=30_000)
        expect(title).to_have_value("Essay, first draft")
        assert own == []


def test_change_by_the_api_is_shown_on_overviews(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User
) -> None:
    page = open_as(ada).new_page()
    page.goto("/upcoming")
    make_todo("Buy milk", "2036-12-01", user=ada)
    expect(row(page, "Buy milk")).to_be_visible()
    expect(page.locator(f'#lists [data-open="{make_list(ada).pk}"]').first).to_have_text("1")


@pytest.mark.parametrize("is_saved", [True, False])
def test_search_finds_what_was_changed_elsewhere(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User, is_saved: bool
) -> None:
    add(uni, "Buy milk", "Walk")
    saved = create_filter(user=ada, name="Milk", query="milk is:open")
    page = open_as(ada).new_page()
    page.goto(f"/filters/{saved.pk}" if is_saved else "/search?q=milk+is:open")
    expect(row(page, "Buy milk")).to_be_visible()
    row(page, "Buy milk").locator("a.title").click()
    title = page.locator("li.editing input[name=title]")
    title.fill("Buy oat milk")
    add(uni, "Spill milk")
    expect(row(page, "Spill milk")).to_be_visible()
    expect(title).to_have_value("Buy oat milk")
    expect(page.locator("#todos li.todo")).to_have_count(2)


def test_hidden_page_catches_up_when_it_is_shown(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User
) -> None:
    page = open_as(ada).new_page()
    page.goto(f"/lists/{uni.pk}")
    hide = (
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.evaluate(hide, True)
    refreshes = count_requests(page)
    add(uni, "Milk")
    page.wait_for_timeout(2500)
    assert refreshes == []
    page.evaluate(hide, False)
    expect(row(page, "Milk")).to_be_visible()


def test_burst_of_changes_is_few_refreshes(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User
) -> None:
    page = open_as(ada).new_page()
    page.goto(f"/lists/{uni.pk}")
    refreshes = count_requests(page)
    page.wait_for_timeout(500)
    started = time.monotonic()
    add(uni, *(f"Todo {number}" for number in range(40)))
    expect(page.locator("#todos li.todo")).to_have_count(40, timeout=60_000)
    page.wait_for_timeout(1500)
    assert 1 <= len(refreshes) <= time.monotonic() - started + 2, "one a second"


def test_removed_member_is_told_at_the_next_action(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User, bob: User
) -> None:
    add(uni, "Milk")
    page = open_as(bob).new_page()
    page.goto(f"/lists/{uni.pk}")
    expect(row(page, "Milk")).to_be_visible()
    remove_member(todo_list=find_list(user=ada, list_id=uni.pk), membership_id=Membership.objects.get(user=bob).pk)
    add(find_list(user=ada, list_id=uni.pk), "Secret")
    page.wait_for_timeout(4000)
    assert "Secret" not in page.content()
    row(page, "Milk").locator(".tick").click()
    expect(page.locator(".toast.error")).to_have_text(re.compile("no longer shared with you"))


def test_page_of_a_session_that_has_ended_shows_no_other_list(
    open_as: Callable[[User], BrowserContext], ada: User
) -> None:
    make_todo("Essay", user=ada)
    page = open_as(ada).new_page()
    page.goto("/")
    expect(row(page, "Essay")).to_be_visible()
    Session.objects.all().delete()
    make_todo("Of everybody")
    page.wait_for_timeout(5000)
    expect(row(page, "Essay")).to_be_visible()
    assert "Of everybody" not in page.content()


def let_time_pass_until_shown(page: Page, title: str) -> None:
    """By the page's clock, which is installed: what it waits for otherwise takes as long as it takes."""
    for _ in range(100):
        page.clock.fast_forward(30_000)
        if row(page, title).is_visible():
            return
        page.wait_for_timeout(300)
    expect(row(page, title)).to_be_visible()


def test_without_streams_pages_poll(open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User) -> None:
    page = open_as(ada).new_page()
    page.clock.install()
    page.add_init_script("delete window.EventSource")
    page.goto(f"/lists/{uni.pk}")
    add(uni, "Milk")
    let_time_pass_until_shown(page, "Milk")


def test_poll_that_something_else_answers_is_not_the_last(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User
) -> None:
    polls: list[str] = []

    def answer(route: Route) -> None:
        polls.append(route.request.url)
        if len(polls) == 1:
            route.fulfill(status=200, body="<p>Sign in to this network</p>")
        else:
            route.continue_()

    page = open_as(ada).new_page()
    page.clock.install()
    page.add_init_script("delete window.EventSource")
    page.route("**/todos/events?*", answer)
    page.goto(f"/lists/{uni.pk}")
    add(uni, "Milk")
    let_time_pass_until_shown(page, "Milk")
    assert len(polls) > 1


def test_month_is_shown_anew(open_as: Callable[[User], BrowserContext], ada: User) -> None:
    page = open_as(ada).new_page()
    page.goto("/calendar/2036/12")
    page.get_by_role("link", name="Agenda").focus()
    make_todo("Buy milk", "2036-12-01", user=ada)
    expect(page.get_by_text("Buy milk")).to_be_visible()
    expect(page.get_by_role("link", name="Agenda")).to_be_focused()


@pytest.mark.parametrize(
    ("language", "notice", "button"),
    [("en", "This page has changed.", "Show"), ("de", "Diese Seite hat sich geändert.", "Anzeigen")],
)
def test_month_in_which_somebody_types_is_left_alone(
    open_as: Callable[[User], BrowserContext], ada: User, language: str, notice: str, button: str
) -> None:
    page = open_as(ada).new_page()
    page.context.add_cookies([{"name": "language", "value": language, "domain": "127.0.0.1", "path": "/"}])
    page.goto("/calendar/2036/12?day=1")
    title = page.locator("input[name=title]")
    title.press_sequentially("Walk")
    make_todo("Buy milk", "2036-12-01", user=ada)
    expect(page.locator(".notice").get_by_text(notice)).to_be_visible()
    expect(title).to_have_value("Walk")
    expect(title).to_be_focused()
    title.fill("")
    page.locator(".notice").get_by_role("button", name=button).click()
    expect(page.get_by_text("Buy milk").first).to_be_visible()


def test_month_that_comes_while_a_todo_is_lifted_is_shown_later(
    open_as: Callable[[User], BrowserContext], ada: User
) -> None:
    todo = make_todo("Essay", "2036-12-03", user=ada)
    page = open_as(ada).new_page()
    page.goto("/calendar/2036/12")
    grip = page.get_by_role("button", name="Move Essay:")
    expect(grip).to_have_count(1)
    held: list[Route] = []
    page.route("**/calendar/2036/12", lambda route: held.append(route), times=1)
    make_todo("Buy milk", "2036-12-01", user=ada)
    for _ in range(600):
        if not held:
            page.wait_for_timeout(50)
    grip.press("Space")
    page.keyboard.press("ArrowRight")
    with page.expect_event("requestfinished"):
        held[0].continue_()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Moved “Essay”.")
    expect(page.get_by_text("Buy milk")).to_be_visible()
    todo.refresh_from_db()
    assert str(todo.due) == "2036-12-04"


def test_many_tabs_of_a_browser_do_not_block_each_other(
    open_as: Callable[[User], BrowserContext], uni: TodoList, ada: User
) -> None:
    """With HTTP/1.1 it has six connections to a server."""
    context = open_as(ada)
    pages = [context.new_page() for _ in range(8)]
    for page in pages:
        page.goto(f"/lists/{uni.pk}")
    pages[-1].get_by_label("A new todo").fill("Milk")
    pages[-1].get_by_role("button", name="Add", exact=True).click()
    expect(row(pages[-1], "Milk")).to_be_visible()
    expect(row(pages[0], "Milk")).to_be_visible()
    expect(row(pages[7], "Milk")).to_be_visible()


def test_export_is_shown_when_it_is_ready(open_as: Callable[[User], BrowserContext], ada: User) -> None:
    make_todo("Buy milk", "2036-12-01", user=ada)
    page = open_as(ada).new_page()
    page.goto("/exports")
    page.get_by_role("button", name="Create calendar file").click()
    expect(page.get_by_text("Your calendar is ready")).to_be_visible()
    other = page.context.new_page()
    other.goto("/exports")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Your calendar is ready")).to_be_visible()
