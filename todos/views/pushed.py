"""What pages of the open list get along with an event, so that many need not ask for it: the list, rendered once.

Everybody who is not signed in shows the same: nothing here depends on a user, a session or a role.
"""

import logging
import time
from collections.abc import Mapping

import orjson
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils import translation

from todos.agenda import Clock
from todos.forms.lists import ListQueryForm
from todos.listing import browse
from todos.live import ShownPage, Watched, state_of
from todos.models import TodoList
from todos.services import get_list
from web.live import FEW_PAGES
from web.preferences import preference
from web.time_format import time_format

logger = logging.getLogger(__name__)

# Rendering holds up the events of all other lists: there is little of it.
MOST_RENDERED = 2  # in one round
MAX_TODOS = 1_000
MAX_BYTES = 64_000
MAX_QUERY_LENGTH = 500
# A page of too much is not tried again so soon.
REST_SECONDS = 60
MOST_RESTING = 100

_resting: dict[Watched, float] = {}

Content = Mapping[str, object]


def shown_page(request: HttpRequest) -> ShownPage | None:
    """Return what the page shows that opens a stream, if its content may come along; None if it will ask for it."""
    query = request.GET.get("page")
    if request.user.is_authenticated or query is None or len(query) > MAX_QUERY_LENGTH:
        return None
    return ShownPage(query, translation.get_language(), preference(request, "time_format"))


def render_pages(watched: Mapping[Watched, int]) -> Mapping[Watched, Content]:
    """Return what is new on pages that more than a few show; ``watched`` says how many show each."""
    popular = [one for one, count in watched.items() if one.page and count > FEW_PAGES and _may_be_sent(one)]
    popular.sort(key=lambda one: watched[one], reverse=True)
    contents = {}
    for one in popular[:MOST_RENDERED]:
        try:
            if content := _render(one):
                contents[one] = content
        except Exception:  # these pages ask
            logger.exception("A page of the open list cannot be rendered")
    return contents


def _may_be_sent(watched: Watched) -> bool:
    """Whether to try. A search has links of each reader, and can take long."""
    return _resting.get(watched, 0) < time.monotonic() and not ListQueryForm(QueryDict(watched.page.query)).query.q


def _rest(watched: Watched) -> None:
    if len(_resting) >= MOST_RESTING:  # it stays small, whatever people open
        now = time.monotonic()
        for one in [one for one, end in _resting.items() if end < now] or [*_resting]:
            del _resting[one]
    _resting[watched] = time.monotonic() + REST_SECONDS


def _render(watched: Watched) -> Content | None:
    """Return what the page shows now; None if it has to ask for it."""
    page = watched.page
    todo_list = get_list(AnonymousUser())
    if todo_list.pk != watched.list_id or _is_large(todo_list):
        _rest(watched)
        return None
    request = HttpRequest()
    request.user, request.todo_list = AnonymousUser(), todo_list
    query = ListQueryForm(QueryDict(page.query)).query
    with translation.override(page.language), time_format(page.time_format):
        context = {"state": state_of([todo_list]), "listing": browse(todo_list, query, Clock.of(todo_list))}
        if context["listing"].is_empty:  # there are forms then, with a token of each session
            return None
        html = render_to_string("todos/includes/list.html", context, request)
    if len(orjson.dumps(html)) > MAX_BYTES:
        _rest(watched)
        return None
    return {"page": page.query, "html": html}


def _is_large(todo_list: TodoList) -> bool:
    bound = todo_list.todo_count_upper_bound  # which falls only when todos are counted
    if bound is not None and bound <= MAX_TODOS:
        return False
    return todo_list.todos.visible()[: MAX_TODOS + 1].count() > MAX_TODOS
