"""Lists as JSON, cached by a server process until they change."""

import orjson

from todos.models import TodoList
from todos.serializers import represent_todos
from web.response_cache import ResponseCache

list_cache = ResponseCache(max_bytes=32 * 1024 * 1024)


def list_as_json(todo_list: TodoList) -> bytes:
    """Return the list's todos, oldest first, as the API shows them; made anew only if the list has changed.

    The revision was read before the todos are: what is kept may be newer than it says, and never older.
    """
    # A list that is made anew after a flush may have the id and revision of the one before it, and a list that is
    # restored from a backup an earlier revision.
    key = todo_list.pk, todo_list.created_at, todo_list.epoch
    body = list_cache.get(key, todo_list.revision)
    if body is None:
        body = orjson.dumps(represent_todos(todo_list.todos.visible().order_by("id")))
        list_cache.set(key, todo_list.revision, body)
    return body
