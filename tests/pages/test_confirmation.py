"""Pages that ask before a token or a link stops working."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from accounts.services import create_token
from calendars.feeds.services import create_feed
from calendars.models import Feed
from tests.factories import make_list, make_user

pytestmark = pytest.mark.django_db


def token_page(user: User) -> str:
    token, _ = create_token(user=user, name="Laptop", scope="read")
    return f"/accounts/tokens/{token.pk}/revoke"


def rotate_page(user: User) -> str:
    return f"/feeds/{create_feed(todo_list=make_list(user), name='Phone').pk}/rotate"


def delete_page(user: User) -> str:
    return f"/feeds/{create_feed(todo_list=make_list(user), name='Phone').pk}/delete"


def state() -> list[object]:
    return [*ApiToken.objects.values_list("id"), *Feed.objects.values_list("id", "token_version")]


@pytest.mark.parametrize(
    ("page_of", "question", "button", "back"),
    [
        (token_page, "Revoke “Laptop”?", "Revoke token", "/settings"),
        (rotate_page, "Create a new link for “Phone”?", "Create a new link", "/feeds"),
        (delete_page, "Delete the link “Phone”?", "Delete link", "/feeds"),
    ],
)
def test_page_asks_before_anything_is_done(
    client: Client, ada: User, page_of: Callable[[User], str], question: str, button: str, back: str
) -> None:
    path = page_of(ada)
    before = state()
    assert f'href="{path}"' in client.get(back).text
    page = client.get(path)
    assert f"<h1>{question}</h1>" in page.text
    assert f'<button class="danger">{button}</button>' in page.text
    assert f'href="{back}">Cancel' in page.text
    assert state() == before
    assert client.post(path)["Location"] == back
    assert state() != before


@pytest.mark.parametrize("page_of", [token_page, rotate_page, delete_page])
def test_page_is_not_found_for_others(client: Client, ada: User, page_of: Callable[[User], str]) -> None:
    path = page_of(make_user("bob"))
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
