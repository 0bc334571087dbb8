"""Buttons that change one todo or all selected ones, undo, and the trash."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from todos import services, undo
from todos.access import Role, require
from todos.addresses import for_editors, list_or_404, list_url, with_list
from todos.agenda import Clock
from todos.forms.todos import MoveForm
from todos.humanize import exact_deadline
from todos.listing import find_neighbour
from todos.models import Todo, TodoList
from todos.priorities import PRIORITIES
from todos.services import Action, BulkItem, BulkOutcome, BulkResult
from todos.views.responses import (
    add_undoable_message,
    list_after_change,
    query_of,
    selection_again,
    shows_several_lists,
)
from web import confirmation
from web.redirects import came_from

TRASH_PAGE_SIZE = 100
ID = re.compile(r"[0-9]{1,18}")  # as many digits as always fit a column of ids


@dataclass(frozen=True)
class Button:
    """What a button does, and the words for what happened to its todos."""

    action: Action
    done: str
    unchanged: str = ""
    gone: str = "{was} deleted meanwhile"
    conflict: str = ""
    where: str = ""

    @property
    def others(self) -> dict[BulkOutcome, str]:
        """The words for todos to which this was not done."""
        return {
            BulkOutcome.UNCHANGED: self.unchanged,
            BulkOutcome.GONE: self.gone,
            BulkOutcome.CONFLICT: self.conflict,
            BulkOutcome.INVALID: "{is} already completed or does not repeat",
            BulkOutcome.FORBIDDEN: "{is} in a list that you may only read",
        }


BUTTONS = {
    "complete": Button(
        Action.COMPLETE,
        "Completed",
        "{was} already completed",
        conflict="{was} already completed or skipped for that day",
    ),
    "complete-series": Button(Action.COMPLETE_SERIES, "Completed the series of", "{was} already completed"),
    "skip": Button(
        Action.SKIP,
        "Skipped",
        conflict="{was} already completed or skipped for that day",
    ),
    "reopen": Button(Action.REOPEN, "Reopened", "{was} already open"),
    "move": Button(Action.UPDATE, "Moved", "{was} already due that day"),
    "clear": Button(Action.UPDATE, "Removed the deadline of", "had no deadline"),
    "priority": Button(Action.UPDATE, "Set the priority of", "had this priority already"),
    "delete": Button(Action.DELETE, "Deleted", gone="{was} already deleted"),
    "restore": Button(Action.RESTORE, "Restored", gone="{is} no longer in the trash"),
}
TO_LIST = Button(Action.MOVE, "Moved", "{was} in that list already", conflict="{is} in that list already")
SELECT_FIRST = "Select the todos first."
STEPS = {"up": False, "down": True}
TODO_BUTTONS = ("complete", "complete-series", "skip", "reopen", "delete", "restore")
SELECTION_BUTTONS = {"complete", "reopen", "skip", "move", "clear", "delete"}


@require_POST
@for_editors
def change_todo(request: HttpRequest, todo_list: TodoList, todo_id: int, name: str) -> HttpResponse:
    """Do what one of TODO_BUTTONS does. A todo that was deleted meanwhile gets a message instead of a 404.

    To complete or skip a todo that repeats, the page says how many occurrences were over when it was shown: if one more
    was completed meanwhile, in another tab or by somebody else, the next one is left alone.
    """
    get_object_or_404(todo_list.todos, pk=todo_id)
    button, past = BUTTONS[name], request.GET.get("of", "")
    expected = {"past_count": int(past)} if button.conflict and ID.fullmatch(past) else {}
    return change_todos(request, todo_list, [BulkItem(todo_id, button.action, expected=expected)], button)


@require_POST
@for_editors
def change_selected(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Complete, reopen, move or delete the selected todos, remove their deadlines, or set their priority."""
    priority = PRIORITIES.get(request.POST.get("priority", ""))
    # The buttons of days have the name of the words.
    action = request.POST.get("action", "move" if "when" in request.POST else "")
    name = action if priority is None else "priority"
    selected = selected_ids(request)
    if not selected:
        messages.error(request, SELECT_FIRST)
        return list_after_change(request, todo_list)
    if name in STEPS:
        return step_selected(request, todo_list, selected, is_down=STEPS[name])
    if priority is None and name not in SELECTION_BUTTONS:
        raise BadRequest(name)
    form = MoveForm(request.POST, clock=Clock.of(todo_list), language=get_language())
    if name == "move" and not form.is_valid():
        messages.error(request, " ".join(form.errors.get("when", ["Choose a day to move them to."])))
        return selection_again(request, todo_list, set(selected))
    changes = {"clear": {"due": None}, "priority": {"priority": priority}}.get(name, {})
    changes_of = (lambda todo: {"due": form.due_of(todo)}) if name == "move" else None
    button = BUTTONS[name]
    if priority is not None:
        button = replace(button, where=f" to {priority.word}")
    items = [BulkItem(todo_id, button.action, changes, changes_of=changes_of) for todo_id in selected]
    return change_todos(request, todo_list, items, button)


@require_POST
@for_editors
def move_todo(request: HttpRequest, todo_list: TodoList, todo_id: int) -> HttpResponse:
    """Move one todo to another list."""
    get_object_or_404(todo_list.todos, pk=todo_id)
    return move_todos(request, todo_list, [todo_id])


@require_POST
@for_editors
def move_selected(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Move the selected todos to another list."""
    return move_todos(request, todo_list, selected_ids(request))


@require_POST
@for_editors
def place_todo(request: HttpRequest, todo_list: TodoList, todo_id: int) -> HttpResponse:
    """Put a todo right after or before another one in the manual order: what dragging it does."""
    get_object_or_404(todo_list.todos.visible(), pk=todo_id)
    side = next((side for side in ("after", "before") if ID.fullmatch(request.POST.get(side, ""))), None)
    if side is None:
        raise BadRequest("neither after nor before")
    return put(request, todo_list, todo_id, int(request.POST[side]), is_after=side == "after")


@require_POST
@with_list
def undo_change(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    changed, token = read_token(request, todo_list)
    if place := undo.read_place(changed, token):
        return move_back(request, todo_list, changed, place)
    items = undo.read(changed, token)
    results = services.change_todos(todo_list=changed, items=items, user=request.user)
    at = where(request, todo_list, changed)
    done = [result for result in results if result.outcome == BulkOutcome.DONE]
    left = [result for result in results if result.outcome != BulkOutcome.DONE]
    if not results:
        messages.error(request, "That can no longer be undone.")
    elif not done:
        messages.error(request, f"Not undone{at}: {name_of(left)} {changed_since(left, items)}.")
    else:
        be = "is" if len(done) == 1 else "are"
        sentence = f"Undone{at}: {name_of(done)} {be} {undo.describe(items)}."
        messages.success(request, f"{sentence} {len(left)} {changed_since(left, items)}." if left else sentence)
    return list_after_change(request, todo_list)


@require_safe
@with_list
def show_trash(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    deleted = todo_list.todos.deleted().order_by("-deleted_at", "-id")
    context = {
        "todos": Paginator(deleted, TRASH_PAGE_SIZE).get_page(request.GET.get("page")),
        "clock": Clock.of(todo_list),
        "trash_days": services.TRASH_DAYS,
    }
    return render(request, "todos/trash.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_editors
def empty_trash(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    count = todo_list.todos.deleted().count()
    return confirmation.ask(
        request,
        f"Empty the trash of “{todo_list.name}”?",
        consequence=f"{count} deleted todo{'' if count == 1 else 's'} can’t be restored afterwards, by anybody.",
        button="Empty trash",
        back=list_url(todo_list, "todos:trash"),
        action=partial(services.empty_trash, todo_list=todo_list),
        done="The trash is empty.",
    )


def read_token(request: HttpRequest, todo_list: TodoList) -> tuple[TodoList, str]:
    """Return the list that a change is undone in, perhaps another than the page's, and the token for todos.undo."""
    list_ids, _, token = request.POST.get("token", "").rpartition(" ")
    list_id = list_ids.partition(",")[0]
    if ID.fullmatch(list_id) and list_id != str(todo_list.pk):
        try:
            todo_list = services.find_list(user=request.user, list_id=int(list_id))
        except TodoList.DoesNotExist:
            return todo_list, ""
    return todo_list, token


def move_back(
    request: HttpRequest, todo_list: TodoList, changed: TodoList, place: Mapping[str, Any]
) -> HttpResponse:
    at = where(request, todo_list, changed)
    try:
        todo = services.move_back(todo_list=changed, **place)
    except (Todo.DoesNotExist, services.StaleTodo):
        messages.error(request, f"Not undone{at}: the todo was moved or deleted since.")
    else:
        messages.success(request, f"Undone{at}: “{todo.title}” is back in its place.")
    return list_after_change(request, todo_list)


def where(request: HttpRequest, todo_list: TodoList, changed: TodoList) -> str:
    """Say in which list a change was undone, unless the page shows that list alone."""
    is_shown_alone = changed == todo_list and not shows_several_lists(came_from(request, ""))
    return "" if is_shown_alone else f" in “{changed.name}”"


def change_todos(
    request: HttpRequest, todo_list: TodoList, items: Sequence[BulkItem], button: Button
) -> HttpResponse:
    return say(request, todo_list, services.change_todos(todo_list=todo_list, items=items), button)


def move_todos(request: HttpRequest, todo_list: TodoList, todo_ids: Sequence[int]) -> HttpResponse:
    """Move todos to the list whose button was pressed."""
    list_id = request.POST.get("list", "")
    if not todo_ids:
        messages.error(request, SELECT_FIRST)
        return list_after_change(request, todo_list)
    if not ID.fullmatch(list_id):
        raise BadRequest(list_id)
    target = list_or_404(request.user, int(list_id))
    require(target, Role.EDITOR)
    results = services.move_todos(user=request.user, source=todo_list, target=target, todo_ids=todo_ids)
    return say(request, todo_list, results, replace(TO_LIST, where=f" to “{target.name}”"), target)


def step_selected(
    request: HttpRequest, todo_list: TodoList, selected: Sequence[int], *, is_down: bool
) -> HttpResponse:
    """Move the selected todo up or down by one place among those that the page shows."""
    if len(selected) > 1:
        messages.error(request, "Select one todo to move it up or down.")
        return list_after_change(request, todo_list)
    query = query_of(came_from(request, list_url(todo_list, "todos:list")))
    neighbour = find_neighbour(todo_list, query, Clock.of(todo_list), selected[0], is_after=is_down)
    if neighbour is None:
        messages.info(request, f"This todo is already {'last' if is_down else 'first'}.")
        return list_after_change(request, todo_list)
    return put(request, todo_list, selected[0], neighbour, is_after=is_down)


def put(
    request: HttpRequest, todo_list: TodoList, todo_id: int, neighbour_id: int, *, is_after: bool
) -> HttpResponse:
    try:
        todo = services.place_todo(
            todo_list=todo_list, todo_id=todo_id, neighbour_id=neighbour_id, is_after=is_after
        )
    except (Todo.DoesNotExist, services.NoSuchNeighbour):
        messages.error(request, "One of these todos was deleted meanwhile.")
    else:
        add_undoable_message(request, todo_list, f"Moved “{todo.title}”.", undo.offer_place(todo_list, todo))
    return list_after_change(request, todo_list)


def say(
    request: HttpRequest,
    todo_list: TodoList,
    results: Sequence[BulkResult],
    button: Button,
    *others: TodoList,
) -> HttpResponse:
    """Say what happened to the todos, and offer undo for those that changed."""
    outcomes = {result.outcome for result in results}
    sentence = summarize(results, button, Clock.of(todo_list))
    if BulkOutcome.DONE in outcomes:
        add_undoable_message(request, todo_list, sentence, undo.offer(todo_list, results), *others)
    elif outcomes & {BulkOutcome.GONE, BulkOutcome.CONFLICT, BulkOutcome.INVALID, BulkOutcome.FORBIDDEN}:
        messages.error(request, sentence)
    else:
        messages.info(request, sentence)
    return list_after_change(request, todo_list)


def summarize(results: Sequence[BulkResult], button: Button, clock: Clock) -> str:
    """Say what happened: "Completed 3 todos. 1 was deleted meanwhile."."""
    sentences = []
    if done := [result for result in results if result.outcome == BulkOutcome.DONE]:
        below = {todo_id: changes for result in done for todo_id, changes in result.below.items()}
        reopened = {todo_id for todo_id, changes in below.items() if changes.get("completed") == (True, False)}
        along = below.keys() - reopened - {result.todo_id for result in done}
        sub_tasks = f" and {len(along)} sub-task{'' if len(along) == 1 else 's'}" if along else ""
        sentences.append(f"{button.done} {name_of(done)}{sub_tasks}{button.where}.")
        if button.action in {Action.COMPLETE, Action.SKIP}:
            sentences += what_is_next([result.todo for result in done if result.todo.rule], len(done), clock)
    for outcome, words in button.others.items():
        if others := [result for result in results if result.outcome == outcome]:
            who = len(others) if sentences else name_of(others)
            verbs = {"is": "is", "was": "was"} if len(others) == 1 else {"is": "are", "was": "were"}
            sentences.append(f"{who} {words.format(**verbs)}.")
    return " ".join(sentences)


def what_is_next(repeating: Sequence[Todo], count: int, clock: Clock) -> list[str]:
    """Say when todos that repeat are due next, of so many that were completed or skipped."""
    open_again = [todo for todo in repeating if not todo.completed]
    if count > 1:
        return [f"{len(open_again)} of them will be due again."] if open_again else []
    if open_again:
        return [f"Next: {exact_deadline(open_again[0].due, clock)}."]
    return ["The series has ended."] if repeating else []


def selected_ids(request: HttpRequest) -> list[int]:
    selected = dict.fromkeys(int(value) for value in request.POST.getlist("todo") if ID.fullmatch(value))
    return [*selected][: services.MAX_ITEMS]


def have(results: Sequence[BulkResult]) -> str:
    return "has" if len(results) == 1 else "have"


def changed_since(left: Sequence[BulkResult], items: Sequence[BulkItem]) -> str:
    """Say why undoing left todos as they are."""
    if items[0].expected_below is None:
        return f"{have(left)} changed since"
    stay = "stays" if len(left) == 1 else "stay"
    return f"{have(left)} changed since, or {have(left)} sub-tasks that have, and {stay}"


def name_of(results: Sequence[BulkResult]) -> str:
    if len(results) > 1:
        return f"{len(results)} todos"
    return f"“{results[0].todo.title}”" if results[0].todo else "The todo"
