"""Deleting events and experiments that have expired."""

import time
from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth import get_user_model

from observatory.models import LAB_OWNER, Event, Experiment

EVERY_SECONDS = 60.0
EXPERIMENTS_EVERY_SECONDS = 600.0
SLICE = 5_000
# In one round of the sweep: who has more to delete goes on in the next.
MAX_SLICES = 40


def delete_expired() -> Mapping[str, int]:
    """Delete events that are older than EVENT_HOURS, and all but the newest EVENT_ROWS."""
    before = time.time_ns() // 1_000_000 - settings.EVENT_HOURS * 60 * 60 * 1000
    deleted = _delete(before, _newest_excess_id())
    return {"events_deleted": deleted} if deleted else {}


def delete_experiments() -> Mapping[str, int]:
    """Delete what the lab has left for a day, also where it is not allowed any more."""
    has_left = Experiment.objects.exists() or get_user_model().objects.filter(username=LAB_OWNER).exists()
    if not has_left:
        return {}
    from observatory.lab import experiments  # nothing of the lab is loaded where there was none

    return experiments.sweep()


def _newest_excess_id() -> int:
    """Return the id up to which there are too many; 0 if there are not."""
    excess = Event.objects.order_by("-pk").values_list("pk", flat=True)[settings.EVENT_ROWS :]
    return excess.first() or 0


def _delete(before_ms: int, up_to_id: int) -> int:
    deleted = 0
    for _ in range(MAX_SLICES):
        old = Event.objects.filter(at_ms__lt=before_ms).order_by("at_ms").values_list("pk", flat=True)[:SLICE]
        ids = list(old) or list(
            Event.objects.filter(pk__lte=up_to_id).order_by("pk").values_list("pk", flat=True)[:SLICE]
        )
        if not ids:
            break
        deleted += Event.objects.filter(pk__in=ids).delete()[0]
    return deleted
