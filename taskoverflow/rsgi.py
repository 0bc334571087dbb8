"""The RSGI application, which ``manage.py serve`` starts with granian."""

from importlib import import_module

from web.server import Application

application = Application(lambda: import_module("taskoverflow.wsgi"))
