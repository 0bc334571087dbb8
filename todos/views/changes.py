"""Changes of todos by one press of a button: of one, of all that are selected, and back again."""

import re
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from todos import services, undo
from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.forms import MoveForm
from todos.models import Todo, TodoQuerySet
from todos.services import Action
from todos.views.answers import change_todos, changed

TRASH_PAGE_SIZE = 100
TODO_ID = re.compile(r"[0-9]{1,18}")  # as much as the column can hold


@require_POST
def complete_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change_todos(request, todos_of(request).filter(pk=todo_id), Action.COMPLETE)


@require_POST
def reopen_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change_todos(request, todos_of(request).filter(pk=todo_id), Action.REOPEN)


@require_POST
def delete_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change_todos(request, todos_of(request).filter(pk=todo_id), Action.DELETE)


@require_POST
def change_selected(request: HttpRequest) -> HttpResponse:
    """Complete, reopen, move or delete the todos that are selected."""
    todo_list = services.get_list(request.user)
    selected = [int(value) for value in request.POST.getlist("todo") if TODO_ID.fullmatch(value)]
    todos = todo_list.todos.visible().filter(pk__in=selected[: services.MAX_ITEMS])
    action = request.POST.get("action")
    if not todos:
        messages.error(request, "Select the todos first.")
        return changed(request, todo_list)
    if action in {Action.COMPLETE, Action.REOPEN, Action.DELETE}:
        return change_todos(request, todos, Action(action))
    if action == "clear":
        return change_todos(request, todos, Action.UPDATE, lambda todo: {"due": None})
    if action != "move":
        raise BadRequest(action)
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose the day to move them to.")
        return changed(request, todo_list)
    day, zone = form.cleaned_data["day"], Clock.of(todo_list).zone

    def moved(todo: Todo) -> dict[str, Deadline]:
        return {"due": todo.due.on_day(day, zone) if todo.due else Deadline.of_day(day)}

    return change_todos(request, todos, Action.UPDATE, moved)


@require_POST
def undo_change(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    items = undo.read(todo_list, request.POST.get("token", ""))
    results = services.change_todos(todo_list=todo_list, items=items)
    left = sum(result.status != HTTPStatus.OK for result in results)
    if left == len(results):
        messages.error(request, "That can no longer be undone.")
    elif left:
        messages.success(request, f"Undone, but for {left} that {'has' if left == 1 else 'have'} changed since.")
    else:
        messages.success(request, "Undone.")
    return changed(request, todo_list)


@require_safe
def show_trash(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    deleted = todo_list.todos.deleted().order_by("-deleted_at", "-id")
    context = {
        "todos": Paginator(deleted, TRASH_PAGE_SIZE).get_page(request.GET.get("page")),
        "clock": Clock.of(todo_list),
        "trash_days": services.TRASH_DAYS,
    }
    return render(request, "todos/trash.html", context)


@require_POST
def restore_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    deleted = services.get_list(request.user).todos.deleted().filter(pk=todo_id)
    return change_todos(request, deleted, Action.RESTORE)


def todos_of(request: HttpRequest) -> TodoQuerySet:
    return services.get_list(request.user).todos.visible()
