"""What tests need to exist, made through the services that make it in real life."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User

from calendars.feeds.services import create_feed, shown_token
from calendars.jobs.services import request_calendar
from calendars.models import CalendarJob, Feed
from calendars.options import CalendarOptions
from todos.deadlines import parse_deadline
from todos.models import Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    BulkResult,
    accept_invitation,
    change_todos,
    create_todo,
    find_list,
    get_list,
    invite_user,
)

PASSWORD = "correct horse battery staple"


def make_user(name: str = "ada") -> User:
    return User.objects.create_user(name, password=PASSWORD)


def make_some_list() -> TodoList:
    """A list of somebody of its own, who need not sign in: without a password this is quick."""
    return make_list(User.objects.create(username=uuid.uuid4().hex))


def make_list(user: User | None = None) -> TodoList:
    return get_list(user or AnonymousUser())


def share(todo_list: TodoList, user: User, role: str = "viewer") -> TodoList:
    """Make the user a member; return the list as they find it."""
    invitation = invite_user(todo_list=todo_list, user_name=user.username, role=role)
    accept_invitation(user=user, invitation_id=invitation.pk)
    return find_list(user=user, list_id=todo_list.pk)


def make_todo(
    title: str = "Essay", deadline: str | None = "2026-12-01T18:00:00", *, user: User | None = None, **values: Any
) -> Todo:
    due = parse_deadline(deadline) if deadline else None
    return create_todo(todo_list=make_list(user), title=title, due=due, **values)


def make_todos(
    count: int, deadlines: Sequence[str] = (), *, user: User | None = None, **values: Any
) -> list[Todo]:
    """Many at once; they have the deadlines in turn, or none."""
    todo_list, now = make_list(user), datetime.now(UTC)
    kept = {"list": todo_list, "revision": todo_list.revision, "created_at": now, "updated_at": now}
    todos = [Todo(**{"title": f"Todo {n:04}"} | kept | values) for n in range(count)]
    for todo, deadline in zip(todos, cycle(deadlines), strict=False):
        todo.due = parse_deadline(deadline)
    return Todo.objects.bulk_create(todos)


def move_todos(*, user: User, source: TodoList, target: TodoList, todo_ids: Iterable[int]) -> list[BulkResult]:
    """Move todos to another list, as the page and the API do."""
    items = [BulkItem(todo_id, Action.MOVE, list_id=target.pk) for todo_id in todo_ids]
    return change_todos(todo_list=source, items=items, user=user)


def make_job(user: User | None = None, **options: Any) -> CalendarJob:
    return request_calendar(todo_list=make_list(user), options=CalendarOptions(**options))


class MadeFeed(NamedTuple):
    """A feed, with the token of its address and the address."""

    feed: Feed
    token: str
    url: str


def make_feed(user: User | None = None, name: str = "My week", **options: Any) -> MadeFeed:
    feed = create_feed(todo_list=make_list(user), name=name, options=options)
    token = shown_token(feed)
    return MadeFeed(feed, token, f"/calendars/{token}.ics")
