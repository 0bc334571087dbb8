"""What todos leave behind."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from todos.deadlines import Deadline, DeadlineKind
from todos.models.lists import TodoList
from todos.models.todos import Todo


class PastOccurrenceQuerySet(models.QuerySet):
    def not_reopened(self) -> Self:
        """Return what has ended and stays so: of a date that was reopened, only what came of it then."""
        reopened = PastOccurrence.objects.filter(
            todo=OuterRef("todo"),
            number=OuterRef("number") + 1,
            outcome=PastOccurrence.Outcome.REOPENED,
            deadline=OuterRef("deadline"),
            deadline_kind=OuterRef("deadline_kind"),
        )
        return self.exclude(outcome=PastOccurrence.Outcome.REOPENED).filter(~Exists(reopened))


class PastOccurrence(models.Model):
    """One occurrence of a todo that repeats, once it is completed or skipped. It goes wherever the todo goes.

    Reopening a series whose last occurrence has ended adds a row, too: so the rows are a log, and undo only has to
    delete the last.

    No foreign keys in the database: release 0.1.0, which may run beside, purges todos and deletes lists without a look
    at these. The purge finds what is left behind.
    """

    class Outcome(models.TextChoices):
        COMPLETED = "completed", _("Completed")
        SKIPPED = "skipped", _("Skipped")
        REOPENED = "reopened", _("Reopened")

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

    objects = PastOccurrenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["todo", "number"], name="past_number_unique_in_todo"),
            models.CheckConstraint(
                condition=Q(outcome__in=["completed", "skipped", "reopened"]), name="past_outcome_is_known"
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
