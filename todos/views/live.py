"""The streams of events that pages open to see changes made elsewhere."""

from collections.abc import Iterable
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from todos.access import user_id
from todos.addresses import NO_LIST, with_list
from todos.live import ShownPage, Watched, read_states
from todos.models import TodoList
from todos.views.pushed import render_pages, shown_page
from web.live import MEDIA_TYPE, EventStream, Source, event
from web.rate_limits import caller
from web.sessions import page_user

LISTS = Source(read_states, contents=render_pages)


@require_safe
@with_list
def watch_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    return watch(request, todo_list.pk, page=shown_page(request))


@require_safe
@login_required
def watch_lists(request: HttpRequest) -> HttpResponse:
    """Watch all lists of the user that are not archived."""
    return watch(request, None)


@require_safe
@login_required
def watch_search(request: HttpRequest) -> HttpResponse:
    """Watch all lists of the user: a search finds what is in archived ones too."""
    return watch(request, None, has_archived=True)


def watch(
    request: HttpRequest,
    list_id: int | None,
    others: Iterable[UUID] = (),
    *,
    has_archived: bool = False,
    page: ShownPage | None = None,
) -> HttpResponse:
    """Answer with what is to be seen now, and each change of it. A page of another user's gets nothing."""
    if request.GET.get("owner", page_user(request)) != page_user(request):
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    session_key = request.session.session_key if request.user.is_authenticated else ""
    watched = Watched(user_id(request.user), list_id, session_key, frozenset(others), has_archived, page)
    if (seen := read_states({watched}).get(watched)) is None:
        raise NO_LIST()
    if "once" in request.GET:
        return HttpResponse(event(seen.state), content_type=MEDIA_TYPE)
    return EventStream(watched, seen, LISTS, caller(request))
