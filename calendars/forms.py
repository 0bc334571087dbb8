"""Forms for exports, feeds and imports."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy

from calendars.models import FEED_NAME_MAX_LENGTH
from calendars.options import OPTIONS, CalendarOptions, Choice, Filter, Flag, Minutes, Option
from web.translations import group_digits


class FilterField(forms.CharField):
    """The search that a calendar is narrowed by."""

    def __init__(self, option: Filter, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.option = option

    def validate(self, value: str) -> None:
        if error := self.option.error(value):
            raise forms.ValidationError(error)


def _field(option: Option) -> forms.Field:
    """Return the form field of an option. Only the first choice must be made; the others have a value to keep."""
    words = {"label": option.label, "help_text": option.help_text}
    match option:
        case Choice(is_first=True):
            return forms.ChoiceField(choices=option.choices, widget=forms.RadioSelect, **words)
        case Choice():
            return forms.ChoiceField(choices=option.choices, required=False, **words)
        case Minutes(least=least, most=most):
            sentence = gettext("A whole number from %(least)s to %(most)s.") % {
                "least": least,
                "most": group_digits(most),
            }
            errors = dict.fromkeys(["invalid", "min_value", "max_value"], sentence)
            return forms.IntegerField(
                min_value=least, max_value=most, required=False, error_messages=errors, **words
            )
        case Flag():
            return forms.BooleanField(required=False, **words)
        case Filter():
            return FilterField(option, required=False, **words)
    raise TypeError(f"There is no form field for {option!r}.")


class OptionsForm(forms.Form):
    """What goes into a calendar, and how it looks: a field for each of OPTIONS."""

    def __init__(self, *args: Any, options: CalendarOptions, **kwargs: Any) -> None:
        kwargs["initial"] = vars(options) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields |= {name: _field(option) for name, option in OPTIONS.items()}

    @property
    def first_options(self) -> list[forms.BoundField]:
        return [self[name] for name, option in OPTIONS.items() if getattr(option, "is_first", False)]

    @property
    def flags(self) -> list[forms.BoundField]:
        return [self[name] for name, option in OPTIONS.items() if isinstance(option, Flag)]

    @property
    def more_options(self) -> list[forms.BoundField]:
        shown = {field.name for field in [*self.first_options, *self.flags]}
        return [self[name] for name in OPTIONS if name not in shown]

    @property
    def values(self) -> dict[str, Any]:
        """The options that were given, for the services. An unticked box counts as given."""
        given = {name: self.cleaned_data[name] for name in OPTIONS}
        return {
            name: value
            for name, value in given.items()
            if value not in {None, ""} or (name in self.data and OPTIONS[name].can_be_empty)
        }


class FeedForm(OptionsForm):
    """A feed's name and the options of its calendar."""

    name = forms.CharField(
        max_length=FEED_NAME_MAX_LENGTH,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("The calendar’s name in your app, for example “Work”."),
        error_messages={"required": gettext_lazy("Enter a name.")},
    )


class ImportForm(forms.Form):
    """A file to import."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput({"accept": ".ics,.csv,.json,text/calendar,text/csv,application/json"}),
        error_messages={
            "required": gettext_lazy("Choose a file first."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_IMPORT_BYTES:
            sentence = gettext("The file is over %(most)s bytes; split it.")
            raise forms.ValidationError(sentence % {"most": group_digits(settings.MAX_IMPORT_BYTES)})
        return file
