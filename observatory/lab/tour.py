"""The guided tour: eight questions of a course on queues, each answered by the reader's own system."""

from dataclasses import dataclass

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
        "Why is there one build for 200 ticks?",
        "Tick 200 todos.",
        "Count the changes and the builds. How long after the last change did the build begin?",
        "A change writes into the calendar’s row that it is due, 1.5 s from now, in the change’s own transaction. The "
        "next change moves that time on, but never beyond 8 s after the first. A message says only “look at calendar "
        "7”; what there is to do is in the database. So one build sees all 200 changes, and it renders only the todos "
        "that changed.",
        ExperimentKind.TICK,
    ),
    Step(
        "What is lost when a broker forgets?",
        "Lose one message.",
        "The job waits for its message, which never comes. When is it finished, and who asked for that?",
        "Time, and nothing else. The job and the calendar’s due time were committed before the message was sent. "
        "Every worker runs a sweep, about once a second, which looks for calendars that are due and that nobody "
        "builds, and sends their message again: five seconds after the first one.",
        ExperimentKind.DROP,
    ),
    Step(
        "What if a message comes twice?",
        "Send each of ten messages twice.",
        "Compare the messages that were worked on with the builds.",
        "Nothing. A worker first takes the calendar’s lease, by one conditional UPDATE that only one of two workers "
        "can win, and then looks whether the file is behind its list at all. Whoever comes second finds the lease "
        "taken, or the file current, and does nothing. The work is idempotent, so “at least once” is enough, and the "
        "queue need not promise “exactly once”.",
        ExperimentKind.DOUBLE,
    ),
    Step(
        "What if a worker dies?",
        "Kill a worker while it builds.",
        "The job stays “being built” for a while. Why so long? Which process finished it?",
        "Nobody can see that a process is dead; one can only see that it is silent. The lease lasts ten seconds, and "
        "a living worker renews it every three. When it has run out, the sweep sends a message and another process "
        "starts. The attempt of the dead one counts: after five the job has failed, so that a build which kills its "
        "worker does not do so for ever. With rundramatiq, start the command again if nothing restarts it; make run "
        "starts its process by itself.",
        ExperimentKind.KILL,
    ),
    Step(
        "What does FIFO order buy here?",
        "Send 100 numbered messages to a standard and a FIFO queue.",
        "In which order do they come back? What becomes of the ones that were sent twice?",
        "Nothing. Two messages for the same calendar say the same, and a build looks at the list as it is by then, so "
        "it does not matter which comes first. Order costs throughput: a FIFO queue of SQS gives out no further "
        "message of a group until the one before is done. So on a FIFO queue, each message here has a group of its "
        "own. It would be different if messages carried the changes themselves.",
        url_name="observatory:queue",
        link="Open the queue explorer",
    ),
    Step(
        "How does the calendar app get it?",
        "Subscribe to one of your lists, and fetch the address twice with curl -i, the second time with -H "
        "'If-None-Match: …' and the ETag of the first answer.",
        "The second answer is a 304 without a body. Tick a todo and fetch once more.",
        "It asks, every few minutes or hours; nobody can push into it. The ETag is made of the file’s contents, so a "
        "304 costs one query and loads no todo. If the file is behind, the request builds it or waits for the build: "
        "no answer is older than the last change that was committed.",
        url_name="calendars:feeds",
        link="Subscribe to a list",
    ),
    Step(
        "What if the sweep stops too?",
        "Stop the sweep for 20 seconds, with the message lost.",
        "Nothing happens, for as long as the sweep stands still. Is anything lost?",
        "Nothing is lost, but nothing moves: with neither a message nor somebody who looks, a row that is due stays "
        "due. That is why every worker has a sweep of its own, and why the heartbeat of a worker is written by it: "
        "if it stops, the worker counts as dead and somebody is told.",
        ExperimentKind.SWEEP,
    ),
    Step(
        "What would you measure?",
        "Ask for 100 files.",
        "The number of jobs, messages and builds, and the time of the first and the last job. Which of these numbers "
        "tells you that people wait?",
        "How long the oldest job has waited, and how old the oldest due calendar is: these are what people feel. The "
        "depth of the queue says little, since a hundred jobs may be one message. Then how many attempts fail, and "
        "when a worker was last heard of. /metrics has all of them, and docs/alerts.yml says when to wake somebody.",
        ExperimentKind.ASK,
        url_name="observatory:machine",
        link="Watch the machine",
    ),
)
