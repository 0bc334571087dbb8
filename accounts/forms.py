"""Forms for accounts and settings."""

from collections.abc import Iterable

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import forms as auth
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Scope
from accounts.user_data import revoke_access
from todos.models import TodoList
from web.preferences import Language, Theme
from web.time_format import TimeFormat
from web.user_names import find_user


class NameInAnyCase:
    """For forms of sign-in pages: the name may be typed in another case."""

    def clean_username(self) -> str:
        name = self.cleaned_data["username"]
        user = find_user(name)
        return user.get_username() if user else name


class SignInForm(NameInAnyCase, auth.AuthenticationForm):
    """A name and a password."""


class AdminSignInForm(NameInAnyCase, AdminAuthenticationForm):
    """The same for the admin, which takes staff only."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "Please enter the user name and the password of a staff account.",
    }


class SignUpForm(auth.UserCreationForm):
    """A new account. The email address is for resetting the password, and for reminders."""

    email = forms.EmailField(
        required=False,
        label=_("Email"),
        help_text=_("Optional: for a forgotten password, and for reminders once you have confirmed it."),
    )

    class Meta:
        model = get_user_model()
        fields = ("username", "email")
        help_texts = {"username": _("Letters, digits and @ . + - _")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password2"].help_text = _("Type it again.")


class ConfirmedForm(forms.Form):
    """Asks for the password, so that nobody else at an unlocked screen can use the form."""

    password = forms.CharField(
        label=_("Your password"), widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, *args: object, user: AbstractBaseUser, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your password."))
        return password


class EmailForm(ConfirmedForm, forms.ModelForm):
    """The address for resetting the password. Whoever can change it can take over the account."""

    class Meta:
        model = get_user_model()
        fields = ("email",)
        labels = {"email": _("Email")}


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        max_length=100,
        label=_("Token name"),
        help_text=_("For example, the program that uses it."),
        error_messages={"required": _("A token needs a name.")},
    )
    scope = forms.ChoiceField(choices=Scope, label=_("Access"))
    list_ids = forms.TypedMultipleChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        label=_("Lists"),
        help_text=_(
            "The token can then access only the todos, exports and imports of these lists. If you select none, "
            "it can access everything you can."
        ),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: object, lists: Iterable[TodoList], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["list_ids"].choices = [(todo_list.pk, todo_list.name) for todo_list in lists]


class LanguageForm(forms.Form):
    """The language of pages in this browser."""

    language = forms.ChoiceField(choices=Language, required=False, label=_("Language"), widget=forms.RadioSelect)


class AppearanceForm(LanguageForm):
    """How pages look in this browser."""

    theme = forms.ChoiceField(choices=Theme, label=_("Theme"), widget=forms.RadioSelect)
    time_format = forms.ChoiceField(choices=TimeFormat, label=_("Times"), widget=forms.RadioSelect)


class DeleteAccountForm(ConfirmedForm):
    """Deletes the account."""


class NewPasswordForm(forms.Form):
    """Asks what a new password is to end besides the other sessions, and ends it in the same transaction."""

    revoke_tokens = forms.BooleanField(required=False, initial=True, label=_("Revoke all API tokens"))
    rotate_feeds = forms.BooleanField(
        required=False,
        label=_("Replace all calendar links"),
        help_text=_("Subscribed apps keep what they have. To continue, add the new links to them."),
    )
    stop_webhooks = forms.BooleanField(
        required=False,
        label=_("Switch off all webhooks"),
        help_text=_("Changes of your lists are then sent nowhere until you switch them on again."),
    )

    def save(self, commit: bool = True) -> AbstractBaseUser:
        names = {"tokens": "revoke_tokens", "feeds": "rotate_feeds", "webhooks": "stop_webhooks"}
        chosen = {what: self.cleaned_data[name] for what, name in names.items()}
        with transaction.atomic():
            # Before the user's row is locked: deleting an account locks in this order.
            revoke_access(self.user, **chosen)
            return super().save(commit)


class ChangePasswordForm(NewPasswordForm, auth.PasswordChangeForm):
    """A new password, for somebody who knows the old one."""


class ResetPasswordForm(NewPasswordForm, auth.SetPasswordForm):
    """A new password, for somebody with a link from a mail."""
