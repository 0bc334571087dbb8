"""What notifications say: mails, and payloads for browsers. They are in the active language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from reminders import links
from reminders.digest import Digest
from reminders.models import Notification, NotificationKind
from todos.agenda import Clock
from todos.deadlines import DeadlineKind
from todos.humanize import exact_day, exact_deadline, relative_deadline
from todos.models import Todo

TITLE_SHOWN = 150  # characters in a subject or a browser's notification


@dataclass(frozen=True)
class Reader:
    """Whom a notification is for: their clock is that of their default list."""

    user: AbstractBaseUser
    zone: ZoneInfo
    now: datetime
    address: str = ""

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.zone)


def reminder_mail(
    notification: Notification, todo: Todo, reader: Reader, *, may_change: bool
) -> EmailMultiAlternatives:
    context = _describe(todo, reader) | {
        "done": links.action_url("done", notification, todo.list_id) if may_change else "",
        "later": links.action_url("later", notification, todo.list_id),
    }
    subject = context["title"]
    if context["relative"]:
        subject = gettext("%(title)s, due %(due)s") % {"title": subject, "due": context["relative"]}
    return _mail(notification, reader, "reminder", subject, context)


def digest_mail(notification: Notification, digest: Digest, reader: Reader) -> EmailMultiAlternatives:
    sections = [
        {"name": name, "todos": [_describe(todo, reader) for todo in todos], "more": total - len(todos)}
        for name, todos, total in digest.sections
        if total
    ]
    context = {"sections": sections, "day": exact_day(reader.clock.today)}
    return _mail(notification, reader, "digest", _headline(digest), context)


def test_mail(notification: Notification, reader: Reader) -> EmailMultiAlternatives:
    return _mail(notification, reader, "test", gettext("A test from TaskOverflow"), {})


def confirmation_mail(notification: Notification, reader: Reader) -> EmailMultiAlternatives:
    """Return a mail to somebody who may not have asked for it: nothing in it is anybody's choice."""
    context = {"confirm": links.confirm_url(reader.user.pk, reader.address)}
    return _mail(notification, reader, "confirm", gettext("Confirm your address for reminders"), context)


def reminder_payload(notification: Notification, todo: Todo, reader: Reader, *, may_change: bool) -> bytes:
    """Return what the service worker shows (templates/reminders/worker.js)."""
    context = _describe(todo, reader)
    actions = [{"title": gettext("In an hour"), "url": links.action_url("later", notification, todo.list_id)}]
    if may_change:
        actions.insert(
            0, {"title": pgettext("verb", "Done"), "url": links.action_url("done", notification, todo.list_id)}
        )
    body = gettext("Due %(due)s") % {"due": context["relative"]} if context["relative"] else gettext("Reminder")
    return _payload(notification, context["title"], body, context["url"], actions)


def digest_payload(notification: Notification, digest: Digest, reader: Reader) -> bytes:
    """Return one short message, which opens Today."""
    titles = ", ".join(_one_line(todo.title) for _, todos, _ in digest.sections for todo in todos)
    body = f"{exact_day(reader.clock.today)}: {_one_line(titles)}"
    url = links.origin() + reverse("todos:today")
    return _payload(notification, _headline(digest), body, url, [])


def test_payload(notification: Notification) -> bytes:
    url = links.origin() + reverse("reminders:settings")
    return _payload(notification, "TaskOverflow", gettext("Reminders will appear like this."), url, [])


def todo_url(todo: Todo, user: AbstractBaseUser) -> str:
    """Return the address of a todo's page for somebody who need not be the one who works on its list."""
    is_own_default = todo.list.is_default and todo.list.owner_id == user.pk
    prefix = "" if is_own_default else f"/lists/{todo.list_id}"
    return links.origin() + prefix + reverse("todos:edit", args=[todo.pk])


def message_id(notification: Notification) -> str:
    """Return the Message-ID, which is the same each time: mail programs show a mail that came twice once."""
    host = urlsplit(settings.PUBLIC_URL).hostname or settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    return f"<{notification.pk}@{host}>"


def _describe(todo: Todo, reader: Reader) -> dict[str, Any]:
    due, clock = todo.due, reader.clock
    exact = exact_deadline(due, clock) if due else ""
    if due and due.kind == DeadlineKind.FLOATING and todo.list.zone != reader.zone:
        exact = gettext("%(deadline)s in %(zone)s") % {"deadline": exact, "zone": todo.list.time_zone}
    return {
        "title": _one_line(todo.title),
        "relative": relative_deadline(due, clock) if due else "",
        "exact": exact,
        "list_name": _one_line(todo.list.name),
        "url": todo_url(todo, reader.user),
    }


def _headline(digest: Digest) -> str:
    return gettext("Your todos: %(counts)s") % {"counts": digest.counts}


def _one_line(text: str) -> str:
    """Return the text as a header can hold it."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_SHOWN else f"{line[: TITLE_SHOWN - 1]}…"


def _mail(
    notification: Notification, reader: Reader, template: str, subject: str, context: dict[str, Any]
) -> EmailMultiAlternatives:
    unsubscribe = links.unsubscribe_url(reader.user.pk, notification.kind)
    context |= {
        "user": reader.user,
        "subject": subject,
        "unsubscribe": unsubscribe,
        "settings_url": links.origin() + reverse("reminders:settings"),
    }
    headers = {
        "Date": format_datetime(reader.now),  # by the database's clock
        "Message-ID": message_id(notification),
        "Auto-Submitted": "auto-generated",
    }
    if notification.kind != NotificationKind.CONFIRM:
        # RFC 8058: the mail program can unsubscribe by itself.
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject,
        render_to_string(f"reminders/mail/{template}.txt", context),
        to=[reader.address],
        headers=headers,
    )
    mail.attach_alternative(render_to_string(f"reminders/mail/{template}.html", context), "text/html")
    return mail


def _payload(
    notification: Notification, title: str, body: str, url: str, actions: Sequence[dict[str, str]]
) -> bytes:
    tag = str(notification.source)  # a browser replaces what it shows with the same tag
    return orjson.dumps({"title": title, "body": body, "url": url, "tag": tag, "actions": list(actions)})
