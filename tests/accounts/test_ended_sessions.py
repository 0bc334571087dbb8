"""Forms and API calls of a page that was opened under a session that has ended since."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from tests.factories import PASSWORD, make_todo, make_user
from todos.models import Todo

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"
ESSAY = {"title": "Secret <essay>", "description": "First line\nSecond line"}
HTML = {"Accept": "text/html"}


def sign_in(client: Client, name: str = "ada") -> None:
    client.get("/accounts/login")
    values = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token(client)}
    assert client.post("/accounts/login", values).status_code == 302


@pytest.fixture
def browser() -> Client:
    make_user("ada")
    client = Client(enforce_csrf_checks=True)
    sign_in(client)
    return client


def token(client: Client) -> str:
    return client.cookies["csrftoken"].value


def hidden_fields(client: Client, path: str = "/") -> dict[str, str]:
    """Return what every form of the page carries, as a browser without JavaScript would send it."""
    page = client.get(path).text
    return {
        name: re.search(rf'<input type="hidden" name="{name}" value="(\w+)">', page)[1]
        for name in ("csrfmiddlewaretoken", "list_owner")
    }


def headers_of_page(client: Client, path: str = "/") -> dict[str, str]:
    """Return what htmx sends along from the page."""
    found = re.search(
        r"""hx-headers='\{"X-CSRFToken": "(\w+)", "X-List-Owner": "(\w+)"\}'""", client.get(path).text
    )
    return {"X-CSRFToken": found[1], "X-List-Owner": found[2], "HX-Request": "true"}


def lose_cookie(client: Client) -> None:
    """What a browser does when the cookie's time is over."""
    del client.cookies["sessionid"]


def delete_session(client: Client) -> None:
    Session.objects.all().delete()


def disable_user(client: Client) -> None:
    User.objects.update(is_active=False)


def delete_user(client: Client) -> None:
    User.objects.all().delete()


def change_password(client: Client) -> None:
    user = User.objects.get()
    user.set_password("another good one")
    user.save()


ENDS = [lose_cookie, delete_session, disable_user, delete_user, change_password]
# The browser still names its session.
ENDS_ON_THE_SERVER = ENDS[1:]


@pytest.mark.parametrize("mode", ["open", "private"])
@pytest.mark.parametrize("end", ENDS)
def test_form_from_before_the_end_changes_nothing_and_keeps_the_text(
    browser: Client, end: Callable, mode: str, settings: object
) -> None:
    settings.MODE = mode
    fields = hidden_fields(browser)
    end(browser)

    answer = browser.post("/todos/new", ESSAY | fields)

    assert answer.status_code == 403
    assert "Secret &lt;essay&gt;" in answer.text
    assert "First line\nSecond line" in answer.text
    assert 'href="/accounts/login?next=/"' in answer.text
    assert not Todo.objects.exists()


@pytest.mark.parametrize("end", ENDS)
def test_form_is_refused_again_after_a_page_was_loaded(browser: Client, end: Callable) -> None:
    fields = hidden_fields(browser)
    end(browser)
    assert browser.get("/").status_code == 200

    assert browser.post("/todos/new", ESSAY | fields).status_code == 403
    assert not Todo.objects.exists()


@pytest.mark.parametrize("end", ENDS)
def test_htmx_request_from_before_the_end_changes_nothing(browser: Client, end: Callable) -> None:
    headers = headers_of_page(browser)
    end(browser)

    assert browser.post("/todos/new", ESSAY, headers=headers).status_code == 403
    assert not Todo.objects.exists()


@pytest.mark.parametrize("end", ENDS_ON_THE_SERVER)
def test_api_call_under_an_ended_session_changes_nothing(browser: Client, end: Callable) -> None:
    browser.get("/")
    end(browser)

    answer = browser.post(TODOS, {"title": "Secret"}, "application/json")

    assert (answer.status_code, answer.json()["error"]) == (401, "Your session has ended; sign in again.")
    assert browser.get(TODOS).status_code == 200
    assert not Todo.objects.exists()


@pytest.mark.parametrize("end", ENDS)
def test_browsable_api_from_before_the_end_changes_nothing(browser: Client, end: Callable) -> None:
    page = browser.get(TODOS, headers=HTML).text
    owner = re.search(r'"X-List-Owner": "(\w+)"', page)[1]
    end(browser)

    answer = browser.post(TODOS, {"title": "Secret"}, "application/json", headers={"X-List-Owner": owner})

    assert answer.status_code == 401
    assert not Todo.objects.exists()


def test_form_from_before_signing_out_changes_nothing_and_keeps_the_text(browser: Client) -> None:
    fields = hidden_fields(browser)
    assert browser.post("/accounts/logout", fields).status_code == 302

    answer = browser.post("/todos/new", ESSAY | fields)

    assert answer.status_code == 403
    assert "Secret &lt;essay&gt;" in answer.text
    assert not Todo.objects.exists()


def test_form_of_one_user_does_not_change_anothers_list(browser: Client) -> None:
    make_user("bob")
    fields = hidden_fields(browser)
    sign_in(browser, "bob")

    answer = browser.post("/todos/new", ESSAY | fields | {"csrfmiddlewaretoken": token(browser)})

    assert answer.status_code == 403
    assert "Secret &lt;essay&gt;" in answer.text
    assert not Todo.objects.exists()


def test_form_of_the_open_list_does_not_change_a_users(browser: Client) -> None:
    nobody = Client()
    fields = hidden_fields(nobody)
    todo = make_todo(user=User.objects.get())
    answer = browser.post(f"/todos/{todo.pk}/delete", fields | {"csrfmiddlewaretoken": token(browser)})
    assert answer.status_code == 403
    assert list(Todo.objects.visible()) == [todo]
    assert nobody.post("/todos/new", {"title": "For everybody"} | fields).status_code == 302


def test_secrets_and_controls_are_not_shown_again(browser: Client) -> None:
    fields = hidden_fields(browser, "/accounts/password")
    lose_cookie(browser)

    answer = browser.post("/accounts/password", {"old_password": PASSWORD, "new_password1": "Sesame"} | fields)

    assert answer.status_code == 403
    assert not {PASSWORD, "Sesame", fields["csrfmiddlewaretoken"]} & set(re.split(r'[<>"]', answer.text))


def test_another_site_cannot_have_its_text_shown(browser: Client) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = browser.post("/todos/new", {"title": "Call this number"}, headers=headers)
    assert answer.status_code == 403
    assert "Call this number" not in answer.text


def test_disabled_users_browser_is_nobodys_after_the_next_page(browser: Client) -> None:
    disable_user(browser)
    assert "Everyone who is not signed in shares this list." in browser.get("/").text
    assert not browser.cookies["sessionid"].value
    assert browser.post("/todos/new", {"title": "Knowingly"} | hidden_fields(browser)).status_code == 302
    assert Todo.objects.get().list.owner is None


def test_disabled_user_can_sign_in_as_somebody_else(browser: Client) -> None:
    disable_user(browser)
    make_user("bob")
    values = {"username": "bob", "password": PASSWORD, "csrfmiddlewaretoken": token(browser)}
    assert browser.post("/accounts/login", values).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/calendar/2026/12?day=24",
        "/trash",
        "/settings",
        "/exports",
        "/feeds",
        "/import",
        "/accounts/password",
    ],
)
def test_every_form_says_whose_list_it_is_for(browser: Client, path: str) -> None:
    make_todo(user=User.objects.get())
    make_todo(user=User.objects.get(), deleted_at="2026-11-20T00:00:00Z")
    page = browser.get(path).text
    forms = re.findall(r"<form\b[^>]*\bmethod=\"post\".*?</form>", page, re.DOTALL)
    assert len(forms) >= 2
    owner = f'<input type="hidden" name="list_owner" value="{User.objects.get().pk}">'
    assert [form for form in forms if owner not in form] == []


def test_token_under_another_word_is_not_overlooked(client: Client) -> None:
    assert client.get(TODOS, headers={"Authorization": "Token abc"}).status_code == 401
    assert client.get(TODOS, headers={"Authorization": "Basic YTpi"}).status_code == 200
