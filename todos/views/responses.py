"""How the pages of the list answer: with a form again, or, after a change, with the list."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from todos import services, undo
from todos.agenda import Clock
from todos.forms import ListQueryForm
from todos.listing import ListQuery, browse
from todos.models import Todo, TodoList
from todos.services import Action, BulkItem
from web.pages import came_from

DID = {
    Action.COMPLETE: "Completed",
    Action.REOPEN: "Reopened",
    Action.UPDATE: "Moved",
    Action.DELETE: "Deleted",
    Action.RESTORE: "Restored",
}


def change_todos(
    request: HttpRequest,
    todos: Iterable[Todo],
    action: Action,
    changes: Callable[[Todo], Mapping[str, Any]] = lambda todo: {},
) -> HttpResponse:
    """Do the same to todos of the caller's list, say so, and offer to undo it."""
    todos = list(todos)
    if not todos:
        raise Http404
    todo_list = services.get_list(request.user)
    items = [BulkItem(todo.pk, action, changes(todo)) for todo in todos]
    services.change_todos(todo_list=todo_list, items=items)
    what = f"“{todos[0].title}”" if len(todos) == 1 else f"{len(todos)} todos"
    tell(request, f"{DID[action]} {what}.", undo.offer(todo_list, zip(todos, items, strict=True)))
    return changed(request, todo_list)


def tell(request: HttpRequest, sentence: str, token: str) -> None:
    """Say what was done, with a button that undoes it by ``token``: of a message, only its tags are free."""
    messages.success(request, sentence, extra_tags=token)


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
    """Answer with the part of the page that changes."""
    context = list_context(request, todo_list, query)
    return render(request, "todos/includes/list_and_messages.html", context)


def list_context(request: HttpRequest, todo_list: TodoList, query: ListQuery) -> dict[str, object]:
    listing = browse(todo_list, query, Clock.of(todo_list))
    return {
        "todo_list": todo_list,
        "listing": listing,
        "copyable": services.copyable_todos(request.user) if listing.is_empty and not query.is_filtered else 0,
        "has_examples": bool(request.session.get("examples")),
    }


def render_form(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """Answer with a form; one that was sent comes back with what is wrong with it."""
    sent = request.method == "POST"
    context |= {"next": came_from(request, reverse("todos:list"))}
    return render(request, template, context, status=HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK)
