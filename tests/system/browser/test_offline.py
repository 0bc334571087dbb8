"""Without a network: lists are shown as they were, and what is added and ticked is kept, and made once later."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser import FLAGS, executable
from tests.factories import make_todo, make_user
from todos.models import ReceivedChange, Todo
from todos.services import archive_list, create_list

pytestmark = pytest.mark.django_db(transaction=True)

KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith("pages of ")) continue;
    for (const request of await (await caches.open(name)).keys()) kept.push(`${name} ${new URL(request.url).pathname}`);
  }
  return kept;
}"""
# How much of it waits to be sent.
WAITING = """() => new Promise((resolve) => {
  const request = indexedDB.open("taskoverflow");
  request.onsuccess = () => {
    const count = request.result.transaction("changes").objectStore("changes").count();
    count.onsuccess = () => {
      request.result.close();
      resolve(count.result);
    };
  };
})"""
# The server is reached, but its answers are not.
LOSE_ANSWERS = """() => {
  window.heard = window.fetch;
  window.fetch = async (...request) => {
    await window.heard(...request);
    throw new TypeError("lost");
  };
}"""
HEAR_AGAIN = """() => {
  window.fetch = window.heard;
  window.dispatchEvent(new Event("online"));
}"""
CUT_OFF = "() => { window.fetch = async () => { throw new TypeError('no network'); }; }"
KNOWS_IT_IS_CUT_OFF = "() => { Object.defineProperty(navigator, 'onLine', { get: () => false }); }"


def sign_in(context: BrowserContext, client: Client, user: User) -> None:
    """Sign in for longer than the browser is open, as the sign-in page does."""
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "domain": "localhost", "path": "/"}
    context.add_cookies([{**cookie, "expires": time.time() + 100_000}])


def kept_pages(page: Page, wait_for: Callable[..., None], *expected: str) -> None:
    """Wait until these pages are kept for when there is no network, and no others."""
    wait_for(lambda: page.evaluate(KEPT) == [*expected])


def titles() -> list[str]:
    return list(Todo.objects.order_by("id").values_list("title", flat=True))


def unsent(page: Page) -> Locator:
    return page.get_by_role("region", name="Not added yet")


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def page_of_ada(open_context: Callable[..., BrowserContext], client: Client, ada: User) -> Page:
    context = open_context(service_workers="allow")
    sign_in(context, client, ada)
    return context.new_page()


@pytest.fixture
def open_profile(browser: Browser, site: str, tmp_path: Path) -> Callable[..., Iterator[Page]]:
    """`with open_profile() as page` starts a browser that has what it stored when it was closed."""

    @contextmanager
    def open_one(*, offline: bool = False) -> Iterator[Page]:
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=executable(),
            args=FLAGS,
            base_url=site,
            locale="en-GB",
            offline=offline,
        )
        context.set_default_timeout(60_000)
        try:
            yield context.pages[0]
        finally:
            context.close()

    return open_one


def test_what_is_added_and_ticked_offline_is_made_once(
    open_profile: Callable[..., Iterator[Page]], client: Client, ada: User, wait_for: Callable[..., None]
) -> None:
    old = [f"Old {number}" for number in range(6)]
    new = [f"New {number}" for number in range(10)]
    for title in old:
        make_todo(title, None, user=ada)
    with open_profile() as page:
        sign_in(page.context, client, ada)
        page.goto("/")
        kept_pages(page, wait_for, f"pages of {ada.pk} /")
        page.context.set_offline(True)
        page.get_by_label("A new todo").focus()
        for title in new:
            page.keyboard.type(f"{title}\n")
        for title in old[:5]:
            page.get_by_role("button", name=f"Complete {title}").click()
        expect(unsent(page).get_by_role("listitem")).to_contain_text(new)
        expect(page.locator("#todos .waiting")).to_have_count(5)
        wait_for(lambda: page.evaluate(WAITING) == 15)
    with open_profile(offline=True) as page:
        page.goto("/")
        expect(page.get_by_text("You are offline. This is the list as of")).to_be_visible()
        expect(unsent(page).get_by_role("listitem")).to_contain_text(new)
        expect(page.locator("#todos .waiting.done")).to_contain_text(["Not sent yet"] * 5)
        page.get_by_role("button", name=f"Complete {old[4]}").click()  # which takes it back
        expect(page.locator("#todos .waiting")).to_have_count(4)
        assert titles() == old and not ReceivedChange.objects.exists()
        page.context.set_offline(False)
        expect(unsent(page)).to_be_hidden()
        expect(page.get_by_text("You are offline.")).to_be_hidden()
        expect(page.get_by_role("region", name="Done").get_by_role("listitem")).to_have_count(4)
        expect(page.locator("#todos").get_by_role("listitem")).to_have_count(16)
    assert titles() == old + new
    completed = Todo.objects.filter(completed=True).order_by("id")
    assert list(completed.values_list("title", flat=True)) == old[:4]
    assert ReceivedChange.objects.count() == 14


def test_next_user_of_a_browser_sees_nothing_of_the_one_before(
    page_of_ada: Page, client: Client, ada: User, wait_for: Callable[..., None]
) -> None:
    page, context, bob = page_of_ada, page_of_ada.context, make_user("bob")
    make_todo("Ada’s secret", None, user=ada)
    page.goto("/")
    kept_pages(page, wait_for, f"pages of {ada.pk} /")
    page.evaluate(CUT_OFF)
    page.get_by_label("A new todo").fill("Ada’s line")
    page.keyboard.press("Enter")
    expect(unsent(page)).to_contain_text("Ada’s line")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    kept_pages(page, wait_for)
    sign_in(context, client, bob)
    page.goto("/")
    kept_pages(page, wait_for, f"pages of {bob.pk} /")
    context.set_offline(True)
    page.reload()
    expect(page.get_by_text("You are offline.")).to_be_visible()
    assert "Ada" not in page.content()
    context.set_offline(False)
    context.clear_cookies(name="sessionid")  # the session has ended
    page.goto("/accounts/login")
    kept_pages(page, wait_for)
    sign_in(context, client, ada)
    page.goto("/")
    expect(page.get_by_role("link", name="Ada’s line")).to_be_visible()
    assert sorted(titles()) == ["Ada’s line", "Ada’s secret"]


def test_list_is_kept_as_it_is_after_changes(page_of_ada: Page, ada: User, wait_for: Callable[..., None]) -> None:
    page = page_of_ada
    make_todo("Essay", None, user=ada)
    page.goto("/")
    kept_pages(page, wait_for, f"pages of {ada.pk} /")
    page.get_by_role("button", name="Complete Essay").click()
    done = page.get_by_role("region", name="Done")
    expect(done).to_contain_text("Essay")
    kept = f"async () => (await (await (await caches.open('pages of {ada.pk}')).match('/')).text())"
    wait_for(lambda: 'aria-label="Reopen"' in page.evaluate(kept))
    page.context.set_offline(True)
    page.goto("/?q=nothing")
    expect(done).to_contain_text("Essay")
    expect(page).to_have_url("/")


def test_line_whose_answer_is_lost_is_added_once(page: Page) -> None:
    page.goto("/")
    page.evaluate(LOSE_ANSWERS)
    page.get_by_label("A new todo").fill("Milk")
    page.keyboard.press("Enter")
    expect(unsent(page)).to_contain_text("Not sent yet")
    unsent(page).get_by_role("button", name="Edit").click()  # it would be added twice
    expect(page.get_by_text("It may have been sent already.")).to_be_visible()
    expect(page.get_by_label("A new todo")).to_have_value("")
    assert titles() == ["Milk"]
    page.evaluate(HEAR_AGAIN)
    expect(unsent(page)).to_be_hidden()
    expect(page.get_by_role("link", name="Milk")).to_have_count(1)
    assert titles() == ["Milk"]


def test_line_of_a_list_that_takes_no_more_can_be_read_and_discarded(page_of_ada: Page, ada: User) -> None:
    page, other = page_of_ada, create_list(user=ada, name="Other")
    page.goto(f"/lists/{other.pk}")
    page.evaluate(CUT_OFF)
    page.get_by_label("A new todo").fill("Milk")
    page.keyboard.press("Enter")
    expect(unsent(page)).to_contain_text("Not sent yet")
    archive_list(todo_list=other)
    page.goto("/today")
    line = page.locator("#waiting").get_by_role("listitem")
    expect(line).to_contain_text("Milk")
    expect(line.locator(".error")).not_to_be_empty()
    line.get_by_role("button", name="Discard").click()
    expect(page.locator("#waiting")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()


def test_tabs_send_a_line_once(page_of_ada: Page, wait_for: Callable[..., None]) -> None:
    page, other = page_of_ada, page_of_ada.context.new_page()
    page.goto("/")
    page.evaluate(CUT_OFF)
    for line in ("Milk", "Eggs"):
        page.get_by_label("A new todo").fill(line)
        page.keyboard.press("Enter")
    expect(unsent(page).get_by_role("listitem")).to_have_count(2)
    other.goto("/")
    expect(other.get_by_role("link", name="Eggs")).to_be_visible()
    wait_for(lambda: other.evaluate(WAITING) == 0)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(unsent(page)).to_be_hidden()
    assert titles() == ["Milk", "Eggs"]


def test_line_that_another_tab_may_have_sent_is_not_edited(
    page_of_ada: Page, wait_for: Callable[..., None]
) -> None:
    page, other = page_of_ada, page_of_ada.context.new_page()
    page.goto("/")
    page.evaluate(CUT_OFF)
    page.evaluate(KNOWS_IT_IS_CUT_OFF)
    page.get_by_label("A new todo").fill("Milk")
    page.keyboard.press("Enter")
    expect(unsent(page)).to_contain_text("Not sent yet")
    other.add_init_script(f"({LOSE_ANSWERS})()")
    other.goto("/")
    wait_for(lambda: titles() == ["Milk"])
    expect(unsent(other)).to_contain_text("Not sent yet")
    other.close()
    unsent(page).get_by_role("button", name="Edit").click()
    expect(page.get_by_text("It may have been sent already.")).to_be_visible()
    expect(page.get_by_label("A new todo")).to_have_value("")
    page.reload()
    expect(page.get_by_role("link", name="Milk")).to_be_visible()
    expect(unsent(page)).to_be_hidden()
    assert titles() == ["Milk"]


def test_line_waits_for_its_user_and_for_a_new_token(
    open_context: Callable[..., BrowserContext], client: Client, ada: User
) -> None:
    context = open_context()
    sign_in(context, client, ada)
    page = context.new_page()
    page.goto("/")
    context.clear_cookies(name="csrftoken")
    box = page.get_by_label("A new todo")
    box.fill("Milk")
    box.press("Enter")
    expect(page.get_by_role("link", name="Milk")).to_be_visible()
    context.clear_cookies(name="sessionid")
    box.fill("Eggs")
    box.press("Enter")
    expect(unsent(page)).to_contain_text("because you are signed out")
    assert titles() == ["Milk"]
    sign_in(context, client, ada)
    page.reload()
    expect(page.get_by_role("link", name="Eggs")).to_be_visible()
    assert titles() == ["Milk", "Eggs"]


def test_undo_takes_back_what_was_not_sent(page: Page) -> None:
    make_todo("Essay", None)
    page.goto("/")
    page.context.set_offline(True)
    page.get_by_label("A new todo").fill("Milk")
    page.keyboard.press("Enter")
    expect(unsent(page)).to_contain_text("Milk")
    page.get_by_role("button", name="Complete Essay").click()
    expect(page.locator("#todos .waiting")).to_have_count(1)
    page.get_by_role("link", name="Essay").focus()
    page.keyboard.press("u")
    expect(page.get_by_text("It had not been sent yet.")).to_be_visible()
    expect(page.locator("#todos .waiting")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.get_by_label("A new todo")).to_have_value("Milk")
    expect(unsent(page)).to_be_hidden()
    page.get_by_label("A new todo").fill("")
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("button", name="Complete Essay")).to_be_visible()
    expect(unsent(page)).to_be_hidden()
    assert titles() == ["Essay"]
