"""Absolute addresses, as people and other programs use them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from calendars.feeds.services import shown_token
from calendars.models import Feed

GOOGLE_ADD = "https://calendar.google.com/calendar/r"
OUTLOOK_ADD = "https://outlook.live.com/calendar/0/addfromweb"


@dataclass(frozen=True)
class FeedLinks:
    """The addresses of a feed. All are None for a read token, and if they cannot be shown until it is rotated."""

    url: str | None = None  # to copy, for Google and Outlook
    webcal_url: str | None = None  # subscribes on Apple's systems, which import an http link only once
    google_url: str | None = None
    outlook_url: str | None = None


def absolute_url(request: HttpRequest, name: str, **kwargs: Any) -> str:
    """Return a view's address as clients reach it: under PUBLIC_URL where that is set."""
    path = reverse(name, kwargs=kwargs)
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def feed_links(feed: Feed, request: HttpRequest) -> FeedLinks:
    """Return the feed's address in each form. They are secrets: anybody who has one can read the calendar."""
    # None: a page, which has no API token. A read token could use an address after it was revoked.
    api_token = getattr(request, "auth", None)
    if api_token is not None and not api_token.allows("POST"):
        return FeedLinks()
    token = shown_token(feed)
    if token is None:
        return FeedLinks()
    url = absolute_url(request, "calendars:ics", address=f"{token}.ics")
    webcal_url = f"webcal:{url.partition(':')[2]}"
    return FeedLinks(
        url=url,
        webcal_url=webcal_url,
        google_url=f"{GOOGLE_ADD}?{urlencode({'cid': webcal_url})}",
        outlook_url=f"{OUTLOOK_ADD}?{urlencode({'url': url, 'name': feed.name})}",
    )
