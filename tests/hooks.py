"""A follower of lists that remembers what it was told."""

from collections.abc import Iterator
from contextlib import contextmanager

from database.statements import Call, Statement
from todos.hooks import HOOKS, ListHooks

NOTHING = Statement("SELECT 1")


class RecordingFollower:
    """The ids of the lists that changed, and of those that were about to be deleted, in order."""

    def __init__(self) -> None:
        self.woken: list[int] = []
        self.deleted: list[int] = []

    def wake(self, list_id: int) -> Call:
        self.woken.append(list_id)
        return NOTHING.bind()


@contextmanager
def recording_follower() -> Iterator[RecordingFollower]:
    recorded = RecordingFollower()
    hooks = ListHooks(wake=recorded.wake, before_delete=recorded.deleted.append)
    HOOKS.append(hooks)
    try:
        yield recorded
    finally:
        HOOKS.remove(hooks)
