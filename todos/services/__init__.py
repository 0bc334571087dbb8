"""Every change of a list and its todos.

One that readers can see ends in `commit_change`, which locks the list's row first and raises its revision once. No two
changes deadlock.
"""

from todos.services.bulk import MAX_ITEMS, Action, BulkItem, BulkResult, Outcome, change_todos
from todos.services.changes import ListChange, change_list, lock_list
from todos.services.imports import Imported, ImportedTodo, import_todos
from todos.services.lists import delete_list, get_list, update_list
from todos.services.open_list import copy_open_list, copyable_todos
from todos.services.todos import (
    StaleTodo,
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
    "TRASH_DAYS",
    "Action",
    "BulkItem",
    "BulkResult",
    "Imported",
    "ImportedTodo",
    "ListChange",
    "Outcome",
    "StaleTodo",
    "change_list",
    "change_todos",
    "copy_open_list",
    "copyable_todos",
    "create_todo",
    "delete_list",
    "delete_todo",
    "find_todo",
    "get_list",
    "import_todos",
    "lock_list",
    "purge_todos",
    "read_todo",
    "restore_todo",
    "update_list",
    "update_todo",
]
