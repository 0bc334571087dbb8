"""``manage.py heartbeat``: what a container of workers is asked, as a web server is asked for its health."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calendars.builds.sweeper import living_workers, name_of_host


class Command(BaseCommand):
    help = "Fail unless a worker on this host has said lately, in the database, that it lives."

    def handle(self, **options: Any) -> None:
        if not (living := living_workers(name_of_host())):
            raise CommandError("No worker on this host has said lately that it lives.")
        self.stdout.write(f"{living} living")
