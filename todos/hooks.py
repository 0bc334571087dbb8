"""What other apps do as a list changes, in the change's own transaction.

`todos` knows no app above it. An app that follows lists registers here as it gets ready.
"""

from collections.abc import Callable
from dataclasses import dataclass

from database.statements import Call


@dataclass(frozen=True)
class ListHooks:
    """All functions are called with the id of a list, whose row is locked or about to be locked first in a change."""

    #: Return the statement that notes what has become due because the list changed.
    wake: Callable[[int], Call]
    #: Get ready for the list's deletion, which comes next: lock rows that others change under a lock of their own and
    #: that are deleted with the list, and delete what depends on its todos.
    before_delete: Callable[[int], None] = lambda list_id: None
    #: Say what would be deleted with the list, such as "2 todos"; empty if nothing is.
    lost: Callable[[int], str] = lambda list_id: ""
    #: End what a member has of the list: a user, by their id, has just lost it.
    member_left: Callable[[int, int], None] = lambda list_id, user_id: None
    #: Keep apart what the owner has of the list, a user, and what the next owner has.
    owner_changes: Callable[[int, int], None] = lambda list_id, user_id: None


HOOKS: list[ListHooks] = []
