"""Django's PostgreSQL backend, but for what happens to a connection from one request to the next.

Its check of a connection that was kept open asks the socket, not the server. A server that restarted or ended
the session has said so: there is something to read on a connection that nobody asked anything. Django's own
check is a query, and with it a round trip more for every request.

A connection on which something failed is not kept. It may have been a statement prepared before a migration
changed a column's type, which fails on that connection from then on.
"""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.prepared: set[str] = set()  # names of statements: the server forgets them with the connection
        return super().get_new_connection(conn_params)

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return False
        poll = select.poll()  # not select(), which fails for the 1,025th file
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
