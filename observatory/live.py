"""What pages that show the machine are told: events as they are written down, and the numbers."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from calendars.models import Calendar
from observability.events import Kind
from observatory.models import Event, Experiment
from observatory.numbers import FEED_MINUTES, QUEUE_DEPTH, Numbers, read_numbers
from observatory.queries import NEW_EVENTS
from observatory.recorder import NUDGE
from observatory.stories.links import story_url
from observatory.words import lane, of_another_list, sentence, subject
from todos.queries import find_watched
from web.live import Seen, Source

# The newest, which a page gets as it opens, and what one that reads slowly can catch up on.
EVENTS_SHOWN = 500
# While nothing happens, the numbers and the events together are asked for once a second.
POLL_SECONDS = 1.25
NUMBERS_SECONDS = 5.0
NUMBERS_WHILE_EVENTS_COME = 1.0
# A large database takes long to count. It is to be busy with that for a twentieth of the time at most.
NUMBERS_PAUSE = 20
# So that an event is shown at once, also while others come.
MAX_QUESTIONS = 5
# PostgreSQL gives out an id before the row is committed: an event may come after others with higher ids. It is waited
# for so long.
LATE_SECONDS = 30.0
MAX_MISSING = 1_000
MAX_CALENDARS_KNOWN = 10_000
ID_DIGITS = 19
# What may be said of an event of a list that somebody may not read.
COUNTS = ("count", "todos", "jobs", "status", "ms", "waited_ms", "attempt")


@dataclass(frozen=True)
class Watcher:
    """Who watches. Of lists that they may not read, they see counts alone, unless they see everything."""

    user_id: int  # 0: nobody is signed in
    sees_everything: bool
    session_key: str  # empty for people who are not signed in
    language: str = settings.LANGUAGE_CODE


@dataclass(frozen=True)
class Snapshot:
    """What there is to see at one moment. It does not change."""

    events: Sequence[Event]  # oldest first
    late: Set[int]  # ids of events that have come after others with higher ids
    late_count: int
    numbers: Numbers
    messages: int | None
    readable: Mapping[int, Set[int]]  # by user, those of the lists here that they may read
    #: What pages are told, as it is made: of each event, to those who may read its list and to those who may not; and
    #: the numbers, for each set of calendars in them. Both in each language.
    represented: dict[tuple[int, bool, str], dict[str, object]] = field(default_factory=dict)
    fragments: dict[tuple[frozenset, str], str] = field(default_factory=dict)

    @property
    def newest_id(self) -> int:
        return max((event.pk for event in self.events), default=0)

    @property
    def state(self) -> str:
        return f"{self.newest_id}.{self.late_count}.{self.numbers.now_ms}"

    def seen(self, watcher: Watcher) -> Seen:
        return Seen(self.state, frozenset({NUDGE}), partial(self.news, watcher))

    def news(self, watcher: Watcher, state: str) -> Mapping[str, object]:
        """Return what somebody gets whose page shows an older state, or nothing yet."""
        number = state.partition(".")[0][:ID_DIGITS]
        shown = int(number) if number.isdecimal() else 0
        events = [event for event in self.events if event.pk > shown or event.pk in self.late]
        return {
            "now": self.numbers.now_ms,
            "events": [self.represent(event, watcher) for event in events],
            "numbers": self.fragment(watcher),
        }

    def represent(self, event: Event, watcher: Watcher) -> dict[str, object]:
        is_of_list = event.list_id is not None or event.calendar_id is not None
        # What is of no list may be somebody's all the same: a message about a reminder. A sweep is everybody's.
        is_everybodys = event.kind == Kind.SWEEP and not is_of_list
        key = event.pk, is_everybodys or self.may_read(watcher, event.list_id), watcher.language
        if key not in self.represented:
            with translation.override(watcher.language):
                self.represented[key] = self._represent(event, is_readable=key[1])
        return self.represented[key]

    def _represent(self, event: Event, *, is_readable: bool) -> dict[str, object]:
        shown = {"id": event.pk, "at": event.at_ms, "kind": event.kind, "lane": lane(event.kind)}
        if not is_readable:
            details = {name: event.details[name] for name in COUNTS if name in event.details}
            about = translation.gettext("another list") if event.list_id or event.calendar_id else ""
            return {**shown, "text": of_another_list(event), "about": about, "details": details}
        return {
            **shown,
            "text": sentence(event),
            "about": subject(event),
            "story": story_url(event),
            "list": event.list_id,
            "calendar": event.calendar_id,
            "job": event.job_id and str(event.job_id),
            "request": event.request_id,
            "process": event.process,
            "details": event.details,
        }

    def may_read(self, watcher: Watcher, list_id: int | None) -> bool:
        if watcher.sees_everything:
            return True
        return list_id is not None and list_id in self.readable.get(watcher.user_id, ())

    def fragment(self, watcher: Watcher) -> str:
        """Return the numbers as HTML."""
        numbers = self.numbers
        if not watcher.sees_everything:
            numbers = numbers.for_lists(self.readable.get(watcher.user_id, ()))
        key = frozenset(one.id for one in numbers.calendars), watcher.language
        if key not in self.fragments:
            context = {"numbers": numbers, "messages": self.messages, "minutes": FEED_MINUTES}
            with translation.override(watcher.language):
                self.fragments[key] = render_to_string("observatory/includes/numbers.html", context)
        return self.fragments[key]


def look(watcher: Watcher) -> Snapshot:
    """Return what is to be seen now, for one page."""
    events = read_events(since=0)
    find_lists(events, {})
    numbers = read_numbers()
    readable, _ = ask_who_reads([watcher], lists_of(events, numbers))
    return Snapshot(events, frozenset(), 0, numbers, QUEUE_DEPTH.latest(), readable)


class Machine:
    """What this process knows of the machine, for all of its open pages. Only the hub's thread uses it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.newest_id = 0
        self.late: dict[int, float] = {}  # ids, and when the events came
        self.late_count = 0
        self.missing: dict[int, float] = {}  # ids that may yet come, and since when they are waited for
        self.lists: dict[int, int] = {}  # of calendars
        self.numbers: Numbers | None = None
        self.snapshot: Snapshot | None = None
        self.readable: Mapping[int, Set[int]] = {}  # as they were last asked for
        self.asked: Set[Watcher] = frozenset()  # for these
        self.refused: set[Watcher] = set()
        self._count_again_at = 0.0
        self._is_counted = False  # since the newest event

    def read(self, watchers: Set[Watcher]) -> Mapping[Watcher, Seen]:
        """Ask what is new. While nothing happens, that is one query, and every NUMBERS_SECONDS one more."""
        has_events = self._read_events()
        has_numbers = self._read_numbers(watchers)
        has_joined = not watchers <= self.asked
        if has_events or has_joined or (has_numbers and self.numbers.calendars):
            self.readable, sessions = ask_who_reads(watchers, lists_of(self.events, self.numbers))
            self.refused |= {one for one in watchers if one.session_key and one.session_key not in sessions}
            self.asked = frozenset(watchers)
        if has_events or has_joined or has_numbers:
            late, messages = frozenset(self.late), QUEUE_DEPTH.latest()
            self.snapshot = Snapshot([*self.events], late, self.late_count, self.numbers, messages, self.readable)
        self.refused &= watchers
        return {one: self.snapshot.seen(one) for one in watchers - self.refused}

    def _read_events(self) -> bool:
        now = time.monotonic()
        self.missing = {number: since for number, since in self.missing.items() if now - since < LATE_SECONDS}
        self.late = {number: since for number, since in self.late.items() if now - since < LATE_SECONDS}
        new = read_events(since=self.newest_id, missing=self.missing)
        if not new:
            return False
        find_lists(new, self.lists)
        ids = {event.pk for event in new}
        late = ids & self.missing.keys()
        self.late |= dict.fromkeys(late, now)
        self.late_count += len(late)
        for number in late:
            del self.missing[number]
        newest_id = max(self.newest_id, *ids)
        if self.newest_id and len(new) < EVENTS_SHOWN:  # else there are more than are shown
            between = range(max(self.newest_id + 1, newest_id - MAX_MISSING), newest_id)
            self.missing |= dict.fromkeys(set(between) - ids, now)
        self.newest_id = newest_id
        self.events = sorted([*self.events, *new], key=lambda event: event.pk)[-EVENTS_SHOWN:]
        self._is_counted = False
        return True

    def _read_numbers(self, watchers: Set[Watcher]) -> bool:
        """Read the numbers if it is time, and who of those who watch may go on."""
        began = time.monotonic()
        if began < self._count_again_at - (0 if self._is_counted else NUMBERS_SECONDS - NUMBERS_WHILE_EVENTS_COME):
            return False
        self.numbers = read_numbers(
            {one.session_key for one in watchers} - {""}, {one.user_id for one in watchers if one.sees_everything}
        )
        took = time.monotonic() - began
        self._count_again_at = began + max(NUMBERS_SECONDS, took * NUMBERS_PAUSE)
        self._is_counted = True
        self.refused |= {one for one in watchers if not self._may_go_on(one)}
        return True

    def _may_go_on(self, watcher: Watcher) -> bool:
        is_signed_in = not watcher.session_key or watcher.session_key in self.numbers.sessions
        return is_signed_in and (not watcher.sees_everything or watcher.user_id in self.numbers.staff)


def read_events(since: int, missing: Collection[int] = ()) -> list[Event]:
    """Return the newest events above an id, and those whose ids were missing; the oldest first."""
    above = min([*missing, since + 1]) - 1
    rows = NEW_EVENTS(above=above, since=since, missing=[*missing], most=EVENTS_SHOWN)
    return [Event(*row) for row in rows[::-1]]


def find_lists(events: Iterable[Event], known: dict[int, int]) -> None:
    """Say of each event of a calendar which list it is of; ``known`` has the lists of calendars, and gets more."""
    wanted = {event.calendar_id for event in events if event.list_id is None} - known.keys() - {None}
    if wanted:
        if len(known) > MAX_CALENDARS_KNOWN:
            known.clear()
        known |= dict(Calendar.objects.filter(pk__in=wanted).values_list("pk", "list"))
    for event in events:
        if event.list_id is None:
            event.list_id = known.get(event.calendar_id)


def lists_of(events: Iterable[Event], numbers: Numbers) -> set[int]:
    return {one.list_id for one in [*events, *numbers.calendars]} - {None}


def ask_who_reads(watchers: Iterable[Watcher], lists: Set[int]) -> tuple[dict[int, set[int]], set[str]]:
    """Return which of the lists each user may read, and which sessions have not ended."""
    readable: dict[int, set[int]] = {}
    sessions = set()
    rows = find_watched()(
        lists=[*lists] if any(not one.sees_everything for one in watchers) else [],
        users=[*{one.user_id for one in watchers if not one.sees_everything}],
        overviews=[],
        sessions=[*{one.session_key for one in watchers} - {""}],
        others=[],
        now=datetime.now(UTC),
    )
    for list_id, reader, *_, key, _ in rows:
        if key:
            sessions.add(key)
        else:
            readable.setdefault(reader, set()).add(list_id)
    if settings.LAB:  # whose experiments the lists are of: nobody else's
        for list_id, reader in Experiment.objects.filter(list_id__in=lists).values_list("list_id", "user_id"):
            readable.setdefault(reader or 0, set()).add(list_id)
    return readable, sessions


MACHINE = Source(Machine().read, max_questions=MAX_QUESTIONS, poll_seconds=POLL_SECONDS)
