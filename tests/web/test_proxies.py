"""The client's address: trusted proxies may set it, and nobody else."""

import ipaddress

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from web.proxies import ProxyMiddleware
from web.rate_limits import address_of

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
CLIENT, FORGED, UNKNOWN = "203.0.113.7", "198.51.100.1", ""


def seen(
    settings: object, peer: str, forwarded_for: str | None, proto: str = "https", proxies: list = PROXIES
) -> tuple:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-Proto": proto, "X-Forwarded-Host": "evil.example", "Forwarded": f"for={FORGED}"}
    if forwarded_for is not None:
        headers["X-Forwarded-For"] = forwarded_for
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    inner: list[HttpRequest] = []
    ProxyMiddleware(lambda request: inner.append(request) or HttpResponse())(request)
    assert not [name for name in inner[0].headers if "orwarded" in name]
    return inner[0].META["REMOTE_ADDR"], inner[0].is_secure()


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address", "secure"),
    [
        ("10.0.0.1", CLIENT, CLIENT, True),
        ("10.0.0.1", f"{FORGED}, {CLIENT}", CLIENT, True),
        ("10.0.0.1", f"{FORGED}, {CLIENT}, 10.0.0.2", CLIENT, True),
        ("10.0.0.1", f"10.0.0.9, {CLIENT}", CLIENT, True),
        ("10.0.0.1", "10.0.0.9, 10.0.0.2", "10.0.0.9", True),  # from inside
        ("fd00::1", "2001:db8::5", "2001:db8::5", True),
        ("10.0.0.1", None, UNKNOWN, True),
        ("10.0.0.1", "", UNKNOWN, True),
        ("10.0.0.1", "unknown", UNKNOWN, True),
        ("10.0.0.1", "_hidden", UNKNOWN, True),
        ("10.0.0.1", "203.0.113.7:", UNKNOWN, True),
        ("10.0.0.1", "203.0.113.7:99999999", UNKNOWN, True),
        ("10.0.0.1", "[203.0.113.7", UNKNOWN, True),
        ("10.0.0.1", "\xff", UNKNOWN, True),
        ("10.0.0.1", f"{FORGED}, nonsense", UNKNOWN, True),
        ("10.0.0.1", f"{FORGED}, nonsense, 10.0.0.2", UNKNOWN, True),
        ("10.0.0.1", f"{FORGED},,10.0.0.2", UNKNOWN, True),
        ("10.0.0.1", f"{CLIENT}:52014", CLIENT, True),
        ("10.0.0.1", f"{FORGED}:1, {CLIENT}:52014, 10.0.0.2:443", CLIENT, True),
        ("10.0.0.1", "[2001:db8::5]:52014", "2001:db8::5", True),
        ("10.0.0.1", "[2001:db8::5]", "2001:db8::5", True),
        ("10.0.0.1", f"::ffff:{CLIENT}", CLIENT, True),
        ("10.0.0.1", f"[::ffff:{CLIENT}]:52014", CLIENT, True),
        ("10.0.0.1", f"{CLIENT}, ::ffff:10.0.0.2", CLIENT, True),
        ("::ffff:10.0.0.1", CLIENT, CLIENT, True),
        ("::ffff:203.0.113.7", FORGED, CLIENT, False),
        (CLIENT, FORGED, CLIENT, False),
        (CLIENT, "10.0.0.1", CLIENT, False),
        (CLIENT, None, CLIENT, False),
        ("", FORGED, "", False),
    ],
)
def test_address_cannot_be_forged(
    settings: object, peer: str, forwarded_for: str | None, address: str, secure: bool
) -> None:
    assert seen(settings, peer, forwarded_for) == (address, secure)


def test_without_trusted_proxies_headers_are_ignored(settings: object) -> None:
    assert seen(settings, "127.0.0.1", FORGED, proxies=[]) == ("127.0.0.1", False)


@pytest.mark.parametrize("proto", ["", "ftp", "HTTPS ", "https, http"])
def test_scheme_is_http_or_https(settings: object, proto: str) -> None:
    assert seen(settings, "10.0.0.1", CLIENT, proto) == (CLIENT, False)


@pytest.mark.django_db
@pytest.mark.parametrize("forwarded_for", [None, "", "unknown", "10.0.0.9, unknown"])
def test_unknown_client_is_allowed_nothing(settings: object, forwarded_for: str | None) -> None:
    settings.TRUSTED_PROXIES = settings.METRICS_ALLOWED = PROXIES
    headers = {} if forwarded_for is None else {"X-Forwarded-For": forwarded_for}
    answer = Client().get("/metrics", headers=headers, REMOTE_ADDR="10.0.0.1")
    assert answer.status_code == 404
    assert (
        Client().get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}, REMOTE_ADDR="10.0.0.1").status_code
        == 200
    )


def test_unknown_clients_have_a_rate_limit_of_their_own() -> None:
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="")) == "unknown"


def test_an_ipv4_address_is_one_caller_however_it_is_written() -> None:
    mapped = RequestFactory().get("/", REMOTE_ADDR=f"::ffff:{CLIENT}")
    other = RequestFactory().get("/", REMOTE_ADDR=f"::ffff:{FORGED}")
    assert address_of(mapped) == CLIENT != address_of(other)


@pytest.mark.django_db
def test_an_ipv4_address_may_read_metrics_however_it_is_written(settings: object) -> None:
    settings.METRICS_ALLOWED = PROXIES
    assert Client().get("/metrics", REMOTE_ADDR="::ffff:10.0.0.1").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR=f"::ffff:{CLIENT}").status_code == 404
