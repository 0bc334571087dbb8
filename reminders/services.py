"""What a user sets: reminders of a todo, the default of a list, how and when messages come, and browsers."""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext

from database.clock import now_ms
from reminders import planning
from reminders.models import Browser, Channel, Notification, NotificationKind, Reminder, ReminderSettings
from reminders.times import (
    HOUR_MS,
    MAX_DAYS_BEFORE,
    MAX_MINUTES_BEFORE,
    MINUTE_MS,
    MINUTES_OF_DAY,
    Rule,
    RuleKind,
    from_ms,
    next_at,
    to_ms,
)
from todos.models import Todo, TodoList
from todos.services import get_list, lock_list, lock_user
from web.quotas import check_quota
from web.rate_limits import seconds_to_wait
from web.translations import group_digits

MAX_OF_TODO = 10
MAX_DEFAULTS = 5  # of a list
MAX_REMINDERS = 5_000  # of a user, for todos
MAX_BROWSERS = 10
MAX_TESTS = 10  # of a user, in an hour
MAX_CONFIRMATIONS = 3  # addresses that are asked for a user, in an hour; each of them once
PUT_OFF = timedelta(hours=1)


class InvalidReminder(Exception):
    """The message is a sentence for whoever asked for it."""


def find_reminders(*, user: AbstractBaseUser, todo: Todo) -> list[Reminder]:
    """Return the user's reminders of a todo, those that were put off last."""
    return list(Reminder.objects.filter(user=user, todo=todo).order_by("source", "kind", "-days", "minutes", "pk"))


def find_defaults(*, user: AbstractBaseUser, todo_list: TodoList) -> list[Reminder]:
    return list(Reminder.objects.filter(user=user, list=todo_list).order_by("kind", "-days", "minutes", "pk"))


def set_reminders(*, user: AbstractBaseUser, todo: Todo, rules: Sequence[Rule]) -> list[Reminder]:
    """Replace all reminders that the user has of a todo; without any, the list's default applies.

    A rule of kind NONE, alone, says that there is no reminder in spite of the default. Raises InvalidReminder,
    QuotaExceeded, and TodoList.DoesNotExist or Todo.DoesNotExist if the user has lost it meanwhile.
    """
    rules = _checked(rules, MAX_OF_TODO)
    with transaction.atomic():
        locked = _lock(user, todo)
        kept, obsolete = _compare(find_reminders(user=user, todo=todo), rules)
        Reminder.objects.filter(pk__in=obsolete).delete()
        others = Reminder.objects.filter(user=user, todo__isnull=False).count()
        new = [rule for rule in rules if rule not in kept]
        if new:
            check_quota(others, MAX_REMINDERS, gettext("reminders"), more=len(new))
        Reminder.objects.bulk_create([_reminder(rule, user=user, todo=todo) for rule in new])
        _plan(locked, todo, user)
    return find_reminders(user=user, todo=todo)


def add_reminder(*, user: AbstractBaseUser, todo: Todo, rule: Rule) -> None:
    """Add one to what the user has of a todo. Raises as set_reminders."""
    with transaction.atomic():
        _lock(user, todo)  # before what is there is read: another may be added just now
        rules = [] if rule.kind == RuleKind.NONE else _rules_of(user, todo)
        set_reminders(user=user, todo=todo, rules=[*rules, rule])


def remove_reminder(*, user: AbstractBaseUser, todo: Todo, reminder_id: int) -> Rule:
    """Remove one of a todo, and return what it was. Raises Reminder.DoesNotExist."""
    with transaction.atomic():
        locked = _lock(user, todo)
        reminder = Reminder.objects.get(pk=reminder_id, user=user, todo=todo)
        reminder.delete()
        _plan(locked, todo, user)
    return reminder.rule


def put_off(*, user: AbstractBaseUser, todo: Todo, source: UUID) -> datetime:
    """Remind the user again, an hour from now. For one message this is done once; return the time."""
    with transaction.atomic():
        locked = _lock(user, todo)
        moment = from_ms(now_ms() // MINUTE_MS * MINUTE_MS) + PUT_OFF  # people are shown minutes
        reminder, is_new = Reminder.objects.get_or_create(
            user=user, source=source, defaults={"todo": todo, "kind": RuleKind.MOMENT, "moment": moment}
        )
        if is_new:
            _plan(locked, todo, user)
    return reminder.moment


def set_defaults(*, user: AbstractBaseUser, todo_list: TodoList, rules: Sequence[Rule]) -> list[Reminder]:
    """Replace what the user is reminded of for each todo of a list that has no reminders of its own.

    Raises InvalidReminder, and TodoList.DoesNotExist.
    """
    rules = _checked(rules, MAX_DEFAULTS)
    if any(rule.kind not in {RuleKind.BEFORE, RuleKind.DAY} for rule in rules):
        raise InvalidReminder(gettext("A default says how long before a deadline, or at which time of its day."))
    with transaction.atomic():
        locked = lock_list(todo_list)
        kept, obsolete = _compare(find_defaults(user=user, todo_list=todo_list), rules)
        Reminder.objects.filter(pk__in=obsolete).delete()
        new = [_reminder(rule, user=user, list=locked) for rule in rules if rule not in kept]
        Reminder.objects.bulk_create(new)
        if new or obsolete:
            planning.ensure_plan(*_default_list(user))
            planning.plan_anew([locked.pk])
    return find_defaults(user=user, todo_list=todo_list)


def add_default(*, user: AbstractBaseUser, todo_list: TodoList, rule: Rule) -> None:
    """Add one to the default of a list. Raises as set_defaults."""
    with transaction.atomic():
        lock_list(todo_list)
        rules = [one.rule for one in find_defaults(user=user, todo_list=todo_list)]
        set_defaults(user=user, todo_list=todo_list, rules=[*rules, rule])


def remove_default(*, user: AbstractBaseUser, todo_list: TodoList, reminder_id: int) -> None:
    """Remove one of the default of a list. Raises Reminder.DoesNotExist, and TodoList.DoesNotExist."""
    with transaction.atomic():
        lock_list(todo_list)
        removed = Reminder.objects.get(pk=reminder_id, user=user, list=todo_list)
        rules = [one.rule for one in find_defaults(user=user, todo_list=todo_list) if one.pk != removed.pk]
        set_defaults(user=user, todo_list=todo_list, rules=rules)


def all_defaults(user: AbstractBaseUser) -> dict[int, int]:
    """Return how many reminders the user has for each todo of a list, by the list's id."""
    counts = Reminder.objects.filter(user=user, list__isnull=False).order_by().values_list("list")
    return dict(counts.annotate(count=Count("pk")))


def send_test(*, user: AbstractBaseUser, browser: Browser | None = None) -> bool:
    """Have a test message sent to the user's address, or to one of their browsers; return whether that may be."""
    return _send_now(user, NotificationKind.TEST, browser)


def send_confirmation(*, user: AbstractBaseUser) -> bool:
    """Have the reader of the user's address asked whether they want mails; return whether that may be.

    Nobody can have a stranger asked again and again, however many accounts they create; nor can one account use up what
    an address may get.
    """
    with transaction.atomic():
        is_sent = _send_now(user, NotificationKind.CONFIRM, address=user.email)
        if is_sent and seconds_to_wait("confirmations", mailbox_key(user.email)):
            transaction.set_rollback(True)
            return False
    return is_sent


def mailbox_key(address: str) -> str:
    """Return a key that spellings of an address have in common: "Ada+todo@example.org" reaches Ada as well."""
    local, _, domain = address.rpartition("@")
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1], flags=re.DOTALL)  # RFC 5321: quotes change nothing
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    local, domain = local.casefold(), domain.casefold()
    return hashlib.sha256(f"{local.partition('+')[0]}@{domain}".encode()).hexdigest()[:32]


def _send_now(user: AbstractBaseUser, kind: str, browser: Browser | None = None, *, address: str = "") -> bool:
    with transaction.atomic():
        lock_user(user)
        now = now_ms()
        recent = Notification.objects.filter(user=user, kind=kind, created_at_ms__gt=now - HOUR_MS)
        asked = [mailbox_key(asked) for asked in recent.values_list("address", flat=True)]
        if kind == NotificationKind.CONFIRM and mailbox_key(address) in asked:
            return False
        if len(asked) >= (MAX_CONFIRMATIONS if kind == NotificationKind.CONFIRM else MAX_TESTS):
            return False
        Notification.objects.create(
            user_id=user.pk,
            kind=kind,
            channel=Channel.PUSH if browser else Channel.EMAIL,
            browser=browser,
            address=address,
            created_at_ms=now,
            due_at_ms=now,
        )
    return True


def confirm_address(*, user: AbstractBaseUser, address: str) -> None:
    """Write down that the reader of this address agrees to get the user's mails."""
    with transaction.atomic():
        lock_user(user)
        ReminderSettings.objects.update_or_create(user_id=user.pk, defaults={"confirmed_email": address})


def confirmed_address(user: AbstractBaseUser) -> str:
    """Return where mails for the user go, or ""."""
    return get_settings(user).address_of(user)


def mail_language(user: AbstractBaseUser) -> str:
    """Return the language of the user's mails."""
    return get_settings(user).language


def get_settings(user: AbstractBaseUser) -> ReminderSettings:
    stored = ReminderSettings.objects.filter(pk=user.pk).first() or ReminderSettings()
    stored.user = user
    return stored


def keep_language(*, user: AbstractBaseUser, language: str) -> None:
    """Write to the user in the language of the page that they ask from, unless they have settings already."""
    if language == settings.LANGUAGE_CODE or language not in dict(settings.LANGUAGES):
        return
    with transaction.atomic():
        lock_user(user)
        ReminderSettings.objects.get_or_create(user_id=user.pk, defaults={"language": language})


def update_settings(*, user: AbstractBaseUser, changes: dict[str, Any]) -> ReminderSettings:
    """Change ``by_email``, ``quiet_start`` and ``quiet_end`` together, ``digest_at``, ``language`` or ``time_format``.

    Raises InvalidReminder.
    """
    default = get_list(user)
    with transaction.atomic():
        lock_user(user)
        planning.ensure_plan(default)
        stored, _ = ReminderSettings.objects.get_or_create(user_id=user.pk)
        stored.user = user
        changes = {name: value for name, value in changes.items() if getattr(stored, name) != value}
        for name, value in changes.items():
            setattr(stored, name, value)
        if (stored.quiet_start is None) != (stored.quiet_end is None):
            raise InvalidReminder(gettext("Quiet hours need a beginning and an end."))
        if "digest_at" in changes:
            stored.digest_due_at_ms = next_digest_ms(stored, default.zone)
        stored.save()
        if changes.keys() & {"quiet_start", "quiet_end"}:
            planning.plan_user_anew(user.pk)
    return stored


def next_digest_ms(stored: ReminderSettings, zone: ZoneInfo) -> int | None:
    if stored.digest_at is None:
        return None
    return to_ms(next_at(stored.digest_at, zone, after=from_ms(now_ms())))


def has_target(user: AbstractBaseUser) -> bool:
    """Return whether reminders can reach the user at all."""
    stored = get_settings(user)
    return (stored.by_email and bool(stored.address_of(user))) or Browser.objects.filter(user=user).exists()


def find_browsers(user: AbstractBaseUser) -> list[Browser]:
    return list(Browser.objects.of_user(user))


def add_browser(*, user: AbstractBaseUser, name: str, endpoint: str, p256dh: str, auth: str) -> Browser:
    """Send the user's messages to a browser too. One that somebody else had is theirs from now on.

    Raises QuotaExceeded.
    """
    endpoint_hash = _hash(endpoint)
    with transaction.atomic():
        lock_user(user)
        others = Browser.objects.filter(user=user).exclude(endpoint_hash=endpoint_hash)
        check_quota(others.count(), MAX_BROWSERS, gettext("browsers"))
        values = {"user_id": user.pk, "name": name, "endpoint": endpoint, "p256dh": p256dh, "auth": auth}
        browser, _ = Browser.objects.update_or_create(endpoint_hash=endpoint_hash, defaults=values)
    return browser


def remove_browser(*, user: AbstractBaseUser, browser_id: int) -> Browser:
    """Raises Browser.DoesNotExist."""
    browser = Browser.objects.get(pk=browser_id, user=user)
    Browser.objects.filter(pk=browser_id, user=user).delete()
    return browser


def forget_browser(*, user: AbstractBaseUser, endpoint: str) -> None:
    """Remove a browser by its address, if it is one of the user's."""
    Browser.objects.filter(user=user, endpoint_hash=_hash(endpoint)).delete()


def _hash(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _checked(rules: Sequence[Rule], most: int) -> list[Rule]:
    """Return the rules, each once. Raises InvalidReminder."""
    rules = list(dict.fromkeys(rules))
    if len(rules) > most:
        raise InvalidReminder(gettext("At most %(most)s reminders are possible here.") % {"most": most})
    if len(rules) > 1 and any(rule.kind == RuleKind.NONE for rule in rules):
        raise InvalidReminder(gettext("“No reminder” cannot stand beside reminders."))
    for rule in rules:
        if rule.kind == RuleKind.BEFORE and not 0 <= rule.minutes <= MAX_MINUTES_BEFORE:
            sentence = gettext("The minutes before a deadline go from 0 to %(most)s.")
            raise InvalidReminder(sentence % {"most": group_digits(MAX_MINUTES_BEFORE)})
        if rule.kind == RuleKind.DAY and not (
            0 <= rule.days <= MAX_DAYS_BEFORE and 0 <= rule.minutes < MINUTES_OF_DAY
        ):
            sentence = gettext("The days before a deadline go from 0 to %(most)s.")
            raise InvalidReminder(sentence % {"most": MAX_DAYS_BEFORE})
    return rules


def _compare(existing: Sequence[Reminder], rules: Sequence[Rule]) -> tuple[set[Rule], list[int]]:
    """Return the rules that exist already, and the ids of reminders that are not among the rules."""
    obsolete = [reminder.pk for reminder in existing if reminder.rule not in rules]
    return {reminder.rule for reminder in existing if reminder.rule in rules}, obsolete


def _reminder(rule: Rule, **of: Any) -> Reminder:
    return Reminder(kind=rule.kind, minutes=rule.minutes, days=rule.days, moment=rule.moment, **of)


def _rules_of(user: AbstractBaseUser, todo: Todo) -> list[Rule]:
    return [one.rule for one in find_reminders(user=user, todo=todo) if one.kind != RuleKind.NONE]


def _lock(user: AbstractBaseUser, todo: Todo) -> TodoList:
    """Lock the todo's list, which says whether the user may still read it."""
    locked = lock_list(todo.list)
    if not locked.todos.visible().filter(pk=todo.pk).exists():
        raise Todo.DoesNotExist
    return locked


def _default_list(user: AbstractBaseUser) -> list[TodoList]:
    """Return the list whose clock is the user's, also to who may only reach others by a token."""
    return list(TodoList.objects.filter(default_owner=user.pk))


def _plan(locked: TodoList, todo: Todo, user: AbstractBaseUser) -> None:
    """Compute the next time at once, and have the list planned from now on."""
    planning.ensure_plan(locked, *_default_list(user))
    planning.plan_pairs({(todo.pk, user.pk)}, list_id=locked.pk)
