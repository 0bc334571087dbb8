"""Who may watch the machine, and who may play with it. All pages and commands of this app ask here."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from calendars.models import CalendarJob, CalendarJobQuerySet
from todos.models import TodoList


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
    return settings.LAB and may_watch(request)


def machine(request: HttpRequest) -> dict[str, object]:
    """Context processor: whether pages have a link to the machine."""
    return {"may_watch": SimpleLazyObject(lambda: may_watch(request))}


def visible_jobs(user: AbstractBaseUser | AnonymousUser) -> CalendarJobQuerySet:
    """Return the jobs that the user sees: of the lists that they may read; for staff, all."""
    jobs = CalendarJob.objects.all()
    return jobs if sees_everything(user) else _readable(jobs, user)


def retryable_jobs(user: AbstractBaseUser | AnonymousUser) -> CalendarJobQuerySet:
    """Return the jobs that the user may try again: who may ask for a calendar may; for the admin's keepers, all."""
    jobs = CalendarJob.objects.all()
    return jobs if _keeps_jobs(user) else _readable(jobs, user)


def may_retry(user: AbstractBaseUser | AnonymousUser, todo_list: TodoList | None) -> bool:
    """Return whether the user may try jobs of a list again; None is a list that they may not read."""
    return todo_list is not None or _keeps_jobs(user)


def _keeps_jobs(user: AbstractBaseUser | AnonymousUser) -> bool:
    """As in the admin: who may change jobs may run and cancel them."""
    return sees_everything(user) and user.has_perm("calendars.change_calendarjob")


def _readable(jobs: CalendarJobQuerySet, user: AbstractBaseUser | AnonymousUser) -> CalendarJobQuerySet:
    return jobs.filter(calendar__list__in=TodoList.objects.readable_by(user).order_by())
