"""The manual order of a list's todos.

A todo's place is a number between those of its neighbours, so that moving it writes one row. New todos, and those of
the previous release, have none of their own: their ids stand for it, and every place is below the ids to come.
"""

from collections.abc import Iterator
from math import floor

from django.db.models import Max, Q

from database.errors import repeat_after_deadlock
from todos.models import PLACE, Todo, TodoList, TodoQuerySet
from todos.services.changes import ListChange, StaleTodo, change_list

# Spreading leaves this much between two todos, or more. A gap is halved with each todo that is put into it.
ROOM = 2**-10
SPREAD = 32  # how many on either side of a gap are spread at first


class NoSuchNeighbour(Exception):
    """The list has no such todo, or it is the one to be moved. The message is a sentence."""


@repeat_after_deadlock
def place_todo(*, todo_list: TodoList, todo_id: int, neighbour_id: int | None, is_after: bool) -> Todo:
    """Move a todo in the manual order, to right after or before its new neighbour.

    After nothing (None) it is the first, and before nothing the last. It is no change of the todo, whose sequence
    stays, but one of the list: the revision, and so the list's ETag, is raised. Calendars find nothing to render.
    ``position_before`` of what is returned is for move_back; it is no other than ``position`` if the todo stayed, or if
    others had to make room for it. Raises Todo.DoesNotExist and NoSuchNeighbour.
    """
    with change_list(todo_list) as change:
        todos = change.todo_list.todos.visible().in_manual_order()
        todo = todos.get(pk=todo_id)
        todo.position_before = todo.position
        others = todos.exclude(pk=todo_id)
        low, high = _gap(others, neighbour_id, is_after=is_after)
        if (low is None or low < todo.place) and (high is None or todo.place < high):
            return todo
        if (place := _between(low, high)) is None:
            _spread(others, low)
            place = todo.position_before = _between(*_gap(others, neighbour_id, is_after=is_after))
        _put(change, todo, place)
    return todo


def move_back(*, todo_list: TodoList, todo_id: int, position: float | None, expected: float) -> Todo:
    """Give a todo the position that it had before a move. Raises Todo.DoesNotExist, and StaleTodo if it is not where
    that move put it.
    """
    with change_list(todo_list) as change:
        todo = change.todo_list.todos.visible().get(pk=todo_id)
        if todo.position != expected:
            raise StaleTodo
        _put(change, todo, position)
    return todo


def places_at_end(locked: TodoList, number: int) -> Iterator[float]:
    """Yield so many places behind all todos of a locked list, and before those to come."""
    last = _last_place(locked)
    # Todos to come in this list have higher ids than any list has now.
    newest = Todo.objects.aggregate(id=Max("pk"))["id"] or 0
    end = max(_end(last), newest + 1)
    if end - last < ROOM:
        _spread(locked.todos.in_manual_order(), last)
        last = _last_place(locked)
    step = min(1, (end - last) / (number + 1))
    return (last + step * n for n in range(1, number + 1))


def _last_place(todo_list: TodoList) -> float:
    return todo_list.todos.aggregate(place=Max(PLACE))["place"] or 0


def _put(change: ListChange, todo: Todo, position: float | None) -> None:
    Todo.objects.filter(pk=todo.pk).update(position=position)
    todo.position = position
    change.is_visible = True


def _gap(others: TodoQuerySet, neighbour_id: int | None, *, is_after: bool) -> tuple[float | None, float | None]:
    """Return the places of the two todos that another one is to be put between; None where there is none."""
    places = (others if is_after else others.reverse()).values_list("place", flat=True)
    if neighbour_id is None:
        own, beyond = None, places
    else:
        own = places.filter(pk=neighbour_id).first()
        if own is None:
            raise NoSuchNeighbour("There is no such todo in this list, or it is the one to move.")
        side = "gt" if is_after else "lt"
        beyond = places.filter(Q(**{f"place__{side}": own}) | Q(**{"place": own, f"pk__{side}": neighbour_id}))
    next_one = beyond.first()
    return (own, next_one) if is_after else (next_one, own)


def _between(low: float | None, high: float | None) -> float | None:
    """Return a place between these two, or None if there is no number between them."""
    if high is None:
        high = _end(low or 0)
    if low is None:
        return high - 1
    middle = (low + high) / 2
    return middle if low < middle < high else None


def _end(last: float) -> int:
    """Return a number after the last place, but not after the ids to come."""
    return floor(last) + 1


def _spread(others: TodoQuerySet, gap: float) -> None:
    """Give new places to the todos around a gap that is used up: to as few as have to be moved."""
    others = others.only("position")
    width = SPREAD
    while True:
        below = list(others.filter(place__lte=gap).reverse()[: width + 1])
        above = list(others.filter(place__gt=gap)[: width + 1])
        start = below.pop().place if len(below) > width else None
        end = above.pop().place if len(above) > width else None
        todos = [*reversed(below), *above]
        if end is None:
            end = _end(todos[-1].place)
        if start is None:
            start = min(todos[0].place, end - len(todos)) - 1
        step = (end - start) / (len(todos) + 1)
        if step >= ROOM:
            break
        width *= 4
    for number, todo in enumerate(todos, 1):
        todo.position = start + number * step
    Todo.objects.bulk_update(todos, ["position"], batch_size=1_000)
