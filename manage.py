#!/usr/bin/env python
"""Django's command line, with configuration errors as one sentence each."""

import os
import sys
from pathlib import Path


def main() -> None:
    import environ
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    # Variables that are set already win over the file; an empty name reads no file at all.
    if env_file := os.environ.get("TASKOVERFLOW_ENV_FILE", str(Path(__file__).with_name(".env"))):
        environ.Env.read_env(env_file)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"taskoverflow: {error}")


if __name__ == "__main__":
    main()
