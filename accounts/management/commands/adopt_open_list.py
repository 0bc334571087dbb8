from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.user_data import ListInUse, adopt_open_list
from todos.models import TodoList


class Command(BaseCommand):
    help = "Give the open list to a user, with its todos, calendars and feeds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user's name")

    def handle(self, *, user: str, **options: Any) -> None:
        users = get_user_model()
        try:
            todo_list = adopt_open_list(users.objects.get_by_natural_key(user))
        except users.DoesNotExist as error:
            raise CommandError(f"There is no user {user}.") from error
        except TodoList.DoesNotExist as error:
            raise CommandError("There is no open list.") from error
        except ListInUse as error:
            raise CommandError(f"{user} already has a list that is not empty.") from error
        self.stdout.write(f"{user} now owns the open list, with {todo_list.todos.visible().count()} todos.")
