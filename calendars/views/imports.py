"""The import page: it shows what is in a calendar file, and imports it once that is confirmed."""

import base64
import zlib
from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from calendars.forms import ImportForm
from calendars.imports import services as imports
from calendars.imports.parser import UnreadableCalendar
from calendars.imports.services import ImportPlan
from todos.agenda import Clock
from todos.humanize import exact_deadline
from todos.models import TodoList
from todos.services import ImportedTodo, get_list
from web.body_limits import accept_upload
from web.rate_limits import limited

SESSION_KEY = "import"
# Anybody may upload files that they never confirm: without an account, they expire soon.
ANONYMOUS_SESSION = timedelta(hours=1)
SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@limited("import")
@accept_upload("MAX_IMPORT_BYTES", form_bytes=10_000)
def show_import(request: HttpRequest) -> HttpResponse:
    """Take a file and show what importing it would do."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and form.is_valid():
        todo_list = get_list(request.user)
        body = form.cleaned_data["file"].read()
        try:
            plan = imports.plan_import(todo_list=todo_list, body=body)
        except UnreadableCalendar as error:
            form.add_error("file", str(error))
        else:
            # The session keeps the file for the confirmation: a browser cannot send it again by itself.
            request.session[SESSION_KEY] = base64.b85encode(zlib.compress(body)).decode()
            if not request.user.is_authenticated:
                request.session.set_expiry(ANONYMOUS_SESSION)
            return render(request, "calendars/import_plan.html", plan_context(plan, todo_list))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "calendars/import.html", {"form": form}, status=status)


@require_POST
def confirm_import(request: HttpRequest) -> HttpResponse:
    """Import the file that was shown."""
    stored = request.session.pop(SESSION_KEY, None)
    if stored is None:
        messages.error(request, "Choose the file again: it was imported already, or this page is too old.")
        return redirect("calendars:import")
    todo_list = get_list(request.user)
    plan = imports.plan_import(todo_list=todo_list, body=zlib.decompress(base64.b85decode(stored)))
    imported = imports.apply_import(todo_list=todo_list, plan=plan)
    count = imported.added + imported.restored
    messages.success(request, f"{count} todo{'' if count == 1 else 's'} added.")
    return redirect("todos:list")


def plan_context(plan: ImportPlan, todo_list: TodoList) -> dict[str, object]:
    clock = Clock.of(todo_list)

    def described(todo: ImportedTodo) -> dict[str, object]:
        due = todo.values["due"]
        return {
            "title": todo.values["title"],
            "due": exact_deadline(due, clock) if due else "",
            "done": todo.values["completed"],
        }

    coming = [*plan.added, *plan.restored]
    return {
        "plan": plan,
        "coming": [described(todo) for todo in coming[:SHOWN]],
        "total": len(coming),
        "skipped": plan.skipped[:SHOWN],
    }
