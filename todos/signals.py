"""The events that cross the apps."""

from django.dispatch import Signal

# Sent with every change that a reader of a list could see, with ``todo_list`` and ``change``, the ListWrites: what
# a receiver adds to them is written while the list is locked, and committed with the change or not at all.
list_changed = Signal()

# Sent inside the transaction that deletes a list, with ``todo_list``: the list, locked. Who has rows that others
# change under a lock of their own takes that lock here, so that none of them comes in between.
list_deleting = Signal()
