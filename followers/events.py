"""Events, as CloudEvents: the same for webhooks and topics."""

import uuid
from typing import Any

import orjson
from django.conf import settings

from database import clock
from followers.cloudevents import CONTENT_TYPE, to_json
from followers.kinds import Changes
from followers.models import Follower
from todos.serializers.todos import represent_todo

__all__ = ["CONTENT_TYPE", "LIST_CHANGED", "TEST", "event_id", "list_changed", "test_event", "to_json"]

LIST_CHANGED = "org.taskoverflow.list.changed"
TEST = "org.taskoverflow.webhook.test"
# Of the todos that changed, an event has only so many: whoever wants all of a large change reads the list.
MAX_TODOS = 100
MAX_BYTES = 100_000

_NAMESPACE = uuid.UUID("6f1f3a0e-5b0c-5c0b-9d52-0a2f6f1f2c0d")


def event_id(follower: Follower, changes: Changes) -> uuid.UUID:
    """Return the id of the event that a follower gets of a revision: whoever gets it twice can tell.

    A restore from a backup takes revisions back, and changes the list's epoch.
    """
    return uuid.uuid5(_NAMESPACE, f"{follower.pk}:{changes.todo_list.epoch}:{changes.revision}")


def list_changed(event_id: uuid.UUID, changes: Changes, *, includes_todos: bool) -> dict[str, Any]:
    """Return the event that says that a list has changed, with the todos that did, if they are wanted."""
    todo_list = changes.todo_list
    data: dict[str, Any] = {
        "list": {"id": todo_list.pk, "name": todo_list.name},
        "revision": changes.revision,
        "since": changes.since,
    }
    if includes_todos:
        data |= _todos(changes)
    return _event(event_id, LIST_CHANGED, todo_list.pk, data)


def _todos(changes: Changes) -> dict[str, Any]:
    """Return the todos that changed, as the API shows them, as far as there is room for them."""
    changed = [
        represent_todo(todo)
        | {"uid": str(todo.uid), "deleted": todo.deleted_at is not None, "revision": todo.revision}
        for todo in changes.todos[:MAX_TODOS]
    ]
    changed += [
        {"uid": str(moved.uid), "deleted": True, "revision": moved.revision}
        for moved in changes.moved_away[:MAX_TODOS]
    ]
    shown, size = [], 0
    for todo in changed[:MAX_TODOS]:
        size += len(orjson.dumps(todo))
        if size > MAX_BYTES:
            break
        shown.append(todo)
    is_full = len(shown) < len(changed) or len(changed) >= MAX_TODOS
    has_more = is_full and len(shown) < changes.todos.count() + changes.moved_away.count()
    return {"changes": shown, "has_more_changes": has_more}


def test_event(list_id: int, revision: int) -> dict[str, Any]:
    """Return an event that somebody asked for to see whether it arrives."""
    return _event(uuid.uuid4(), TEST, list_id, {"list": {"id": list_id}, "revision": revision})


def _event(event_id: uuid.UUID, event_type: str, list_id: int, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"{settings.PUBLIC_URL}/api/v1/lists/{list_id}",
        "type": event_type,
        "subject": f"list {list_id}",
        "time": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
