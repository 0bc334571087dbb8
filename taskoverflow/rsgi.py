"""The RSGI application, which ``manage.py serve`` gives to granian."""

from web.server import Application

application = Application()
