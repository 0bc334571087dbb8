"""``manage.py create_user NAME``: an account, for installations where nobody signs up by themselves."""

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
        "Create a user. The password is asked for, or read from standard input or the variable "
        f"{PASSWORD_VARIABLE}. (createsuperuser makes one who may use the admin.)"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the name to sign in with")
        parser.add_argument("--email", default="", help="where a forgotten password is asked for (default: none)")

    def handle(self, *, username: str, email: str, **options: Any) -> None:
        users = get_user_model()
        user = users(username=username, email=email)
        try:
            user.clean_fields(exclude=["password"])
            user.validate_unique()  # before anybody is asked for a password
            password = read_password()
            validate_password(password, user)
            user.set_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user.save()
        self.stdout.write(f"Created {username}.")


def read_password() -> str:
    if password := os.environ.get(PASSWORD_VARIABLE):
        return password
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password again: "):
        raise CommandError("The two passwords differ.")
    return password
