"""What a new password ends, and what asks for the present one."""

import re
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from django.contrib.auth.models import User
from django.core import mail
from django.db import DatabaseError, connection
from django.test import Client

from accounts.mail import sender
from accounts.models import ApiToken
from accounts.services import create_token
from calendars.models import Feed
from followers.models import Follower
from followers.webhooks.services import create_webhook
from tests.factories import PASSWORD, make_feed, make_list, make_user

pytestmark = pytest.mark.django_db(transaction=True)  # mail is sent from another thread
NEW = {"new_password1": "another good one", "new_password2": "another good one"}


@pytest.fixture
def ada(client: Client) -> User:
    user = make_user("ada")
    User.objects.update(email="ada@example.org")
    create_token(user=user, name="phone")
    create_token(user=make_user("bob"), name="bob's")
    client.force_login(user)
    return user


def change(client: Client, **answers: str) -> None:
    assert client.post("/accounts/password", {"old_password": PASSWORD} | NEW | answers).status_code == 302


def reset(client: Client, **answers: str) -> None:
    visitor = Client()
    visitor.post("/accounts/password/forgotten", {"email": "ada@example.org"})
    sender.submit(lambda: None).result()  # it sends one after the other
    path = re.search(r"http://testserver(\S+)", mail.outbox[-1].body)[1]
    page = visitor.get(path, follow=True)
    assert visitor.post(page.redirect_chain[-1][0], NEW | answers).status_code == 302


CHANGES = pytest.mark.parametrize("new_password", [change, reset])


@CHANGES
def test_tokens_and_addresses_are_left_if_nothing_is_ticked(
    client: Client, ada: User, new_password: Callable
) -> None:
    feed = make_feed(ada)
    new_password(client)
    assert ApiToken.objects.filter(user=ada).exists()
    assert client.get(feed.url).status_code == 200


@CHANGES
def test_tokens_are_revoked(client: Client, ada: User, new_password: Callable) -> None:
    feed = make_feed(ada)
    new_password(client, revoke_tokens="on")
    assert list(ApiToken.objects.values_list("name", flat=True)) == ["bob's"]
    assert client.get(feed.url).status_code == 200


@CHANGES
def test_addresses_of_feeds_are_replaced(client: Client, ada: User, new_password: Callable) -> None:
    feeds, bobs = [make_feed(ada), make_feed(ada)], make_feed(User.objects.get(username="bob"))
    new_password(client, rotate_feeds="on")
    assert [Client().get(feed.url).status_code for feed in [*feeds, bobs]] == [404, 404, 200]
    assert ApiToken.objects.filter(user=ada).exists()
    assert Feed.objects.count() == 3


@CHANGES
def test_other_sessions_end(client: Client, ada: User, new_password: Callable) -> None:
    other = Client()
    other.force_login(ada)
    assert ">Sign out<" in other.get("/").text
    new_password(client)
    assert ">Sign out<" not in other.get("/").text
    assert (">Sign out<" in client.get("/").text) == (new_password is change)


@pytest.mark.parametrize("is_asked", [True, False])
def test_webhooks_are_switched_off_if_that_is_asked_for(client: Client, ada: User, is_asked: bool) -> None:
    theirs = User.objects.create(username="eve")
    for user in (ada, theirs):
        create_webhook(user=user, todo_list=make_list(user), url="https://example.com/")
    change(client, **({"stop_webhooks": "on"} if is_asked else {}))
    assert Follower.objects.get(user=ada).is_active is not is_asked
    assert Follower.objects.get(user=theirs).is_active


def test_page_proposes_to_revoke_tokens(client: Client, ada: User) -> None:
    page = client.get("/accounts/password").text
    boxes = dict(re.findall(r'<input type="checkbox" name="(\w+)"([^>]*)>', page))
    assert {name: "checked" in rest for name, rest in boxes.items()} == {
        "revoke_tokens": True,
        "rotate_feeds": False,
        "stop_webhooks": False,
    }


def test_all_is_done_or_nothing(client: Client, ada: User) -> None:
    make_feed(ada)

    def fail(execute: Callable, sql: str, *arguments: object) -> object:
        if sql.startswith('UPDATE "calendars_feed"'):
            raise DatabaseError
        return execute(sql, *arguments)

    with connection.execute_wrapper(fail), pytest.raises(DatabaseError):
        change(client, revoke_tokens="on", rotate_feeds="on")
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    assert ApiToken.objects.filter(user=ada).exists()


@pytest.mark.parametrize("password", ["", "guess"])
def test_email_address_needs_the_password(client: Client, ada: User, password: str) -> None:
    answer = client.post("/accounts/email", {"email": "eve@example.org", "password": password})
    assert answer.status_code == 422
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"
    right = client.post("/accounts/email", {"email": "new@example.org", "password": PASSWORD}, follow=True)
    assert "Saved." in right.text
    assert User.objects.get(pk=ada.pk).email == "new@example.org"


def test_changing_the_address_keeps_the_session_though_the_hash_is_replaced(client: Client, ada: User) -> None:
    # Weaker than today's hashes, so the first check replaces it.
    ada.password = "argon2" + PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    ada.save()
    client.force_login(ada)
    client.post("/accounts/email", {"email": "new@example.org", "password": PASSWORD})
    assert User.objects.get(pk=ada.pk).password != ada.password
    assert "Sign out" in client.get("/").text


def test_admins_page_asks_the_same(admin_client: Client, admin_user: User) -> None:
    create_token(user=admin_user, name="script")
    page = admin_client.get("/admin/password_change/").text
    assert 'name="revoke_tokens"' in page
    values = {"old_password": "password", "revoke_tokens": "on"} | NEW
    assert admin_client.post("/admin/password_change/", values).status_code == 302
    assert not ApiToken.objects.exists()
