"""The page that shows the machine at work, and its stream of events."""

from collections.abc import Iterable
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_safe

from observability.events import Kind
from observatory.access import may_watch, sees_everything
from observatory.live import MACHINE, Snapshot, Watcher, look
from observatory.numbers import FEED_MINUTES
from observatory.words import LANES
from todos.access import user_id
from web.live import MEDIA_TYPE, EventStream, event
from web.rate_limits import caller
from web.sessions import page_user

ROWS_SHOWN = 100


@require_safe
def show_machine(request: HttpRequest) -> HttpResponse:
    watcher, snapshot = look_for(request)
    rows = fold(snapshot.represent(one, watcher) for one in reversed(snapshot.events))[:ROWS_SHOWN]
    context = {
        "rows": rows,
        "rows_shown": ROWS_SHOWN,
        "records": settings.EVENT_HOURS > 0,
        "numbers": mark_safe(snapshot.fragment(watcher)),  # noqa: S308 - a template made it
        "lanes": LANES,
        "minutes": FEED_MINUTES,
        "sees_everything": watcher.sees_everything,
    }
    return render(request, "observatory/machine.html", context)


def fold(events: Iterable[dict]) -> list[dict]:
    """Put changes of one list that follow each other into one row, as static/js/machine.js does."""
    rows = []
    for row in events:
        count = row["details"].get("count", 1)
        last = rows[-1] if rows else {}
        if row["kind"] == last.get("kind") == Kind.CHANGE and row.get("list") == last.get("list"):
            last["count"] += count
            text = ngettext(
                "%(count)s change, the last: %(text)s", "%(count)s changes, the last: %(text)s", last["count"]
            )
            last["text"] = text % {"count": last["count"], "text": last["newest"]}
        else:
            rows.append({**row, "count": count, "newest": row["text"]})
    return rows


@require_safe
def watch_machine(request: HttpRequest) -> HttpResponse:
    """Answer with the newest events, and go on with those that come. A page of another user's gets nothing."""
    if request.GET.get("owner", page_user(request)) != page_user(request):
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    watcher, snapshot = look_for(request)
    seen, shown = snapshot.seen(watcher), request.META.get("HTTP_LAST_EVENT_ID", request.GET.get("shown", ""))
    if "once" in request.GET:
        return HttpResponse(event(seen.state, seen.news(shown)), content_type=MEDIA_TYPE)
    return EventStream(watcher, seen, MACHINE, caller(request), shown)


def look_for(request: HttpRequest) -> tuple[Watcher, Snapshot]:
    if not may_watch(request):
        raise Http404
    session_key = request.session.session_key if request.user.is_authenticated else ""
    language = get_language() or settings.LANGUAGE_CODE
    watcher = Watcher(user_id(request.user), sees_everything(request.user), session_key, language)
    return watcher, look(watcher)
