"""Forms of members and invitations."""

from django import forms
from django.utils.translation import gettext_lazy as _

from todos.models import MEMBER_ROLES
from todos.services import DEFAULT_DAYS


class RoleForm(forms.Form):
    """The role of a member."""

    role = forms.ChoiceField(choices=MEMBER_ROLES, label=_("Role"), help_text=_("Editors can change todos."))


class LinkForm(RoleForm):
    """A link that invites everybody who has it."""

    days = forms.TypedChoiceField(
        coerce=int,
        choices=[(1, _("1 day")), (7, _("7 days")), (30, _("30 days"))],
        initial=DEFAULT_DAYS,
        label=_("Expires after"),
    )


class InviteForm(RoleForm):
    """An invitation by name. It expires like a link."""

    field_order = ("user_name", "role")
    user_name = forms.CharField(
        max_length=150,
        label=_("User name"),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Enter a user name.")},
    )
