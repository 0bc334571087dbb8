"""What comes from a page that was open before its user signed out, or under a session that is no more."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.factories import PASSWORD, make_user
from todos.models import Todo

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"


@pytest.fixture
def browser() -> Client:
    make_user("ada")
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login")
    signed_in = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token(client)}
    assert client.post("/accounts/login", signed_in).status_code == 302
    client.get("/")
    return client


def token(client: Client) -> str:
    return client.cookies["csrftoken"].value


def test_page_from_before_signing_out_changes_nothing(browser: Client) -> None:
    before = token(browser)
    browser.post("/accounts/logout", {"csrfmiddlewaretoken": before})

    answer = browser.post("/todos/new", {"title": "Secret", "csrfmiddlewaretoken": before})

    assert answer.status_code == 403
    assert not Todo.objects.exists()


def test_page_of_a_session_that_is_no_more_changes_nothing(browser: Client) -> None:
    Session.objects.all().delete()

    answer = browser.post("/todos/new", {"title": "Secret", "csrfmiddlewaretoken": token(browser)})

    assert answer.status_code == 403
    assert not Todo.objects.exists()


def test_call_under_a_session_that_is_no_more_changes_nothing(browser: Client) -> None:
    Session.objects.all().delete()

    answer = browser.post(TODOS, {"title": "Secret"}, "application/json")

    assert (answer.status_code, answer.json()["error"]) == (401, "Your session has ended; sign in again.")
    assert browser.get(TODOS).status_code == 200
    assert not Todo.objects.exists()


def test_token_under_another_word_is_not_overlooked(client: Client) -> None:
    assert client.get(TODOS, headers={"Authorization": "Token abc"}).status_code == 401
    assert client.get(TODOS, headers={"Authorization": "Basic YTpi"}).status_code == 200
