"""The client's address: trusted proxies may set it, and nobody else."""

import ipaddress

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from web.proxies import ProxyMiddleware

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
CLIENT, FORGED = "203.0.113.7", "198.51.100.1"


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
        ("10.0.0.1", None, "10.0.0.1", True),
        ("10.0.0.1", "", "10.0.0.1", True),
        ("10.0.0.1", "unknown", "10.0.0.1", True),
        ("10.0.0.1", f"{FORGED}, nonsense", "10.0.0.1", True),
        ("10.0.0.1", f"{FORGED}, nonsense, 10.0.0.2", "10.0.0.2", True),
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
