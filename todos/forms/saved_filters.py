"""The form of a saved filter."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from todos.models import SavedFilter
from todos.search.language import QueryError, parse


class FilterForm(forms.ModelForm):
    """A saved filter. The service saves it."""

    class Meta:
        model = SavedFilter
        fields = ("name", "query")
        labels = {"name": _("Name"), "query": _("Search")}
        help_texts = {"query": ""}
        error_messages = {"name": {"required": _("A filter needs a name.")}}

    def clean_query(self) -> str:
        try:
            return str(parse(self.cleaned_data["query"]))
        except QueryError as error:
            raise ValidationError(str(error)) from error
