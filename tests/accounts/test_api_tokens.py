"""`/api/v1/tokens`, and what a token opens."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from accounts import services
from accounts.models import ApiToken, Scope
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TOKENS, TODOS = "/api/v1/tokens", "/api/v1/todos"
JSON = "application/json"


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", password="a long pass phrase")


@pytest.fixture
def signed_in(ann: User) -> Client:
    client = Client()
    client.force_login(ann)
    return client


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_new_token_is_shown_once_and_kept_as_a_hash(signed_in: Client) -> None:
    answer = signed_in.post(TOKENS, {"name": "phone", "scope": "write"}, JSON)
    assert answer.status_code == 201
    secret = answer.json().pop("token")
    (row,) = ApiToken.objects.values()
    assert secret not in str(row)
    listed = signed_in.get(TOKENS).json()
    assert [{**token, "created_at": ""} for token in listed] == [
        {
            "id": row["id"],
            "name": "phone",
            "scope": "write",
            "list_ids": None,
            "expires_at": None,
            "last_used_at": None,
            "created_at": "",
        }
    ]
    assert answer.headers["Location"].endswith(f"{TOKENS}/{row['id']}")
    assert signed_in.get(answer.headers["Location"]).json() == listed[0]


@pytest.mark.parametrize("mode", ["open", "private"])
def test_token_works_on_its_users_list(mode: str, settings: object, ann: User) -> None:
    settings.MODE = mode
    _, secret = services.create_token(user=ann, name="script", scope=Scope.WRITE)
    created = bearer(secret).post(TODOS, {"title": "Hers"}, JSON)
    assert created.status_code == 201
    assert [todo["title"] for todo in bearer(secret).get(TODOS).json()] == ["Hers"]
    nobody = Client().get(TODOS)
    assert (nobody.status_code, nobody.json() if mode == "open" else None) == (
        (200, []) if mode == "open" else (401, None)
    )


def test_reading_token_changes_nothing(ann: User) -> None:
    _, secret = services.create_token(user=ann, name="script")
    assert bearer(secret).get(TODOS).status_code == 200
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(bearer(secret), method)(TODOS, {"title": "x"}, JSON)
        assert (answer.status_code, answer.json()) == (403, {"error": "This token may only read."})
    assert bearer(secret).get(TODOS).json() == []


@pytest.mark.parametrize("secret", ["", "wrong", "taskoverflow_wrong", "\xff", "a b", "x" * 5000])
def test_wrong_token_is_refused_even_in_open_mode(secret: str, db: None) -> None:
    answer = bearer(secret).get(TODOS)
    assert (answer.status_code, set(answer.json())) == (401, {"error"})
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_expired_revoked_and_locked_out_are_refused(signed_in: Client, ann: User) -> None:
    late, expired = services.create_token(user=ann, name="late", expires_at=datetime.now(UTC))
    kept, secret = services.create_token(user=ann, name="kept")
    assert bearer(expired).get(TODOS).status_code == 401
    assert bearer(secret).get(TODOS).status_code == 200
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert bearer(secret).get(TODOS).status_code == 401
    User.objects.filter(pk=ann.pk).update(is_active=True)
    answer = signed_in.delete(f"{TOKENS}/{kept.pk}")
    assert (answer.status_code, answer.json()["name"]) == (200, "kept")
    assert bearer(secret).get(TODOS).status_code == 401
    assert list(ApiToken.objects.all()) == [late]


def test_last_use_is_written_once_a_minute(ann: User, django_assert_num_queries: object) -> None:
    _, secret = services.create_token(user=ann, name="script")
    services.find_token(secret)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        services.find_token(secret)
    earlier = first - services.LAST_USED_PRECISION - timedelta(seconds=1)
    ApiToken.objects.update(last_used_at=earlier)
    services.find_token(secret)
    assert ApiToken.objects.get().last_used_at > earlier


def test_token_makes_no_tokens(ann: User) -> None:
    token, secret = services.create_token(user=ann, name="script", scope=Scope.WRITE)
    answer = bearer(secret).post(TOKENS, {"name": "more"}, JSON)
    assert (answer.status_code, answer.json()) == (403, {"error": "A token cannot make tokens: sign in for that."})
    assert list(ApiToken.objects.all()) == [token]


def test_nobody_has_no_tokens() -> None:
    for answer in (Client().get(TOKENS), Client().post(TOKENS, {"name": "x"}, JSON)):
        assert (answer.status_code, set(answer.json())) == (401, {"error"})
    assert not ApiToken.objects.exists()


def test_somebody_elses_token_does_not_exist(signed_in: Client) -> None:
    other = User.objects.create_user("other")
    token, _ = services.create_token(user=other, name="private name")
    for method in ("get", "delete"):
        answer = getattr(signed_in, method)(f"{TOKENS}/{token.pk}")
        assert (answer.status_code, answer.json()) == (404, {"error": "There is no such token."})
    assert signed_in.get(TOKENS).json() == []
    assert ApiToken.objects.filter(pk=token.pk).exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 1}, "name"),
        ({"name": "x", "scope": "admin"}, "scope"),
        ({"name": "x", "scope": ["read"]}, "scope"),
        ({"name": "x", "scope": None}, "scope"),
        ({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
        ({"name": "x", "expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"name": "x", "expires_at": 7}, "expires_at"),
        ({"name": "x", "token": "mine"}, "token"),
        ({"name": "x", "token_hash": "00"}, "token_hash"),
    ],
)
def test_bad_input_is_named(signed_in: Client, body: dict, field: str) -> None:
    answer = signed_in.post(TOKENS, body, JSON)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not ApiToken.objects.exists()


def test_tokens_have_a_most(signed_in: Client, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_TOKENS", 1)
    services.create_token(user=ann, name="first")
    answer = signed_in.post(TOKENS, {"name": "second"}, JSON)
    assert answer.status_code == 400
    assert "revoke one" in answer.json()["error"]
    assert [token["name"] for token in signed_in.get(TOKENS).json()] == ["first"]


@pytest.mark.django_db(transaction=True)
def test_tokens_created_at_once_are_not_more_than_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_TOKENS", 1)
    user, refused = make_user(), []

    def create_too() -> None:
        try:
            services.create_token(user=user, name="second")
        except services.TooManyTokens as error:
            refused.append(error)
        finally:
            connection.close()

    rival, hash_token = threading.Thread(target=create_too), services.hash_token

    def hash_after_rival(secret: str) -> str:
        if not rival.ident:
            rival.start()
            rival.join(1)  # it ends only if it does not wait for this one
        return hash_token(secret)

    monkeypatch.setattr(services, "hash_token", hash_after_rival)
    services.create_token(user=user, name="first")
    rival.join()

    assert (len(refused), ApiToken.objects.count()) == (1, 1)
