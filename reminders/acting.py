"""What the links in messages do, for whoever has them, with the rights that their user has at that moment."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from reminders import services
from reminders.links import ActionLink, InvalidLink
from reminders.models import NotificationKind, Reminder
from todos import undo
from todos.models import Todo, TodoList
from todos.services import Action, BulkItem, change_todos, find_list


@dataclass(frozen=True)
class Target:
    """The todo that a link is about, as it is now, and the user for whom it acts."""

    link: ActionLink
    user: AbstractBaseUser
    todo: Todo

    @property
    def is_done(self) -> bool:
        """It is completed, or the occurrence that the message was about has ended."""
        return self.todo.completed or (self.todo.is_repeating and str(self.todo.due) != self.link.deadline)

    @property
    def put_off_to(self) -> datetime | None:
        """When the user is reminded again because of this link, if it was used."""
        found = Reminder.objects.filter(user=self.user, source=self.link.source)
        return found.values_list("moment", flat=True).first()


def find_target(link: ActionLink) -> Target:
    """Return what a link is about, wherever the todo is now.

    Raises InvalidLink if the user may not read it any more, or is no more, or it is deleted.
    """
    user = get_user_model().objects.filter(pk=link.user_id, is_active=True).first()
    todo = Todo.objects.visible().filter(pk=link.todo_id).first()
    if user is None or todo is None:
        raise InvalidLink
    try:
        todo.list = find_list(user=user, list_id=todo.list_id)
    except TodoList.DoesNotExist as error:
        raise InvalidLink from error
    return Target(link, user, todo)


def complete(target: Target) -> str:
    """Complete the todo, or end the occurrence that the message was about. Doing so twice changes nothing.

    Returns a token that undoes it. Raises NotAllowed, and TodoList.DoesNotExist if the user loses the list meanwhile.
    """
    todo = target.todo
    if target.is_done:
        return ""
    # Of two who do this at once, the second must not end the next occurrence.
    expected = {"due": todo.due} if todo.is_repeating else {}
    results = change_todos(todo_list=todo.list, items=[BulkItem(todo.pk, Action.COMPLETE, expected=expected)])
    return undo.offer(todo.list, results)


def take_back(target: Target, token: str) -> None:
    """Undo what a token of complete is for, if the todo is still as that left it."""
    if items := undo.read(target.todo.list, token):
        change_todos(todo_list=target.todo.list, items=items)


def put_off(target: Target) -> datetime:
    return services.put_off(user=target.user, todo=target.todo, source=target.link.source)


def find_unconfirmed(user_id: int, address: str) -> AbstractBaseUser:
    """Return the user if the address is still theirs. Raises InvalidLink."""
    user = get_user_model().objects.filter(pk=user_id, email=address, is_active=True).first()
    if user is None:
        raise InvalidLink
    return user


def unsubscribe(user_id: int, kind: str) -> None:
    """End the messages of a kind by email. Without the user, there is nothing to end."""
    if user := get_user_model().objects.filter(pk=user_id).first():
        ends = {"digest_at": None} if kind == NotificationKind.DIGEST else {"by_email": False}
        services.update_settings(user=user, changes=ends)
