"""Forms of todos."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from todos.agenda import Clock
from todos.conflicts import fingerprints
from todos.deadlines import FIRST_YEAR, LAST_YEAR, Deadline, DeadlineKind
from todos.forms.repeat import RepeatFields
from todos.labels import MAX_LABELS_OF_TODO, NAME_MAX_LENGTH, LabelError, parse_labels
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Todo, TodoList
from todos.priorities import PRIORITIES, Priority
from todos.quick_add import DEADLINE_MAX_LENGTH, Reading, no_lists, read, read_deadline

PRIORITY_CHOICES = [(priority.word, priority.label) for priority in Priority]


class PlainText(forms.CharField):
    """Text whose line ends become "\\n", as in the API; browsers send "\\r\\n"."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n")


class LabelsField(forms.CharField):
    """Labels with commas between them. The page has a datalist of those that there are."""

    widget = forms.TextInput({"autocomplete": "off", "list": "label-names", "placeholder": _("uni, group work")})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_LABELS_OF_TODO * (NAME_MAX_LENGTH + 2), required=False, **kwargs)

    def clean(self, value: Any) -> tuple[str, ...]:
        try:
            return parse_labels(name for name in super().clean(value).split(",") if name.strip())
        except LabelError as error:
            raise ValidationError(str(error)) from error


class WordsField(forms.CharField):
    """A deadline in words."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"autocomplete": "off", "placeholder": _("friday 2pm")})
        super().__init__(
            max_length=DEADLINE_MAX_LENGTH, required=False, label=_("Deadline in words"), widget=widget, **kwargs
        )

    @staticmethod
    def not_read(words: str) -> str:
        sentence = _("“%(words)s” was not understood as a deadline. Try “tomorrow”, “next week” or “friday 2pm”.")
        return sentence % {"words": words}


class DeadlineForm(forms.Form):
    """A deadline as three inputs: a day, an optional time, and the kind of time."""

    date = forms.DateField(
        required=False, label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    time = forms.TimeField(required=False, label=_("Time"), widget=forms.TimeInput({"type": "time"}))
    kind = forms.ChoiceField(required=False, label=_("Time zone"), widget=forms.Select)

    def __init__(self, *args: Any, clock: Clock, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clock = clock
        self.fields["kind"].choices = [
            (DeadlineKind.FLOATING, _("local time, wherever I am")),
            (DeadlineKind.INSTANT, _("in %(zone)s, the same moment everywhere") % {"zone": clock.zone.key}),
        ]

    def clean_date(self) -> Any:
        day = self.cleaned_data["date"]
        if day and not FIRST_YEAR < day.year < LAST_YEAR:
            years = {"first": FIRST_YEAR + 1, "last": LAST_YEAR - 1}
            raise ValidationError(_("A deadline must be between the years %(first)d and %(last)d.") % years)
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("time") and not cleaned.get("date") and "date" not in self.errors:
            self.add_error("date", _("A time needs a day."))
        return cleaned

    @property
    def due(self) -> Deadline | None:
        """The deadline of a valid form."""
        day, at = self.cleaned_data["date"], self.cleaned_data["time"]
        if day is None:
            return None
        if at is None:
            return Deadline.of_day(day)
        wall = datetime.combine(day, at)
        if self.cleaned_data["kind"] == DeadlineKind.INSTANT:
            return Deadline(wall.replace(tzinfo=self.clock.zone).astimezone(UTC), DeadlineKind.INSTANT)
        return Deadline.of_clock(wall)

    @staticmethod
    def initial_of(deadline: Deadline | None, clock: Clock) -> dict[str, Any]:
        """Return the initial values that show a deadline."""
        if deadline is None:
            return {"kind": DeadlineKind.FLOATING}
        wall = deadline.on_clock(clock.zone)
        is_day = deadline.kind == DeadlineKind.DAY
        at = "" if is_day else wall.time().isoformat("seconds" if wall.second else "minutes")
        kind = DeadlineKind.FLOATING if is_day else deadline.kind
        return {"date": wall.date(), "time": at, "kind": kind}


class MoveForm(forms.Form):
    """Where to move todos: to a day, or to a deadline in words, which goes first."""

    day = forms.DateField(
        required=False,
        validators=[
            MinValueValidator(date(FIRST_YEAR + 1, 1, 1)),
            MaxValueValidator(date(LAST_YEAR - 1, 12, 31)),
        ],
    )
    when = WordsField()

    def __init__(self, *args: Any, clock: Clock, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clock, self.language = clock, language

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if words := cleaned.get("when"):
            reading = read_deadline(words, self.clock, self.language)
            if reading is None:
                self.add_error("when", WordsField.not_read(words))
            elif reading.rule:
                self.add_error("when", _("Todos that are moved together cannot be set to repeat."))
            else:
                cleaned["due"] = reading.deadline
        elif cleaned.get("day"):
            cleaned["due"] = Deadline.of_day(cleaned["day"])
        elif not self.errors:
            self.add_error("day", _("Choose a day."))
        return cleaned

    def due_of(self, todo: Todo) -> Deadline:
        """Return the todo's new deadline. It keeps its time on another day."""
        due = self.cleaned_data["due"]
        if due.kind == DeadlineKind.DAY and todo.due:
            return todo.due.on_day(due.moment.date(), todo.list.zone)
        return due


class TodoForm(RepeatFields, DeadlineForm):
    """What people write in a todo."""

    title = PlainText(
        label=_("Title"),
        max_length=TITLE_MAX_LENGTH,
        error_messages={"required": _("A todo needs a title.")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    description = PlainText(
        label=_("Description"),
        required=False,
        max_length=DESCRIPTION_MAX_LENGTH,
        strip=False,
        widget=forms.Textarea({"rows": 3}),
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        required=False,
        choices=PRIORITY_CHOICES,
        coerce=PRIORITIES.get,
        empty_value=Priority.NONE,
        initial=Priority.NONE.word,
    )
    labels = LabelsField(label=_("Labels"))
    when = WordsField()
    parent_id = forms.TypedChoiceField(required=False, label=_("Sub-task of"), coerce=int, empty_value=None)
    # The version of the todo that the form shows.
    sequence = forms.IntegerField(required=False, widget=forms.HiddenInput)

    DATE_INPUTS = DeadlineForm.base_fields.keys() | RepeatFields.base_fields.keys()
    field_order = ["title", "description", "date", "time", "kind", "priority", "labels", "parent_id", "sequence"]

    def __init__(
        self,
        *args: Any,
        todo: Todo | None = None,
        parents: Sequence[tuple[int, str]] = (),
        language: str = "en",
        **kwargs: Any,
    ) -> None:
        if todo is not None:
            kwargs["initial"] = {
                "title": todo.title,
                "description": todo.description,
                "priority": Priority(todo.priority).word,
                "labels": ", ".join(todo.labels),
                "parent_id": str(todo.parent_id or ""),
                "sequence": todo.sequence,
                **self.initial_of(todo.due, kwargs["clock"]),
                **self.initial_of_rule(todo, kwargs["clock"].week_start),
            }
        # One page can have several of these forms.
        kwargs["auto_id"] = f"todo-{todo.pk}-%s" if todo else "new-%s"
        self.todo = todo
        self.language = language  # of words
        super().__init__(*args, **kwargs)
        self.words: Reading | None = None
        if when := self.fields.get("when"):
            when.widget.attrs["list"] = f"{self['when'].id_for_label}-words"
            self.words = read_deadline(self.data.get("when", "").strip(), self.clock, self.language)
        self.says_two_deadlines = bool(self.words) and self._chooses_deadline()
        if self.says_two_deadlines:
            self.words = None
        if self.words:
            self.data = self._with_inputs_of(self.words)
        self.fields["parent_id"].choices = [("", pgettext("sub-task of", "None")), *parents]
        if not parents and not self.data.get("parent_id"):
            del self.fields["parent_id"]
        if todo is None or not todo.rule:
            del self.fields["repeat_moves"]

    @property
    def due(self) -> Deadline | None:
        return self.words.deadline if self.words else super().due

    def _chooses_deadline(self) -> bool:
        """Whether the form was sent with a day or a time that the page did not show."""
        day, at = self.data.get("date"), self.data.get("time", "")
        return bool(day) and f"{day} {at}" != self.data.get("deadline-shown", self._initial_deadline)

    @property
    def _initial_deadline(self) -> str:
        return f"{self.initial.get('date') or ''} {self.initial.get('time') or ''}"

    @property
    def deadline_shown(self) -> str:
        """The day and the time that the page shows; it sends them along.

        They may be those of words that were read before, or the todo may have another deadline since.
        """
        if self.says_two_deadlines:
            return self.data.get("deadline-shown", self._initial_deadline)
        return f"{self['date'].value() or ''} {self['time'].value() or ''}"

    def _with_inputs_of(self, reading: Reading) -> QueryDict:
        """Return the form's data as if what the words say had been chosen in the other inputs."""
        data = self.data.copy()
        inputs = {"when": "", **self.initial_of(reading.deadline, self.clock)}
        if reading.rule:
            day = str(reading.deadline.on_clock(self.clock.zone).date())
            series = Todo(
                rule=reading.rule, occurrence=day, repeats_from_completion=reading.repeats_from_completion
            )
            inputs |= dict.fromkeys(RepeatFields.base_fields, "") | {"repeat_days": []}
            inputs |= self.initial_of_rule(series, self.clock.week_start)
        for name, value in inputs.items():
            data.setlist(name, [str(one) for one in (value if isinstance(value, list) else [value])])
        return data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if words := cleaned.get("when"):  # they were not understood
            both = _("Type the deadline in words or choose a date and time, not both.")
            self.add_error("when", both if self.says_two_deadlines else WordsField.not_read(words))
        return cleaned

    def disable(self) -> None:
        """Only show the todo: to who may not change it."""
        for field in self.fields.values():
            field.disabled = True

    @property
    def shown(self) -> str:
        """What the form of a todo showed at first; the page sends it along. See todos.conflicts."""
        return self.data.get("shown", "") if self.is_bound else fingerprints(self, self.todo)

    @property
    def expected(self) -> dict[str, Any]:
        """What must still be true of the todo for the changes to be saved."""
        sequence = self.cleaned_data["sequence"]
        expected = {} if sequence is None else {"sequence": sequence}
        if "occurrence" in self.series_changes:
            expected["occurrence"] = self.todo.occurrence
        return expected

    @property
    def changes(self) -> dict[str, Any]:
        """What the person changed, for the services. A field that was left alone keeps its exact value."""
        changed = set(self.changed_data)
        # An editor of the release before does not have every field.
        changes = {name: self.cleaned_data[name] for name in changed & self.content() & self.data.keys()}
        if changed & DeadlineForm.base_fields.keys():
            changes["due"] = self.due
        return changes | self.series_changes

    @staticmethod
    def content() -> set[str]:
        """Return the names of the fields that are a todo's own; the deadline's inputs are one field together."""
        return TodoForm.base_fields.keys() - TodoForm.DATE_INPUTS - {"sequence", "when"}


class AddForm(TodoForm):
    """A new todo from one line that may say its deadline, priority, labels and list, or with these beside it."""

    title = PlainText(
        # Longer than a title, because the words of what it says are removed from it.
        max_length=TITLE_MAX_LENGTH + 100,
        label=_("A new todo"),
        error_messages={"required": _("A todo needs a title.")},
        widget=forms.TextInput(
            {
                "autocomplete": "off",
                "placeholder": _("Add a todo: Call Ana friday 2pm"),
                "aria-describedby": "reading",
            }
        ),
    )
    when = None  # the line may say it
    literally = forms.BooleanField(required=False, label=_("Keep the text as it is"))

    def __init__(self, *args: Any, lists: Callable[[], Iterable[TodoList]] = no_lists, **kwargs: Any) -> None:
        """``lists`` returns the lists that the line may name."""
        super().__init__(*args, **kwargs)
        self.lists = lists

    @cached_property
    def reading(self) -> Reading:
        """What the line means: only a time, if a day was chosen. The form need not be valid."""
        title, day = self.cleaned_data.get("title", ""), self.cleaned_data.get("date")
        if self.cleaned_data.get("literally"):
            return Reading(title)
        has_deadline = bool(self.data.get("time") or (self.data.get("date") and not day))
        return read(title, self.clock, self.language, day, has_deadline=has_deadline, lists=self.lists)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if len(self.reading.title) > TITLE_MAX_LENGTH:
            sentence = _("A title has %(count)d characters at most.") % {"count": TITLE_MAX_LENGTH}
            self.add_error("title", sentence)
        try:
            cleaned["labels"] = parse_labels([*cleaned.get("labels", ()), *self.reading.labels])
        except LabelError as error:
            self.add_error("labels", str(error))
        return cleaned

    @property
    def deadline(self) -> Deadline | None:
        """The deadline of a valid form. A time in the line is of the day and the kind that were chosen."""
        read, chosen = self.reading.deadline, self.cleaned_data
        if read and chosen["date"] and chosen["kind"] == DeadlineKind.INSTANT:
            return Deadline(read.begins_at(self.clock.zone), DeadlineKind.INSTANT)
        return read or self.due

    @property
    def first_day(self) -> date | None:
        read = self.reading.deadline
        return read.on_clock(self.clock.zone).date() if read else super().first_day

    @property
    def repeat_values(self) -> dict[str, Any]:
        """The rule of the line, or else that of the fieldset."""
        if self.reading.rule:
            return {
                "rule": str(self.reading.rule),
                "repeats_from_completion": self.reading.repeats_from_completion,
            }
        return super().repeat_values

    @property
    def date_changes(self) -> dict[str, Any]:
        return {"due": self.deadline} | self.repeat_values

    @property
    def values(self) -> dict[str, Any]:
        """The values for create_todo."""
        content = {name: self.cleaned_data[name] for name in self.content() & self.cleaned_data.keys()}
        return content | {
            "title": self.reading.title,
            "description": self.cleaned_data["description"] or None,
            "due": self.deadline,
            "priority": self.reading.priority or self.cleaned_data["priority"],
            **self.repeat_values,
        }
