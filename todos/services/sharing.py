"""Sharing a list: its members, invitations to it, and the transfer of its ownership.

Each of these locks the list first, as every change of it does. So whoever is removed while they change the list either
comes first or changes nothing.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from database.errors import repeat_after_deadlock
from todos.access import NotAllowed, Role, require
from todos.hooks import HOOKS
from todos.models import Invitation, Membership, TodoList
from todos.services.changes import lock_list
from todos.services.labels import transfer_labels
from todos.services.lists import lock_user
from web.quotas import check_quota
from web.tokens import hash_token
from web.user_names import find_user

MAX_MEMBERS = 50  # of a list
MAX_INVITATIONS = 50  # of a list, that have not expired
DEFAULT_DAYS, MAX_DAYS = 7, 30
_TOKEN_BYTES = 32


class CannotShare(Exception):
    """This list, or with this person, it cannot be done. The message is a sentence for who asked."""


def list_members(todo_list: TodoList) -> list[Membership]:
    """Return the members, with their users: those who joined first come first. The owner is not one."""
    return list(todo_list.memberships.select_related("user").order_by("created_at", "pk"))


def list_invitations(todo_list: TodoList) -> list[Invitation]:
    """Return the invitations that can still be accepted. Raises NotAllowed."""
    require(todo_list, Role.OWNER)
    return list(todo_list.invitations.valid().order_by("created_at", "pk"))


def user_names(user_ids: Collection[int]) -> dict[int, str]:
    """Return the names of users by their ids, as far as they exist."""
    if not user_ids:
        return {}
    return dict(get_user_model().objects.filter(pk__in=user_ids).values_list("pk", "username"))


def find_invitations(user: AbstractBaseUser) -> list[Invitation]:
    """Return the invitations that name the user, each with its list."""
    return list(Invitation.objects.to_user(user).select_related("list", "created_by").order_by("created_at", "pk"))


def find_link(token: str) -> Invitation:
    """Return the invitation that a link is, with its list. Raises Invitation.DoesNotExist."""
    links = Invitation.objects.valid().select_related("list", "created_by")
    return links.get(token_hash=hash_token(token))


def still_readable(lists: Iterable[TodoList]) -> bool:
    """Return whether the user may still read all these lists, which were found for them.

    Call this after the last query for a page: what was written after the user was removed is not shown then. It takes
    no query if all are the user's own.
    """
    shared = [todo_list for todo_list in lists if not todo_list.is_own]
    if not shared:
        return True
    members = Membership.objects.filter(user=shared[0].actor_id, list__in=shared)
    return members.count() == len(shared)


def invite_user(*, todo_list: TodoList, user_name: str, role: str, days: int = DEFAULT_DAYS) -> Invitation:
    """Invite the user with a name, if there is one: nothing here tells. An earlier invitation of theirs is replaced.

    The invitation keeps the user's spelling, but shows another: see Invitation.shown_name. Raises NotAllowed,
    CannotShare, also if it is the owner's own name, and QuotaExceeded.
    """
    invited = find_user(user_name)
    with _sharing(todo_list) as locked:
        if invited and invited.pk == locked.owner_id:
            raise CannotShare(_("That is you, and the list is yours already. Enter somebody else’s user name."))
        spelled = invited.get_username() if invited else user_name
        locked.invitations.filter(Q(user_name__iexact=user_name) | Q(user_name=spelled)).delete()
        return _invite(locked, user_name=spelled, role=role, days=days)


def create_link(*, todo_list: TodoList, role: str, days: int = DEFAULT_DAYS) -> tuple[Invitation, str]:
    """Return an invitation for everybody who has its token, and the token, which is not stored.

    Raises NotAllowed, CannotShare and QuotaExceeded.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with _sharing(todo_list) as locked:
        return _invite(locked, token_hash=hash_token(token), role=role, days=days), token


def revoke_invitation(*, todo_list: TodoList, invitation_id: int) -> None:
    """End an invitation. Raises NotAllowed and Invitation.DoesNotExist."""
    with transaction.atomic():
        lock_list(todo_list, role=Role.OWNER).invitations.get(pk=invitation_id).delete()


def accept_invitation(*, user: AbstractBaseUser, invitation_id: int) -> TodoList:
    """Become a member by an invitation that names the user. Raises Invitation.DoesNotExist, and as accept_link."""
    return _accept(user, Invitation.objects.to_user(user).get(pk=invitation_id))


def decline_invitation(*, user: AbstractBaseUser, invitation_id: int) -> None:
    """Raises Invitation.DoesNotExist."""
    Invitation.objects.to_user(user).get(pk=invitation_id).delete()


def accept_link(*, user: AbstractBaseUser, token: str) -> TodoList:
    """Become a member by a link. A member stays as they are.

    Raises Invitation.DoesNotExist, CannotShare if it is the user's own list, and QuotaExceeded.
    """
    return _accept(user, find_link(token))


@repeat_after_deadlock
def change_role(*, todo_list: TodoList, membership_id: int, role: str) -> Membership:
    """Change what a member may do; with less, they cannot leave and join again by an invitation to more.

    How many invitations ended because of that is in ``ended_invitations`` of what is returned. Raises NotAllowed and
    Membership.DoesNotExist.
    """
    with transaction.atomic():
        locked = lock_list(todo_list, role=Role.OWNER)
        member = locked.memberships.select_related("user").get(pk=membership_id)
        member.ended_invitations = 0
        if not Role(role).includes(Role(member.role)):
            more = [one for one in Role.of_members() if not Role(role).includes(one)]
            member.ended_invitations = _end_invitations(locked, member, roles=more)
        member.role = role
        member.save(update_fields=["role"])
    return member


@repeat_after_deadlock
def remove_member(*, todo_list: TodoList, membership_id: int) -> None:
    """Let a member out: the owner does this, or they leave. What they had of the list ends in the same transaction.

    Raises NotAllowed and Membership.DoesNotExist.
    """
    with transaction.atomic():
        locked = lock_list(todo_list)
        member = locked.memberships.select_related("user").get(pk=membership_id)
        if locked.actor_id != member.user_id:
            require(locked, Role.OWNER)
            _end_invitations(locked, member)
        _end(member)


@repeat_after_deadlock
def leave_list(*, todo_list: TodoList) -> None:
    """Raises NotAllowed for the owner, and TodoList.DoesNotExist."""
    with transaction.atomic():
        locked = lock_list(todo_list)
        member = locked.memberships.filter(user=locked.actor_id or 0).first()
        if member is None:
            raise NotAllowed(_("The list is yours: transfer its ownership to somebody before you leave it."))
        _end(member)


@repeat_after_deadlock
def transfer_ownership(*, todo_list: TodoList, membership_id: int) -> TodoList:
    """Make a member the owner of the list, and its owner an editor.

    Raises NotAllowed, Membership.DoesNotExist, CannotShare for a default list, and QuotaExceeded if the member has as
    many lists as they may.
    """
    require(todo_list, Role.OWNER)
    if todo_list.is_default:
        raise CannotShare(
            _("You can’t transfer your default list. Move its todos to another list and transfer that one.")
        )
    heir = todo_list.memberships.select_related("user").get(pk=membership_id).user
    with transaction.atomic():
        # Whoever creates a list at the same time counts this one, and no account is deleted meanwhile.
        for user in sorted([todo_list.owner, heir], key=lambda user: user.pk):
            lock_user(user)
        locked = lock_list(todo_list, role=Role.OWNER)
        member = locked.memberships.get(pk=membership_id, user=heir)
        own = TodoList.objects.owned_by(heir).order_by()
        if own.count() >= settings.MAX_LISTS:
            raise CannotShare(_("%(name)s has reached the limit of lists.") % {"name": heir.get_username()})
        transfer_labels(todo_list=locked, owner_id=heir.pk)
        for hooks in HOOKS:
            hooks.owner_changes(locked.pk, locked.owner_id)
        member.delete()
        Membership.objects.create(list=locked, user_id=locked.owner_id, role=Role.EDITOR)
        locked.invitations.all().delete()  # its new owner decides
        locked.extra_owner = heir
        locked.position = (own.aggregate(last=Max("position"))["last"] or 0) + 1
        locked.save(update_fields=["extra_owner", "position"])
    return locked


@contextmanager
def _sharing(todo_list: TodoList) -> Iterator[TodoList]:
    """Lock a list that gets one more invitation."""
    if todo_list.owner_id is None:
        raise CannotShare(_("The open list is everybody's already. Sign in to have a list that you can share."))
    with transaction.atomic():
        locked = lock_list(todo_list, role=Role.OWNER)
        locked.invitations.exclude(pk__in=Invitation.objects.valid().values("pk")).delete()
        yield locked


def _invite(locked: TodoList, *, days: int, **values: str) -> Invitation:
    check_quota(locked.invitations.count(), MAX_INVITATIONS, _("invitations"))
    expires_at = datetime.now(UTC) + timedelta(days=days)
    return Invitation.objects.create(list=locked, created_by_id=locked.owner_id, expires_at=expires_at, **values)


@repeat_after_deadlock
def _accept(user: AbstractBaseUser, found: Invitation) -> TodoList:
    with transaction.atomic():
        lock_user(user)  # whoever accepts another one, or deletes the account, waits
        locked = TodoList.objects.select_for_update(no_key=True).filter(pk=found.list_id).first()
        invitation = Invitation.objects.valid().filter(pk=found.pk).first()  # it may have been revoked
        if locked is None or invitation is None:
            raise Invitation.DoesNotExist
        if locked.owner_id == user.pk:
            raise CannotShare(_("You already own this list."))
        if not locked.memberships.filter(user=user).exists():
            check_quota(locked.memberships.count(), MAX_MEMBERS, _("members of this list"))
            check_quota(Membership.objects.of_user(user).count(), settings.MAX_LISTS, _("lists shared with you"))
            Membership.objects.create(list=locked, user=user, role=invitation.role)
        if invitation.user_name:
            invitation.delete()
    return locked


def _end_invitations(locked: TodoList, member: Membership, roles: Iterable[str] = Role.of_members()) -> int:
    """End all invitations by which a member could come back and have one of these roles: links, and those to their
    name. Return how many.
    """
    names = ["", member.user.get_username()]
    return locked.invitations.filter(user_name__in=names, role__in=roles).delete()[0]


def _end(member: Membership) -> None:
    """Delete a membership, with all that its user has of the list, which is locked."""
    member.delete()
    for hooks in HOOKS:
        hooks.member_left(member.list_id, member.user_id)
