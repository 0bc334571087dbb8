"""Pages of reminders."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required, login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from reminders import acting, links
from reminders.acting import Target
from reminders.links import InvalidLink
from reminders.models import NotificationKind
from todos.access import Role
from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineKind
from todos.humanize import exact_deadline
from todos.models import TodoList
from todos.services import get_list

View = Callable[..., HttpResponse]


def of_link(view: View) -> View:
    """Decorate a page that a link from a message opens, without signing in. Opening it changes nothing.

    It shows nothing of whoever is signed in, who may be somebody else.
    """

    @login_not_required
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def find(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, acting.find_target(links.read_action(token)))
        except (InvalidLink, TodoList.DoesNotExist):
            return link_ended(request)

    return find


@of_link
def complete(request: HttpRequest, target: Target) -> HttpResponse:
    may_change = target.todo.list.role.includes(Role.EDITOR)
    if request.method == "POST" and may_change:
        acting.complete(target)
        return redirect(request.path)
    return render_target(request, target, "done", may_act=may_change, is_done=target.is_done)


@of_link
def put_off(request: HttpRequest, target: Target) -> HttpResponse:
    if request.method == "POST" and not target.is_done:
        acting.put_off(target)
        return redirect(request.path)
    put_off_to = target.put_off_to
    clock = Clock.of(get_list(target.user))
    again = put_off_to and exact_deadline(Deadline(put_off_to, DeadlineKind.INSTANT), clock)
    return render_target(request, target, "later", may_act=True, is_done=target.is_done, again=again)


# Mail programs post here without cookies or a token (RFC 8058): the address is what they know.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        user_id, kind = links.read_unsubscribe(token)
    except InvalidLink:
        return link_ended(request)
    if request.method == "POST":
        acting.unsubscribe(user_id, kind)
    context = {"is_digest": kind == NotificationKind.DIGEST, "is_ended": request.method == "POST"}
    return render(request, "reminders/unsubscribe.html", context)


def render_target(request: HttpRequest, target: Target, action: str, **context: Any) -> HttpResponse:
    due = target.todo.due
    clock = Clock.of(get_list(target.user))
    context |= {
        "action": action,
        "todo": target.todo,
        "due": due and exact_deadline(due, clock),
        "owner": target.user.get_username(),
    }
    return render(request, "reminders/act.html", context)


def link_ended(request: HttpRequest) -> HttpResponse:
    return render(request, "reminders/link_ended.html", status=HTTPStatus.NOT_FOUND)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_settings(request: HttpRequest) -> HttpResponse:
    return render(request, "reminders/settings.html", {})
