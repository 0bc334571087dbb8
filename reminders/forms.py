"""Forms of reminders."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from reminders.models import BROWSER_NAME_MAX_LENGTH, ENDPOINT_MAX_LENGTH
from reminders.push import InvalidSubscription, check_subscription
from reminders.times import Rule, RuleKind, clock_text
from reminders.words import describe_day, describe_minutes
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline, DeadlineKind
from web.time_format import TimeFormat

MINUTES = (0, 5, 10, 15, 30, 60, 120, 24 * 60, 2 * 24 * 60, 7 * 24 * 60)
DAYS = (0, 1, 2, 3, 7)
NINE = time(9)


def before_times() -> list[tuple[str, str]]:
    return [(f"before {minutes}", describe_minutes(minutes)) for minutes in MINUTES]


def on_days() -> list[tuple[str, str]]:
    return [(f"day {days}", describe_day(days)) for days in DAYS]


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

    when = forms.ChoiceField(label=gettext_lazy("Remind me"))
    time = forms.TimeField(required=False, initial=NINE, label=pgettext_lazy("time", "At"), widget=TimeInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (cleaned.get("when") or "").startswith("day") and not self.errors and cleaned.get("time") is None:
            self.add_error("time", gettext("Enter a time, such as 09:00."))
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
            (gettext("Deadlines with a time"), before_times()),
            (gettext("Deadlines without a time"), on_days()),
        ]
        self.fields["time"].help_text = gettext("Only for deadlines without a time.")


class TodoRuleForm(RuleForm):
    """One more reminder of a todo: what there is to choose depends on its deadline. A moment replaces the choice."""

    moment = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Or at a date and time"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, due: Deadline | None, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        is_day = due is not None and due.kind == DeadlineKind.DAY
        self.fields["when"].required = False
        self.fields["when"].choices = [
            *(on_days() if is_day else before_times()),
            ("none", gettext("No reminder")),
        ]
        if not is_day:
            del self.fields["time"]
        if due is None:
            del self.fields["when"]
            self.fields["moment"].label = gettext("Date and time")
        help_text = gettext("In %(zone)s, the time zone of your default list.")
        self.fields["moment"].help_text = help_text % {"zone": zone.key}

    def clean_moment(self) -> datetime | None:
        moment = self.cleaned_data["moment"]
        if moment is None:
            return None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            sentence = gettext("A reminder must be between the years %(first)s and %(last)s.")
            raise forms.ValidationError(sentence % {"first": FIRST_YEAR, "last": LAST_YEAR})
        return moment.replace(tzinfo=self.zone).astimezone(UTC)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data if self.cleaned_data.get("moment") else super().clean()
        if not self.errors and not (cleaned.get("moment") or cleaned.get("when")):
            self.add_error("moment", gettext("Enter a date and a time."))
        return cleaned

    @property
    def rule(self) -> Rule:
        if moment := self.cleaned_data["moment"]:
            return Rule(RuleKind.MOMENT, moment=moment)
        return Rule(RuleKind.NONE) if self.cleaned_data["when"] == "none" else super().rule


class SettingsForm(forms.Form):
    """How and when messages come."""

    by_email = forms.BooleanField(required=False, label=gettext_lazy("Send me reminders by email"))
    quiet_start = forms.TimeField(required=False, label=gettext_lazy("Quiet from"), widget=TimeInput)
    quiet_end = forms.TimeField(
        required=False,
        label=gettext_lazy("Quiet until"),
        widget=TimeInput,
        help_text=gettext_lazy(
            "A reminder that falls into these hours waits for their end. "
            "If the todo is done by then, it is dropped. Leave both empty to have no quiet hours."
        ),
    )
    digest_at = forms.TimeField(
        required=False,
        label=gettext_lazy("Daily summary at"),
        widget=TimeInput,
        help_text=gettext_lazy(
            "What is overdue and what is due today, in your lists and those shared with you, by email and in "
            "your browsers. Nothing is sent on days without anything. Leave it empty to get none."
        ),
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        required=False,
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("In emails and in what browsers show."),
    )
    time_format = forms.ChoiceField(
        choices=TimeFormat, required=False, label=gettext_lazy("Times"), help_text=gettext_lazy("There, too.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and (cleaned["quiet_start"] is None) != (cleaned["quiet_end"] is None):
            missing = "quiet_start" if cleaned["quiet_start"] is None else "quiet_end"
            self.add_error(missing, gettext("Enter both times, or neither."))
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
