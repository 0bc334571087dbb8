"""Lists as JSON, cached by a server process until they change."""

from contextlib import AbstractContextManager, nullcontext

import orjson
from django.contrib.auth.models import AbstractBaseUser

from todos.models import TodoList
from todos.serializers.todos import ListTodoSerializer, represent_todos, with_changers_named
from web.admission import Slots
from web.response_cache import ResponseCache

list_cache = ResponseCache(max_bytes=32 * 1024 * 1024)

# An answer of tens of megabytes takes a second and several times its size in memory: not more than two at once.
LARGE_BYTES = 1_000_000
BYTES_OF_OTHER_FIELDS = 250  # of a todo
large_answers = Slots(2, wait_seconds=1)


def rendering(todo_list: TodoList) -> AbstractContextManager[None]:
    """Return the context in which all of a list is rendered. Raises Busy if the list is large and others are too."""
    count, size = todo_list.todo_count_upper_bound, todo_list.byte_count_upper_bound
    is_small = count is not None and size is not None and size + count * BYTES_OF_OTHER_FIELDS < LARGE_BYTES
    return nullcontext() if is_small else large_answers.taken()


def list_as_json(todo_list: TodoList, *, names_for: AbstractBaseUser | None = None) -> bytes:
    """Return the list's todos, oldest first, as the API shows them; rendered again only if the list has changed.

    With ``names_for``, who asks, the todos say who changed them last; that is the same for all who ask.

    The revision was read before the todos are: what is kept may be newer than it says, and never older.
    """
    # A list that is created after a flush may have the id and revision of the one before it, and a list that is
    # restored from a backup an earlier revision.
    key = todo_list.pk, todo_list.created_at, todo_list.epoch, names_for is not None
    body = list_cache.get(key, todo_list.revision)
    if body is None:
        with rendering(todo_list):
            todos = todo_list.todos.visible().order_by("id")
            if names_for is None:
                body = orjson.dumps(represent_todos(todos))
            else:
                body = orjson.dumps(with_changers_named(ListTodoSerializer.from_queryset(todos), names_for))
        list_cache.set(key, todo_list.revision, body)
    return body
