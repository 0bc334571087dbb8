"""The forms of exports and feeds: CalendarOptions as a person chooses them."""

from django import forms

from calendars.options import CalendarOptions, Completed


class OptionsForm(forms.Form):
    """What goes into a calendar."""

    completed = forms.ChoiceField(
        label="Which todos",
        choices=[
            (Completed.ALL, "All of them"),
            (Completed.OPEN, "Only those still open"),
            (Completed.DONE, "Only those completed"),
        ],
        initial=Completed.ALL,
        widget=forms.RadioSelect,
    )

    @property
    def options(self) -> CalendarOptions:
        return CalendarOptions(**self.cleaned_data)
