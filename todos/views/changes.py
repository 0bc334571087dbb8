"""Buttons that change one todo or all selected ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from todos import services, undo
from todos.access import Role, require
from todos.addresses import for_editors, list_or_404, list_url
from todos.agenda import Clock
from todos.forms.todos import MoveForm
from todos.humanize import exact_deadline
from todos.listing import find_neighbour
from todos.models import Todo, TodoList
from todos.priorities import PRIORITIES, Priority
from todos.services import Action, BulkItem, BulkOutcome, BulkResult
from todos.views.responses import add_undoable_message, change_id_of, list_after_change, query_of, selection_again
from todos.views.selection import ID, Selection
from web.redirects import came_from


@dataclass(frozen=True)
class Button:
    """What a button does, and the sentences for what happened to its todos: "%(todos)s" are they or their number."""

    action: Action
    done: str
    unchanged: str = ""
    gone: str = ngettext_lazy("%(todos)s was deleted meanwhile.", "%(todos)s were deleted meanwhile.", "count")
    conflict: str = ""
    values: Mapping[str, str] = field(default_factory=dict)  # in what is said of those to which it was done

    @property
    def others(self) -> dict[BulkOutcome, str]:
        """The sentences for todos to which this was not done."""
        return {
            BulkOutcome.UNCHANGED: self.unchanged,
            BulkOutcome.GONE: self.gone,
            BulkOutcome.CONFLICT: self.conflict,
            BulkOutcome.INVALID: ngettext_lazy(
                "%(todos)s is already completed or does not repeat.",
                "%(todos)s are already completed or do not repeat.",
                "count",
            ),
            BulkOutcome.FORBIDDEN: ngettext_lazy(
                "%(todos)s is in a list that you may only read.",
                "%(todos)s are in a list that you may only read.",
                "count",
            ),
        }


ALREADY_COMPLETED = ngettext_lazy("%(todos)s was already completed.", "%(todos)s were already completed.", "count")
OVER_ALREADY = ngettext_lazy(
    "%(todos)s was already completed or skipped for that day.",
    "%(todos)s were already completed or skipped for that day.",
    "count",
)
BUTTONS = {
    "complete": Button(Action.COMPLETE, _("Completed %(todos)s."), ALREADY_COMPLETED, conflict=OVER_ALREADY),
    "complete-series": Button(Action.COMPLETE_SERIES, _("Completed the series of %(todos)s."), ALREADY_COMPLETED),
    "skip": Button(Action.SKIP, _("Skipped %(todos)s."), conflict=OVER_ALREADY),
    "reopen": Button(
        Action.REOPEN,
        _("Reopened %(todos)s."),
        ngettext_lazy("%(todos)s was already open.", "%(todos)s were already open.", "count"),
    ),
    "move": Button(
        Action.UPDATE,
        _("Moved %(todos)s."),
        ngettext_lazy("%(todos)s was already due that day.", "%(todos)s were already due that day.", "count"),
        conflict=OVER_ALREADY,
    ),
    "clear": Button(
        Action.UPDATE,
        _("Removed the deadline of %(todos)s."),
        ngettext_lazy("%(todos)s had no deadline.", "%(todos)s had no deadline.", "count"),
    ),
    "delete": Button(
        Action.DELETE,
        _("Deleted %(todos)s."),
        gone=ngettext_lazy("%(todos)s was already deleted.", "%(todos)s were already deleted.", "count"),
    ),
    "restore": Button(
        Action.RESTORE,
        _("Restored %(todos)s."),
        gone=ngettext_lazy(
            "%(todos)s is no longer in the trash.", "%(todos)s are no longer in the trash.", "count"
        ),
    ),
}
TO_LIST = Button(
    Action.MOVE,
    _("Moved %(todos)s to “%(list)s”."),
    ngettext_lazy("%(todos)s was in that list already.", "%(todos)s were in that list already.", "count"),
    conflict=ngettext_lazy("%(todos)s is in that list already.", "%(todos)s are in that list already.", "count"),
)
TO_PRIORITY = {
    Priority.NONE: _("Set the priority of %(todos)s to none."),
    Priority.HIGH: _("Set the priority of %(todos)s to high."),
    Priority.MEDIUM: _("Set the priority of %(todos)s to medium."),
    Priority.LOW: _("Set the priority of %(todos)s to low."),
}
HAD_PRIORITY = ngettext_lazy(
    "%(todos)s had this priority already.", "%(todos)s had this priority already.", "count"
)
SELECT_FIRST = _("Select the todos first.")
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
    button = BUTTONS[name]
    item = BulkItem(todo_id, button.action, expected=expected_by(button, request.GET))
    return change_todos(request, todo_list, [item], button)


@require_POST
@for_editors
def change_selected(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Complete, skip, reopen, move or delete the selected todos, remove their deadlines, or set their priority.

    One selected todo can be moved up or down among those that the page shows. For one todo, the page may say how many
    of its occurrences were over, as for change_todo.
    """
    priority = PRIORITIES.get(request.POST.get("priority", ""))
    # The buttons of days have the name of the words.
    action = request.POST.get("action", "move" if "when" in request.POST else "")
    name = action if priority is None else "priority"
    selected = Selection.of(request)
    if not selected:
        messages.error(request, SELECT_FIRST)
        return list_after_change(request, todo_list)
    if name in STEPS:
        return step_selected(request, todo_list, selected, is_down=STEPS[name])
    if priority is None and name not in SELECTION_BUTTONS:
        raise BadRequest(name)
    form = MoveForm(request.POST, clock=Clock.of(todo_list), language=get_language())
    if name == "move" and not form.is_valid():
        messages.error(request, " ".join(form.errors.get("when", [gettext("Choose a day to move them to.")])))
        return selection_again(request, todo_list, set(selected.ids))
    changes = {"clear": {"due": None}, "priority": {"priority": priority}}.get(name, {})
    changes_of = (lambda todo: {"due": form.due_of(todo)}) if name == "move" else None
    button = BUTTONS[name] if priority is None else Button(Action.UPDATE, TO_PRIORITY[priority], HAD_PRIORITY)
    expected = expected_by(button, request.POST) if len(selected.ids) == 1 else {}
    item = BulkItem(0, button.action, changes, expected, changes_of=changes_of)
    return change_selection(request, todo_list, selected, item, button)


@require_POST
@for_editors
def move_todo(request: HttpRequest, todo_list: TodoList, todo_id: int) -> HttpResponse:
    """Move one todo to another list."""
    get_object_or_404(todo_list.todos, pk=todo_id)
    return move_todos(request, todo_list, Selection([todo_id]))


@require_POST
@for_editors
def move_selected(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Move the selected todos to another list."""
    return move_todos(request, todo_list, Selection.of(request))


@require_POST
@for_editors
def place_todo(request: HttpRequest, todo_list: TodoList, todo_id: int) -> HttpResponse:
    """Put a todo right after or before another one in the manual order: what dragging it does."""
    get_object_or_404(todo_list.todos.visible(), pk=todo_id)
    side = next((side for side in ("after", "before") if ID.fullmatch(request.POST.get(side, ""))), None)
    if side is None:
        raise BadRequest("neither after nor before")
    return put(request, todo_list, todo_id, int(request.POST[side]), is_after=side == "after")


def expected_by(button: Button, data: Mapping[str, str]) -> dict[str, int]:
    """Return what a page that shows a date of a todo that repeats expects of it."""
    past = data.get("of", "")
    return {"past_count": int(past)} if button.conflict and ID.fullmatch(past) else {}


def change_todos(
    request: HttpRequest, todo_list: TodoList, items: Sequence[BulkItem], button: Button
) -> HttpResponse:
    change_id = change_id_of(request)
    try:
        results = services.change_todos(todo_list=todo_list, items=items, change_id=change_id)
    except services.AlreadyReceived:
        return list_after_change(request, todo_list)
    return say(request, todo_list, results, button)


def change_selection(
    request: HttpRequest,
    todo_list: TodoList,
    selected: Selection,
    item: BulkItem,
    button: Button,
    *others: TodoList,
) -> HttpResponse:
    """Do to the selected todos what the item says of one. The page keeps its selection if that is out of date."""
    try:
        results = selected.change(request, todo_list, item)
    except services.AlreadyReceived:
        return list_after_change(request, todo_list)
    except services.StaleSelection:
        sentence = gettext("Nothing was changed: these are no longer the %(count)s todos you selected.")
        messages.error(request, sentence % {"count": selected.count})
        response = list_after_change(request, todo_list)
        if request.htmx:
            response.status_code = HTTPStatus.CONFLICT
        return response
    if not results:
        messages.info(request, gettext("None of these todos is left."))
        return list_after_change(request, todo_list)
    return say(request, todo_list, results, button, *others)


def move_todos(request: HttpRequest, todo_list: TodoList, selected: Selection) -> HttpResponse:
    """Move todos to the list whose button was pressed."""
    list_id = request.POST.get("list", "")
    if not selected:
        messages.error(request, SELECT_FIRST)
        return list_after_change(request, todo_list)
    if not ID.fullmatch(list_id):
        raise BadRequest(list_id)
    target = list_or_404(request.user, int(list_id))
    require(target, Role.EDITOR)
    item = BulkItem(0, Action.MOVE, list_id=target.pk)
    button = replace(TO_LIST, values={"list": target.name})
    return change_selection(request, todo_list, selected, item, button, target)


def step_selected(
    request: HttpRequest, todo_list: TodoList, selected: Selection, *, is_down: bool
) -> HttpResponse:
    """Move the selected todo up or down by one place among those that the page shows."""
    if len(selected.ids) != 1:
        messages.error(request, gettext("Select one todo to move it up or down."))
        return list_after_change(request, todo_list)
    query = query_of(came_from(request, list_url(todo_list, "todos:list")))
    [todo_id] = selected.ids
    neighbour = find_neighbour(todo_list, query, Clock.of(todo_list), todo_id, is_after=is_down)
    if neighbour is None:
        sentence = gettext("This todo is already last.") if is_down else gettext("This todo is already first.")
        messages.info(request, sentence)
        return list_after_change(request, todo_list)
    return put(request, todo_list, todo_id, neighbour, is_after=is_down)


def put(
    request: HttpRequest, todo_list: TodoList, todo_id: int, neighbour_id: int, *, is_after: bool
) -> HttpResponse:
    try:
        todo = services.place_todo(
            todo_list=todo_list, todo_id=todo_id, neighbour_id=neighbour_id, is_after=is_after
        )
    except (Todo.DoesNotExist, services.NoSuchNeighbour):
        messages.error(request, gettext("One of these todos was deleted meanwhile."))
    else:
        sentence = gettext("Moved %(todos)s.") % {"todos": quoted(todo.title)}
        add_undoable_message(request, todo_list, sentence, undo.offer_place(todo_list, todo))
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
        todos = name_of(done)
        if along:
            with_sub_tasks = ngettext(
                "%(todos)s and %(count)d sub-task", "%(todos)s and %(count)d sub-tasks", len(along)
            )
            todos = with_sub_tasks % {"todos": todos, "count": len(along)}
        sentences.append(button.done % {"todos": todos, **button.values})
        if button.action in {Action.COMPLETE, Action.SKIP}:
            sentences += what_is_next([result.todo for result in done if result.todo.rule], len(done), clock)
    for outcome, sentence in button.others.items():
        if others := [result for result in results if result.outcome == outcome]:
            who = len(others) if sentences else name_of(others)
            sentences.append(sentence % {"todos": who, "count": len(others)})
    return " ".join(sentences)


def what_is_next(repeating: Sequence[Todo], count: int, clock: Clock) -> list[str]:
    """Say when todos that repeat are due next, of so many that were completed or skipped."""
    open_again = [todo for todo in repeating if not todo.completed]
    if count > 1:
        sentence = ngettext(
            "%(count)d of them will be due again.", "%(count)d of them will be due again.", len(open_again)
        )
        return [sentence % {"count": len(open_again)}] if open_again else []
    if open_again:
        return [gettext("Next: %(deadline)s.") % {"deadline": exact_deadline(open_again[0].due, clock)}]
    return [gettext("The series has ended.")] if repeating else []


def name_of(results: Sequence[BulkResult]) -> str:
    if len(results) > 1:
        return ngettext("%(count)d todo", "%(count)d todos", len(results)) % {"count": len(results)}
    return quoted(results[0].todo.title) if results[0].todo else gettext("The todo")


def quoted(title: str) -> str:
    return gettext("“%(title)s”") % {"title": title}
