"""``manage.py sweep``: the workers' sweep, for a scheduler or by hand."""

import time
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from background.middleware import SWEEP_SECONDS
from background.sweep import sweep


class Command(BaseCommand):
    help = "Send messages about what is due, and delete what has expired."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep once, not every second")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.report(sweep())
        while not once:
            time.sleep(SWEEP_SECONDS)
            if any((found := sweep()).values()):
                self.report(found)

    def report(self, found: Counter[str]) -> None:
        self.stdout.write(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.items()))
