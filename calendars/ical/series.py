"""What says in a file that a todo repeats (RFC 5545, 3.8.4.4 and 3.8.5.3)."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from calendars.ical import content_lines as lines
from calendars.ical.time_zones import zone_info
from todos.deadlines import DeadlineKind
from todos.recurrence.occurrence import Occurrence, next_occurrence, parse_occurrence
from todos.recurrence.rule import Rule, parse_rule

END_OF_DAY = time(23, 59, 59)
# A rule that counts from completion, for our own imports. No RRULE says that, Tasks.org loses it (tasks/tasks #2009),
# and other programs leave alone what they do not know.
FROM_COMPLETION = "X-TASKOVERFLOW-REPEAT-FROM-COMPLETION"
OCCURRENCE = "X-OCCURRENCE"


@dataclass(frozen=True)
class Series:
    """A rule and the occurrence that it is at. Times are those of the series' clock, without a zone."""

    rule: Rule
    occurrence: Occurrence

    @property
    def rule_line(self) -> str:
        """RRULE. Our rules have a date as UNTIL; in files it has DTSTART's form, and is in UTC if that has a zone."""
        text, kind = str(self.rule), self.occurrence.kind
        if self.rule.until and kind != DeadlineKind.DAY:
            # Google and Apple write the end of the day too, so whatever is on the last day counts.
            end = datetime.combine(self.rule.until, END_OF_DAY)
            written = f"{lines.digits(self.moment(end))}Z" if kind == DeadlineKind.INSTANT else lines.digits(end)
            text = text.replace(f"UNTIL={lines.digits(end)[:8]}", f"UNTIL={written}")
        return f"RRULE:{text}"

    def line(self, name: str, wall: datetime) -> str:
        """Return the line of a time by the series' clock."""
        kind, zone = self.occurrence.kind, self.occurrence.zone
        if kind != DeadlineKind.INSTANT or zone == "UTC":
            return lines.moment(name, wall, kind)
        return f"{name};TZID={zone}:{lines.digits(wall)}"

    def span(self, start: datetime, length: timedelta) -> list[str]:
        """Return the lines of when an event of this length is. A day is always one."""
        begin = self.line("DTSTART", start)
        if self.occurrence.kind == DeadlineKind.DAY:
            return [begin, self.line("DTEND", start + timedelta(days=1))]
        # A DTEND would make all of them an hour longer or shorter if clocks change during this one.
        seconds = int(length.total_seconds())
        duration = f"{seconds}S" if seconds % 60 else f"{seconds // 60}M"
        return [begin, f"DURATION:PT{duration}"] if seconds else [begin]

    def moment(self, wall: datetime) -> datetime:
        """Return how a deadline at this time is stored, by the time zones of files."""
        if self.occurrence.kind != DeadlineKind.INSTANT:
            return wall.replace(tzinfo=UTC)
        return wall.replace(tzinfo=zone_info(self.occurrence.zone)).astimezone(UTC)

    @staticmethod
    def begin_before(end: datetime, length: timedelta) -> datetime:
        """Return when something of this length begins, but on the same day: the rule names the days of both."""
        return max(end - length, datetime.combine(end.date(), time.min))


def completion_rule(rule: str, occurrence: str) -> str:
    """Return the line of a rule that counts from completion. Of an instant, it says what the series' clock shows."""
    current = parse_occurrence(occurrence)
    is_instant = current.kind == DeadlineKind.INSTANT
    clock = f";{OCCURRENCE}={lines.digits(current.wall)} {current.zone}" if is_instant else ""
    return f"{FROM_COMPLETION};VALUE=RECUR{clock}:{rule}"


def series_of(rule: str, occurrence: str) -> Series | None:
    """Return the series, unless it ends with this occurrence."""
    series = Series(parse_rule(rule), parse_occurrence(occurrence))
    is_last = series.rule.count == 1 or (series.rule.until and not next_occurrence(series.rule, series.occurrence))
    return None if is_last else series
