"""Which list a page is about, by its address, and the addresses of a list's pages.

A user's default list has the short addresses, such as ``/trash``. Those of another list stand below the list's own:
``/lists/5/trash``. The same views answer both.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from todos.access import Role, require
from todos.models import TodoList
from todos.services import find_list, get_list, still_readable
from web.error_views import NothingHere

View = Callable[..., HttpResponse]

NO_LIST = partial(
    NothingHere, _("No such list"), _("This list does not exist, or it is no longer shared with you.")
)


def with_list(view: View, *, role: Role = Role.VIEWER) -> View:
    """Decorate a view to get the list that the address names, or else the user's default list, after the request.

    The user needs the role in it. If they lose the list while the view reads it, they get nothing.
    """

    @wraps(view)
    def find(request: HttpRequest, *args: Any, list_id: int | None = None, **kwargs: Any) -> HttpResponse:
        if list_id is not None and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.todo_list = list_or_404(request.user, list_id)
        require(request.todo_list, role)
        response = view(request, request.todo_list, *args, **kwargs)
        if not response.has_header("Location") and not still_readable([request.todo_list]):
            raise NO_LIST()
        return response

    return find


for_editors = partial(with_list, role=Role.EDITOR)
for_owners = partial(with_list, role=Role.OWNER)


def list_or_404(user: AbstractBaseUser | AnonymousUser, list_id: int | None) -> TodoList:
    """Return a list that the user may read, or raise the 404; without an id, their default list."""
    try:
        return get_list(user) if list_id is None else find_list(user=user, list_id=list_id)
    except TodoList.DoesNotExist as error:
        raise NO_LIST() from error


def list_prefix(todo_list: TodoList | None) -> str:
    """Return what the addresses of the list's pages begin with; None stands for the default list."""
    return "" if todo_list is None or todo_list.is_own_default else f"/lists/{todo_list.pk}"


def list_url(todo_list: TodoList | None, name: str, *args: Any) -> str:
    """Return the address of a page of the list."""
    return (list_prefix(todo_list) + reverse(name, args=args)).rstrip("/") or "/"


def to_page(todo_list: TodoList, name: str, *args: Any) -> HttpResponse:
    """Redirect to a page of the list."""
    return redirect(list_url(todo_list, name, *args))
