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

from todos.agenda import Clock
from todos.forms.lists import ListQueryForm
from todos.listing import browse
from todos.live import ShownPage, Watched, state_of
from todos.services import get_list
from web.live import FEW_PAGES
from web.preferences import preference, time_format

logger = logging.getLogger(__name__)

# Rendering holds up the events of all other lists: there is little of it.
MOST_RENDERED = 2  # in one round
MAX_TODOS = 1_000
MAX_BYTES = 64_000
MAX_QUERY_LENGTH = 500
# A list that was too large is not rendered again so soon.
REST_SECONDS = 60

_resting: dict[Watched, float] = {}

Content = Mapping[str, object]


def shown_page(request: HttpRequest) -> ShownPage | None:
    """Return what the page shows that opens a stream, if its content may come along; None if it will ask for it."""
    query = request.GET.get("page")
    if request.user.is_authenticated or query is None or len(query) > MAX_QUERY_LENGTH:
        return None
    return ShownPage(query, preference(request, "time_format"))


def render_pages(watched: Mapping[Watched, int]) -> Mapping[Watched, Content]:
    """Return what is new on pages that more than a few show; ``watched`` says how many show each."""
    popular = [one for one, count in watched.items() if one.page and count > FEW_PAGES and not _rests(one)]
    popular.sort(key=lambda one: watched[one], reverse=True)
    contents = {}
    for one in popular[:MOST_RENDERED]:
        try:
            if content := _render(one):
                contents[one] = content
        except Exception:  # these pages ask
            logger.exception("A page of the open list cannot be rendered")
    return contents


def _rests(watched: Watched) -> bool:
    return _resting.get(watched, 0) > time.monotonic()


def _render(watched: Watched) -> Content | None:
    """Return what the page shows now; None if it has to ask for it."""
    page = watched.page
    query = ListQueryForm(QueryDict(page.query)).query
    if query.q:  # a search has links of each reader, and can take long
        return None
    todo_list = get_list(AnonymousUser())
    count = todo_list.todo_count_upper_bound
    if todo_list.pk != watched.list_id or count is None or count > MAX_TODOS:
        return None
    request = HttpRequest()
    request.user, request.todo_list = AnonymousUser(), todo_list
    with time_format(page.time_format):
        context = {"state": state_of([todo_list]), "listing": browse(todo_list, query, Clock.of(todo_list))}
        if context["listing"].is_empty:  # there are forms then, with a token of each session
            return None
        html = render_to_string("todos/includes/list.html", context, request)
    if len(orjson.dumps(html)) > MAX_BYTES:
        _resting.clear()  # it stays small, whatever people open
        _resting[watched] = time.monotonic() + REST_SECONDS
        return None
    return {"page": page.query, "html": html}
