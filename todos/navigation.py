"""A user's lists and labels, as pages show them."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeVar

from django.http import HttpRequest

from todos.labels import split_labels
from todos.models import Invitation, Label, SavedFilter, TodoList
from todos.services import find_lists, still_readable

T = TypeVar("T")

FILTERS_SHOWN = 10


class Lists:
    """The lists of who sends the request, with their counts of open todos. One query, and only if they are shown; one
    more counts invitations.

    Those that others share with them come last.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def all(self) -> list[TodoList]:
        """All lists in their order, the default list first; none for people who are not signed in."""
        user = self.request.user
        return list(find_lists(user=user)) if user.is_authenticated else []

    @cached_property
    def saved_filters(self) -> list[SavedFilter]:
        """The user's filters that have a place in the navigation, and one more if there are more."""
        return list(SavedFilter.objects.of_user(self.request.user)[: FILTERS_SHOWN + 1])

    @property
    def shown_filters(self) -> list[SavedFilter]:
        return self.saved_filters[:FILTERS_SHOWN]

    @property
    def active(self) -> list[TodoList]:
        return [one for one in self.all if not one.archived_at]

    @property
    def archived(self) -> list[TodoList]:
        return [one for one in self.all if one.archived_at]

    @property
    def own(self) -> list[TodoList]:
        return [one for one in self.active if one.is_own]

    @property
    def shared(self) -> list[TodoList]:
        """What others share."""
        return [one for one in self.active if not one.is_own]

    @property
    def targets(self) -> list[TodoList]:
        """Where the todos of the page's list can be moved."""
        here = getattr(self.request, "todo_list", None)
        if here is not None and not here.takes_changes:
            return []
        return [one for one in self.active if one != here and one.takes_changes]

    @cached_property
    def invitation_count(self) -> int:
        """How many invitations the user has not answered."""
        user = self.request.user
        return Invitation.objects.to_user(user).count() if user.is_authenticated else 0

    def read(self, get: Callable[["Lists"], T]) -> T:
        """Return what is got from these lists. If the user loses one meanwhile, it is got once more without."""
        while True:
            got = get(self)
            if still_readable(self.all):
                return got
            del self.all


# A page offers as many labels as fit: each stands in it three times, in tags. The others can be typed.
MAX_OFFERED_BYTES, BYTES_OF_TAGS = 1_500, 60


class Labels:
    """The labels of the owners whose lists a page shows. One query for each, and only if they are shown."""

    def __init__(self) -> None:
        self._known: dict[int | None, dict[str, str]] = {}

    def of_owner(self, owner_id: int | None) -> dict[str, str]:
        """Return the colours of the owner's labels by their names."""
        if owner_id not in self._known:
            self._known[owner_id] = dict(Label.objects.of_owner(owner_id).values_list("name", "color"))
        return self._known[owner_id]

    def offered_in(self, todo_list: TodoList) -> list[str]:
        """Return the names that forms and filters of a list offer: to its members, those that its todos have."""
        known = self.of_owner(todo_list.owner_id)
        if todo_list.is_own:
            return self.offered(known)
        labelled = todo_list.todos.visible().exclude(label_text="").order_by()
        texts = labelled.values_list("label_text", flat=True).distinct()
        used = {name for text in texts for name in split_labels(text)}
        return self.offered([name for name in known if name in used])

    def offered_to(self, owner_id: int | None) -> list[str]:
        """Return the names that forms offer the owner outside of any list."""
        return self.offered(self.of_owner(owner_id))

    @staticmethod
    def offered(known: Iterable[str]) -> list[str]:
        names, size = [], 0
        for name in known:
            size += 3 * len(name.encode()) + BYTES_OF_TAGS
            if size > MAX_OFFERED_BYTES:
                break
            names.append(name)
        return names


def labels_of(request: HttpRequest) -> Labels:
    """Return the labels that the page shows, the same object each time."""
    if not hasattr(request, "todo_labels"):
        request.todo_labels = Labels()
    return request.todo_labels


def lists_of(request: HttpRequest) -> Lists:
    """Return the lists of who sends the request, the same object each time."""
    if not hasattr(request, "todo_lists"):
        request.todo_lists = Lists(request)
    return request.todo_lists


def navigation(request: HttpRequest) -> dict[str, object]:
    """Add the user's lists, and the list that the page is about, to every template."""
    todo_list = getattr(request, "todo_list", None)
    return {"lists": lists_of(request), "todo_list": todo_list, "labels": labels_of(request)}
