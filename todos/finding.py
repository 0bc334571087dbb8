"""What `GET /api/v1/todos` answers: the todos that its parameters ask for, in their order, a part at a time."""

from contextlib import nullcontext

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from todos.filters import ORDERINGS, filter_todos, ids_by_deadline, order_todos, ordering_parameter
from todos.models import TodoList, TodoQuerySet
from todos.pagination import MAX_LIMIT, Page, page_parameters
from todos.response_cache import rendering
from todos.serializers import represent_todos

SMALL_PAGE = 100

COMPLETED = OpenApiParameter("completed", bool, description="Only those that are completed, or are not.")
LIST_PARAMETERS = [
    COMPLETED,
    OpenApiParameter(
        "window",
        {"type": "integer", "minimum": 0, "maximum": 999_999},
        description="Only those due no later than this many days from now.",
    ),
    OpenApiParameter("due_after", str, description="Only those due at this deadline or later."),
    OpenApiParameter("due_before", str, description="Only those due before this deadline."),
    OpenApiParameter("search", str, description="Only those with all of these words in title or description."),
    OpenApiParameter(
        "ordering",
        str,
        enum=[sign + name for name in ORDERINGS for sign in ("", "-")],
        description="Their order, by default `id`: oldest first.",
    ),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        description="At most this many; the headers Link and X-Total-Count tell of the others.",
    ),
    OpenApiParameter(
        "offset",
        {"type": "integer", "minimum": 0, "maximum": 999_999_999},
        description="Without the first so many.",
    ),
]


def find_todos(todo_list: TodoList, request: Request) -> tuple[list[dict], dict[str, str]]:
    """Return the todos as the API shows them, and the headers that place a part among the others."""
    todos = filter_todos(todo_list, request)
    ordering = ordering_parameter(request)
    page = page_parameters(request)
    with nullcontext() if page and page.limit <= SMALL_PAGE else rendering(todo_list):
        return _represent(todo_list, request, todos, ordering, page)


def _represent(
    todo_list: TodoList, request: Request, todos: TodoQuerySet, ordering: str, page: Page | None
) -> tuple[list[dict], dict[str, str]]:
    if ordering.removeprefix("-") != "deadline_at":
        todos = order_todos(todos, ordering)
        if page is None:
            return list(represent_todos(todos)), {}
        return list(represent_todos(todos[page.slice()])), page.headers(request, todos.count())
    ids = ids_by_deadline(todos, todo_list, descending=ordering.startswith("-"))
    shown = ids if page is None else ids[page.slice()]
    rows = {row["id"]: row for row in represent_todos(todos if page is None else todos.filter(pk__in=shown))}
    headers = {} if page is None else page.headers(request, len(ids))
    return [rows[todo_id] for todo_id in shown if todo_id in rows], headers
