"""Every change of a list and its todos.

One that readers can see ends in `commit_change`, which locks the list's row first and raises its revision once. No two
changes deadlock.
"""

from todos.services.bulk import (
    MAX_ITEMS,
    NO_SUCH_LIST,
    NO_SUCH_TODO,
    Action,
    BulkItem,
    BulkResult,
    Outcome,
    change_todos,
)
from todos.services.changes import ListArchived, ListChange, StaleTodo, change_list, lock_list
from todos.services.imports import Imported, ImportedTodo, import_todos
from todos.services.labels import (
    NO_SUCH_LABEL,
    LabelExists,
    adopt_labels,
    count_labelled,
    create_label,
    delete_label,
    find_label,
    find_labels,
    spellings,
    update_label,
)
from todos.services.lists import (
    DefaultList,
    NotSignedIn,
    StaleList,
    archive_list,
    create_list,
    delete_list,
    erase_list,
    find_list,
    find_lists,
    get_list,
    lock_user,
    order_lists,
    unarchive_list,
    update_list,
)
from todos.services.moves import move_todos
from todos.services.open_list import copy_open_list, copyable_todos
from todos.services.order import NoSuchNeighbour, place_todo
from todos.services.saved_filters import InvalidFilter, create_filter, delete_filter, update_filter
from todos.services.subtasks import InvalidParent, possible_parents, settle_parents
from todos.services.todos import (
    create_todo,
    delete_todo,
    find_todo,
    read_todo,
    restore_todo,
    update_todo,
)
from todos.services.trash import TRASH_DAYS, purge_todos

__all__ = [
    "MAX_ITEMS",
    "NO_SUCH_LABEL",
    "NO_SUCH_LIST",
    "NO_SUCH_TODO",
    "TRASH_DAYS",
    "Action",
    "BulkItem",
    "BulkResult",
    "DefaultList",
    "Imported",
    "ImportedTodo",
    "InvalidFilter",
    "InvalidParent",
    "LabelExists",
    "ListArchived",
    "ListChange",
    "NoSuchNeighbour",
    "NotSignedIn",
    "Outcome",
    "StaleList",
    "StaleTodo",
    "adopt_labels",
    "archive_list",
    "change_list",
    "change_todos",
    "copy_open_list",
    "copyable_todos",
    "count_labelled",
    "create_filter",
    "create_label",
    "create_list",
    "create_todo",
    "delete_filter",
    "delete_label",
    "delete_list",
    "delete_todo",
    "erase_list",
    "find_label",
    "find_labels",
    "find_list",
    "find_lists",
    "find_todo",
    "get_list",
    "import_todos",
    "lock_list",
    "lock_user",
    "move_todos",
    "order_lists",
    "place_todo",
    "possible_parents",
    "purge_todos",
    "read_todo",
    "restore_todo",
    "settle_parents",
    "spellings",
    "unarchive_list",
    "update_filter",
    "update_label",
    "update_list",
    "update_todo",
]
