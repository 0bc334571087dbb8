"""The WSGI application. With the embedded broker, the worker's threads start here too.

Only a process that serves requests may import this module, and only after any fork: threads do not survive one.
"""

import atexit
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

import dramatiq  # noqa: E402

from brokers import embedded  # noqa: E402
from database.timeouts import limit_waits  # noqa: E402

limit_waits()

worker = embedded.start_worker() if isinstance(dramatiq.get_broker(), embedded.EmbeddedBroker) else None
if worker:
    atexit.register(embedded.stop_worker, worker)
