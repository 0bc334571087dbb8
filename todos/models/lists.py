"""Lists."""

import secrets
from datetime import UTC, datetime
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.dates import WEEKDAYS
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from todos.access import Role, owned_by, reached_by
from todos.models.sharing import Membership
from todos.time_zones import known_zone

MONDAY, SATURDAY, SUNDAY = 0, 5, 6  # as datetime numbers the days


def default_time_zone() -> str:
    return settings.DEFAULT_LIST_TIME_ZONE


def new_epoch() -> int:
    return secrets.randbits(31)


class Color(models.TextChoices):
    NONE = "", pgettext_lazy("colour", "None")
    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")
    TEAL = "teal", _("Teal")
    BLUE = "blue", _("Blue")
    PURPLE = "purple", _("Purple")
    PINK = "pink", _("Pink")
    GRAY = "gray", _("Grey")


class TodoListQuerySet(models.QuerySet):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The user's own lists, the default list first; of somebody who is not signed in, the open list."""
        return self.filter(owned_by(user.pk)).order_by(F("extra_owner").asc(nulls_first=True), "position", "pk")

    def readable_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The user's own lists, and those that others share with them."""
        own_or_shared = owned_by(user.pk) | Q(pk__in=Membership.objects.of_user(user).values("list"))
        return self.filter(own_or_shared, reached_by(user))

    def changeable_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The lists whose todos the user may change."""
        editable = Membership.objects.of_user(user).filter(role=Role.EDITOR)
        return self.filter(owned_by(user.pk) | Q(pk__in=editable.values("list")), reached_by(user))


class TodoList(models.Model):
    """A list of todos. Each user has a default list and may have more; the open list has no owner."""

    # Whose default list this is. Release 0.1.0 knows only this column: it finds a user's one list by it, unique, and
    # the open list by its null. Any other list must be neither for it, so it has its own id here, negated, and its
    # owner in `extra_owner`; hence no foreign key in the database. Once no 0.1.0 can run beside, one column is enough.
    default_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_column="owner_id",
        db_index=False,
        db_constraint=False,
        related_name="+",
        help_text="Nobody: the open list, shared by everyone who is not signed in.",
    )
    extra_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="+",
        help_text="The owner of a list that is not a default list.",
    )
    name = models.CharField(max_length=100, default="Todos")
    color = models.CharField(max_length=16, choices=Color, blank=True, default=Color.NONE, db_default="")
    position = models.IntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Order of a user's lists; the default list is always first.",
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    time_zone = models.CharField(
        max_length=64,
        default=default_time_zone,
        help_text="Decides when a wall-clock time or a day is overdue.",
    )
    week_start = models.SmallIntegerField(
        default=MONDAY, db_default=MONDAY, choices=[(day, WEEKDAYS[day]) for day in (MONDAY, SATURDAY, SUNDAY)]
    )
    # Counts the changes a reader could see. Every change locks this row first, so that the order of
    # revisions is the order of commits.
    revision = models.BigIntegerField(default=0, editable=False)
    # Part of every ETag. A restore from a backup takes revisions and sequences back, so it sets a new epoch:
    # what a client remembers from before must not match. 0 on lists that are older than this field.
    epoch = models.BigIntegerField(default=new_epoch, db_default=0, editable=False)
    # The highest revision of a todo that was purged, or at which the time zone changed: a calendar file older than
    # this cannot know what is gone.
    purged_revision = models.BigIntegerField(default=0, editable=False)
    # Its todos are this many or fewer; null: not counted yet.
    todo_count_upper_bound = models.BigIntegerField(
        default=0, null=True, editable=False, db_column="todos_at_most"
    )
    # Their titles, descriptions and labels take this many bytes as JSON, or fewer; null: not counted yet.
    byte_count_upper_bound = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # Who works on it, and their role: `todos.access.enter` sets both. None is the program itself, which may do all.
    actor_id: int | None = None
    role: Role = Role.OWNER

    objects = TodoListQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also one open list: in a plain unique index, no owner is unlike no owner.
            models.UniqueConstraint(Coalesce("default_owner", Value(0)), name="one_list_for_each_owner"),
        ]
        indexes = [
            models.Index(  # a user's lists
                fields=["extra_owner"], condition=Q(extra_owner__isnull=False), name="list_of_owner"
            ),
        ]
        verbose_name = "list"

    def __str__(self) -> str:
        return f"{self.name} ({self.owner or 'open'})"

    @property
    def max_todos(self) -> int:
        """How many todos the list may hold. One that is not a default list may hold a tenth of MAX_TODOS, so that
        what a request over all lists of a user reads has a bound.
        """
        most = settings.MAX_TODOS
        return most if self.is_default else min(most, max(most // 10, 1_000))

    @property
    def max_bytes(self) -> int:
        """How many bytes its titles, descriptions and labels may take as JSON; a tenth as in max_todos."""
        most = settings.MAX_LIST_BYTES
        return most if self.is_default else min(most, max(most // 10, 1_000_000))

    @property
    def is_default(self) -> bool:
        """It is its owner's default list, or the open list."""
        return self.extra_owner_id is None

    @property
    def owner_id(self) -> int | None:
        return self.default_owner_id if self.is_default else self.extra_owner_id

    @property
    def owner(self) -> AbstractBaseUser | None:
        return self.default_owner if self.is_default else self.extra_owner

    @property
    def is_own(self) -> bool:
        """It belongs to whoever works on it."""
        return self.role is Role.OWNER

    @property
    def is_own_default(self) -> bool:
        """It is the one that /api/v1/todos shows to whoever works on it."""
        return self.is_default and self.is_own

    @property
    def takes_changes(self) -> bool:
        """Whoever works on it may change its todos."""
        return self.role.includes(Role.EDITOR)

    @cached_property
    def open_todos(self) -> int:
        """How many of its todos are neither completed nor deleted. find_lists counts those of all lists at once."""
        return self.todos.visible().completed(False).count()

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @is_archived.setter
    def is_archived(self, value: bool) -> None:
        self.archived_at = datetime.now(UTC) if value else None

    @property
    def zone(self) -> ZoneInfo:
        return known_zone(self.time_zone)
