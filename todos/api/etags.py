"""ETags of lists and todos."""

from todos.models import Todo, TodoList


def version_of(todo_list: TodoList) -> str:
    """Return the ETag of the list itself: what it shows changes only with its revision, and the caller's role."""
    etag = make_etag(todo_list.epoch, todo_list.pk, todo_list.revision)
    return etag if todo_list.is_own else f'{etag[:-1]}.{todo_list.role}"'


def list_etag(todo_list: TodoList) -> str:
    """Return the ETag of every view of the list that changes only with its revision; each address has its own."""
    return f"W/{version_of(todo_list)}"


def todo_etag(todo_list: TodoList, todo: Todo) -> str:
    return make_etag(todo_list.epoch, todo.pk, todo.sequence)


def make_etag(epoch: int, pk: int, version: int) -> str:
    """Return an ETag that no restore from a backup gives out again. Lists without an epoch keep the older form."""
    return f'"{pk}.{epoch}.{version}"' if epoch else f'"{pk}.{version}"'
