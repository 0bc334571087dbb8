#!/usr/bin/env python
"""Django's command line, where what is not the program's fault is one sentence and no traceback."""

import os
import re
import sys
from pathlib import Path

INTERRUPTED = 130  # what shells call a program that Ctrl-C ended
# What SQLite and PostgreSQL say of a table or a column that a migration has yet to make.
UNMIGRATED = re.compile(r"no such (table|column)|(relation|column) .* does not exist")


def main() -> None:
    import environ
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    # Variables that are set already win over the file; an empty name reads no file at all.
    env_file = os.environ.get("TASKOVERFLOW_ENV_FILE")
    if env_file is None and (own := Path(__file__).with_name(".env")).exists():
        env_file = own
    if env_file:
        try:
            with open(env_file, encoding="utf-8") as file:
                environ.Env.read_env(file)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "it is no text")
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
        sys.exit(f"taskoverflow: the database cannot be used: {reason}. Check DATABASE_URL and that it runs.")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
