"""Which todos a button is for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Self

from django.http import HttpRequest

from todos import services
from todos.agenda import Clock
from todos.listing import ListQuery, find_ids
from todos.live import revision_in
from todos.models import TodoList
from todos.services import BulkItem, BulkResult
from todos.views.responses import change_id_of, query_of

ID = re.compile(r"[0-9]{1,18}")  # as many digits as always fit a column of ids


@dataclass(frozen=True)
class Selection:
    """The todos that a button is for: those with these ids, or all that a listing shows on its pages.

    Of all, the page says how many it found, when, and in which state of the list. Finding them again as of that moment,
    with nothing changed, gives the same todos.
    """

    ids: Sequence[int]
    all_of: ListQuery | None = None
    count: int = 0
    found_at: str = ""
    state: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        if ID.fullmatch(count := request.POST.get("all", "")):
            query = query_of(f"?{request.POST.get('query', '')}")
            return cls([], query, int(count), request.POST.get("found_at", ""), request.POST.get("state", ""))
        ids = dict.fromkeys(int(value) for value in request.POST.getlist("todo") if ID.fullmatch(value))
        return cls([*ids][: services.MAX_ITEMS])

    def __bool__(self) -> bool:
        return bool(self.ids or self.all_of)

    def change(self, request: HttpRequest, todo_list: TodoList, item: BulkItem) -> list[BulkResult]:
        """Do to each what the item says of one. Raises StaleSelection and AlreadyReceived."""
        sent = {"todo_list": todo_list, "user": request.user, "change_id": change_id_of(request)}
        if self.all_of is None:
            return services.change_todos(items=[replace(item, todo_id=todo_id) for todo_id in self.ids], **sent)
        clock, revision = self.clock(todo_list), revision_in(self.state, todo_list)
        if clock is None or revision is None:
            raise services.StaleSelection
        find = partial(find_ids, todo_list, self.all_of, clock)
        return services.change_found(find=find, most=self.count, revision=revision, item=item, **sent)

    def clock(self, todo_list: TodoList) -> Clock | None:
        """Return the reader's clock when all were found, if that was today."""
        now = Clock.of(todo_list)
        try:
            clock = replace(now, now=datetime.fromisoformat(self.found_at).astimezone(UTC))
            return clock if clock.today == now.today else None
        except (ValueError, OverflowError):
            return None
