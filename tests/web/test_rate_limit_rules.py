"""Whom a rate counts, for what, and what it never counts."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db

JOBS, SIGN_IN, RESET = "/api/v1/todos/ical", "/accounts/login", "/accounts/password/forgotten"


def anything() -> str:
    """A name that nobody has been counted by: where counts are in Redis, they outlive a run."""
    return uuid.uuid4().hex


def somebody() -> Client:
    """Somebody with an address that nobody has been counted by."""
    name = anything()
    return Client(REMOTE_ADDR=f"2001:db8:{name[:4]}:{name[4:8]}::1")


def signed_in(address: str) -> Client:
    client = Client(REMOTE_ADDR=address)
    client.force_login(User.objects.create(pk=uuid.uuid4().int % 10**9, username=anything()))
    return client


@pytest.fixture(autouse=True)
def rates(settings: object) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | dict.fromkeys(
        ["jobs", "sign_in", "import", "password_reset"], "1/hour"
    )


def test_looking_at_a_form_is_free() -> None:
    client, guess = somebody(), {"username": anything(), "password": "wrong"}
    assert [client.get(SIGN_IN).status_code for _ in range(3)] == [200] * 3
    assert [client.post(SIGN_IN, guess).status_code for _ in range(2)] == [200, 429]
    assert client.get(SIGN_IN).status_code == 200


def test_asking_what_an_api_takes_is_free() -> None:
    client = somebody()
    assert {client.options(JOBS).status_code for _ in range(3)} <= {200, 405}
    assert [client.post(JOBS).status_code for _ in range(2)] == [202, 429]
    assert client.options(JOBS).status_code != 429


def test_page_and_api_count_together() -> None:
    client = somebody()
    assert client.post("/exports", {}).status_code != 429
    assert client.post(JOBS).status_code == 429


def test_rates_do_not_count_for_each_other() -> None:
    client = somebody()
    assert client.post(JOBS).status_code == 202
    assert client.post(SIGN_IN, {"username": anything(), "password": "wrong"}).status_code == 200


def test_who_is_signed_in_is_counted_wherever_they_are_and_alone() -> None:
    address = somebody().defaults["REMOTE_ADDR"]
    ada, bob = signed_in(address), signed_in(address)
    assert [ada.post(JOBS).status_code, bob.post(JOBS).status_code] == [202, 202]
    assert Client(REMOTE_ADDR=address).post(JOBS).status_code == 202, "nor with who is not"
    moved = somebody()
    moved.cookies = ada.cookies
    assert moved.post(JOBS).status_code == 429


def test_refusal_says_when_to_come_back_on_the_page_too() -> None:
    client = somebody()
    client.post("/exports", {})
    refused = client.post("/exports", {})
    assert refused.status_code == 429
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    assert 3000 < int(client.post(JOBS).headers["Retry-After"]) <= 3600


def test_who_is_refused_by_address_does_not_use_up_the_rate_of_a_name() -> None:
    client = somebody()
    first, second = ({"email": f"{anything()}@example.org"} for _ in range(2))
    client.post(RESET, first)

    assert client.post(RESET, second).status_code == 429

    assert somebody().post(RESET, second).status_code != 429
