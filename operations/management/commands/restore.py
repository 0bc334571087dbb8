"""``manage.py restore FILE``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.restore import RestoreError, restore_backup


class Command(BaseCommand):
    help = "Restore a backup into the database, of either kind. Stop the service first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that backup wrote, in this version or the one before")
        parser.add_argument("--replace", action="store_true", help="delete the existing rows first")

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        try:
            restored = restore_backup(file, replace=replace)
        except RestoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: " + ", ".join(f"{count} {label}" for label, count in restored.counts.items()))
        if unknown := restored.unknown_permissions:
            self.stderr.write(
                f"{len(unknown)} permissions of users and groups were left out, because the file does not name "
                "permissions that exist here. Grant them again in the admin."
            )
        if not restored.has_our_key:
            self.stderr.write("It was made under another secret key: feeds have new addresses now.")
