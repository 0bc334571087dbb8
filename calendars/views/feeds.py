"""Pages for feeds: the addresses that calendar apps subscribe to."""

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calendars.feeds import services as feeds
from calendars.feeds.access_log import FeedHealth, feed_health
from calendars.feeds.mail import MailFailed, mail_link
from calendars.forms import FeedForm
from calendars.links import FeedLinks, feed_links
from calendars.models import FEED_NAME_MAX_LENGTH, Feed
from calendars.options import FEED_DEFAULTS
from todos.addresses import list_url, to_page, with_list
from todos.agenda import Clock
from todos.models import TodoList
from web import confirmation
from web.mail_addresses import confirmed_address, sends_mail
from web.rate_limits import limited

# Google and Outlook fetch from their own servers, which cannot reach these.
LOCAL_HOSTS = ("localhost", "127.", "[::1]", "0.0.0.0", "10.", "192.168.")  # noqa: S104


@dataclass(frozen=True)
class FeedCard:
    """A feed as the page shows it."""

    feed: Feed
    links: FeedLinks
    health: FeedHealth

    @property
    def is_local(self) -> bool:
        return is_local(self.links)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@with_list
def show_feeds(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Show all feeds with their secret addresses, and a form for a new one."""
    found_by, name = request.GET.get("filter", ""), request.GET.get("name", "")[:FEED_NAME_MAX_LENGTH]
    initial = {"name": name or todo_list.name, "filter": found_by}
    form = FeedForm(request.POST or None, options=FEED_DEFAULTS, initial=initial)
    if request.method == "POST" and form.is_valid():
        feed = feeds.create_feed(todo_list=todo_list, name=form.cleaned_data["name"], options=form.values)
        text = gettext("“%(name)s” is ready. Add its link to your calendar app.")
        messages.success(request, text % {"name": feed.name})
        return to_page(todo_list, "calendars:feeds")
    cards = [
        FeedCard(feed, feed_links(feed, request), feed_health(feed))
        for feed in feeds.list_feeds(todo_list=todo_list)
    ]
    context = {"cards": cards, "form": form, "clock": Clock.of(todo_list), "found_by": found_by, "name": name}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "calendars/feeds.html", context, status=status)


@never_cache
@require_safe
@with_list
def show_steps(request: HttpRequest, todo_list: TodoList, feed_id: UUID) -> HttpResponse:
    """Show how to add a feed to each calendar app, and its QR code."""
    feed = find_feed(todo_list, feed_id)
    links = feed_links(feed, request)
    context = {
        "feed": feed,
        "links": links,
        "is_local": is_local(links),
        "code": links.webcal_url and qr_code(links.webcal_url),
        "address": confirmed_address(request.user) if request.user.is_authenticated and sends_mail() else "",
    }
    return render(request, "calendars/feed_steps.html", context)


@login_required
@require_POST
@limited("feed_mails")
@with_list
def mail_feed(request: HttpRequest, todo_list: TodoList, feed_id: UUID) -> HttpResponse:
    feed = find_feed(todo_list, feed_id)
    links = feed_links(feed, request)
    address = confirmed_address(request.user) if sends_mail() else ""
    if not (links.url and address):
        messages.error(request, gettext("This link cannot be mailed to you."))
    else:
        try:
            mail_link(feed=feed, links=links, address=address)
            messages.success(request, gettext("The link is on its way to %(address)s.") % {"address": address})
        except MailFailed:
            messages.error(request, gettext("The mail could not be sent. Try again in a few minutes."))
    return to_page(todo_list, "calendars:feed-steps", feed.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@with_list
def edit_feed(request: HttpRequest, todo_list: TodoList, feed_id: UUID) -> HttpResponse:
    feed = find_feed(todo_list, feed_id)
    form = FeedForm(request.POST or None, options=feed.calendar.options, initial={"name": feed.name})
    if request.method == "POST" and form.is_valid():
        feeds.change_feed(
            todo_list=todo_list, feed_id=feed_id, name=form.cleaned_data["name"], options=form.values
        )
        messages.success(request, gettext("Saved. Apps see it at their next sync."))
        return to_page(todo_list, "calendars:feeds")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "calendars/feed.html", {"feed": feed, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@with_list
def rotate_feed(request: HttpRequest, todo_list: TodoList, feed_id: UUID) -> HttpResponse:
    feed = find_feed(todo_list, feed_id)
    return confirmation.ask(
        request,
        gettext("Create a new link for “%(name)s”?") % {"name": feed.name},
        consequence=gettext("The current link stops working. To get more changes, add the new link to your apps."),
        button=gettext("Create a new link"),
        back=list_url(todo_list, "calendars:feeds"),
        action=partial(feeds.rotate_feed, todo_list=todo_list, feed_id=feed_id),
        done=gettext("“%(name)s” has a new link. The old one no longer works.") % {"name": feed.name},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_list
def delete_feed(request: HttpRequest, todo_list: TodoList, feed_id: UUID) -> HttpResponse:
    feed = find_feed(todo_list, feed_id)
    return confirmation.ask(
        request,
        gettext("Delete the link “%(name)s”?") % {"name": feed.name},
        consequence=gettext("The link stops working. Subscribed apps get no more changes."),
        button=gettext("Delete link"),
        back=list_url(todo_list, "calendars:feeds"),
        action=partial(feeds.delete_feed, todo_list=todo_list, feed_id=feed_id),
        done=gettext("“%(name)s” was deleted. Its link no longer works.") % {"name": feed.name},
    )


def find_feed(todo_list: TodoList, feed_id: UUID) -> Feed:
    try:
        return feeds.get_feed(todo_list=todo_list, feed_id=feed_id)
    except Feed.DoesNotExist as error:
        raise Http404 from error


def is_local(links: FeedLinks) -> bool:
    """Return whether only this computer or network can reach the feed."""
    return urlsplit(links.url or "").netloc.startswith(LOCAL_HOSTS)


def qr_code(address: str) -> SafeString:
    """Return an SVG element, which loads nothing and has no styles of its own: the policy of pages allows it."""
    code = segno.make(address, micro=False).svg_inline(omitsize=True, border=4, light="#fff", svgclass=None)
    return mark_safe(code)  # noqa: S308 - the address is only in its modules
