"""The fieldset "Repeat" of a todo's form: inputs for the usual rules, and the text of every other."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import dates
from django.utils.translation import gettext_lazy as _

from todos.agenda import Clock
from todos.models import Todo
from todos.recurrence import rule
from todos.recurrence.rule import MAX_COUNT, MAX_INTERVAL, MAX_LENGTH, RuleError, parse_rule

WEEKDAYS = {name: dates.WEEKDAYS[number] for number, name in enumerate(rule.WEEKDAYS)}
WORKDAYS = "MO,TU,WE,TH,FR"
FIELD_OF_PART = {"INTERVAL": "repeat_every", "COUNT": "repeat_times", "UNTIL": "repeat_until"}


class Repeat(models.TextChoices):
    NEVER = "", _("Never")
    DAILY = "daily", _("Daily")
    WORKDAYS = "weekdays", _("On weekdays, Monday to Friday")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    YEARLY = "yearly", _("Yearly")
    CUSTOM = "custom", _("Custom rule")


class Monthly(models.TextChoices):
    DAY = "", _("the same day, such as the 15th")
    LAST_DAY = "last", _("the last day of the month")
    WEEKDAY = "weekday", _("the same weekday, such as the second Friday")
    LAST_WEEKDAY = "last-weekday", _("the last such weekday, such as the last Friday")


class Ends(models.TextChoices):
    NEVER = "", _("Never")
    UNTIL = "until", _("On a day")
    COUNT = "count", _("After a number of times")


def number_field(label: str, most: int | None = None, **kwargs: Any) -> forms.IntegerField:
    """Return a field for a positive number. Its input is one for text: browsers send no form with an invalid number in
    an input that is hidden.
    """
    widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(required=False, min_value=1, max_value=most, label=label, widget=widget, **kwargs)


class RepeatFields(forms.Form):
    """How often a todo repeats. Inputs that the chosen kind does not need are hidden by styles, and ignored."""

    clock: Clock
    todo: Todo | None

    repeat = forms.ChoiceField(required=False, choices=Repeat, label=_("Repeats"))
    repeat_every = number_field(_("Every how many"), MAX_INTERVAL, initial=1)
    repeat_days = forms.MultipleChoiceField(
        required=False, choices=WEEKDAYS.items(), label=_("On"), initial=(), widget=forms.CheckboxSelectMultiple
    )
    repeat_monthly = forms.ChoiceField(required=False, choices=Monthly, label=_("On"))
    repeat_rule = forms.CharField(
        required=False,
        max_length=MAX_LENGTH,
        label=_("Rule"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("An RRULE of iCalendar, such as <code>FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1</code>."),
    )
    repeat_ends = forms.ChoiceField(required=False, choices=Ends, label=_("Ends"))
    repeat_until = forms.DateField(
        required=False, label=_("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    repeat_times = number_field(_("Number of times, including this one"), MAX_COUNT)
    repeat_from = forms.ChoiceField(
        required=False,
        choices=[("", _("the deadline")), ("completion", _("the day I complete it"))],
        label=_("Counts from"),
    )
    repeat_moves = forms.ChoiceField(
        required=False,
        choices=[("", _("moves this occurrence only")), ("all", _("moves this and all later ones"))],
        label=_("Changing the deadline"),
    )

    @property
    def first_day(self) -> date | None:
        """The day of the deadline, if the form has one."""
        return self.cleaned_data.get("date")

    @property
    def rule_day(self) -> date | None:
        """The day that a rule can name: that of the occurrence, where the deadline was moved and stays."""
        if self.todo and self.todo.occurrence and "date" not in self.changed_data:
            return date.fromisoformat(self.todo.occurrence[:10])
        return self.first_day

    @property
    def has_repeat(self) -> bool:
        """Whether the form was sent with this fieldset: an editor of the release before does not have it."""
        return "repeat" in self.data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["rule"] = ""
        if cleaned.get("repeat") and not self.errors.keys() & RepeatFields.base_fields.keys():
            try:
                cleaned["rule"] = self._read_rule()
            except ValidationError as error:
                self.add_error(None, error)
        if cleaned["rule"] and self.first_day is None and not self.errors.keys() & {"date", "time"}:
            self.add_error("date", _("A todo that repeats needs a deadline."))
        return cleaned

    def _read_rule(self) -> str:
        if self.cleaned_data["repeat"] == Repeat.CUSTOM:
            if not (text := self.cleaned_data["repeat_rule"]):
                raise ValidationError({"repeat_rule": _("Enter a rule.")})
        else:
            text = ";".join([*self._days(), *self._end()])
        try:
            return str(parse_rule(text))
        except RuleError as error:
            at = next((name for part, name in FIELD_OF_PART.items() if part in str(error)), "repeat")
            at = "repeat_rule" if self.cleaned_data["repeat"] == Repeat.CUSTOM else at
            raise ValidationError({at: str(error)}) from error

    def _days(self) -> list[str]:
        """Return the parts of the rule that say on which days. Those that the deadline says, the service adds."""
        chosen = self.cleaned_data
        kind, days = chosen["repeat"], chosen["repeat_days"]
        if chosen["repeat_from"]:
            if kind == Repeat.WORKDAYS:
                raise ValidationError(
                    {"repeat_from": _("A todo that repeats on weekdays counts from its deadline.")}
                )
            return [f"FREQ={kind.upper()}", f"INTERVAL={chosen['repeat_every'] or 1}"]
        if kind == Repeat.WORKDAYS:
            return ["FREQ=WEEKLY", f"BYDAY={WORKDAYS}"]
        parts = [f"FREQ={kind.upper()}", f"INTERVAL={chosen['repeat_every'] or 1}"]
        if kind == Repeat.WEEKLY and days and not self._moves_day(days):
            parts += [f"BYDAY={','.join(days)}", f"WKST={[*WEEKDAYS][self.clock.week_start]}"]
        if kind == Repeat.MONTHLY and (on := chosen["repeat_monthly"]):
            parts.append("BYMONTHDAY=-1" if on == Monthly.LAST_DAY else self._weekday(on))
        return parts

    def _moves_day(self, days: list[str]) -> bool:
        """Return whether the one day of a weekly rule goes along with a new deadline."""
        return (
            bool(self.cleaned_data.get("repeat_moves"))
            and len(days) == 1
            and days == self.initial.get("repeat_days")
        )

    def _weekday(self, on: str) -> str:
        if self.first_day is None:
            raise ValidationError({"date": _("A todo that repeats needs a deadline.")})
        day = self.rule_day
        number = -1 if on == Monthly.LAST_WEEKDAY else (day.day - 1) // 7 + 1
        return f"BYDAY={number}{[*WEEKDAYS][day.weekday()]}"

    def _end(self) -> list[str]:
        ends, last, times = (self.cleaned_data[f"repeat_{name}"] for name in ("ends", "until", "times"))
        if ends == Ends.UNTIL:
            if last is None:
                raise ValidationError({"repeat_until": _("Choose the last day.")})
            if self.rule_day and last < self.rule_day:
                raise ValidationError({"repeat_until": _("The last day is before the deadline.")})
            return [f"UNTIL={last:%Y%m%d}"]
        if ends == Ends.COUNT:
            if times is None:
                raise ValidationError({"repeat_times": _("Enter how many times.")})
            return [f"COUNT={times}"]
        return []

    @property
    def repeat_changes(self) -> dict[str, Any]:
        """The rule, for the services, if the person changed it."""
        changed = set(self.changed_data)
        follows = self.cleaned_data.get("repeat_moves") and changed & {"date", "time", "kind"}
        if not self.has_repeat or not (changed & RepeatFields.base_fields.keys() - {"repeat_moves"} or follows):
            return {}
        return self.repeat_values

    @property
    def date_changes(self) -> dict[str, Any]:
        """The deadline and the rule, for the services, of a form whose inputs for these are valid."""
        return {"due": self.due} | self.series_changes

    @property
    def series_changes(self) -> dict[str, Any]:
        """What becomes of the series: a new rule, or, where only this occurrence is moved, its place in the old one."""
        moves_one = (
            self.todo
            and self.todo.rule
            and self.has_repeat
            and set(self.changed_data) & {"date", "time", "kind"}
            and self.due
            and not self.cleaned_data.get("repeat_moves")
        )
        return self.repeat_changes or ({"occurrence": self.todo.occurrence} if moves_one else {})

    @property
    def repeat_values(self) -> dict[str, Any]:
        from_completion = bool(self.cleaned_data["rule"] and self.cleaned_data.get("repeat_from"))
        return {"rule": self.cleaned_data["rule"], "repeats_from_completion": from_completion}

    @staticmethod
    def initial_of_rule(todo: Todo, week_start: int) -> dict[str, Any]:
        """Return the initial values that show a todo's rule, in a list whose weeks start on this weekday."""
        if not todo.rule:
            return {}
        parts = dict(part.split("=") for part in todo.rule.split(";"))
        initial = {
            "repeat_from": "completion" if todo.repeats_from_completion else "",
            "repeat_every": int(parts.pop("INTERVAL", 1)),
        }
        if until := parts.pop("UNTIL", None):
            initial |= {"repeat_ends": Ends.UNTIL, "repeat_until": date.fromisoformat(until)}
        if count := parts.pop("COUNT", None):
            initial |= {"repeat_ends": Ends.COUNT, "repeat_times": int(count)}
        days = _inputs_of_days(parts, initial["repeat_every"], todo.occurrence[:10], [*WEEKDAYS][week_start])
        if days is None:
            return {
                "repeat": Repeat.CUSTOM,
                "repeat_rule": todo.rule,
                "repeat_from": initial["repeat_from"],
            }
        return initial | days


def _inputs_of_days(parts: dict[str, str], interval: int, day: str, week_start: str) -> dict[str, Any] | None:
    """Return the inputs for the parts of a rule that say on which days it holds, or None if there are none for them.

    The rule is one whose occurrence is on this day.
    """
    frequency, parts = parts["FREQ"], {name: value for name, value in parts.items() if name != "FREQ"}
    if frequency == "WEEKLY":
        if parts.pop("WKST", "MO") != week_start and interval > 1 and "," in parts.get("BYDAY", ""):
            return None  # the form would write other weeks
        if parts.get("BYDAY") == WORKDAYS and interval == 1:
            return {"repeat": Repeat.WORKDAYS}
    names, on = tuple(parts), parts.get("BYDAY", "")
    match frequency, names:
        case (("DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY"), ()):
            return {"repeat": frequency.lower()}
        case "WEEKLY", ("BYDAY",):
            return {"repeat": Repeat.WEEKLY, "repeat_days": on.split(",")}
        case "MONTHLY", ("BYMONTHDAY",) if parts["BYMONTHDAY"] == "-1":
            return {"repeat": Repeat.MONTHLY, "repeat_monthly": Monthly.LAST_DAY}
        case "MONTHLY", ("BYMONTHDAY",) if parts["BYMONTHDAY"] == f"{int(day[8:])}":
            return {"repeat": Repeat.MONTHLY}
        case "MONTHLY", ("BYDAY",) if on[:-2] == "-1":
            return {"repeat": Repeat.MONTHLY, "repeat_monthly": Monthly.LAST_WEEKDAY}
        case "MONTHLY", ("BYDAY",) if on[:-2] in {"1", "2", "3", "4", "5"}:
            return {"repeat": Repeat.MONTHLY, "repeat_monthly": Monthly.WEEKDAY}
    if frequency == "YEARLY" and parts == {"BYMONTH": f"{int(day[5:7])}", "BYMONTHDAY": f"{int(day[8:])}"}:
        return {"repeat": Repeat.YEARLY}
    return None
