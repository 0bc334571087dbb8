"""The guided tour: eight questions of a course on queues, each answered by the reader's own system."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from observatory.models import ExperimentKind


@dataclass(frozen=True)
class Step:
    question: str
    press: str
    look: str
    answer: str
    kind: ExperimentKind | None = None
    #: Another page that the step is about, by the name of its URL, and what the link says.
    url_name: str = ""
    link: str = ""


STEPS = (
    Step(
        gettext_lazy("Why is there one build for 200 ticks?"),
        gettext_lazy("Tick 200 todos."),
        gettext_lazy("Count the changes and the builds. How long after the last change did the build begin?"),
        gettext_lazy(
            "A change writes into the calendar’s row that it is due, 1.5 s from now, in the change’s own transaction. "
            "The next change moves that time on, but never beyond 8 s after the first. A message says only “look at "
            "calendar 7”; what there is to do is in the database. So one build sees all 200 changes, and it renders "
            "only the todos that changed."
        ),
        ExperimentKind.TICK,
    ),
    Step(
        gettext_lazy("What is lost when a broker forgets?"),
        gettext_lazy("Lose one message."),
        gettext_lazy(
            "The job waits for its message, which never comes. When is it finished, and who asked for that?"
        ),
        gettext_lazy(
            "Time, and nothing else. The job and the calendar’s due time were committed before the message was sent. "
            "Every worker runs a sweep, about once a second, which looks for calendars that are due and that nobody "
            "builds, and sends their message again: five seconds after the first one."
        ),
        ExperimentKind.DROP,
    ),
    Step(
        gettext_lazy("What if a message comes twice?"),
        gettext_lazy("Send each of ten messages twice."),
        gettext_lazy("Compare the messages that were worked on with the builds."),
        gettext_lazy(
            "Nothing. A worker first takes the calendar’s lease, by one conditional UPDATE that only one of two "
            "workers can win, and then looks whether the file is behind its list at all. Whoever comes second finds "
            "the lease taken, or the file current, and does nothing. The work is idempotent, so “at least once” is "
            "enough, and the queue need not promise “exactly once”."
        ),
        ExperimentKind.DOUBLE,
    ),
    Step(
        gettext_lazy("What if a worker dies?"),
        gettext_lazy("Kill a worker while it builds."),
        gettext_lazy("The job stays “being built” for a while. Why so long? Which process finished it?"),
        gettext_lazy(
            "Nobody can see that a process is dead; one can only see that it is silent. The lease lasts ten seconds, "
            "and a living worker renews it every three. When it has run out, the sweep sends a message and another "
            "process starts. The attempt of the dead one counts: after five the job has failed, so that a build which "
            "kills its worker does not do so for ever. With rundramatiq, start the command again if nothing restarts "
            "it; make run starts its process by itself."
        ),
        ExperimentKind.KILL,
    ),
    Step(
        gettext_lazy("What does FIFO order buy here?"),
        gettext_lazy("Send 100 numbered messages to a standard and a FIFO queue."),
        gettext_lazy("In which order do they come back? What becomes of the ones that were sent twice?"),
        gettext_lazy(
            "Nothing. Two messages for the same calendar say the same, and a build looks at the list as it is by then, "
            "so it does not matter which comes first. Order costs throughput: a FIFO queue of SQS gives out no further "
            "message of a group until the one before is done. So on a FIFO queue, each message here has a group of its "
            "own. It would be different if messages carried the changes themselves."
        ),
        url_name="observatory:queue",
        link=gettext_lazy("Open the queue explorer"),
    ),
    Step(
        gettext_lazy("How does the calendar app get it?"),
        gettext_lazy(
            "Subscribe to one of your lists, and fetch the address twice with curl -i, the second time with -H "
            "'If-None-Match: …' and the ETag of the first answer."
        ),
        gettext_lazy("The second answer is a 304 without a body. Tick a todo and fetch once more."),
        gettext_lazy(
            "It asks, every few minutes or hours; nobody can push into it. The ETag is made of the file’s contents, so "
            "a 304 costs one query and loads no todo. If the file is behind, the request builds it or waits for the "
            "build: no answer is older than the last change that was committed."
        ),
        url_name="calendars:feeds",
        link=gettext_lazy("Subscribe to a list"),
    ),
    Step(
        gettext_lazy("What if the sweep stops too?"),
        gettext_lazy("Stop the sweep for 20 seconds, with the message lost."),
        gettext_lazy("Nothing happens, for as long as the sweep stands still. Is anything lost?"),
        gettext_lazy(
            "Nothing is lost, but nothing moves: with neither a message nor somebody who looks, a row that is due "
            "stays due. That is why every worker has a sweep of its own, and why the heartbeat of a worker is written "
            "by it: if it stops, the worker counts as dead and somebody is told."
        ),
        ExperimentKind.SWEEP,
    ),
    Step(
        gettext_lazy("What would you measure?"),
        gettext_lazy("Ask for 100 files."),
        gettext_lazy(
            "The number of jobs, messages and builds, and the time of the first and the last job. Which of these "
            "numbers tells you that people wait?"
        ),
        gettext_lazy(
            "How long the oldest job has waited, and how old the oldest due calendar is: these are what people feel. "
            "The depth of the queue says little, since a hundred jobs may be one message. Then how many attempts fail, "
            "and when a worker was last heard of. /metrics has all of them, and docs/alerts.yml says when to wake "
            "somebody."
        ),
        ExperimentKind.ASK,
        url_name="observatory:machine",
        link=gettext_lazy("Watch the machine"),
    ),
)
