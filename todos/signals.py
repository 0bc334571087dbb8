"""The one event that crosses the apps."""

from django.dispatch import Signal

# Sent inside the transaction of every change that a reader of a list could see, with ``todo_list``: the list,
# locked, at its new revision. A receiver's writes are committed with the change or not at all.
list_changed = Signal()
