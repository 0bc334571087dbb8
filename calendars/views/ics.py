"""The feed that calendar apps fetch: ``/calendars/{token}.ics``."""

from contextlib import suppress
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from calendars.feeds.access_log import record_fetch
from calendars.feeds.clients import client_of
from calendars.feeds.refresh import BuildFailed, NotReady, refresh_calendar
from calendars.feeds.responses import feed_not_ready, feed_response, no_such_feed
from calendars.feeds.services import find_feed
from calendars.metrics import FEED_ANSWERS
from calendars.models import Calendar, CalendarFile, Feed
from observability.events import Kind, record
from web.rate_limits import address_of, seconds_to_wait, too_many

LOOKS = 3


@login_not_required
@require_safe
def show_feed(request: HttpRequest, address: str) -> HttpResponse:
    """Return the feed's file, with every change that was committed before the request.

    If it cannot be built, the last good file is better than an empty calendar.
    """
    for _ in range(LOOKS):
        feed = find_feed(address.removesuffix(".ics"))
        if feed is None:
            wait = seconds_to_wait("feed_misses", address_of(request))
            return too_many(request, wait) if wait else no_such_feed()
        # The feed may have been given another calendar since it was found, and its old one may be deleted: look again.
        with suppress(Calendar.DoesNotExist, CalendarFile.DoesNotExist):
            return _respond(request, feed, address.removesuffix(".ics"))
    return feed_not_ready()


def _respond(request: HttpRequest, feed: Feed, token: str) -> HttpResponse:
    """Raises Calendar.DoesNotExist and CalendarFile.DoesNotExist if they are deleted meanwhile."""
    is_stale = False
    try:
        feed.calendar = refresh_calendar(feed.calendar)
    except BuildFailed:
        is_stale = True
    except NotReady:
        return _logged(request, feed, feed_not_ready())
    if feed.calendar.current_file is None:
        return _logged(request, feed, feed_not_ready())
    response = _logged(request, feed, feed_response(request, feed, is_stale=is_stale), is_stale=is_stale)
    if feed.created_by_id not in {None, feed.calendar.list.owner_id} and find_feed(token) is None:
        return no_such_feed()  # a member was removed meanwhile: the file may be newer than that
    return response


def _logged(request: HttpRequest, feed: Feed, response: HttpResponse, *, is_stale: bool = False) -> HttpResponse:
    FEED_ANSWERS.labels(response.status_code).inc()
    is_ready = response.status_code != HTTPStatus.SERVICE_UNAVAILABLE
    client = client_of(request.META.get("HTTP_USER_AGENT", ""))
    subject = {"list_id": feed.calendar.list_id, "calendar_id": feed.calendar_id}
    record(Kind.FEED, **subject, status=response.status_code, client=client.value, is_stale=is_stale)
    record_fetch(
        feed,
        client,
        status=response.status_code,
        file=feed.calendar.current_file if is_ready else None,
        is_stale=is_stale,
    )
    return response
