"""Todos through the API, with eight clients."""

from collections.abc import Iterator

from benchmarks.figures import Figure, Row
from benchmarks.load import load
from benchmarks.servers import Side

LIST = Row("GET the list", "/s", more_is_better=True, targets={100: 2, 1000: 4, 5000: 5})
READ = Row("GET one todo", "/s", more_is_better=True, targets={1000: 1.3})
CREATE = Row("POST a todo", "/s", more_is_better=True, targets={1000: 1.3})
CHANGE = Row("PUT a todo", "/s", more_is_better=True, targets={1000: 1.3})

NEW = '{"title": "Written under load {n}", "description": "by many", "deadline_at": "2026-02-27T18:00:00"}'
CHANGED = '{"title": "Changed under load {n}"}'


def read_list(side: Side, todos: int, seconds: int) -> Iterator[Figure]:
    yield load(LIST, side.url, seconds, path="/api/v1/todos", todos=todos)


def read_one(side: Side, todos: int, seconds: int) -> Iterator[Figure]:
    yield load(READ, side.url, seconds, path="/api/v1/todos/{id}", ids=side.client().todo_ids(), todos=todos)


def write(side: Side, todos: int, seconds: int) -> Iterator[Figure]:
    """Run this last, because it leaves additional todos."""
    ids = side.client().todo_ids()
    yield load(
        CHANGE, side.url, seconds, method="PUT", path="/api/v1/todos/{id}", body=CHANGED, ids=ids, todos=todos
    )
    yield load(CREATE, side.url, seconds, method="POST", path="/api/v1/todos", body=NEW, todos=todos)
