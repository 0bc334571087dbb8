"""Lists, todos and what belongs to them."""

from todos.models.history import MovedTodo, PastOccurrence
from todos.models.labels import Label, LabelQuerySet
from todos.models.lists import MONDAY, Color, TodoList, TodoListQuerySet, default_time_zone, new_epoch
from todos.models.received import ReceivedChange
from todos.models.saved_filters import QUERY_MAX_LENGTH, SavedFilter, SavedFilterQuerySet
from todos.models.sharing import MEMBER_ROLES, Invitation, Membership
from todos.models.todos import BYTE_COUNT, DESCRIPTION_MAX_LENGTH, PLACE, TITLE_MAX_LENGTH, Todo, TodoQuerySet

__all__ = [
    "BYTE_COUNT",
    "DESCRIPTION_MAX_LENGTH",
    "MEMBER_ROLES",
    "MONDAY",
    "PLACE",
    "QUERY_MAX_LENGTH",
    "TITLE_MAX_LENGTH",
    "Color",
    "Invitation",
    "Label",
    "LabelQuerySet",
    "Membership",
    "MovedTodo",
    "PastOccurrence",
    "ReceivedChange",
    "SavedFilter",
    "SavedFilterQuerySet",
    "Todo",
    "TodoList",
    "TodoListQuerySet",
    "TodoQuerySet",
    "default_time_zone",
    "new_epoch",
]
