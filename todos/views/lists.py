"""The pages of the list."""

from http import HTTPStatus
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from taskoverflow.pages import came_from
from todos import services, undo
from todos.forms import ListQueryForm, TodoForm
from todos.listing import ListQuery, browse
from todos.models import Todo, TodoList
from todos.sections import Clock
from todos.services import Action

UNDOABLE = "undoable"  # the tag of messages that come with a button
DID = {
    Action.COMPLETE: "Completed",
    Action.REOPEN: "Reopened",
    Action.UPDATE: "Moved",
    Action.DELETE: "Deleted",
}


@require_safe
@vary_on_headers("HX-Request")
def show_list(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    query = ListQueryForm(request.GET).query
    if request.htmx and not request.htmx.history_restore_request:
        return render_list(request, todo_list, query)
    clock = Clock.of(todo_list.zone)
    context = {
        "todo_list": todo_list,
        "listing": browse(todo_list, query, clock),
        "undo_token": undo.current_token(request),
        "filters": ListQueryForm(initial=vars(query)),
        "form": TodoForm(clock=clock),
    }
    return render(request, "todos/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_todo(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    form = TodoForm(request.POST or None, clock=Clock.of(todo_list.zone))
    if request.method == "POST" and form.is_valid():
        todo = services.create_todo(
            todo_list=todo_list,
            title=form.cleaned_data["title"],
            description=form.cleaned_data["description"] or None,
            due=form.due,
        )
        messages.success(request, f"Added “{todo.title}”.")
        return changed(request, todo_list)
    template = "todos/includes/add_form.html" if request.htmx else "todos/add.html"
    return render_form(request, template, {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    todo_list = services.get_list(request.user)
    todo = get_object_or_404(todo_list.todos.visible(), pk=todo_id)
    clock = Clock.of(todo_list.zone)
    form = TodoForm(request.POST or None, todo=todo, clock=clock)
    is_stale = False
    if request.method == "POST" and form.is_valid():
        try:
            services.update_todo(
                todo_list=todo_list,
                todo_id=todo_id,
                changes=form.changes,
                expected_sequence=form.cleaned_data["sequence"],
            )
            return changed(request, todo_list)
        except Todo.DoesNotExist as error:
            raise Http404 from error
        except services.StaleTodo:
            # What was typed stays. Saving it once more replaces what the other one wrote, knowingly.
            is_stale = True
            todo.refresh_from_db()
            typed = request.POST.copy()
            typed["sequence"] = todo.sequence
            form = TodoForm(typed, todo=todo, clock=clock)
    template = "todos/includes/edit_form.html" if request.htmx else "todos/edit.html"
    return render_form(request, template, {"todo": todo, "form": form, "is_stale": is_stale})


@require_POST
def complete_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change(request, [todo_id], Action.COMPLETE)


@require_POST
def reopen_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change(request, [todo_id], Action.REOPEN)


@require_POST
def delete_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change(request, [todo_id], Action.DELETE)


@require_POST
def undo_change(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    if items := undo.take(request, request.POST.get("token", "")):
        services.change_todos(todo_list=todo_list, items=items)
        messages.success(request, "Undone.")
    else:
        messages.error(request, "That can no longer be undone.")
    return changed(request, todo_list)


def change(
    request: HttpRequest, todo_ids: list[int], action: Action, changes: dict[str, object] | None = None
) -> HttpResponse:
    """Do the same to some todos, and offer to undo it."""
    todo_list = services.get_list(request.user)
    before = list(todo_list.todos.visible().filter(pk__in=todo_ids))
    if not before:
        raise Http404
    items = [services.BulkItem(todo.pk, action, changes or {}) for todo in before]
    services.change_todos(todo_list=todo_list, items=items)
    undo.remember(request, before, action)
    what = f"“{before[0].title}”" if len(before) == 1 else f"{len(before)} todos"
    messages.success(request, f"{DID[action]} {what}.", UNDOABLE)
    return changed(request, todo_list)


def changed(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Answer a change: with the list as it is now, or by the way back to where the change was made."""
    back = came_from(request, reverse("todos:list"))
    if not request.htmx:
        return redirect(back)
    query = ListQueryForm(QueryDict(urlsplit(back).query)).query
    response = render_list(request, todo_list, query)
    response["HX-Retarget"] = "#todos"
    response["HX-Reswap"] = "outerHTML"
    return response


def render_list(request: HttpRequest, todo_list: TodoList, query: ListQuery) -> HttpResponse:
    context = {
        "todo_list": todo_list,
        "listing": browse(todo_list, query, Clock.of(todo_list.zone)),
        "undo_token": undo.current_token(request),
    }
    return render(request, "todos/includes/list_and_messages.html", context)


def render_form(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """Render a form; one that was sent comes back with what is wrong with it."""
    sent = request.method == "POST"
    context |= {"next": came_from(request, reverse("todos:list"))}
    return render(request, template, context, status=HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK)
