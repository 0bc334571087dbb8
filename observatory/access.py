"""Who may watch the machine, and who may play with it. All pages and commands of this app ask here."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def may_watch(request: HttpRequest) -> bool:
    """Return whether this request may see the machine: staff where it is deployed, else everybody."""
    return user_may_watch(request.user)


def user_may_watch(user: AbstractBaseUser | AnonymousUser) -> bool:
    return not settings.DEPLOYED or sees_everything(user)


def sees_everything(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return whether the user sees what happens to all lists. Of others' lists, everybody else sees counts alone."""
    return user.is_active and user.is_staff


def may_use_lab(request: HttpRequest) -> bool:
    """Return whether this request may use the lab, which disturbs the system for everybody."""
    is_on = settings.LAB == "on" or (settings.LAB == "auto" and not settings.DEPLOYED)
    return is_on and may_watch(request)


def machine(request: HttpRequest) -> dict[str, object]:
    """Context processor: whether pages have a link to the machine."""
    return {"may_watch": SimpleLazyObject(lambda: may_watch(request))}
