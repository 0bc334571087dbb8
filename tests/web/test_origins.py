"""Calls to the API from pages of other sites, which change nothing."""

import pytest
from django.test import Client

from todos.models import Todo

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"


def post(**headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(TODOS, {"title": "Sent"}, "application/json", headers=named).status_code


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://testserver.evil.example",
        "http://evil-testserver",
        "null",
        "",
        "http://[",
        "x",
    ],
)
def test_foreign_origin_is_refused(origin: str) -> None:
    assert post(Origin=origin) == 403
    assert not Todo.objects.exists()


@pytest.mark.parametrize("origin", ["http://testserver", "https://testserver", "http://testserver:8080"])
def test_page_of_the_same_host_is_served(origin: str) -> None:
    assert post(Origin=origin) == 201


def test_page_behind_the_public_address_is_served(settings: object) -> None:
    settings.PUBLIC_URL = "https://todo.example.org"
    assert post(Origin="https://todo.example.org") == 201
    assert post(Origin="https://example.org") == 403


def test_program_without_an_origin_is_served() -> None:
    assert post() == 201


def test_browsers_word_counts_before_the_origin() -> None:
    assert post(Origin="http://localhost:3000", Sec_Fetch_Site="same-origin") == 201
    assert post(Origin="http://testserver", Sec_Fetch_Site="cross-site") == 403


def test_reading_is_not_refused() -> None:
    assert Client().get(TODOS, headers={"Origin": "https://evil.example"}).status_code == 200
