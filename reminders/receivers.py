"""Receivers of Django's authentication signals."""

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from reminders import services


@receiver(user_logged_out)
def forget_browser(sender: type, request: HttpRequest, user: AbstractBaseUser | None, **kwargs: object) -> None:
    """End the user's messages in a browser in which they sign out: others may use it. Pages say which one it is."""
    if user is not None and (endpoint := request.POST.get("endpoint")):
        services.forget_browser(user=user, endpoint=endpoint)
