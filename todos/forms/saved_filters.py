"""The form of a saved filter."""

from django import forms
from django.core.exceptions import ValidationError

from todos.models import SavedFilter
from todos.search.language import QueryError, parse


class FilterForm(forms.ModelForm):
    """A saved filter. The service saves it."""

    class Meta:
        model = SavedFilter
        fields = ("name", "query")
        labels = {"query": "Search"}
        help_texts = {"query": ""}
        error_messages = {"name": {"required": "A filter needs a name."}}

    def clean_query(self) -> str:
        try:
            return str(parse(self.cleaned_data["query"]))
        except QueryError as error:
            raise ValidationError(str(error)) from error
