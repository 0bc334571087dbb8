"""``manage.py create_user NAME``: create an account, for installations where people cannot sign up."""

import getpass
import os
import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

PASSWORD_VARIABLE = "TASKOVERFLOW_NEW_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    help = (
        "Create a user. The command asks for the password, or reads it from standard input or the variable "
        f"{PASSWORD_VARIABLE}. (createsuperuser creates a user who may use the admin.)"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the name to sign in with")
        parser.add_argument("--email", default="", help="the address for password resets (default: none)")

    def handle(self, *, username: str, email: str, **options: Any) -> None:
        users = get_user_model()
        user = users(username=users.normalize_username(username), email=users.objects.normalize_email(email))
        try:
            user.clean_fields(exclude=["password"])
            check_is_new(user.username)  # before asking for a password
            password = read_password()
            validate_password(password, user)
            user.set_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user.save()
        self.stdout.write(f"Created {user.username}.")


def check_is_new(username: str) -> None:
    """Refuse a name that differs from another only in case, as the sign-up page does."""
    if get_user_model().objects.filter(username__iexact=username).exists():
        raise CommandError(f"A user named {username} already exists.")


def read_password() -> str:
    if password := os.environ.get(PASSWORD_VARIABLE):
        return password
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password again: "):
        raise CommandError("The two passwords differ.")
    return password
