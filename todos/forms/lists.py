"""Forms of lists."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from todos.forms.todos import PRIORITY_CHOICES
from todos.labels import NAME_MAX_LENGTH
from todos.listing import MOST_PAGES, ListQuery, Sort, State, Window
from todos.models import TodoList
from todos.search.language import MAX_LENGTH
from todos.time_zones import time_zone_names

# Zones outside of these areas are old names and plain offsets: Zulu, W-SU, Etc/GMT+5, US/Pacific.
AREAS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}


class ListQueryForm(forms.Form):
    """The list's filters. Invalid values are ignored. ``labels`` are those that are offered."""

    q = forms.CharField(
        required=False,
        max_length=MAX_LENGTH,
        label=_("Search"),
        widget=forms.TextInput({"type": "search", "placeholder": _("Search"), "autocomplete": "off"}),
    )
    state = forms.ChoiceField(required=False, choices=State, label=_("State"))
    window = forms.ChoiceField(required=False, choices=Window, label=_("Deadline"))
    priority = forms.ChoiceField(
        required=False, choices=[("", _("Any priority")), *PRIORITY_CHOICES[1:]], label=_("Priority")
    )
    label = forms.CharField(required=False, max_length=NAME_MAX_LENGTH, label=_("Label"))
    sort = forms.ChoiceField(required=False, choices=Sort, label=_("Order"))
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000, widget=forms.HiddenInput)
    shown = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES, widget=forms.HiddenInput)

    def __init__(self, *args: Any, labels: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict.fromkeys([*labels, *filter(None, [self.initial.get("label")])])
        self.fields["label"].widget = forms.Select(
            choices=[("", _("Any label")), *((name, name) for name in names)]
        )
        if not names:
            self.fields["label"].widget = forms.HiddenInput()

    @property
    def query(self) -> ListQuery:
        self.is_valid()
        return ListQuery(**{name: value for name, value in self.cleaned_data.items() if value})


class NewListForm(forms.ModelForm):
    """A new list. The service saves it."""

    class Meta:
        model = TodoList
        fields = ("name", "color")
        widgets = {"color": forms.RadioSelect}
        labels = {"name": _("Name"), "color": _("Colour")}
        error_messages = {"name": {"required": _("A list needs a name.")}}


class ListForm(NewListForm):
    """A list's name, colour, time zone and week. The service saves them."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Determines which todos are due today or overdue.")
    )

    class Meta(NewListForm.Meta):
        fields = ("name", "color", "time_zone", "week_start")
        labels = NewListForm.Meta.labels | {"week_start": _("Weeks begin on")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        cities = {zone for zone in time_zone_names() if "/" in zone and zone.split("/")[0] in AREAS}
        zones = cities | {"UTC", self.instance.time_zone}
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in sorted(zones)]
        self.fields["week_start"].help_text = ""
        if self.instance.owner_id is None:
            del self.fields["color"]  # nobody sees the open list beside others


class TimeZoneForm(forms.Form):
    """The browser's time zone."""

    time_zone = forms.CharField(max_length=64)

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"]
        if zone not in time_zone_names():
            raise ValidationError(_("There is no such time zone."))
        return zone
