"""The import page: it shows what is in a file, and imports it once that is confirmed."""

from datetime import timedelta
from http import HTTPStatus
from types import SimpleNamespace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from calendars.forms import ImportForm
from calendars.imports import services as imports
from calendars.imports.files import UnreadableFile
from calendars.imports.services import ImportPlan
from todos import undo
from todos.addresses import for_editors, to_page
from todos.agenda import Clock
from todos.humanize import exact_deadline
from todos.models import TodoList
from todos.repeating import in_words
from todos.services import MAX_ITEMS, ImportedTodo
from todos.views.responses import add_undoable_message
from web.admission import Busy
from web.body_limits import accept_upload
from web.quotas import QuotaExceeded
from web.rate_limits import caller, limited
from web.translations import group_digits

SESSION_KEY = "import_plan"
# Anybody may upload files that they never confirm: without an account, little is kept, and not for long.
ANONYMOUS_SESSION = timedelta(hours=1)
MAX_ANONYMOUS_PLAN_BYTES = 50_000
SIGN_IN = gettext_lazy(
    "There is too much in this file to review it without an account. Sign in first, or split the file."
)
SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@limited("import")
@accept_upload("MAX_IMPORT_BYTES", form_bytes=10_000)
@for_editors
def show_import(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Take a file and show what importing it would do."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if not form.is_bound or not form.is_valid():
        return _form(request, form)
    try:
        with imports.slots.taken_by(caller(request)):
            plan = imports.plan_import(todo_list=todo_list, body=form.cleaned_data["file"].read())
            packed = imports.pack(plan, todo_list)
    except UnreadableFile as error:
        return _form(request, form, str(error))
    except QuotaExceeded as error:
        return _form(request, form, str(error), HTTPStatus.CONFLICT)
    except Busy as error:
        return _form(request, form, str(error), HTTPStatus.SERVICE_UNAVAILABLE)
    if not request.user.is_authenticated:
        if len(packed) > MAX_ANONYMOUS_PLAN_BYTES:
            return _form(request, form, SIGN_IN)
        request.session.set_expiry(ANONYMOUS_SESSION)
    # The session keeps the plan for the confirmation: a browser cannot send the file again by itself.
    request.session[SESSION_KEY] = packed
    return render(request, "calendars/import_plan.html", plan_context(plan, todo_list))


@require_POST
@for_editors
def confirm_import(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Import what was shown."""
    packed = request.session.get(SESSION_KEY)
    plan = imports.unpack(packed, todo_list) if packed else None
    if plan is None:
        messages.error(
            request, gettext("Choose the file again: it was imported already, or this page is too old.")
        )
        return to_page(todo_list, "calendars:import")
    imported = imports.apply_import(todo_list=todo_list, plan=plan)
    request.session.pop(SESSION_KEY, None)  # only now: what was refused can be confirmed again when there is room
    count = imported.added + imported.restored
    # A token names each todo: one for more would be as long as a page.
    token = undo.offer_removal_of_unchanged(todo_list, imported.todos) if count <= MAX_ITEMS else ""
    text = ngettext("%(count)s todo added.", "%(count)s todos added.", count) % {"count": group_digits(count)}
    add_undoable_message(request, todo_list, text, token)
    return to_page(todo_list, "todos:list")


def _form(
    request: HttpRequest, form: ImportForm, error: str = "", status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY
) -> HttpResponse:
    """Return the page with the form, and what is wrong with the file that was sent."""
    if error:
        form.add_error("file", error)
    response = render(
        request, "calendars/import.html", {"form": form}, status=status if form.is_bound else HTTPStatus.OK
    )
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(Busy.wait)
    return response


def _repeats(todo: ImportedTodo) -> list[str]:
    if not todo.values["rule"]:
        return []
    return [gettext("Repeats %(rule)s.") % {"rule": in_words(SimpleNamespace(**todo.values))}]


def plan_context(plan: ImportPlan, todo_list: TodoList) -> dict[str, object]:
    clock = Clock.of(todo_list)

    def described(todo: ImportedTodo) -> dict[str, object]:
        due = todo.values["due"]
        return {
            "title": todo.values["title"],
            "due": exact_deadline(due, clock) if due else "",
            "done": todo.values["completed"],
            "remarks": " ".join([*_repeats(todo), *plan.remarks.get(todo.uid, ())]),
        }

    coming = [*plan.added, *plan.restored]
    return {
        "plan": plan,
        "coming": [described(todo) for todo in coming[:SHOWN]],
        "total": len(coming),
        "skipped": plan.skipped[:SHOWN],
    }
