"""Forms of reminders."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from reminders.models import BROWSER_NAME_MAX_LENGTH, ENDPOINT_MAX_LENGTH, Language
from reminders.push import InvalidSubscription, check_subscription
from reminders.times import Rule, RuleKind, clock_text
from reminders.words import amount, describe_day
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline, DeadlineKind
from web.preferences import TimeFormat

MINUTES = (0, 5, 10, 15, 30, 60, 120, 24 * 60, 2 * 24 * 60, 7 * 24 * 60)
DAYS = (0, 1, 2, 3, 7)
BEFORE_TIMES = [
    (f"before {minutes}", f"{amount(minutes)} before" if minutes else "When it is due") for minutes in MINUTES
]
ON_DAYS = [(f"day {days}", describe_day(days)) for days in DAYS]
NINE = time(9)


def minutes_of(value: time | None) -> int | None:
    return None if value is None else value.hour * 60 + value.minute


def time_of(minutes: int | None) -> str:
    return "" if minutes is None else clock_text(minutes)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class RuleForm(forms.Form):
    """One more reminder."""

    when = forms.ChoiceField(label="Remind me")
    time = forms.TimeField(required=False, initial=NINE, label="At", widget=TimeInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (cleaned.get("when") or "").startswith("day") and not self.errors and cleaned.get("time") is None:
            self.add_error("time", "Enter a time, such as 09:00.")
        return cleaned

    @property
    def rule(self) -> Rule:
        kind, _, number = self.cleaned_data["when"].partition(" ")
        if kind == RuleKind.BEFORE:
            return Rule(RuleKind.BEFORE, minutes=int(number))
        return Rule(RuleKind.DAY, minutes=minutes_of(self.cleaned_data["time"]), days=int(number))


class DefaultForm(RuleForm):
    """One more reminder of all todos of a list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["when"].choices = [
            ("Deadlines with a time", BEFORE_TIMES),
            ("Deadlines without a time", ON_DAYS),
        ]
        self.fields["time"].help_text = "Only for deadlines without a time."


class TodoRuleForm(RuleForm):
    """One more reminder of a todo: what there is to choose depends on its deadline. A moment replaces the choice."""

    moment = forms.DateTimeField(
        required=False,
        label="Or at a date and time",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, due: Deadline | None, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        is_day = due is not None and due.kind == DeadlineKind.DAY
        self.fields["when"].required = False
        self.fields["when"].choices = [*(ON_DAYS if is_day else BEFORE_TIMES), ("none", "No reminder")]
        if not is_day:
            del self.fields["time"]
        if due is None:
            del self.fields["when"]
            self.fields["moment"].label = "Date and time"
        self.fields["moment"].help_text = f"In {zone.key}, the time zone of your default list."

    def clean_moment(self) -> datetime | None:
        moment = self.cleaned_data["moment"]
        if moment is None:
            return None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise forms.ValidationError(f"A reminder must be between the years {FIRST_YEAR} and {LAST_YEAR}.")
        return moment.replace(tzinfo=self.zone).astimezone(UTC)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data if self.cleaned_data.get("moment") else super().clean()
        if not self.errors and not (cleaned.get("moment") or cleaned.get("when")):
            self.add_error("moment", "Enter a date and a time.")
        return cleaned

    @property
    def rule(self) -> Rule:
        if moment := self.cleaned_data["moment"]:
            return Rule(RuleKind.MOMENT, moment=moment)
        return Rule(RuleKind.NONE) if self.cleaned_data["when"] == "none" else super().rule


class SettingsForm(forms.Form):
    """How and when messages come."""

    by_email = forms.BooleanField(required=False, label="Send me reminders by email")
    quiet_start = forms.TimeField(required=False, label="Quiet from", widget=TimeInput)
    quiet_end = forms.TimeField(
        required=False,
        label="Quiet until",
        widget=TimeInput,
        help_text="A reminder that falls into these hours waits for their end. "
        "If the todo is done by then, it is dropped. Leave both empty to have no quiet hours.",
    )
    digest_at = forms.TimeField(
        required=False,
        label="Daily summary at",
        widget=TimeInput,
        help_text="What is overdue and what is due today, in your lists and those shared with you, by email and in "
        "your browsers. Nothing is sent on days without anything. Leave it empty to get none.",
    )
    language = forms.ChoiceField(
        choices=Language,
        required=False,
        label="Language of dates",
        help_text="In emails and in what browsers show.",
    )
    time_format = forms.ChoiceField(choices=TimeFormat, required=False, label="Times", help_text="There, too.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and (cleaned["quiet_start"] is None) != (cleaned["quiet_end"] is None):
            missing = "quiet_start" if cleaned["quiet_start"] is None else "quiet_end"
            self.add_error(missing, "Enter both times, or neither.")
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        times = {name: minutes_of(self.cleaned_data[name]) for name in ("quiet_start", "quiet_end", "digest_at")}
        # Forms of an earlier version do not have these.
        chosen = {name: self.cleaned_data[name] for name in ("language", "time_format") if self.cleaned_data[name]}
        return {"by_email": self.cleaned_data["by_email"]} | chosen | times


class BrowserForm(forms.Form):
    """What a browser says of its push service."""

    name = forms.CharField(max_length=BROWSER_NAME_MAX_LENGTH)
    endpoint = forms.CharField(max_length=ENDPOINT_MAX_LENGTH)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=50)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            try:
                check_subscription(cleaned["endpoint"], cleaned["p256dh"], cleaned["auth"])
            except InvalidSubscription as error:
                raise forms.ValidationError(str(error)) from error
        return cleaned
