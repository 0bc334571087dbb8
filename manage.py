#!/usr/bin/env python
"""Django's command line. Errors of the environment are one sentence, without a traceback."""

import os
import re
import shutil
import sys
from pathlib import Path

INTERRUPTED = 130  # the exit code of a program that Ctrl-C ended
# The errors of SQLite and PostgreSQL for a table or column that a migration has not created yet.
UNMIGRATED = re.compile(r"no such (table|column)|(relation|column) .* does not exist")
# SQLite's errors on a full disk; the second has other causes too.
SQLITE_FULL = re.compile(r"database or disk is full|disk I/O error")
NO_ROOM_BYTES = 4_000_000


def main() -> None:
    import environ
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    # Environment variables override the file. An empty name means no file.
    env_file = os.environ.get("TASKOVERFLOW_ENV_FILE")
    if env_file is None and (own := Path(__file__).with_name(".env")).exists():
        env_file = own
    if env_file:
        try:
            with open(env_file, encoding="utf-8") as file:
                environ.Env.read_env(file)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "it is not text")
            sys.exit(f"taskoverflow: TASKOVERFLOW_ENV_FILE: {env_file} cannot be read ({reason}).")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"taskoverflow: {error}")
    except (OperationalError, ProgrammingError) as error:
        reason = str(error).strip().splitlines()[0]
        if UNMIGRATED.match(reason):
            sys.exit(f"taskoverflow: the database is not up to date ({reason}). Run manage.py migrate.")
        if isinstance(error, ProgrammingError):
            raise
        if SQLITE_FULL.match(reason):
            from django.conf import settings

            if shutil.disk_usage(settings.DATA_DIR).free < NO_ROOM_BYTES:
                sys.exit(f"taskoverflow: there is no room left on the disk of {settings.DATA_DIR}.")
        sys.exit(f"taskoverflow: the database cannot be used: {reason}. Check DATABASE_URL and that it runs.")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
