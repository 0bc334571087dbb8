"""From a reminder that is due to a message that is sent.

1. **Fire**: due reminders become notifications, one for each target, in one transaction that reads again what decides
   whether they are due. Their ids follow from todo, user and moment, so that no moment has two.
2. **Claim**: a batch of due notifications gets a lease. Then what decides is read again: a todo that is done, moved or
   out of the user's reach meanwhile ends its notification.
3. **Send**, outside of any transaction, as messages are made, by threads that do not touch the database. Then mark as
   sent, or try later.

A worker that dies between sending and marking has sent for nothing: after its lease, another sends again, under the
same id. Everything here works on many rows at once: ten thousand may be due in one minute.
"""

import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, QuerySet
from django.utils import translation

from database.clock import NowMs, NowOnce, now_ms
from reminders import messages
from reminders.messages import Reader
from reminders.models import (
    LEASE_MS,
    Browser,
    Channel,
    DueReminder,
    Notification,
    NotificationKind,
    ReminderSettings,
)
from reminders.services import next_digest_ms
from reminders.state import State
from reminders.times import HOUR_MS, from_ms, next_at, to_ms
from todos.access import Role
from todos.models import Membership, Todo
from web.time_format import time_format

logger = logging.getLogger(__name__)

FIRE_BATCH = 200
FIRED_OF_USER = FIRE_BATCH // 2  # at once, so that nobody waits until somebody's thousands are done
DIGEST_BATCH = 20
DIGEST_LATE_HOURS = 12  # after so long without a worker, the next day's is enough
# After the n-th failed attempt; then it is given up. Nobody wants a reminder from yesterday.
RETRY_SECONDS = {
    Channel.EMAIL: (5, 30, 120, 600, 1_800, 3_600, 3_600 * 4),
    Channel.PUSH: (5, 30, 120, 600, 1_800),
}
OVER_LIMIT_MS = 10 * 60_000
# Of browsers that are failing, so many are tried at once by a process, and each by one message: most of its threads
# stay free for those that answer, whatever addresses people enter.
MOST_FAILING = 4
FAILING_DAYS = 7  # then a browser that still fails is forgotten
QUIET_GRACE_MS = 2 * 60_000  # what was due just before quiet hours may still come
REST_MS = 10 * 60_000  # what cannot be worked on, until it is tried again
IS_AWAY = (OperationalError, InterfaceError)  # then no row is at fault
NAMESPACE = uuid.UUID("8f3c2bde-6c3e-4f4e-9d5e-3d3a1c5b7a10")


@dataclass(frozen=True)
class Push:
    """What goes to one browser's push service."""

    browser: Browser
    payload: bytes
    topic: str


@dataclass(frozen=True)
class Outgoing:
    """A notification with what is to be sent."""

    notification: Notification
    content: EmailMessage | Push

    @property
    def is_to_failing_browser(self) -> bool:
        return isinstance(self.content, Push) and self.content.browser.failing_since_ms is not None


@dataclass
class Results:
    """What came of sending, by notification."""

    sent: list[uuid.UUID] = field(default_factory=list)
    failed: dict[uuid.UUID, str] = field(default_factory=dict)
    released: list[uuid.UUID] = field(default_factory=list)
    gone_browsers: set[int] = field(default_factory=set)
    failing_browsers: set[int] = field(default_factory=set)
    slow_browsers: set[int] = field(default_factory=set)
    working_browsers: set[int] = field(default_factory=set)  # of those that were failing


def fire_due(*, limit: int = FIRE_BATCH, served: set[int] | None = None) -> int:
    """Make notifications of reminders that are due; return how many reminders were looked at.

    ``served`` is kept between calls: the users who have just had as many of a batch as one may. The others come first.
    """
    served = set() if served is None else served
    had_turn = [*served]
    found: Counter[int] = Counter()

    def fire(rows: QuerySet[DueReminder]) -> int:
        users = _fire(rows[:limit])
        found.update(users)
        return users.total()

    looked_at = _isolating(
        DueReminder.objects.due().exclude(user__in=had_turn).order_by("due_at_ms"),
        fire,
        lambda rows: rows.update(rests_until_ms=NowMs() + REST_MS),
        limit=limit,
    )
    if looked_at < limit:  # nobody else waits
        served.clear()
    served.update(user for user, count in found.items() if count >= FIRED_OF_USER)
    return looked_at or (fire_due(limit=limit, served=served) if had_turn else 0)


def _isolating(
    due: QuerySet, work: Callable[[QuerySet], int], put_back: Callable[[QuerySet], object], *, limit: int
) -> int:
    """Work on rows that are due. If that fails, on halves of them, and so on: what fails alone is put back.

    So a row that cannot be worked on holds up no other.
    """
    if not due.exists():  # on SQLite, a transaction takes the one lock
        return 0
    try:
        return work(due)
    except IS_AWAY:
        raise
    except Exception:
        ids = list(due.values_list("pk", flat=True)[:limit])
        if len(ids) == 1:
            logger.exception("This %s could not be worked on: %s", due.model._meta.verbose_name, ids[0])
            put_back(due.model.objects.filter(pk__in=ids))
            return 1
    halves = (ids[: len(ids) // 2], ids[len(ids) // 2 :])
    return sum(_isolating(due.filter(pk__in=half), work, put_back, limit=limit) for half in halves)


def _fire(due: QuerySet[DueReminder]) -> Counter[int]:
    """Return how many of each user were looked at."""
    users: Counter[int] = Counter()
    with transaction.atomic():
        rows = []
        for row in due.select_for_update(skip_locked=True):
            if users[row.user_id] < FIRED_OF_USER:
                users[row.user_id] += 1
                rows.append(row)
        if not rows:
            return users
        now = now_ms()
        state = State({(row.todo_id, row.user_id) for row in rows})
        made = []
        for row in rows:
            moments = state.due(row.todo_id, row.user_id)
            if fired := [
                moment for moment in moments if max(row.due_at_ms, row.fired_until_ms + 1) <= moment <= now
            ]:
                row.fired_until_ms = max(fired)
                made += _notifications(state, row, [moments[moment] for moment in fired], now)
            row.due_at_ms = min((moment for moment in moments if moment > now), default=None)
        Notification.objects.bulk_create(made, ignore_conflicts=True)
        # The rows exist, so this insert updates them: bulk_update takes time with the square of their number.
        DueReminder.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=["due_at_ms", "fired_until_ms"]
        )
    return users


def fire_digests(*, limit: int = DIGEST_BATCH) -> int:
    """Make notifications of daily summaries that are due; return how many."""
    due = ReminderSettings.objects.filter(digest_due_at_ms__lte=NowOnce()).order_by("digest_due_at_ms")
    return _isolating(
        due,
        lambda rows: _fire_digests(rows[:limit]),
        lambda rows: rows.update(digest_due_at_ms=NowMs() + REST_MS),
        limit=limit,
    )


def _fire_digests(due: QuerySet[ReminderSettings]) -> int:
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True))
        if not rows:
            return 0
        now = now_ms()
        state = State((), [row.pk for row in rows])
        made = []
        for row in rows:
            if user := state.users.get(row.pk):
                # Looked at sooner where the person's clock was changed.
                if _is_time_of_digest(row, state, now):
                    day = from_ms(now).astimezone(state.zone(row.pk)).date()
                    key = f"{row.pk} {day}"  # one a day, however often the time is changed
                    made += _to_targets(user, state, NotificationKind.DIGEST, key, now)
                row.digest_due_at_ms = next_digest_ms(row, state.zone(row.pk))
            else:
                row.digest_due_at_ms = None
        Notification.objects.bulk_create(made, ignore_conflicts=True)
        ReminderSettings.objects.bulk_update(rows, ["digest_due_at_ms"])
    return len(rows)


def _is_time_of_digest(row: ReminderSettings, state: State, now: int) -> bool:
    """Return whether the day's summary was due, by the person's clock, since the last one was."""
    last = from_ms(now) - timedelta(hours=DIGEST_LATE_HOURS)
    return row.digest_at is not None and to_ms(next_at(row.digest_at, state.zone(row.pk), after=last)) <= now


def claim(
    channel: Channel, *, limit: int, most_of_user: int | None = None, under_way: Sequence[Outgoing] = ()
) -> tuple[uuid.UUID, list[Outgoing]]:
    """Take the lease of due notifications, and return its token with what is to be sent.

    ``under_way`` is being sent already: of each user there are at most ``most_of_user`` together.
    """
    token = uuid.uuid4()
    counts = Counter(outgoing.notification.user_id for outgoing in under_way)
    most = most_of_user or limit
    busy = [user for user, count in counts.items() if count >= most]
    due = Notification.objects.due().filter(channel=channel).exclude(user__in=busy).order_by("due_at_ms")
    tried = {outgoing.content.browser.pk for outgoing in under_way if outgoing.is_to_failing_browser}
    if len(tried) >= MOST_FAILING:
        due = due.exclude(browser__in=Browser.objects.failing())
    elif tried:
        due = due.exclude(browser__in=tried)
    if not due.exists():  # on SQLite, a transaction takes the one lock
        return token, []
    with transaction.atomic():
        ids = []
        found = list(due.select_for_update(skip_locked=True).values_list("pk", "user", "browser")[:limit])
        failing = _failing_among({browser_id for _, _, browser_id in found if browser_id})
        for pk, user_id, browser_id in found:
            is_too_much = browser_id in failing and (browser_id in tried or len(tried) >= MOST_FAILING)
            if counts[user_id] < most and not is_too_much:
                counts[user_id] += 1
                tried |= {browser_id} & failing
                ids.append(pk)
        if not ids:
            return token, []
        Notification.objects.claim_these(ids, token=token, lease_ms=LEASE_MS)
    rows = list(Notification.objects.leased(token).order_by("created_at_ms"))
    late = _over_limit(rows, now_ms()) if channel == Channel.EMAIL else set()
    if late:
        later = NowMs() + OVER_LIMIT_MS
        Notification.objects.leased(token).filter(pk__in=late).update(
            lease_token=None, lease_until_ms=None, due_at_ms=later, attempts=0
        )
        # And what else they are to get now: it need not be claimed to find out.
        users = {row.user_id for row in rows if row.pk in late}
        Notification.objects.due().filter(channel=channel, user__in=users).update(due_at_ms=later)
    return token, _make([row for row in rows if row.pk not in late], channel, token)


def _hold_back(rows: Sequence[Notification], state: State, token: uuid.UUID, now: int) -> set[uuid.UUID]:
    """Put off reminders that come so late, or again, that it is quiet hours; return which."""
    ends: dict[int, list[uuid.UUID]] = defaultdict(list)
    before = from_ms(now - QUIET_GRACE_MS)
    for row in rows:
        quiet = state.settings_of(row.user_id).quiet_hours(state.zone(row.user_id))
        if row.kind == NotificationKind.REMINDER and quiet and (end := to_ms(quiet.after(before))) > now:
            ends[end].append(row.pk)
    for end, ids in ends.items():
        Notification.objects.leased(token).filter(pk__in=ids).update(
            lease_token=None, lease_until_ms=None, due_at_ms=end, attempts=0
        )
    return {pk for ids in ends.values() for pk in ids}


def _failing_among(browser_ids: set[int]) -> set[int]:
    failing = Browser.objects.failing().filter(pk__in=browser_ids)
    return set(failing.values_list("pk", flat=True)) if browser_ids else set()


def _make(rows: Sequence[Notification], channel: Channel, token: uuid.UUID) -> list[Outgoing]:
    """Return what is to be sent. What cannot be made holds up no other: it fails alone, and is tried later."""
    if not rows:
        return []
    try:
        state = State({(row.todo_id, row.user_id) for row in rows if row.todo_id}, [row.user_id for row in rows])
        now = now_ms()
        held_back = _hold_back(rows, state, token, now)
        outgoing, ended = _compose([row for row in rows if row.pk not in held_back], state, now)
    except IS_AWAY:
        raise
    except Exception as error:
        if len(rows) == 1:
            logger.exception("A message could not be made: %s", rows[0].pk)
            sentence = f"It could not be made: {type(error).__name__}."
            finish(channel, token, Results(failed={rows[0].pk: sentence}))
            return []
        middle = len(rows) // 2
        return _make(rows[:middle], channel, token) + _make(rows[middle:], channel, token)
    if ended:
        leased = Notification.objects.leased(token).filter(pk__in=ended)
        leased.exclude(kind=NotificationKind.CONFIRM).delete()
        leased.give_up(token, error="There was nothing to confirm any more.")  # it counts all the same
    return outgoing


def finish(channel: Channel, token: uuid.UUID, results: Results) -> None:
    """Write down what came of sending. Those whose lease is lost are left to who has it now."""
    leased = Notification.objects.leased(token)
    if results.sent:
        Notification.objects.filter(pk__in=results.sent).finish(token)
    if results.released:
        Notification.objects.filter(pk__in=results.released).release(token)
    if results.gone_browsers:
        Notification.objects.filter(browser__in=results.gone_browsers).delete()
        Browser.objects.filter(pk__in=results.gone_browsers).delete()
    if results.working_browsers:
        Browser.objects.filter(pk__in=results.working_browsers).update(failing_since_ms=None)
    if bad := results.failing_browsers | results.slow_browsers:
        _note_failing(bad, results.failing_browsers)
    for row in leased.filter(pk__in=results.failed).only("pk", "attempts"):
        delays = RETRY_SECONDS[channel]
        one = Notification.objects.filter(pk=row.pk)
        error = results.failed[row.pk]
        if row.attempts <= len(delays):
            one.retry_later(token, delay_ms=delays[row.attempts - 1] * 1000, error=error)
        else:
            one.give_up(token, error=error)


def _note_failing(bad: set[int], without_answer: set[int]) -> None:
    old = now_ms() - FAILING_DAYS * 24 * HOUR_MS
    Browser.objects.filter(pk__in=without_answer, failing_since_ms__lt=old).delete()
    Browser.objects.filter(pk__in=bad, failing_since_ms=None).update(failing_since_ms=NowMs())


def _notifications(state: State, row: DueReminder, rules: Sequence, now: int) -> list[Notification]:
    """Return those that come of rules that are due at once: one for each of the user's targets."""
    todo, user = state.todos[row.todo_id], state.users[row.user_id]
    key = f"{row.todo_id} {row.user_id} {row.fired_until_ms}"
    by_email = state.settings_of(user.pk).by_email
    made = _to_targets(user, state, NotificationKind.REMINDER, key, now, by_email=by_email)
    for one in made:
        one.todo = todo
        one.deadline = str(todo.due) if todo.due else ""
        one.follows_deadline = all(rule.follows_deadline for rule in rules)
    return made


def _to_targets(
    user: AbstractBaseUser, state: State, kind: str, key: str, now: int, *, by_email: bool = True
) -> list[Notification]:
    """Return one notification for each of the user's targets. Their ids follow from the key."""
    targets: list[Browser | None] = [*state.browsers.get(user.pk, ())]
    if not user.is_active:
        return []
    if by_email and state.address(user.pk):
        targets.append(None)
    return [
        Notification(
            id=uuid.uuid5(NAMESPACE, f"{kind} {key} {browser and browser.pk}"),
            user_id=user.pk,
            kind=kind,
            channel=Channel.PUSH if browser else Channel.EMAIL,
            browser=browser,
            source=uuid.uuid5(NAMESPACE, f"{kind} {key}"),
            created_at_ms=now,
            due_at_ms=now,
        )
        for browser in targets
    ]


def _over_limit(rows: Sequence[Notification], now: int) -> set[uuid.UUID]:
    """Return the notifications with which a user would get more mails in an hour than they may."""
    recent = Notification.objects.filter(
        user__in={row.user_id for row in rows}, channel=Channel.EMAIL, sent_at_ms__gt=now - HOUR_MS
    )
    counts = Counter(dict(recent.values_list("user").annotate(count=Count("pk"))))
    late = set()
    for row in rows:
        counts[row.user_id] += 1
        if counts[row.user_id] > settings.MAX_REMINDER_MAILS_PER_HOUR:
            late.add(row.pk)
    return late


def _compose(rows: Sequence[Notification], state: State, now: int) -> tuple[list[Outgoing], list[uuid.UUID]]:
    """Return what is to be sent, and the ids of the notifications that have come to nothing."""
    lists = {todo.list_id for todo in state.todos.values()}
    members = Membership.objects.filter(list__in=lists, user__in=state.user_ids, role=Role.EDITOR)
    editors = set(members.values_list("list", "user"))
    browsers = Browser.objects.in_bulk([row.browser_id for row in rows if row.browser_id])
    outgoing, ended = [], []
    for row in rows:
        content = None
        if (user := state.users.get(row.user_id)) and user.is_active:
            address = row.address if row.kind == NotificationKind.CONFIRM else state.address(user.pk)
            reader = Reader(user, state.zone(user.pk), from_ms(now), address)
            browser = browsers.get(row.browser_id)
            own = state.settings_of(user.pk)
            with translation.override(own.language), time_format(own.time_format):
                if row.channel == Channel.EMAIL and address:
                    content = _mail(row, state, reader, editors)
                elif browser and browser.user_id == user.pk:
                    payload = _payload(row, state, reader, editors)
                    content = payload and Push(browser, payload, row.source.hex)
        if content:
            outgoing.append(Outgoing(row, content))
        else:
            ended.append(row.pk)
    return outgoing, ended


def _mail(row: Notification, state: State, reader: Reader, editors: set) -> EmailMessage | None:
    own = state.settings_of(row.user_id)
    match row.kind:
        case NotificationKind.REMINDER if own.by_email and (todo := _still_due(row, state)):
            return messages.reminder_mail(row, todo, reader, may_change=_may_change(todo, row, editors))
        case NotificationKind.DIGEST if digest := state.digest(reader.user, reader.now):
            return messages.digest_mail(row, digest, reader)
        case NotificationKind.TEST:
            return messages.test_mail(row, reader)
        case NotificationKind.CONFIRM if row.address == reader.user.email and not state.address(row.user_id):
            return messages.confirmation_mail(row, reader)
    return None


def _payload(row: Notification, state: State, reader: Reader, editors: set) -> bytes | None:
    if row.kind == NotificationKind.TEST:
        return messages.test_payload(row)
    if row.kind == NotificationKind.DIGEST:
        digest = state.digest(reader.user, reader.now)
        return digest and messages.digest_payload(row, digest, reader)
    if todo := _still_due(row, state):
        return messages.reminder_payload(row, todo, reader, may_change=_may_change(todo, row, editors))
    return None


def _still_due(row: Notification, state: State) -> Todo | None:
    """Return the todo if it is as it was when the reminder became due: open, readable and due then."""
    todo = state.open_todo(row.todo_id, row.user_id)
    if todo is None or (row.follows_deadline and str(todo.due or "") != row.deadline):
        return None
    return todo


def _may_change(todo: Todo, row: Notification, editors: set) -> bool:
    return todo.list.owner_id == row.user_id or (todo.list_id, row.user_id) in editors
