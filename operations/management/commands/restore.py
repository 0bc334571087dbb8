"""``manage.py restore FILE``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.backup import BackupError, has_our_key, read_backup


class Command(BaseCommand):
    help = "Restore what backup wrote, from and to either database. Stop the service first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what backup wrote")
        parser.add_argument("--replace", action="store_true", help="delete what is there first")

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        try:
            counts = read_backup(file, replace=replace)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: " + ", ".join(f"{count} {label}" for label, count in counts.items()))
        if not has_our_key(file):
            self.stderr.write("It was made under another secret key: feeds have new addresses now.")
