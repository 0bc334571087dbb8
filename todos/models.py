"""Lists and their todos."""

import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self
from unicodedata import normalize
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.validators import MinValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import cached_property

from todos.access import Role, owned_by, reached_by, user_id
from todos.deadlines import Deadline, DeadlineKind
from todos.labels import KEY_MAX_LENGTH, NAME_MAX_LENGTH, join_labels, key_of, split_labels
from todos.priorities import Priority
from todos.recurrence.rule import MAX_LENGTH as RULE_MAX_LENGTH
from todos.search.index import narrowed
from todos.search.text import HasText
from todos.time_zones import known_zone

if TYPE_CHECKING:  # todos.search.language knows clocks, which know models
    from todos.agenda import Clock
    from todos.search.language import Query

TITLE_MAX_LENGTH = 255
DESCRIPTION_MAX_LENGTH = 10_000
QUERY_MAX_LENGTH = 500


MONDAY, SATURDAY, SUNDAY = 0, 5, 6  # as datetime numbers the days


def default_time_zone() -> str:
    return settings.DEFAULT_LIST_TIME_ZONE


def new_epoch() -> int:
    return secrets.randbits(31)


class Color(models.TextChoices):
    NONE = "", "None"
    RED = "red", "Red"
    ORANGE = "orange", "Orange"
    YELLOW = "yellow", "Yellow"
    GREEN = "green", "Green"
    TEAL = "teal", "Teal"
    BLUE = "blue", "Blue"
    PURPLE = "purple", "Purple"
    PINK = "pink", "Pink"
    GRAY = "gray", "Grey"


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
        default=MONDAY, db_default=MONDAY, choices=[(MONDAY, "Monday"), (SATURDAY, "Saturday"), (SUNDAY, "Sunday")]
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


class LabelQuerySet(models.QuerySet):
    def of_owner(self, owner_id: int | None) -> Self:
        """The owner's labels by name; without an owner, those of the open list."""
        return self.filter(owner=owner_id).order_by("key")

    def named(self, names: Iterable[str]) -> Self:
        return self.filter(key__in=[key_of(name) for name in names])


class Label(models.Model):
    """How the owner of lists spells and colours a label. It is created with the first todo that has it.

    Todos hold the names themselves, since files show them: renaming a label changes every todo that has it anyway.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Nobody: a label of the open list.",
    )
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    key = models.CharField(max_length=KEY_MAX_LENGTH, editable=False, help_text="The name without its case.")
    color = models.CharField(max_length=16, choices=Color, blank=True, default=Color.NONE)

    objects = LabelQuerySet.as_manager()

    class Meta:
        constraints = [
            # In a plain unique index, no owner is unlike no owner.
            models.UniqueConstraint(Coalesce("owner", Value(0)), "key", name="one_label_for_each_key"),
        ]

    def __str__(self) -> str:
        return self.name


class JSONBytes(models.Func):
    """How many bytes a text takes as JSON, quotes included."""

    output_field = models.BigIntegerField()
    template = "octet_length(to_json(%(expressions)s)::text)"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="length(CAST(json_quote(%(expressions)s) AS BLOB))")


# As Todo.byte_count.
BYTE_COUNT = JSONBytes("title") + JSONBytes(Coalesce("description", Value(""))) + JSONBytes("label_text") - 2


# A todo stands where its id says, so that new ones come last, until somebody moves it: then it has a number between
# those of its neighbours.
PLACE = Coalesce(F("position"), F("id"), output_field=models.FloatField())


class TodoQuerySet(models.QuerySet):
    def visible(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def deleted(self) -> Self:
        return self.filter(deleted_at__isnull=False)

    def total(self) -> tuple[int, int]:
        """Return how many they are, and how many bytes their titles, descriptions and labels take as JSON."""
        return tuple(self.aggregate(count=Count("pk"), bytes=Coalesce(Sum(BYTE_COUNT), 0)).values())

    def completed(self, is_completed: bool) -> Self:
        return self.filter(completed=is_completed)

    def of_priority(self, priorities: Iterable[Priority]) -> Self:
        return self.filter(priority__in=priorities)

    def labelled(self, names: Iterable[str]) -> Self:
        """With at least one of these labels, spelled as their owner spells them."""
        having = [Q(label_text__contains=join_labels([name])) for name in names]
        return self.filter(reduce(or_, having)) if having else self.none()

    def in_manual_order(self) -> Self:
        """In the order that people have given them, each with its ``place`` in it."""
        return self.annotate(place=PLACE).order_by("place", "id")

    def due_by(self, moment: datetime, zone: ZoneInfo) -> Self:
        """Due no later than ``moment`` for a reader in ``zone``, overdue ones included.

        A whole day counts from its beginning.
        """
        return self._due("lte", moment, zone)

    def due_before(self, moment: datetime, zone: ZoneInfo) -> Self:
        return self._due("lt", moment, zone)

    def due_from(self, moment: datetime, zone: ZoneInfo) -> Self:
        return self._due("gte", moment, zone)

    def matching(self, words: Iterable[str]) -> Self:
        """With every one of the words in the title or the description."""
        words = list(words)
        return narrowed(self.filter(*map(HasText, words)), words)

    def found_by(self, query: "Query", clocks: "Sequence[tuple[TodoList, Clock]]") -> Self:
        """Those of these lists' todos that a search finds, each by the clock of its list."""
        lists = [todo_list for todo_list, _ in clocks]
        by_zone: dict[str, tuple[Clock, list[int]]] = {}
        for todo_list, clock in clocks:
            by_zone.setdefault(clock.zone.key, (clock, []))[1].append(todo_list.pk)
        todos = self
        for term in query.terms:
            if not term.depends_on_zone or len(by_zone) == 1:
                todos = todos.filter(term.condition(clocks[0][1], lists))
                continue
            condition = Q()
            for clock, ids in by_zone.values():
                condition |= Q(list__in=ids) & term.condition(clock, lists)
            todos = todos.filter(condition)
        return narrowed(todos, query.texts)

    def _due(self, comparison: str, moment: datetime, zone: ZoneInfo) -> Self:
        wall = moment.astimezone(zone).replace(tzinfo=UTC)
        name = f"deadline__{comparison}"
        return self.filter(
            Q(deadline_kind=DeadlineKind.INSTANT, **{name: moment})
            | Q(deadline_kind__in=[DeadlineKind.FLOATING, DeadlineKind.DAY], **{name: wall})
        )


# Columns that are read and written through a property.
_PROPERTIES = {"deadline": "due", "deadline_kind": "due", "label_text": "labels"}


class Todo(models.Model):
    """One thing to do. A deleted one is gone for every reader until it is restored or purged.

    What people write in a todo are its editable columns; the others are kept by the services. Services, undo and
    imports find a new column by themselves.
    """

    list = models.ForeignKey(TodoList, on_delete=models.CASCADE, related_name="todos", db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, editable=False, help_text="The event's UID in calendars, for life.")
    title = models.CharField(max_length=TITLE_MAX_LENGTH)
    description = models.TextField(null=True, blank=True, max_length=DESCRIPTION_MAX_LENGTH)  # noqa: DJ001 - the contract tells null from ""
    completed = models.BooleanField(default=False)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    deadline = models.DateTimeField(null=True, blank=True)
    deadline_kind = models.CharField(max_length=8, choices=DeadlineKind, blank=True)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NONE, db_default=Priority.NONE)
    label_text = models.TextField(blank=True, default="", db_default="", help_text="The names of its labels.")
    # A series: services/series.py. Release 0.1.0, which may run beside, completes one as a whole, and moves or removes
    # the deadline alone.
    rule = models.CharField(
        max_length=RULE_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text="An RRULE's value; empty: once.",
    )
    repeats_from_completion = models.BooleanField(
        default=False, db_default=False, help_text="It is due again some time after it was done."
    )
    # What the series' clock shows at the current occurrence, as todos.recurrence.occurrence writes it. The deadline is
    # another where this one was moved, or where the clock shows a time that the day does not have.
    occurrence = models.CharField(max_length=100, blank=True, default="", db_default="")
    past_count = models.IntegerField(
        default=0, db_default=0, editable=False, help_text="The number of its last PastOccurrence."
    )
    # Where a todo may be below another one: services/subtasks.py. No foreign key in the database: release 0.1.0, which
    # may run beside, purges todos without a look at what is below them.
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="subtasks",
        help_text="The todo that this one is a sub-task of.",
    )
    # Only with its list locked: services/order.py. No file and no answer about the todo alone shows it.
    position = models.FloatField(
        null=True, editable=False, help_text="Its place in the manual order; null: its id."
    )
    # Rises with each visible change, never falls: calendar clients ignore an edit without it (RFC 5545, 3.8.7.4).
    sequence = models.IntegerField(default=0, editable=False, validators=[MinValueValidator(0)])
    revision = models.BigIntegerField(editable=False, help_text="The list's revision at the last change.")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Who made the last change that a reader can see. A user who is deleted leaves a number that names nobody: to find
    # all todos that somebody changed last would need an index that each change has to write.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.DO_NOTHING,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )

    objects = TodoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "uid"], name="uid_unique_in_list"),
            models.CheckConstraint(
                condition=Q(deadline__isnull=True, deadline_kind="")
                | Q(deadline__isnull=False, deadline_kind__in=DeadlineKind.values),
                name="deadline_has_a_kind",
            ),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="priority_is_known"),
        ]
        indexes = [
            models.Index(fields=["list", "id"], name="todo_of_list"),  # GET of a list, oldest first
            models.Index(fields=["list", "revision"], name="todo_changed"),  # a build: what changed since
            models.Index(  # how many are open, and which of them are due
                fields=["list", "deadline"],
                condition=Q(completed=False, deleted_at__isnull=True),
                name="todo_open",
            ),
            models.Index(  # the sub-tasks of a todo
                fields=["parent"], condition=Q(parent__isnull=False), name="todo_subtasks"
            ),
            models.Index(  # the trash, and its purge
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="todo_deleted"
            ),
        ]

    def __str__(self) -> str:
        return f"Todo {self.pk}"

    @property
    def byte_count(self) -> int:
        """How many bytes the title, the description and the labels take as JSON: what readers have to be sent."""
        texts = len(orjson.dumps(self.title)) + len(orjson.dumps(self.description or ""))
        return texts + len(orjson.dumps(self.label_text)) - 2  # without the quotes

    @property
    def due(self) -> Deadline | None:
        return Deadline(self.deadline, self.deadline_kind) if self.deadline else None

    @due.setter
    def due(self, value: Deadline | None) -> None:
        self.deadline, self.deadline_kind = (value.moment, value.kind) if value else (None, "")

    @property
    def is_repeating(self) -> bool:
        """It has a rule, and a deadline to count from."""
        return bool(self.rule and self.deadline)

    @property
    def rule_zone(self) -> str | None:
        """The time zone of the series' clock, if its deadlines are instants."""
        return self.occurrence.partition(" ")[2] or None

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(split_labels(self.label_text))

    @labels.setter
    def labels(self, names: Iterable[str]) -> None:
        self.label_text = join_labels(names)

    @classmethod
    @cache
    def content_columns(cls) -> tuple[str, ...]:
        """The columns with what people write in a todo."""
        own = {"id", "list_id"}
        return tuple(
            field.attname for field in cls._meta.concrete_fields if field.editable and field.attname not in own
        )

    @classmethod
    @cache
    def content_fields(cls) -> tuple[str, ...]:
        """The content columns by the names that services take: ``due`` for two of them, and ``labels``."""
        return tuple(dict.fromkeys(_PROPERTIES.get(name, name) for name in cls.content_columns()))

    @classmethod
    @cache
    def mutable_columns(cls) -> tuple[str, ...]:
        """The columns that a change of the todo itself writes. An order is changed without reading all of the todo."""
        fixed = {"id", "list_id", "uid", "created_at", "position"}
        return tuple(field.attname for field in cls._meta.concrete_fields if field.attname not in fixed)


class PastOccurrence(models.Model):
    """One occurrence of a todo that repeats, once it is completed or skipped. It goes wherever the todo goes.

    No foreign keys in the database: release 0.1.0, which may run beside, purges todos and deletes lists without a look
    at these. The purge finds what is left behind.
    """

    class Outcome(models.TextChoices):
        COMPLETED = "completed", "Completed"
        SKIPPED = "skipped", "Skipped"

    list = models.ForeignKey(
        TodoList, on_delete=models.CASCADE, related_name="past_occurrences", db_index=False, db_constraint=False
    )
    todo = models.ForeignKey(
        Todo, on_delete=models.DO_NOTHING, related_name="past_occurrences", db_index=False, db_constraint=False
    )
    number = models.IntegerField(help_text="Counts the occurrences of the todo, from 1 on.")
    deadline = models.DateTimeField()
    deadline_kind = models.CharField(max_length=8, choices=DeadlineKind)
    outcome = models.CharField(max_length=9, choices=Outcome)
    ended_at = models.DateTimeField(help_text="When it was completed or skipped.")
    ended_by = models.ForeignKey(  # as Todo.changed_by
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["todo", "number"], name="past_number_unique_in_todo"),
            models.CheckConstraint(
                condition=Q(outcome__in=["completed", "skipped"]), name="past_outcome_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["list", "id"], name="past_of_list"),  # how many a list has, the oldest first
        ]

    def __str__(self) -> str:
        return f"Occurrence {self.number} of todo {self.todo_id}"

    @property
    def due(self) -> Deadline:
        return Deadline(self.deadline, self.deadline_kind)


class MovedTodo(models.Model):
    """A todo that was moved to another list: builds remove it from the files of the list that it left.

    If it comes back, the todo counts and this does not. Purged like the trash.
    """

    list = models.ForeignKey(TodoList, on_delete=models.CASCADE, related_name="moved_todos", db_index=False)
    uid = models.UUIDField()
    revision = models.BigIntegerField(help_text="The list's revision at the move.")
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "uid"], name="moved_uid_unique_in_list")]
        indexes = [
            models.Index(fields=["list", "revision"], name="todo_moved"),  # a build: what left since
            models.Index(fields=["moved_at"], name="todo_moved_at"),  # the purge
        ]

    def __str__(self) -> str:
        return f"{self.uid} left {self.list}"


class SavedFilterQuerySet(models.QuerySet):
    def of_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The user's filters by name; nobody else has any."""
        return self.filter(owner_id=user.pk or 0).order_by("name", "pk")


class SavedFilter(models.Model):
    """A search that a user keeps, over all of their lists."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=QUERY_MAX_LENGTH, help_text="The search, such as `is:open due:<7d essay`.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="filter_name_unique_for_owner")]

    def __str__(self) -> str:
        return f"Filter {self.pk}"


MEMBER_ROLES = [(role.value, role.label) for role in Role.of_members()]


class MembershipQuerySet(models.QuerySet):
    def of_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(user=user_id(user))


class Membership(models.Model):
    """Somebody with whom the owner of a list shares it."""

    list = models.ForeignKey(TodoList, on_delete=models.CASCADE, related_name="memberships", db_index=False)
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

    list = models.ForeignKey(TodoList, on_delete=models.CASCADE, related_name="invitations")
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
