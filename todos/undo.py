"""The last change of a browser session, kept so that it can be undone."""

import secrets
from collections.abc import Iterable

from django.http import HttpRequest

from todos.deadlines import parse_deadline
from todos.models import Todo
from todos.services import Action, BulkItem

SESSION_KEY = "undo"
ADD = "add"  # an action that the services know only by its reverse


def remember(request: HttpRequest, todos: Iterable[Todo], action: str) -> None:
    """Keep what undoes ``action``, given the todos as they were before it."""
    steps = [step for todo in todos if (step := _reverse(todo, action))]
    request.session[SESSION_KEY] = {"token": secrets.token_urlsafe(8), "steps": steps}


def current_token(request: HttpRequest) -> str:
    """Return what names the change that can be undone, or nothing."""
    return request.session.get(SESSION_KEY, {}).get("token", "")


def take(request: HttpRequest, token: str) -> list[BulkItem]:
    """Return what undoes the change named by ``token``, once; nothing where another change came after it."""
    if not token or current_token(request) != token:
        return []
    steps = request.session.pop(SESSION_KEY)["steps"]
    return [
        BulkItem(todo_id, action, {"due": due and parse_deadline(due)} if action == Action.UPDATE else {})
        for todo_id, action, due in steps
    ]


def _reverse(todo: Todo, action: str) -> tuple[int, str, str | None] | None:
    if action in {ADD, Action.RESTORE}:
        return todo.pk, Action.DELETE, None
    if action == Action.DELETE:
        return todo.pk, Action.RESTORE, None
    if action == Action.UPDATE:
        return todo.pk, Action.UPDATE, str(todo.due) if todo.due else None
    was = Action.COMPLETE if todo.completed else Action.REOPEN
    return (todo.pk, was, None) if was != action else None
