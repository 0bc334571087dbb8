"""``manage.py backup FILE``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.backup import write_backup


class Command(BaseCommand):
    help = "Write users, lists, todos, jobs and feeds to one file. The service can keep running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to write, such as todos.jsonl.gz")
        parser.add_argument("--force", action="store_true", help="replace an existing file")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        if file.exists() and not force:
            raise CommandError(f"{file} exists already: --force replaces it.")
        try:
            counts = write_backup(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{file}: " + ", ".join(f"{count} {label}" for label, count in counts.items()))
        self.stdout.write("Keep the secret key with it: feed addresses are made from both.")
