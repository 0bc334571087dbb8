"""Members of lists, and invitations."""

from datetime import UTC, datetime
from typing import Self
from unicodedata import normalize

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q

from todos.access import Role, user_id

MEMBER_ROLES = [(role.value, role.label) for role in Role.of_members()]


class MembershipQuerySet(models.QuerySet):
    def of_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(user=user_id(user))


class Membership(models.Model):
    """Somebody with whom the owner of a list shares it."""

    list = models.ForeignKey("TodoList", on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=6, choices=MEMBER_ROLES)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "user"], name="one_membership_in_list"),
            models.CheckConstraint(condition=Q(role__in=Role.of_members()), name="role_of_member_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.list}"


class InvitationQuerySet(models.QuerySet):
    def valid(self) -> Self:
        return self.filter(expires_at__gt=datetime.now(UTC))

    def to_user(self, user: AbstractBaseUser) -> Self:
        """Those that name the user. Whoever took the name after it was invited is somebody else."""
        return self.valid().filter(user_name=user.get_username(), created_at__gte=user.date_joined)


class Invitation(models.Model):
    """The offer of a list's owner to share it: to the user with a name, or to everybody who has a link.

    It holds the name as it was typed, or as the user who is meant spells it, and shows neither. So it tells nobody
    whether there is such a user.
    """

    list = models.ForeignKey("TodoList", on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=6, choices=MEMBER_ROLES)
    user_name = models.CharField(max_length=150, blank=True, db_index=True)
    # A token has 256 random bits, so a fast hash is as safe as a slow one.
    token_hash = models.CharField(  # noqa: DJ001 - many have none, and those that do are unique
        max_length=64, null=True, unique=True, help_text="SHA-256 of a link's token, in hexadecimal."
    )
    expires_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user_name="", token_hash__isnull=False)
                | (~Q(user_name="") & Q(token_hash__isnull=True)),
                name="invitation_has_name_or_link",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.of_members()), name="role_of_invitation_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_name or 'a link'} to {self.list}"

    @property
    def shown_name(self) -> str:
        """The name, shown alike whether or not there is such a user: theirs is kept as they spell it."""
        return normalize("NFKC", self.user_name).casefold()
