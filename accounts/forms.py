"""The forms of accounts and settings."""

from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import AbstractBaseUser

from accounts.models import Scope
from todos.models import TodoList

# The others are old names and plain offsets: Zulu, W-SU, GMT-0, Etc/GMT+5, US/Pacific
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


class SignUpForm(UserCreationForm):
    """A new account. The address is for a forgotten password alone."""

    email = forms.EmailField(
        required=False, label="Email", help_text="Optional, and only used if you forget your password."
    )

    class Meta:
        model = get_user_model()
        fields = ("username", "email")
        help_texts = {"username": "Letters, digits and @ . + - _"}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password2"].help_text = "The same once more."


class EmailForm(forms.ModelForm):
    """Where mail about a forgotten password goes."""

    class Meta:
        model = get_user_model()
        fields = ("email",)
        labels = {"email": "Email, for a forgotten password"}


class ListForm(forms.ModelForm):
    """How a list is called and where it lives; it is saved by the service."""

    time_zone = forms.ChoiceField(help_text="Decides what is today, and when a deadline is over.")

    class Meta:
        model = TodoList
        fields = ("name", "time_zone", "week_start")
        labels = {"week_start": "Weeks begin on"}
        error_messages = {"name": {"required": "A list needs a name."}}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        places = {zone for zone in available_timezones() if zone.split("/")[0] in AREAS and "/" in zone}
        zones = places | {"UTC", self.instance.time_zone}
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in sorted(zones)]
        self.fields["week_start"].help_text = ""


class TokenForm(forms.Form):
    """A new token for the API."""

    name = forms.CharField(
        max_length=100,
        label="Name of a new token",
        help_text="Such as the program that uses it.",
        error_messages={"required": "A token needs a name."},
    )
    scope = forms.ChoiceField(choices=Scope, label="It may")


class DeleteAccountForm(forms.Form):
    """The password, so that nobody deletes an account at a screen that was left alone."""

    password = forms.CharField(widget=forms.PasswordInput({"autocomplete": "current-password"}))

    def __init__(self, *args: object, user: AbstractBaseUser, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password
