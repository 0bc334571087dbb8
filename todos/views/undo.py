"""Undoing a change."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from todos import services, undo
from todos.addresses import with_list
from todos.models import Todo, TodoList
from todos.services import BulkItem, BulkOutcome
from todos.views.changes import name_of
from todos.views.responses import list_after_change, shows_several_lists
from todos.views.selection import ID
from web.redirects import came_from


@require_POST
@with_list
def undo_change(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    changed, token = read_token(request, todo_list)
    if place := undo.read_place(changed, token):
        return move_back(request, todo_list, changed, place)
    items = undo.read(changed, token)
    results = services.change_todos(todo_list=changed, items=items, user=request.user)
    where = None if is_shown_alone(request, todo_list, changed) else changed
    done = [result for result in results if result.outcome == BulkOutcome.DONE]
    left = [result for result in results if result.outcome != BulkOutcome.DONE]
    if not results:
        messages.error(request, gettext("That can no longer be undone."))
    elif not done:
        messages.error(request, not_undone(where, changed_since(name_of(left), len(left), items)))
    else:
        sentence = undone(where, undo.describe(items, name_of(done), len(done)))
        if left:
            sentence = f"{sentence} {changed_since(str(len(left)), len(left), items)}"
        messages.success(request, sentence)
    return list_after_change(request, todo_list)


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
    where = None if is_shown_alone(request, todo_list, changed) else changed
    try:
        todo = services.move_back(todo_list=changed, **place)
    except (Todo.DoesNotExist, services.StaleTodo):
        messages.error(request, not_undone(where, gettext("the todo was moved or deleted since.")))
    else:
        sentence = gettext("“%(title)s” is back in its place.") % {"title": todo.title}
        messages.success(request, undone(where, sentence))
    return list_after_change(request, todo_list)


def is_shown_alone(request: HttpRequest, todo_list: TodoList, changed: TodoList) -> bool:
    """Return whether the page shows the list in which a change was undone, and no other: then nobody need be told."""
    return changed == todo_list and not shows_several_lists(came_from(request, ""))


def undone(where: TodoList | None, sentence: str) -> str:
    if where is None:
        return gettext("Undone: %(sentence)s") % {"sentence": sentence}
    return gettext("Undone in “%(list)s”: %(sentence)s") % {"list": where.name, "sentence": sentence}


def not_undone(where: TodoList | None, sentence: str) -> str:
    if where is None:
        return gettext("Not undone: %(sentence)s") % {"sentence": sentence}
    return gettext("Not undone in “%(list)s”: %(sentence)s") % {"list": where.name, "sentence": sentence}


def changed_since(who: str, count: int, items: Sequence[BulkItem]) -> str:
    """Say why undoing left todos, so many, as they are."""
    if items[0].expected_below is None:
        sentence = ngettext("%(todos)s has changed since.", "%(todos)s have changed since.", count)
    else:
        sentence = ngettext(
            "%(todos)s has changed since, or has sub-tasks that have, and stays.",
            "%(todos)s have changed since, or have sub-tasks that have, and stay.",
            count,
        )
    return sentence % {"todos": who}
