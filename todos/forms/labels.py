"""The form of a label."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from todos.labels import LabelError, parse_label
from todos.models import Label


class LabelForm(forms.ModelForm):
    """A label's name and colour. The service saves them."""

    class Meta:
        model = Label
        fields = ("name", "color")
        widgets = {"color": forms.RadioSelect}
        labels = {"name": _("Name"), "color": _("Colour")}
        error_messages = {"name": {"required": _("A label needs a name.")}}

    def clean_name(self) -> str:
        try:
            return parse_label(self.cleaned_data["name"])
        except LabelError as error:
            raise ValidationError(str(error)) from error

    @property
    def changes(self) -> dict[str, Any]:
        """What the person changed, for the service."""
        return {name: self.cleaned_data[name] for name in self.changed_data}
