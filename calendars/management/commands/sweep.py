"""``manage.py sweep``: the workers' sweep, for a scheduler or by hand."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from calendars.builds.sweeper import sweep
from calendars.middleware import SWEEP_SECONDS


class Command(BaseCommand):
    help = "Send messages about calendars that are due, and delete what has expired."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep once, not every second")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.stdout.write(str(sweep()))
        while not once:
            time.sleep(SWEEP_SECONDS)
            if (swept := sweep()).found:
                self.stdout.write(str(swept))
