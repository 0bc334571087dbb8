"""``manage.py rundramatiq``: the worker, in several processes.

django-dramatiq's command starts another program, and each of its processes imports everything again. Here they fork
after the imports: the first job starts a second sooner, and they share memory.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from django_dramatiq.management.commands import rundramatiq
from dramatiq.cli import main, make_argument_parser

# Options that only the other program has.
ELSEWHERE = ("watch_dir", "use_spawn", "use_gevent", "forks")

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Command(rundramatiq.Command):
    help = "Build calendars, in several processes and threads."

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
        # Not the default from Python 3.14 on. No thread runs yet that a fork would lose.
        multiprocessing.set_start_method("fork")
        connections.close_all()
        os.register_at_fork(after_in_child=end_with_parent)
        sys.exit(main(arguments))


def end_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when the main one is killed: nobody else could stop it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
