"""What signing out means for pages that are still open."""

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.middleware.csrf import rotate_token


@receiver(user_logged_out)
def outdate_pages(sender: type, request: HttpRequest, **kwargs: object) -> None:
    """Refuse what other tabs send from now on: it was meant for this user, and would go into the open list."""
    rotate_token(request)
