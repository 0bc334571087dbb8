"""``manage.py queue``: send to a queue and receive from it, to see how standard and FIFO queues differ."""

import math
import sys
from contextlib import closing
from datetime import datetime
from typing import Any

import dramatiq
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from brokers.comparison import MAX_MESSAGES, ComparisonError, compare, comparing
from brokers.explorer import ExploredQueue, ExplorerError, Letter, Summary
from brokers.management.arguments import positive_integer


class Command(BaseCommand):
    help = "Send numbered messages to an Amazon SQS queue, print what is received from it, or compare two queues."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", help="the queue; a name that ends in .fifo is a FIFO queue")
        parser.add_argument("--client-name", metavar="WHO", help="your name, sent with each message")
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--send", action="store_true", help="send messages (the default)")
        way.add_argument("--receive", action="store_true", help="print messages until Ctrl-C")
        way.add_argument(
            "--compare",
            action="store_true",
            help="compare a standard and a FIFO queue of the broker in BROKER_URL, made for that and deleted again",
        )
        parser.add_argument("--prepend", default="", metavar="TEXT", help="put this before each message")
        parser.add_argument("--count", type=positive_integer, default=100, help="messages to send (default: 100)")
        parser.add_argument(
            "--limit", type=positive_integer, default=math.inf, help="stop after this many messages"
        )
        parser.add_argument("--summary", action="store_true", help="count messages out of order and duplicates")

    def handle(
        self, *, name: str | None, client_name: str | None, receive: bool, compare: bool, **options: Any
    ) -> None:
        console = Console(file=self.stdout._out, highlight=False, markup=False)
        if compare:
            return self.compare(console, min(options["count"], MAX_MESSAGES))
        if name is None or client_name is None:
            raise CommandError(
                "An SQS queue needs --name and --client-name; --compare uses the broker of BROKER_URL."
            )
        try:
            with closing(ExploredQueue(name)) as queue:
                if receive:
                    self.receive(queue, console, limit=options["limit"], summary=options["summary"])
                else:
                    self.send(queue, console, client_name, prepend=options["prepend"], count=options["count"])
        except ExplorerError as error:
            self.stderr.write(str(error))
            sys.exit(1)

    def compare(self, console: Console, count: int) -> None:
        broker = dramatiq.get_broker()
        if lacks := comparing(broker).lacks:
            console.print(lacks)
        try:
            trials = compare(broker, count=count)
        except ComparisonError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        for trial in trials:
            console.print(f"{trial.name}: {trial}. {trial.order}")
            console.print(" ".join(map(str, trial.received)))

    def send(self, queue: ExploredQueue, console: Console, client: str, *, prepend: str, count: int) -> None:
        columns = [TextColumn(f"Sending to {queue.name}", markup=False), BarColumn()]
        with Progress(*columns, MofNCompleteColumn(), TimeRemainingColumn(), console=console) as progress:
            for number in progress.track(range(count)):
                queue.send(Letter(client, f"{prepend}Message {number}"))

    def receive(self, queue: ExploredQueue, console: Console, *, limit: float, summary: bool) -> None:
        counts = Summary()
        try:
            with console.status(f"Waiting for messages in {queue.name} (Ctrl-C ends it)"):
                while (wanted := limit - counts.letters) > 0:
                    for letter in queue.receive(wanted):
                        counts.add(letter)
                        console.print(f"[{datetime.now():%H:%M:%S}] {letter.client}: {letter.body}")
        except KeyboardInterrupt:
            console.print()
        if summary:
            console.print(str(counts))
