"""Django's PostgreSQL backend, whose check of a connection that was kept open asks the socket, not the server.

A server that restarted or ended the session has said so: there is something to read on a connection that
nobody asked anything. Django's own check is a query, and with it a round trip more for every request.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()  # not select(), which fails for the 1,025th file
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
