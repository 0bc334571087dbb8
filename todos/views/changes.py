"""Buttons that change one todo or all selected ones, undo, and the trash."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from todos import services, undo
from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.forms import MoveForm
from todos.models import Todo, TodoList
from todos.services import Action, BulkItem, BulkResult, Outcome
from todos.views.responses import add_undoable_message, list_after_change, selection_again

TRASH_PAGE_SIZE = 100
TODO_ID = re.compile(r"[0-9]{1,18}")  # as many digits as always fit the column


@dataclass(frozen=True)
class Button:
    """What a button does, and the words for what happened to its todos."""

    action: Action
    done: str
    unchanged: str = ""
    gone: str = "{was} deleted meanwhile"


BUTTONS = {
    "complete": Button(Action.COMPLETE, "Completed", "{was} already completed"),
    "reopen": Button(Action.REOPEN, "Reopened", "{was} already open"),
    "move": Button(Action.UPDATE, "Moved", "{was} already due that day"),
    "clear": Button(Action.UPDATE, "Removed the deadline of", "had no deadline"),
    "delete": Button(Action.DELETE, "Deleted", gone="{was} already deleted"),
    "restore": Button(Action.RESTORE, "Restored", gone="{is} no longer in the trash"),
}
SELECTION_BUTTONS = {"complete", "reopen", "move", "clear", "delete"}


@require_POST
def complete_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change_todo(request, todo_id, BUTTONS["complete"])


@require_POST
def reopen_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change_todo(request, todo_id, BUTTONS["reopen"])


@require_POST
def delete_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change_todo(request, todo_id, BUTTONS["delete"])


@require_POST
def restore_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    return change_todo(request, todo_id, BUTTONS["restore"])


@require_POST
def change_selected(request: HttpRequest) -> HttpResponse:
    """Complete, reopen, move or delete the selected todos, or remove their deadlines."""
    todo_list = services.get_list(request.user)
    name = request.POST.get("action")
    selected = dict.fromkeys(int(value) for value in request.POST.getlist("todo") if TODO_ID.fullmatch(value))
    if not selected:
        messages.error(request, "Select the todos first.")
        return list_after_change(request, todo_list)
    if name not in SELECTION_BUTTONS:
        raise BadRequest(name)
    form = MoveForm(request.POST)
    if name == "move" and not form.is_valid():
        messages.error(request, "Choose a day to move them to.")
        return selection_again(request, todo_list, set(selected))

    def moved(todo: Todo) -> dict[str, Deadline]:
        day = form.cleaned_data["day"]
        return {"due": todo.due.on_day(day, todo.list.zone) if todo.due else Deadline.of_day(day)}

    changes = {"move": moved, "clear": {"due": None}}.get(name, {})
    return change_todos(request, todo_list, [*selected][: services.MAX_ITEMS], BUTTONS[name], changes)


@require_POST
def undo_change(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    items = undo.read(todo_list, request.POST.get("token", ""))
    results = services.change_todos(todo_list=todo_list, items=items, user=request.user)
    done = [result for result in results if result.outcome == Outcome.DONE]
    left = [result for result in results if result.outcome != Outcome.DONE]
    if not results:
        messages.error(request, "That can no longer be undone.")
    elif not done:
        messages.error(request, f"Not undone: {name_of(left)} {have(left)} changed since.")
    else:
        be = "is" if len(done) == 1 else "are"
        sentence = f"Undone: {name_of(done)} {be} {undo.describe(items)}."
        messages.success(request, f"{sentence} {len(left)} {have(left)} changed since." if left else sentence)
    return list_after_change(request, todo_list)


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


def change_todo(request: HttpRequest, todo_id: int, button: Button) -> HttpResponse:
    """Change one todo of the user's list. One that was deleted meanwhile gets a message instead of a 404."""
    todo_list = services.get_list(request.user)
    get_object_or_404(todo_list.todos, pk=todo_id)
    return change_todos(request, todo_list, [todo_id], button)


def change_todos(
    request: HttpRequest,
    todo_list: TodoList,
    todo_ids: Sequence[int],
    button: Button,
    changes: Mapping[str, Any] | Callable[[Todo], Mapping[str, Any]] | None = None,
) -> HttpResponse:
    """Do the same to several todos, say what happened to them, and offer undo for those that changed."""
    items = [BulkItem(todo_id, button.action, changes or {}) for todo_id in todo_ids]
    results = services.change_todos(todo_list=todo_list, items=items)
    sentence, outcomes = summarize(results, button), {result.outcome for result in results}
    if Outcome.DONE in outcomes:
        add_undoable_message(request, sentence, undo.offer(todo_list, results))
    elif Outcome.GONE in outcomes:
        messages.error(request, sentence)
    else:
        messages.info(request, sentence)
    return list_after_change(request, todo_list)


def summarize(results: Sequence[BulkResult], button: Button) -> str:
    """Say what happened: "Completed 3 todos. 1 was deleted meanwhile."."""
    sentences = []
    if done := [result for result in results if result.outcome == Outcome.DONE]:
        sentences.append(f"{button.done} {name_of(done)}.")
    for outcome, words in ((Outcome.UNCHANGED, button.unchanged), (Outcome.GONE, button.gone)):
        if others := [result for result in results if result.outcome == outcome]:
            who = len(others) if sentences else name_of(others)
            verbs = {"is": "is", "was": "was"} if len(others) == 1 else {"is": "are", "was": "were"}
            sentences.append(f"{who} {words.format(**verbs)}.")
    return " ".join(sentences)


def have(results: Sequence[BulkResult]) -> str:
    return "has" if len(results) == 1 else "have"


def name_of(results: Sequence[BulkResult]) -> str:
    if len(results) > 1:
        return f"{len(results)} todos"
    return f"“{results[0].todo.title}”" if results[0].todo else "The todo"
