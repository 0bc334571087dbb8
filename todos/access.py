"""Who may do what with a list: the place that decides it. docs/architecture.md names the two that repeat it.

Todos, jobs, feeds, imports, the trash and undo are all found through their list, and the list through this. A list is
its owner's, who may let others in, as viewers or editors. Everybody who is not signed in is user 0, the owner of the
open list. An API token may be restricted to some of its user's lists: what is found for a user whom `restrict` has
marked is within these.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, Q, TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # it imports this module
    from todos.models import TodoList

# For hand-written statements that join the table of lists as ``list``. models/lists.py says how an owner is stored.
OWNER_ID = "COALESCE(list.extra_owner_id, list.owner_id)"
# The same as fields of TodoList, of which one holds the owner.
OWNERS = ("default_owner", "extra_owner")
# In the words of the one index on owners of default lists.
IS_DEFAULT_LIST = "COALESCE(list.owner_id, 0) = %(user)s"
_OWNS = f"COALESCE({OWNER_ID}, 0) = %(user)s"
_MEMBER = "todos_membership member WHERE member.list_id = list.id AND member.user_id = %(user)s"
# No index has these: for a list that is found by something else. Owners cost no look at the members.
MAY_READ = f"({_OWNS} OR EXISTS (SELECT 1 FROM {_MEMBER}))"
MAY_CHANGE = f"({_OWNS} OR EXISTS (SELECT 1 FROM {_MEMBER} AND member.role = 'editor'))"
# The user's role as a member, null if they are none.
MEMBER_ROLE = f"(SELECT member.role FROM {_MEMBER})"
# All lists that a user may read; each part has an index.
ARE_READABLE = f"""list.id IN (
    SELECT list.id FROM todos_todolist list WHERE {IS_DEFAULT_LIST} OR list.extra_owner_id = %(user)s
    UNION ALL SELECT list_id FROM todos_membership WHERE user_id = %(user)s
)"""
USER = {"user": BigIntegerField()}


class Role(TextChoices):
    """What a person may do with a list; each may do what those before it may."""

    VIEWER = "viewer", _("Viewer")  # reads everything, and has feeds of their own
    EDITOR = "editor", _("Editor")  # changes todos
    OWNER = "owner", _("Owner")  # changes, shares, archives and deletes the list

    @classmethod
    def of_members(cls) -> list["Role"]:
        """The roles that an owner can give; each list has one owner."""
        return [cls.VIEWER, cls.EDITOR]

    def includes(self, other: "Role") -> bool:
        roles = [*Role]
        return roles.index(self) >= roles.index(other)


class NotAllowed(PermissionDenied):
    """The caller may read the list, but not do this. The message is a sentence for them."""


READ_ONLY = _("You can view this list but not change it.")
_SENTENCES = {Role.EDITOR: READ_ONLY, Role.OWNER: _("Only the list’s owner can do this.")}


def user_id(user: AbstractBaseUser | AnonymousUser) -> int:
    """Return the value of the parameter ``user``."""
    return user.pk or 0


def restrict(user: AbstractBaseUser, list_ids: Iterable[int] | None) -> AbstractBaseUser:
    """Return the user, for whom no other list than these exists from now on; None restricts nothing."""
    user.only_list_ids = None if list_ids is None else frozenset(list_ids)
    return user


def is_restricted(user: AbstractBaseUser | AnonymousUser) -> bool:
    return getattr(user, "only_list_ids", None) is not None


def may_reach(user: AbstractBaseUser | AnonymousUser, list_id: int) -> bool:
    """Return whether the user is not restricted to other lists; their role in this one is another matter."""
    return not is_restricted(user) or list_id in user.only_list_ids


def reached_by(user: AbstractBaseUser | AnonymousUser) -> Q:
    """Return the condition for the ORM that may_reach is."""
    return Q(pk__in=user.only_list_ids) if is_restricted(user) else Q()


def owned_by(owner_id: int | None) -> Q:
    """Return the condition for the ORM: a list of this owner; without one, the open list."""
    if owner_id is None:
        return Q(default_owner__isnull=True)
    return Q(default_owner=owner_id) | Q(extra_owner=owner_id)


def enter(todo_list: "TodoList", actor_id: int, member_role: str | None) -> "TodoList":
    """Return the list, and let it know who works on it."""
    todo_list.actor_id = actor_id
    is_own = (todo_list.owner_id or 0) == actor_id
    todo_list.role = Role.OWNER if is_own else Role(member_role)
    return todo_list


def require(todo_list: "TodoList", role: Role) -> None:
    """Raise NotAllowed unless whoever works on the list has at least this role, as far as the list knows."""
    if not todo_list.role.includes(role):
        raise NotAllowed(str(_SENTENCES[role]))


def enter_again(todo_list: "TodoList", actor_id: int | None) -> bool:
    """Let a list that has just been read know the role that somebody has now; return whether they may read it.

    If the list is locked, this stays so until the transaction ends: whoever changes a role locks the list.
    """
    if actor_id is None:
        return True  # the program itself
    if (todo_list.owner_id or 0) == actor_id:
        enter(todo_list, actor_id, None)
        return True
    role = todo_list.memberships.filter(user=actor_id).values_list("role", flat=True).first()
    if role is None:
        return False
    enter(todo_list, actor_id, role)
    return True
