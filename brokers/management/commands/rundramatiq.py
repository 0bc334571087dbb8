"""``manage.py rundramatiq``: the worker, as many processes as it is told to.

django-dramatiq's own starts another program, each of whose processes imports everything once more. Here they are
forked when all is imported: the first job begins a second sooner, and what they share is in memory once.
"""

import multiprocessing
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from django_dramatiq.management.commands import rundramatiq
from dramatiq.cli import main, make_argument_parser

# What only the other program can do.
ELSEWHERE = ("watch_dir", "use_spawn", "use_gevent", "forks")


class Command(rundramatiq.Command):
    help = "Build calendars, in processes with threads, for a queue that several share."

    def handle(self, **options: Any) -> None:
        if not settings.BROKER_URL:
            raise CommandError("Workers need a BROKER_URL: without one, manage.py serve builds calendars itself.")
        if sys.platform != "linux" or any(options[name] for name in ELSEWHERE):
            return super().handle(**options)
        arguments = make_argument_parser().parse_args(["django_dramatiq.setup"])
        for name in (
            "processes",
            "threads",
            "path",
            "pid_file",
            "log_file",
            "skip_logging",
            "worker_shutdown_timeout",
        ):
            setattr(arguments, name, options[name])
        arguments.path = [options["path"]] if isinstance(options["path"], str) else options["path"]
        arguments.queues = options["queues"] or None
        arguments.verbose = options["verbosity"] - 1
        arguments.modules = self.discover_tasks_modules()
        # Python 3.14 has other ways to start a process first. No thread runs yet that a fork would leave behind.
        multiprocessing.set_start_method("fork")
        connections.close_all()
        sys.exit(main(arguments))
