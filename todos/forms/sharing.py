"""Forms of members and invitations."""

from django import forms

from todos.models import MEMBER_ROLES
from todos.services import DEFAULT_DAYS


class RoleForm(forms.Form):
    """The role of a member."""

    role = forms.ChoiceField(choices=MEMBER_ROLES, label="Role", help_text="Editors can change todos.")


class LinkForm(RoleForm):
    """A link that invites everybody who has it."""

    days = forms.TypedChoiceField(
        coerce=int,
        choices=[(1, "1 day"), (7, "7 days"), (30, "30 days")],
        initial=DEFAULT_DAYS,
        label="Expires after",
    )


class InviteForm(RoleForm):
    """An invitation by name. It expires like a link."""

    field_order = ("user_name", "role")
    user_name = forms.CharField(
        max_length=150,
        label="User name",
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Enter a user name."},
    )
