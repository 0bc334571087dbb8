"""The security headers of every response."""

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
}  # fmt: skip
RELAXED = {
    "/api/v1/schema/docs": {"style-src 'self' 'unsafe-inline'"},
    "/api/v1/todos": {"style-src 'self' 'unsafe-inline'"},
}


def policy_of(answer: object) -> set[str]:
    return set(answer.headers["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize("path", ["/api/v1/todos", "/api/v1/nothing", "/nothing", "/admin/login/"])
def test_every_answer_is_locked_down(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", RELAXED)
def test_the_views_that_need_more_get_no_more_than_they_need(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert policy_of(answer) - POLICY == RELAXED[path]


def test_schema_page_takes_everything_from_here(client: Client) -> None:
    page = client.get(reverse("api:docs")).content.decode()
    assert "//" not in page.replace("<!--", "").replace("http://testserver", "")
    assert page.count("<script") == page.count("<script src=")


def test_https_is_kept_to(client: Client, settings: object) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    answer = client.get("/api/v1/todos", secure=True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
