"""What kinds of followers there are. An app registers its own in KINDS as it gets ready."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from followers.models import Follower
from todos.models import MovedTodo, Todo, TodoList, TodoQuerySet

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


class DeliveryFailed(Exception):
    """It did not work this time. The message is a sentence for whose follower it is."""

    def __init__(self, sentence: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class TargetGone(DeliveryFailed):
    """The target has said that it wants no more."""


@dataclass(frozen=True)
class Changes:
    """What happened in a list after one revision, up to another."""

    todo_list: TodoList
    since: int
    revision: int

    @property
    def todos(self) -> TodoQuerySet:
        """The todos that changed, oldest change first, deleted ones included. There may be very many."""
        changed = Todo.objects.filter(list=self.todo_list, revision__gt=self.since, revision__lte=self.revision)
        return changed.order_by("revision", "pk")

    @property
    def moved_away(self) -> QuerySet[MovedTodo]:
        """The todos that were moved to other lists, and have not come back."""
        moved = MovedTodo.objects.filter(list=self.todo_list, revision__gt=self.since, revision__lte=self.revision)
        here = Todo.objects.filter(list=self.todo_list, uid=OuterRef("uid"))
        return moved.exclude(Exists(here)).order_by("revision", "pk")


@dataclass(frozen=True)
class Kind:
    """What is done for the followers of a kind. Every function may be called again for what it has done already."""

    #: Tell the target of the changes; return the result in a few words. Raises DeliveryFailed and TargetGone.
    deliver: Callable[[Follower, Changes], str]
    #: Do what somebody has asked for by hand. Raises nothing that should be tried again.
    send_requested: Callable[[Follower], None] = lambda follower: None
    #: Say that it was switched off, because of the last result: its target has gone, or failed for `patience`.
    switched_off: Callable[[Follower], None] = lambda follower: None
    #: How long it rests after each failure in a row; after the last, for as long again.
    backoff_ms: tuple[int, ...] = (
        5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR,
    )  # fmt: skip
    #: Of a process's threads that deliver, the part of which all followers that one user has of this kind may hold at
    #: once (1/share, at least one): targets that take long must not keep all others waiting.
    share: int = 4
    #: After so long without a success it is switched off; None: never.
    patience: timedelta | None = timedelta(days=5)


KINDS: dict[str, Kind] = {}
