"""The RSGI application, which ``manage.py serve`` starts with granian."""

import os
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")
django.setup()  # a process that was spawned, not forked, imports this first

from web.server import Application  # noqa: E402

application = Application(lambda: import_module("taskoverflow.wsgi"))
