"""Measure full renders, builds after a few changes, and their memory.

    python -m benchmarks.calendars [--quick]

Each row is compared with a baseline measured in alternation in the same run. The baseline is plain icalendar doing
the same work, or the lower bound of a build: reading that many bytes from the database, hashing and writing them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

from benchmarks import machine
from tests.services import start_postgres

# Number of rounds per size.
FULL = {"renders": {1_000: 15, 10_000: 7, 100_000: 3}, "builds": {1_000: 30, 10_000: 21, 100_000: 9}}
QUICK = {"renders": {1_000: 5, 10_000: 3}, "builds": {1_000: 9, 10_000: 9}}
MEMORY_SIZE = {"full": 100_000, "quick": 10_000}
HEADINGS = ("", "ours", "against", "", "ours is", "target", "")


@contextmanager
def database() -> Iterator[None]:
    """Start a PostgreSQL server with this project's tables and configure it as the database."""
    with start_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "taskoverflow.settings",
            "DATABASE_URL": postgres.create_database("calendars"),
            "TASKOVERFLOW_DATA": folder,
            "TASKOVERFLOW_SECRET_KEY": "for benchmarks alone",
            "ALLOWED_HOSTS": "*",
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], check=True, cwd=machine.ROOT)
        import django

        django.setup()
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and no 100,000 todos")
    quick = parser.parse_args().quick
    effort = QUICK if quick else FULL
    with database():
        from benchmarks import calendar_costs as costs

        print(*(f"- {name}: {fact}" for name, fact in machine.facts().items()), "", sep="\n")
        for cells in [HEADINGS, ("---",) * len(HEADINGS)]:
            print("|", " | ".join(cells), "|")
        for row in chain(costs.renders(effort["renders"]), costs.builds(effort["builds"])):
            print("|", " | ".join(row.cells()), "|", flush=True)
        print()
        for sentence in costs.memory(MEMORY_SIZE["quick" if quick else "full"]):
            print("-", sentence, flush=True)


if __name__ == "__main__":
    main()
