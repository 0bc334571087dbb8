"""Events, as they were recorded (`observability/events.py`), and the experiments of the lab."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from database.clock import NowMs, NowOnce


class Event(models.Model):
    """Something that has happened. Nothing depends on it.

    No foreign keys: what it is about may be deleted before the event is.
    """

    at_ms = models.BigIntegerField(help_text="By the clock of the process.")
    kind = models.CharField(max_length=20)
    list_id = models.BigIntegerField(null=True)
    calendar_id = models.BigIntegerField(null=True)
    job_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    process = models.CharField(max_length=100)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["at_ms"], name="event_by_age"),  # the sweep, and what happened in a time
            models.Index(fields=["job_id", "id"], condition=models.Q(job_id__isnull=False), name="event_of_job"),
            models.Index(
                fields=["calendar_id", "id"],
                condition=models.Q(calendar_id__isnull=False),
                name="event_of_calendar",
            ),
            models.Index(
                fields=["list_id", "id"], condition=models.Q(list_id__isnull=False), name="event_of_list"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


#: Who owns the lists of experiments. Nobody can register a name with spaces in it, nor sign in without a password.
LAB_OWNER = "the lab of this machine"


class ExperimentKind(models.TextChoices):
    TICK = "tick", gettext_lazy("Tick todos")
    ASK = "ask", gettext_lazy("Ask for files")
    DROP = "drop", gettext_lazy("Lose messages")
    DOUBLE = "double", gettext_lazy("Send each message twice")
    DELAY = "delay", gettext_lazy("Delay the broker")
    FAIL = "fail", gettext_lazy("Let builds fail")
    PAUSE = "pause", gettext_lazy("Pause a worker")
    KILL = "kill", gettext_lazy("Kill a worker")
    SWEEP = "sweep", gettext_lazy("Stop the sweep")


# These break something for a time; the others so many times.
LASTING = (ExperimentKind.DELAY, ExperimentKind.SWEEP)


class ExperimentQuerySet(models.QuerySet):
    def live(self) -> Self:
        """Experiments that may still break something."""
        return self.filter(Q(left__gt=0) | Q(kind__in=LASTING), ends_at_ms__gt=NowOnce())

    def of_user(self, user_id: int | None) -> Self:
        """Those of a user, or of all who are not signed in."""
        return self.filter(user_id=user_id)

    def take(self, pk: int) -> int:
        """Use up one of the faults that an experiment has left."""
        return self.live().filter(pk=pk, left__gt=0).update(left=F("left") - 1)

    def end(self) -> int:
        return self.live().update(left=0, ends_at_ms=NowMs())


class Experiment(models.Model):
    """An experiment of the lab, which has a list of its own, and the fault that it asked for.

    Without foreign keys: it goes when its list does, and the list's services know nothing of it.
    """

    kind = models.CharField(max_length=16, choices=ExperimentKind)
    list_id = models.BigIntegerField()
    user_id = models.BigIntegerField(null=True, help_text="Who asked for it; null: somebody who is not signed in.")
    count = models.IntegerField(default=0)
    seconds = models.IntegerField(default=0)
    revision = models.BigIntegerField(default=0, help_text="The list's as it began.")
    started_at_ms = models.BigIntegerField()
    ends_at_ms = models.BigIntegerField(help_text="When it breaks nothing any more.")
    left = models.IntegerField(default=0, help_text="How many faults are still to happen.")
    process = models.CharField(
        max_length=100, blank=True, help_text="The host and process that it paused or ended."
    )

    objects = ExperimentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.pk})"

    def is_live(self, now_ms: int) -> bool:
        """Return what `ExperimentQuerySet.live` finds at this time of the database."""
        return self.ends_at_ms > now_ms and (self.left > 0 or self.kind in LASTING)
