"""What the lab breaks: the one place where faults happen, in every process that sends messages or builds.

Settings add the middleware, and the app its hooks, only where the lab is allowed (``LAB``). Elsewhere nothing of this
is loaded. A fault concerns the messages and builds of one experiment's list alone. It is a row with an end, so it ends
by itself whatever happens to the process that asked for it.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import dramatiq
from django.conf import settings
from dramatiq.middleware import SkipMessage

from observability.events import Kind, record
from observability.processes import name_of_host, process_name

if TYPE_CHECKING:  # models cannot be imported yet: the broker is made while Django loads its apps
    from background.models import LeasedQuerySet
    from calendars.models import Calendar
    from observatory.models import Experiment

ACTOR = "build_calendar"
#: How the ids of messages begin that were sent a second time, so that there is no third.
AGAIN = "again-"
#: A process may not know yet of a fault that is younger than this, and acts on one that ended so long ago.
KNOWN_AFTER_SECONDS = 0.2
#: How long a build that is to fail or end its process is held first, so that it can be watched.
HELD_SECONDS = 2.5
_SLICE_SECONDS = 0.1


class Broken(Exception):
    """A build failed because an experiment wanted it to."""


class Faults(dramatiq.Middleware):
    """Loses, repeats and delays messages, the same on every broker.

    It happens as a worker receives a message. A lost one is taken from the broker and thrown away, one
    that is to come twice is sent once more before it is worked on, and a late one is held in its thread.
    """

    def __init__(self) -> None:
        self._stopping = threading.Event()

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._stopping.clear()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        self._stopping.set()

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        from observatory.models import ExperimentKind

        faults = _of_message(message)
        if _take(faults, ExperimentKind.DROP, ExperimentKind.SWEEP):
            record(Kind.FAULT, calendar_id=int(message.args[0]), fault=ExperimentKind.DROP)
            raise SkipMessage("lost by the lab")
        if not message.message_id.startswith(AGAIN) and _take(faults, ExperimentKind.DOUBLE):
            record(Kind.FAULT, calendar_id=int(message.args[0]), fault=ExperimentKind.DOUBLE)
            broker.enqueue(dramatiq.Message(**_fields(message), message_id=f"{AGAIN}{message.message_id}"))
        for fault in faults:
            if fault.kind == ExperimentKind.DELAY:
                self._hold(fault, message.message_timestamp / 1000 + fault.seconds)

    def _hold(self, fault: "Experiment", until: float) -> None:
        until = min(until, time.time() + fault.seconds)  # whatever a sender's clock says
        while time.time() < until and fault in live() and not self._stopping.wait(_SLICE_SECONDS):
            pass


def after_claim(calendar: "Calendar") -> None:
    """Hold the build, and then fail it or end or pause its process, if an experiment wants that."""
    from observatory import recorder
    from observatory.models import ExperimentKind

    kinds = {ExperimentKind.FAIL, ExperimentKind.KILL, ExperimentKind.PAUSE}
    for fault in [fault for fault in live() if fault.list_id == calendar.list_id and fault.kind in kinds]:
        end = time.monotonic() + HELD_SECONDS
        while time.monotonic() < end and fault in live():
            time.sleep(_SLICE_SECONDS)
        if not _take([fault], fault.kind):
            continue
        if fault.kind == ExperimentKind.FAIL:
            raise Broken("An experiment of the lab had this build fail.")
        record(Kind.FAULT, list_id=calendar.list_id, calendar_id=calendar.pk, fault=fault.kind)
        recorder.flush()  # nobody else will, or not for a while
        _note_process(fault)
        if fault.kind == ExperimentKind.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            _pause(fault.seconds)


def leave_out(rows: "LeasedQuerySet") -> "LeasedQuerySet":
    """Leave out the calendars of lists for which the sweep is stopped."""
    from calendars.models import Calendar
    from observatory.models import ExperimentKind

    if rows.model is not Calendar:
        return rows
    stopped = [fault.list_id for fault in live() if fault.kind == ExperimentKind.SWEEP]
    return rows.exclude(list__in=stopped) if stopped else rows


# --- Which faults there are ---

_known: "tuple[float, list[Experiment]]" = (float("-inf"), [])


def live() -> "list[Experiment]":
    """Return the experiments that may still break something; the answer may be KNOWN_AFTER_SECONDS old."""
    global _known
    if not settings.LAB:
        return []
    now = time.monotonic()  # before the query: what it does not see is younger than this
    if now - _known[0] > KNOWN_AFTER_SECONDS:
        from observatory.models import Experiment

        _known = (now, list(Experiment.objects.live()))
    return _known[1]


def forget() -> None:
    """Ask anew for the next fault."""
    global _known
    _known = (float("-inf"), [])


def wait_until_known() -> None:
    """Return when every process knows of the faults that are committed by now."""
    time.sleep(KNOWN_AFTER_SECONDS * 1.25)


def resume(process: str) -> bool:
    """Let a process of this machine go on that was paused, by its name; return whether it was there.

    SIGCONT does nothing to one that is not paused.
    """
    number = process.removeprefix(name_of_host()).partition(":")[0]
    if not process.startswith(name_of_host()) or not number.isdecimal():
        return False
    try:
        os.kill(int(number), signal.SIGCONT)
    except OSError:  # it has ended, or is somebody else's by now
        return False
    return True


def _fields(message: dramatiq.MessageProxy) -> dict[str, Any]:
    request_id = message.options.get("request_id")
    return {
        "queue_name": message.queue_name,
        "actor_name": message.actor_name,
        "args": message.args,
        "kwargs": message.kwargs,
        "options": {"request_id": request_id} if request_id else {},
    }


def _of_message(message: Any) -> "list[Experiment]":
    """Return the faults that concern a message: those of its calendar's list."""
    if message.actor_name != ACTOR or not (faults := live()):
        return []
    from calendars.models import Calendar

    calendar_id = str(message.args[0]) if message.args else ""
    if not calendar_id.isdecimal() or len(calendar_id) > 18:
        return []
    lists = Calendar.objects.filter(pk=int(calendar_id), list__in=[fault.list_id for fault in faults])
    list_id = lists.values_list("list", flat=True).first()
    return [fault for fault in faults if fault.list_id == list_id]


def _take(faults: "list[Experiment]", *kinds: str) -> bool:
    """Use up one fault of these kinds, if there is one left; of all processes that want it, one gets it."""
    return any(fault.kind in kinds and type(fault).objects.take(fault.pk) for fault in faults)


def _note_process(fault: "Experiment") -> None:
    type(fault).objects.filter(pk=fault.pk).update(process=process_name())


def _pause(seconds: int) -> None:
    """Stop this whole process; another one lets it go on, whoever ends the experiment or forgets about it."""
    wake = f"import os, time; time.sleep({seconds}); os.kill({os.getpid()}, {int(signal.SIGCONT)})"
    subprocess.Popen(  # noqa: S603 - our own interpreter and our own two numbers
        [sys.executable, "-I", "-S", "-c", wake], start_new_session=True, stdin=subprocess.DEVNULL
    )
    os.kill(os.getpid(), signal.SIGSTOP)
