"""Copying the open list's todos into a user's own list."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from todos.models import Todo, TodoList
from todos.services.bulk import BATCH, overwrite_todos
from todos.services.changes import change_list
from todos.services.labels import save_labels


def copyable_todos(user: AbstractBaseUser | AnonymousUser) -> int:
    """Return how many todos of the open list ``user`` may copy: none without an account or in private mode."""
    if settings.MODE == "private" or not user.is_authenticated:
        return 0
    return Todo.objects.visible().filter(list__default_owner__isnull=True).count()


def copy_open_list(todo_list: TodoList) -> int:
    """Copy the open list's todos into a user's list, as new ones; return how many. Raises QuotaExceeded."""
    with change_list(todo_list) as change:
        todos = list(Todo.objects.visible().filter(list__default_owner__isnull=True).in_manual_order())
        save_labels(change.todo_list, todos)
        change.check_quota(len(todos), sum(todo.byte_count for todo in todos))
        copies = {todo.pk: todo for todo in todos}
        below = [(todo, copies[todo.parent_id]) for todo in todos if todo.parent_id in copies]
        for todo in todos:
            # A UID belongs to one todo: of two with the same UID, a calendar app hides one.
            todo.pk, todo.uid, todo.list = None, uuid.uuid4(), change.todo_list
            todo.parent, todo.position = None, None  # they are created in their order
            todo.sequence, todo.revision = 0, change.revision
            todo.past_count = 0  # what has been done of a series was done there
            todo.created_at = todo.updated_at = change.now
            todo.changed_by_id = change.todo_list.actor_id or None
        Todo.objects.bulk_create(todos, batch_size=BATCH)
        for todo, parent in below:
            todo.parent = parent
        overwrite_todos([todo for todo, _ in below])
        change.is_visible = bool(todos)
    return len(todos)
