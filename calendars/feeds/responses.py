"""Calendar files over HTTP."""

import hashlib
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

from calendars.feeds.clients import downloader_of
from calendars.files import read_body, read_feed_body
from calendars.models import CalendarFile, CalendarJob, Feed
from observability.events import Kind, record
from web.admission import RETRY_AFTER_SECONDS

CONTENT_TYPE = "text/calendar; charset=utf-8"
DOWNLOAD_NAME = "todos.ics"
NO_SUCH_FEED = "There is no calendar at this address.\n"
NOT_READY = "The calendar is still being built; try again in a few seconds.\n"

# Feed URLs are secret, so they must not be indexed. A robots.txt would stop Google from fetching feeds at all.
_ROBOTS = {"X-Robots-Tag": "noindex"}


def calendar_download(request: HttpRequest | Request, job: CalendarJob) -> HttpResponse:
    """Return the job's file for a browser to save, or to open in a calendar app.

    Raises CalendarFile.DoesNotExist if it was deleted meanwhile.
    """
    body = read_body(job.file)
    subject = {"list_id": job.calendar.list_id, "calendar_id": job.calendar_id, "job_id": job.pk}
    client = downloader_of(request.META.get("HTTP_USER_AGENT", ""))
    record(Kind.DOWNLOAD, **subject, status=HTTPStatus.OK, bytes=len(body), client=client)
    return HttpResponse(
        body,
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{DOWNLOAD_NAME}"'},
    )


def feed_response(request: HttpRequest, feed: Feed, *, is_stale: bool) -> HttpResponse:
    """Return the feed's current file, or a 304, without reading the file, if the client has it.

    Raises CalendarFile.DoesNotExist if it was deleted meanwhile.
    """
    headers = _feed_headers(feed, feed.calendar.current_file, is_stale=is_stale)
    meta = request.META
    if meta.get("HTTP_IF_NONE_MATCH") == headers["ETag"] and "HTTP_IF_MATCH" not in meta:  # the fast path
        return HttpResponseNotModified(headers=headers)
    conditional = get_conditional_response(request, etag=headers["ETag"], response=HttpResponse(headers=headers))
    if conditional.status_code != HTTPStatus.OK:
        for name, value in headers.items():
            conditional.headers.setdefault(name, value)
        return conditional
    as_gzip = accepts_gzip(meta.get("HTTP_ACCEPT_ENCODING", ""))
    file, body = read_feed_body(feed, as_gzip=as_gzip)
    headers = _feed_headers(feed, file, is_stale=is_stale) | {"Content-Length": str(len(body))}
    if as_gzip:
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(b"" if request.method == "HEAD" else body, content_type=CONTENT_TYPE, headers=headers)


def no_such_feed() -> HttpResponse:
    """Return the same response for every unknown address."""
    return _plain(NO_SUCH_FEED, HTTPStatus.NOT_FOUND)


def feed_not_ready() -> HttpResponse:
    response = _plain(NOT_READY, HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def accepts_gzip(header: str) -> bool:
    """Whether this Accept-Encoding accepts gzip (RFC 9110, 12.5.3)."""
    weights = {}
    for part in header.lower().split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip()] = parameter.replace(" ", "")
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return weight == "" or weight.removeprefix("q=").strip("0.") != ""  # a weight of 0.000 means "not accepted"


def _feed_headers(feed: Feed, file: CalendarFile, *, is_stale: bool) -> dict[str, str]:
    # The bytes are the file's, but for the feed's name.
    digest = hashlib.sha256(f"{file.digest} {feed.name}".encode()).hexdigest()
    headers = {
        # Weak, because gzip and identity share it.
        "ETag": f'W/"{digest}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
        **_ROBOTS,
    }
    return headers | {"X-Calendar-Stale": "1"} if is_stale else headers


def _plain(sentence: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(
        sentence,
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store", **_ROBOTS},
    )
