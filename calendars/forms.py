"""Forms for exports, feeds and imports."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from calendars.models import FEED_NAME_MAX_LENGTH
from calendars.options import (
    MAX_ALARM_MINUTES,
    MAX_BLOCK_MINUTES,
    MIN_BLOCK_MINUTES,
    CalendarOptions,
    Completed,
    Components,
    Shape,
)


def _in_minutes(least: int, most: int) -> dict[str, str]:
    """Return one sentence for all that can be wrong with a number of minutes."""
    return dict.fromkeys(["invalid", "min_value", "max_value"], f"A whole number from {least} to {most:,}.")


class OptionsForm(forms.Form):
    """What goes into a calendar, and how it looks."""

    completed = forms.ChoiceField(
        label="Which todos",
        choices=[
            (Completed.ALL, "All of them"),
            (Completed.OPEN, "Only those still open"),
            (Completed.DONE, "Only those completed"),
        ],
        widget=forms.RadioSelect,
    )
    components = forms.ChoiceField(
        required=False,
        label="As",
        choices=[
            (Components.EVENT, "events, which every app shows"),
            (Components.TODO, "tasks, for apps that have them"),
            (Components.BOTH, "events and tasks"),
        ],
    )
    shape = forms.ChoiceField(
        required=False,
        label="A deadline is",
        choices=[
            (Shape.MOMENT, "a moment"),
            (Shape.BEFORE, "a block that ends at the deadline"),
            (Shape.AFTER, "a block that starts at the deadline"),
        ],
    )
    block_minutes = forms.IntegerField(
        required=False,
        label="Length of a block, in minutes",
        min_value=MIN_BLOCK_MINUTES,
        max_value=MAX_BLOCK_MINUTES,
        error_messages=_in_minutes(MIN_BLOCK_MINUTES, MAX_BLOCK_MINUTES),
    )
    alarm_minutes = forms.IntegerField(
        required=False,
        label="Alarm, in minutes before the deadline",
        min_value=0,
        max_value=MAX_ALARM_MINUTES,
        error_messages=_in_minutes(0, MAX_ALARM_MINUTES),
        help_text="Leave it empty for no alarm. Google ignores alarms of subscribed calendars.",
    )
    mark_completed = forms.BooleanField(required=False, label="Put ✓ before the title of completed ones")

    def __init__(self, *args: Any, options: CalendarOptions, **kwargs: Any) -> None:
        self.options_before = options
        kwargs["initial"] = vars(options) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    @property
    def values(self) -> dict[str, Any]:
        """The options that were given, for the services; a box that is not ticked is given too."""
        given = {name: self.cleaned_data[name] for name in vars(self.options_before)}
        return {
            name: value
            for name, value in given.items()
            if value not in {None, ""} or (name == "alarm_minutes" and name in self.data)
        }


class FeedForm(OptionsForm):
    """A feed's name and the options of its calendar."""

    name = forms.CharField(
        max_length=FEED_NAME_MAX_LENGTH,
        label="Name",
        help_text="To tell your feeds apart, for example “Phone” or “Work”.",
        error_messages={"required": "A feed needs a name."},
    )


class ImportForm(forms.Form):
    """A calendar file to import."""

    file = forms.FileField(
        label="Calendar file",
        widget=forms.FileInput({"accept": ".ics,text/calendar"}),
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_IMPORT_BYTES:
            raise forms.ValidationError(f"The file is over {settings.MAX_IMPORT_BYTES:,} bytes; split it.")
        return file
