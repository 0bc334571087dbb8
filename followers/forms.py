"""Forms for webhooks."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from followers.models import URL_MAX_LENGTH, WEBHOOK_NAME_MAX_LENGTH
from todos.models import TodoList
from web import outgoing


class WebhookForm(forms.Form):
    """A webhook's address, and what is sent there."""

    url = forms.CharField(
        max_length=URL_MAX_LENGTH,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy(
            "Where changes are posted to. It begins with https:// and is on the public internet."
        ),
        widget=forms.URLInput({"spellcheck": "false", "autocomplete": "off", "placeholder": "https://"}),
        error_messages={"required": gettext_lazy("Enter an address.")},
    )
    name = forms.CharField(max_length=WEBHOOK_NAME_MAX_LENGTH, required=False, label=gettext_lazy("Name"))
    includes_changes = forms.BooleanField(
        required=False,
        label=gettext_lazy("Send what changed"),
        help_text=gettext_lazy(
            "With the titles and descriptions of the todos. Otherwise it is only told that the list has changed."
        ),
    )

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        try:
            outgoing.check_url(url)
        except outgoing.AddressRefused as error:
            raise forms.ValidationError(str(error)) from error
        return url


class NewWebhookForm(WebhookForm):
    """A new webhook, of one of the lists that the user may read."""

    list_id = forms.TypedChoiceField(coerce=int, label=gettext_lazy("List"))
    field_order = ("list_id", "url", "name", "includes_changes")

    def __init__(self, *args: object, lists: Sequence[TodoList], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["list_id"].choices = [(todo_list.pk, todo_list.name) for todo_list in lists]
