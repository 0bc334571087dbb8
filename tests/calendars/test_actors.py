"""What holds for every actor, whoever adds one."""

from io import StringIO

import dramatiq
import pytest
from django.conf import settings
from django_dramatiq.management.commands.rundramatiq import Command as RunDramatiq

HOUR_MS = 3600 * 1000

# What a worker loads.
MODULES = RunDramatiq(stdout=StringIO()).discover_tasks_modules()
ACTORS = [actor for actor in dramatiq.get_broker().actors.values() if actor.fn.__module__ in MODULES]


# What is slow has a queue of its own, whose threads are others.
QUEUES = {"build_calendar": settings.CALENDAR_QUEUE, "deliver": settings.FOLLOWER_QUEUE}


def test_these_are_all_actors():
    assert {actor.actor_name for actor in ACTORS} == QUEUES.keys()


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.actor_name)
def test_actor_states_its_limits(actor):
    assert actor.options["max_retries"] == 0
    assert 0 < actor.options["time_limit"] <= HOUR_MS
    assert 0 < actor.options["max_age"] <= 24 * HOUR_MS


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.actor_name)
def test_actor_is_in_its_queue(actor):
    assert actor.queue_name == QUEUES[actor.actor_name]


def test_no_middleware_calls_other_actors_or_sends_again():
    names = [type(middleware).__name__ for middleware in dramatiq.get_broker().middleware]
    if "Faults" in names:  # of the lab, which is on where this is not deployed
        names.remove("Faults")
    # Connections first, so that all others find one that works.
    assert names[:5] == ["DbConnectionsMiddleware", "AgeLimit", "TimeLimit", "ShutdownNotifications", "NoRetries"]
    assert not {"Retries", "Callbacks", "Pipelines", "GroupCallbacks", "Results", "AdminMiddleware"} & set(names)
