"""``manage.py lab``: the experiments of the lab, from a terminal."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from observatory import recorder
from observatory.lab.experiments import (
    DEFINITIONS,
    InvalidAmount,
    describe,
    put_right,
    remove,
    start,
)
from observatory.lab.results import Result, result_of
from observatory.models import Experiment
from web.quotas import QuotaExceeded

POLL_SECONDS = 0.5
WAIT_SECONDS = 180
EMBEDDED = (
    "The embedded queue is in the memory of the server’s process: this command’s own messages end with it, and the "
    "sweep of the server sends others after 5 s. Run experiments from /machine/lab to see them work without that."
)


class Command(BaseCommand):
    help = "Break something on purpose, on a list of its own, and see it heal. Only where LAB allows it."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="EXPERIMENT")
        for definition in DEFINITIONS.values():
            experiment = actions.add_parser(definition.name, help=definition.title, description=definition.expect)
            for name, amount in (("count", definition.count), ("seconds", definition.seconds)):
                if amount:
                    words = f"{amount.label.lower()}, {amount.least} to {amount.most} (default: {amount.default})"
                    experiment.add_argument(f"--{name}", type=int, help=words)
            experiment.add_argument("--no-wait", action="store_true", help="do not wait for what happens")
        actions.add_parser("right", help="end everything that experiments break, whoever began them")
        actions.add_parser("remove", help="the same, and delete the experiments and their lists")

    def handle(self, *, action: str, **options: Any) -> None:
        if not settings.LAB:
            raise CommandError("The lab is off: LAB=on allows it where this is deployed.")
        experiments = list(Experiment.objects.all())
        if action == "right":
            self.stdout.write(f"Put right: {put_right(experiments)}")
        elif action == "remove":
            self.stdout.write(f"Removed: {remove(experiments)}")
        else:
            self.run(action, options)

    def run(self, name: str, options: dict[str, Any]) -> None:
        definition = DEFINITIONS[name]
        try:
            with recorder.recording():
                experiment = start(
                    definition, user_id=None, count=options.get("count"), seconds=options.get("seconds")
                )
        except (InvalidAmount, QuotaExceeded) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(describe(experiment))
        if not settings.BROKER_URL:
            self.stdout.write(EMBEDDED)
        if not options["no_wait"]:
            self.print_result(wait_for(experiment))

    def print_result(self, result: Result) -> None:
        self.stdout.write("")
        for step in result.steps:
            self.stdout.write(f"{step.seconds:7.2f} s  {step.text}  [{step.process}]")
        self.stdout.write("")
        for fact in result.facts:
            self.stdout.write(f"{fact.name:<28}{fact.value}")
        self.stdout.write(result.sentence)
        if not result.is_over:
            raise CommandError(f"It is not over after {WAIT_SECONDS} s: is a worker running?")


def wait_for(experiment: Experiment) -> Result:
    """Wait until it is over, for WAIT_SECONDS at most."""
    end = time.monotonic() + WAIT_SECONDS
    while not (result := result_of(experiment)).is_over and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
        experiment.refresh_from_db()
    return result
