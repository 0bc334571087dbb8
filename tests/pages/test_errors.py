"""Pages that say what went wrong, and what to do."""

from io import BytesIO

import pytest
from django.test import Client

from tests.factories import PASSWORD, make_user


@pytest.mark.django_db
def test_unknown_address_has_a_page(client: Client) -> None:
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert "Page not found" in answer.text


@pytest.mark.django_db
def test_missing_csrf_token_has_a_page() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/todos/new", {"title": "Essay"})
    assert answer.status_code == 403
    assert "This page has expired" in answer.text


def test_crash_has_a_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("todos.services.get_list", crash)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "This is an error on our side" in answer.text


@pytest.mark.django_db
def test_too_large_a_form_has_a_page(client: Client) -> None:
    answer = client.post("/todos/new", {"title": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "That is too large" in answer.text
    answer = client.post(
        "/todos/new", "title=" + "x" * 1_100_000, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413


def test_a_file_where_none_is_asked_for_is_not_read(client: Client) -> None:
    # A part of a form that is a file would be written to the disk, whatever its length.
    answer = client.post("/accounts/login", {"file": BytesIO(b"x" * 1_100_000)})
    assert answer.status_code == 413


@pytest.mark.django_db
def test_sign_in_and_out(client: Client) -> None:
    make_user("ada")
    wrong = client.post("/accounts/login", {"username": "ada", "password": "guess"})
    assert "Please enter a correct username and password" in wrong.text
    right = client.post("/accounts/login", {"username": "ada", "password": PASSWORD, "next": "/exports"})
    assert right["Location"] == "/exports"
    assert "ada" in client.get("/").text
    assert client.get("/accounts/logout")["Location"] == "/"
    assert "ada" in client.get("/").text
    assert client.get("/accounts/signed-out")["Location"] == "/"
    assert "You are signed out" in client.post("/accounts/logout", follow=True).text
