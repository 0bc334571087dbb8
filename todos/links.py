"""Absolute addresses, as people send them to each other."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def invitation_url(request: HttpRequest, token: str) -> str:
    """Return the address of the page on which people accept an invitation. It is a secret."""
    path = reverse("todos:invitation-link", args=[token])
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
