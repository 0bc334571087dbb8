"""Who may watch the machine, and who may play with it. All pages and commands of this app ask here."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from rest_framework.permissions import SAFE_METHODS

from calendars.models import CalendarJob, CalendarJobQuerySet
from observatory.models import Experiment, ExperimentQuerySet
from todos.access import user_id
from todos.models import TodoList
from web.error_views import page_expired
from web.sessions import has_ended, is_of_another_user

View = Callable[..., HttpResponse]


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


def for_lab(view: View) -> View:
    """Decorate a view of the lab: for whoever may not use it, there is nothing at the address, whatever the method.

    So this comes before the looks at the login, the session and the form's token, whose refusals would say that there
    is something.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def enter(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not may_use_lab(request):
            raise Http404
        if request.method not in SAFE_METHODS and (
            has_ended(request) or is_of_another_user(request, request.POST)
        ):
            return page_expired(request)
        if settings.MODE == "private" and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return protected(request, *args, **kwargs)

    return enter


def machine(request: HttpRequest) -> dict[str, object]:
    """Context processor: whether pages have a link to the machine, and to the lab."""
    return {
        "may_watch": SimpleLazyObject(lambda: may_watch(request)),
        "may_use_lab": SimpleLazyObject(lambda: may_use_lab(request)),
    }


def own_experiments(user: AbstractBaseUser | AnonymousUser) -> ExperimentQuerySet:
    """Return the user's experiments: they may see what happens to the lists of these, which have nothing of others."""
    experiments = Experiment.objects.of_user(user_id(user) or None)
    return experiments if settings.LAB and user_may_watch(user) else experiments.none()


def visible_jobs(user: AbstractBaseUser | AnonymousUser) -> CalendarJobQuerySet:
    """Return the jobs that the user sees: of lists that they may read, and of their experiments; for staff, all."""
    jobs = CalendarJob.objects.all()
    if sees_everything(user):
        return jobs
    return _readable(jobs, user) | jobs.filter(calendar__list__in=own_experiments(user).values("list_id"))


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
