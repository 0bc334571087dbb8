"""Receivers of Django's authentication signals."""

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.middleware.csrf import rotate_token


@receiver(user_logged_out)
def invalidate_open_pages(sender: type, request: HttpRequest, **kwargs: object) -> None:
    """Make forms in other tabs fail: they were meant for this user, and would change the open list."""
    rotate_token(request)
