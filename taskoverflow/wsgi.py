"""The WSGI application, and the threads that start with it: they write events down and, with the embedded broker, are
the worker's.

Only a process that serves requests may import this module, and only after any fork: threads do not survive one.
"""

import atexit
import os
from functools import partial

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

import dramatiq  # noqa: E402

from brokers import embedded  # noqa: E402
from database.timeouts import limit_waits  # noqa: E402
from observatory import recorder  # noqa: E402

limit_waits()

#: Ends the threads.
if isinstance(dramatiq.get_broker(), embedded.EmbeddedBroker):
    stop = partial(embedded.stop_worker, embedded.start_worker())  # events are written down by its middleware
else:
    stop = recorder.start()
atexit.register(stop)
