"""``manage.py heartbeat``: the health check of a worker container."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calendars.builds.sweeper import living_workers
from observability.processes import name_of_host


class Command(BaseCommand):
    help = "Fail unless a worker on this host has a recent heartbeat in the database."

    def handle(self, **options: Any) -> None:
        if not (living := living_workers(name_of_host())):
            raise CommandError("No worker on this host has a recent heartbeat.")
        self.stdout.write(f"{living} living")
