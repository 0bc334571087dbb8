"""Pages of reminders."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reminders import acting, links, push, services
from reminders.acting import Target
from reminders.forms import BrowserForm, DefaultForm, SettingsForm, TodoRuleForm, time_of
from reminders.links import InvalidLink
from reminders.models import Browser, NotificationKind, Reminder
from reminders.words import clock_of, with_words
from todos.access import Role
from todos.addresses import list_url, to_page, with_list
from todos.agenda import Clock
from todos.deadlines import Deadline, DeadlineKind
from todos.humanize import exact_deadline
from todos.models import Todo, TodoList
from todos.services import get_list
from todos.views.responses import status_of
from web.quotas import QuotaExceeded

View = Callable[..., HttpResponse]

TOO_MANY_CONFIRMATIONS = gettext_lazy(
    "A link was sent within the last hour. If it is not in the inbox, look among the spam, or try again later."
)


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
        if token := request.POST.get("undo"):
            acting.take_back(target, token)
            return redirect(request.path)
        token = acting.complete(target)
        return redirect(f"{request.path}?{urlencode({'undo': token})}" if token else request.path)
    token = request.GET.get("undo", "") if may_change else ""
    return render_target(request, target, "done", may_act=may_change, is_done=target.is_done, undo=token)


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


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        user_id, address = links.read_confirm(token)
        user = acting.find_unconfirmed(user_id, address)
    except InvalidLink:
        return link_ended(request)
    if request.method == "POST":
        services.confirm_address(user=user, address=address)
    context = {"owner": user.get_username(), "address": address, "is_confirmed": request.method == "POST"}
    return render(request, "reminders/confirm.html", context)


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
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_settings(request: HttpRequest) -> HttpResponse:
    stored = services.get_settings(request.user)
    initial = {name: time_of(getattr(stored, name)) for name in ("quiet_start", "quiet_end", "digest_at")}
    language = get_language() if stored._state.adding else stored.language
    form = SettingsForm(
        request.POST or None,
        initial=initial | {"by_email": stored.by_email, "language": language, "time_format": stored.time_format},
    )
    if request.method == "POST" and form.is_valid():
        services.update_settings(user=request.user, changes=form.changes)
        messages.success(request, gettext("Saved."))
        return redirect("reminders:settings")
    context = {
        "form": form,
        "is_confirmed": bool(stored.address_of(request.user)),
        "browsers": services.find_browsers(request.user),
        "public_key": push.public_key(),
        "zone": get_list(request.user).time_zone,
        "defaults": services.all_defaults(request.user),
    }
    return render(request, "reminders/settings.html", context, status=status_of(form))


@login_required
@require_POST
def send_test_mail(request: HttpRequest) -> HttpResponse:
    if not services.get_settings(request.user).address_of(request.user):
        messages.error(request, gettext("You have no confirmed email address."))
    elif not services.send_test(user=request.user):
        messages.error(request, too_many_tests())
    else:
        messages.success(request, gettext("A test is on its way to %(name)s.") % {"name": request.user.email})
    return redirect("reminders:settings")


@login_required
@require_POST
def send_confirmation(request: HttpRequest) -> HttpResponse:
    services.keep_language(user=request.user, language=get_language())
    if not request.user.email:
        messages.error(request, gettext("Your account has no email address."))
    elif not services.send_confirmation(user=request.user):
        messages.error(request, TOO_MANY_CONFIRMATIONS)
    else:
        messages.success(
            request, gettext("A link is on its way to %(address)s.") % {"address": request.user.email}
        )
    return redirect("reminders:settings")


@login_required
@require_POST
def add_browser(request: HttpRequest) -> HttpResponse:
    form = BrowserForm(request.POST)
    if form.is_valid():
        services.keep_language(user=request.user, language=get_language())
        browser = services.add_browser(user=request.user, **form.cleaned_data)
        messages.success(request, gettext("Reminders now appear in %(name)s.") % {"name": browser.name})
    else:
        messages.error(request, gettext("This browser’s push service cannot be used."))
    return redirect("reminders:settings")


@login_required
@require_POST
def test_browser(request: HttpRequest, browser_id: int) -> HttpResponse:
    browser = browser_or_404(request, browser_id)
    if services.send_test(user=request.user, browser=browser):
        messages.success(request, gettext("A test is on its way to %(name)s.") % {"name": browser.name})
    else:
        messages.error(request, too_many_tests())
    return redirect("reminders:settings")


@login_required
@require_POST
def remove_browser(request: HttpRequest, browser_id: int) -> HttpResponse:
    browser = browser_or_404(request, browser_id)
    services.remove_browser(user=request.user, browser_id=browser_id)
    messages.success(request, gettext("Reminders no longer appear in %(name)s.") % {"name": browser.name})
    return redirect("reminders:settings")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@with_list
def edit_defaults(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    form = DefaultForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with complaining(request):
            services.add_default(user=request.user, todo_list=todo_list, rule=form.rule)
        return to_page(todo_list, "reminders:defaults")
    reminders = services.find_defaults(user=request.user, todo_list=todo_list)
    context = {"form": form, "reminders": with_words(reminders, clock_of(request))}
    return render(request, "reminders/defaults.html", context, status=status_of(form))


@login_required
@require_POST
@with_list
def remove_default(request: HttpRequest, todo_list: TodoList, reminder_id: int) -> HttpResponse:
    try:
        services.remove_default(user=request.user, todo_list=todo_list, reminder_id=reminder_id)
    except Reminder.DoesNotExist as error:
        raise Http404 from error
    return to_page(todo_list, "reminders:defaults")


@login_required
@require_POST
@with_list
def add_reminder(request: HttpRequest, todo_list: TodoList, todo_id: int) -> HttpResponse:
    todo = todo_or_404(todo_list, todo_id)
    form = TodoRuleForm(request.POST, due=todo.due, zone=clock_of(request).zone)
    if form.is_valid():
        with complaining(request):
            services.add_reminder(user=request.user, todo=todo, rule=form.rule)
    else:
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
    return to_reminders(todo)


@login_required
@require_POST
@with_list
def remove_reminder(request: HttpRequest, todo_list: TodoList, todo_id: int, reminder_id: int) -> HttpResponse:
    todo = todo_or_404(todo_list, todo_id)
    try:
        services.remove_reminder(user=request.user, todo=todo, reminder_id=reminder_id)
    except Reminder.DoesNotExist as error:
        raise Http404 from error
    return to_reminders(todo)


# The service worker has one address for good: browsers look there for a newer one.
@login_not_required
@require_safe
def show_worker(request: HttpRequest) -> HttpResponse:
    return render(request, "reminders/worker.js", content_type="text/javascript")


def too_many_tests() -> str:
    return gettext("At most %(most)s tests can be sent in an hour.") % {"most": services.MAX_TESTS}


@contextmanager
def complaining(request: HttpRequest) -> Iterator[None]:
    """Show the sentence of what a service refuses."""
    try:
        yield
    except (services.InvalidReminder, QuotaExceeded) as error:
        messages.error(request, str(error))


def todo_or_404(todo_list: TodoList, todo_id: int) -> Todo:
    todo = get_object_or_404(todo_list.todos.visible(), pk=todo_id)
    todo.list = todo_list
    return todo


def browser_or_404(request: HttpRequest, browser_id: int) -> Browser:
    return get_object_or_404(Browser.objects.filter(user=request.user), pk=browser_id)


def to_reminders(todo: Todo) -> HttpResponse:
    return redirect(list_url(todo.list, "todos:edit", todo.pk) + "#reminders")
