"""Lists as JSON, which a server process keeps until they change."""

import orjson

from todos.models import TodoList
from todos.serializers import represent_todos
from web.response_cache import KeptBodies

kept_lists = KeptBodies(most_bytes=32 * 1024 * 1024)


def list_as_json(todo_list: TodoList) -> bytes:
    """Return the list's todos, oldest first, as the API shows them; made anew only if the list has changed.

    The revision was read before the todos are: what is kept may be newer than it says, and never older.
    """
    # A list that is made anew after a flush may have the id and the revision of the one before it.
    key = todo_list.pk, todo_list.created_at
    body = kept_lists.get(key, todo_list.revision)
    if body is None:
        body = orjson.dumps(list(represent_todos(todo_list.todos.visible().order_by("id"))))
        kept_lists.put(key, todo_list.revision, body)
    return body
