"""Sub-tasks: what may be below what, and what goes along with what."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.crowd import together
from tests.factories import make_list, make_some_list, make_todo, make_user, move_todos
from tests.hostile import JSON
from todos import undo
from todos.models import Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    BulkOutcome,
    BulkResult,
    InvalidParent,
    change_todos,
    copy_open_list,
    create_list,
    create_todo,
    delete_todo,
    purge_todos,
    restore_todo,
    update_todo,
)

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"
NO_PARENT = "There is no such todo in this list."
CIRCLE = "A todo cannot be below itself."
TOO_DEEP = "Todos and sub-tasks can be 3 levels deep at most."
TOO_MANY = "A todo can have 100 sub-tasks at most."


def make_tree(*lines: str, todo_list: TodoList | None = None) -> dict[str, Todo]:
    """Make todos named like "a", "a.b" and "a.b.c", each below the one that its name begins with."""
    todos: dict[str, Todo] = {}
    for line in lines:
        above, _, _ = line.rpartition(".")
        parent_id = todos[above].pk if above else None
        todos[line] = create_todo(todo_list=todo_list or make_list(), title=line, parent_id=parent_id)
    return todos


def tree(todo_list: TodoList | None = None) -> dict[str, str]:
    """Return the parent of each visible todo of the list, by titles."""
    todos = (todo_list or make_list()).todos.visible().order_by("title")
    return {title: parent or "" for title, parent in todos.values_list("title", "parent__title")}


def titles(todos: Any) -> list[str]:
    return sorted(todo.title for todo in todos)


def revision(todo_list: TodoList | None = None) -> int:
    return TodoList.objects.get(pk=(todo_list or make_list()).pk).revision


def put_below(todo: Todo, parent: Todo | None) -> Todo:
    return update_todo(todo_list=todo.list, todo_id=todo.pk, changes={"parent_id": parent and parent.pk})


def bulk(*items: BulkItem, todo_list: TodoList | None = None, user: Any = None) -> list[BulkResult]:
    return change_todos(todo_list=todo_list or make_list(), items=items, user=user)


def undone(results: list[BulkResult], todo_list: TodoList | None = None, user: Any = None) -> list[BulkResult]:
    todo_list = todo_list or make_list()
    items = undo.read(todo_list, undo.offer(todo_list, results))
    return change_todos(todo_list=todo_list, items=items, user=user)


@contextmanager
def one_change(todo_list: TodoList | None = None) -> Iterator[None]:
    """Check that all todos that change get one revision, which is the list's, and one sequence more."""
    before = {todo.pk: todo for todo in Todo.objects.all()}
    yield
    now = revision(todo_list)
    for todo in Todo.objects.filter(pk__in=before):
        assert (todo.revision, todo.sequence) in {
            (before[todo.pk].revision, before[todo.pk].sequence),
            (now, before[todo.pk].sequence + 1),
        }


# --- Which todo may be below which ---


def test_todo_is_put_below_another_one_and_taken_out() -> None:
    todos = make_tree("a", "b")
    put_below(todos["b"], todos["a"])
    assert tree() == {"a": "", "b": "a"}
    before = revision()
    put_below(todos["b"], todos["a"])
    assert revision() == before
    put_below(todos["b"], None)
    assert tree() == {"a": "", "b": ""}


@pytest.mark.parametrize(
    ("which", "parent", "reason"),
    [
        ("a", "a", CIRCLE), ("a", "a.b", CIRCLE), ("a", "a.b.c", CIRCLE), ("x", "a.b.c", TOO_DEEP),
        ("x", "a.b", ""), ("y", "a", ""), ("y", "a.b", TOO_DEEP), ("a.b", "y", ""), ("a.b", "x", ""),
        ("a", "x", TOO_DEEP), ("a.b.c", "y.z", ""),
    ],
)  # fmt: skip
def test_parents_are_checked(client: Client, which: str, parent: str, reason: str) -> None:
    todos = make_tree("a", "a.b", "a.b.c", "x", "y", "y.z")
    before = tree()
    path = f"{TODOS}/{todos[which].pk}"
    answer = client.put(path, {"parent_id": todos[parent].pk}, JSON)
    if reason:
        assert (answer.status_code, answer.json()["fields"]) == (400, {"parent_id": [reason]})
        assert tree() == before
    else:
        assert answer.json()["parent_id"] == todos[parent].pk
        assert tree() == before | {which: parent}


def test_parent_is_a_visible_todo_of_the_same_list(client: Client) -> None:
    todos = make_tree("a", "deleted")
    delete_todo(todo_list=make_list(), todo_id=todos["deleted"].pk)
    elsewhere = make_todo(user=make_user())
    for parent_id in (todos["deleted"].pk, elsewhere.pk, 10**12, 2**63 - 1):
        for send, path, body in (
            (client.post, TODOS, {"title": "b"}), (client.put, f"{TODOS}/{todos['a'].pk}", {}),
        ):  # fmt: skip
            answer = send(path, body | {"parent_id": parent_id}, JSON)
            assert (answer.status_code, answer.json()["fields"]) == (400, {"parent_id": [NO_PARENT]})
        [result] = bulk(BulkItem(todos["a"].pk, Action.UPDATE, {"parent_id": parent_id}))
        assert (result.outcome, result.error) == (BulkOutcome.INVALID, NO_PARENT)
    assert tree() == {"a": ""}


@pytest.mark.parametrize("value", ["1", 0, -1, 1.0, True, [], {}, 2**63])
def test_nonsense_is_no_parent(client: Client, value: Any) -> None:
    make_tree("a")
    assert client.post(TODOS, {"title": "b", "parent_id": value}, JSON).status_code == 400


def test_todo_has_a_hundred_subtasks_at_most() -> None:
    todos = make_tree("a", "b", "b.c")
    kept = {"list": todos["a"].list, "parent": todos["a"], "revision": 1}
    moments = dict.fromkeys(("created_at", "updated_at"), todos["a"].created_at)
    Todo.objects.bulk_create(Todo(title=f"a.{n}", **kept, **moments) for n in range(99))
    last = create_todo(todo_list=make_list(), title="a.last", parent_id=todos["a"].pk)
    with pytest.raises(InvalidParent, match=TOO_MANY):
        create_todo(todo_list=make_list(), title="too many", parent_id=todos["a"].pk)
    with pytest.raises(InvalidParent, match=TOO_MANY):
        put_below(todos["b"], todos["a"])
    delete_todo(todo_list=make_list(), todo_id=last.pk)
    put_below(todos["b"], todos["a"])
    restored = restore_todo(todo_list=make_list(), todo_id=last.pk)
    assert restored.parent_id is None  # there is no room any more


def test_bulk_sees_what_items_before_did() -> None:
    todos = make_tree("a", "b", "c", "d")

    def below(name: str, parent: str) -> BulkItem:
        return BulkItem(todos[name].pk, Action.UPDATE, {"parent_id": todos[parent].pk})

    results = bulk(below("b", "a"), below("a", "b"), below("c", "b"), below("d", "c"))
    assert [result.error for result in results] == ["", CIRCLE, "", TOO_DEEP]
    assert tree() == {"a": "", "b": "a", "c": "b", "d": ""}


# --- What goes along ---


def test_completing_a_todo_completes_what_is_open_below(client: Client) -> None:
    todos = make_tree("a", "a.b", "a.b.c", "a.d", "x")
    update_todo(todo_list=make_list(), todo_id=todos["a.d"].pk, changes={"completed": True})
    done_at = Todo.objects.get(title="a.d").completed_at
    with one_change():
        client.put(f"{TODOS}/{todos['a'].pk}", {"completed": True}, JSON)
    assert titles(Todo.objects.completed(True)) == ["a", "a.b", "a.b.c", "a.d"]
    assert Todo.objects.get(title="a.d").completed_at == done_at
    with one_change():
        client.put(f"{TODOS}/{todos['a'].pk}", {"completed": False}, JSON)
    assert titles(Todo.objects.completed(False)) == ["a", "x"]


def test_completing_finds_what_is_open_below_a_completed_todo() -> None:
    todos = make_tree("a", "a.b", "a.b.c")
    update_todo(todo_list=make_list(), todo_id=todos["a.b"].pk, changes={"completed": True})
    update_todo(todo_list=make_list(), todo_id=todos["a.b.c"].pk, changes={"completed": False})
    results = bulk(BulkItem(todos["a"].pk, Action.COMPLETE))
    assert titles(Todo.objects.completed(True)) == ["a", "a.b", "a.b.c"]
    undone(results)
    assert titles(Todo.objects.completed(True)) == ["a.b"]


def test_undoing_a_reopening_completes_nothing_below() -> None:
    todos = make_tree("a", "a.b")
    bulk(BulkItem(todos["a"].pk, Action.COMPLETE))
    bulk(BulkItem(todos["a.b"].pk, Action.REOPEN))
    results = bulk(BulkItem(todos["a"].pk, Action.REOPEN))
    undone(results)
    assert titles(Todo.objects.completed(True)) == ["a"]


def test_deleting_a_todo_deletes_what_is_below_and_restoring_brings_it_back(client: Client) -> None:
    todos = make_tree("a", "a.b", "a.b.c", "a.d", "x")
    delete_todo(todo_list=make_list(), todo_id=todos["a.d"].pk)
    before = tree()
    with one_change():
        client.delete(f"{TODOS}/{todos['a'].pk}")
    assert tree() == {"x": ""}
    with one_change():
        assert client.post(f"{TODOS}/{todos['a'].pk}/restore").status_code == 200
    assert tree() == before
    restore_todo(todo_list=make_list(), todo_id=todos["a.d"].pk)
    assert tree() == before | {"a.d": "a"}


def test_subtask_that_is_restored_alone_is_below_none() -> None:
    todos = make_tree("a", "a.b", "a.b.c")
    delete_todo(todo_list=make_list(), todo_id=todos["a"].pk)
    restore_todo(todo_list=make_list(), todo_id=todos["a.b"].pk)
    assert tree() == {"a.b": "", "a.b.c": "a.b"}
    restore_todo(todo_list=make_list(), todo_id=todos["a"].pk)
    assert tree() == {"a": "", "a.b": "", "a.b.c": "a.b"}


def test_subtask_that_would_be_too_deep_is_restored_below_none() -> None:
    todos = make_tree("a", "a.b", "x", "x.y")
    delete_todo(todo_list=make_list(), todo_id=todos["a.b"].pk)
    put_below(todos["a"], todos["x.y"])
    restore_todo(todo_list=make_list(), todo_id=todos["a.b"].pk)
    assert tree() == {"a": "x.y", "a.b": "", "x": "", "x.y": "x"}


def test_moving_a_todo_moves_what_is_below() -> None:
    user = make_user()
    source, target = make_list(user), create_list(user=user, name="Uni")
    todos = make_tree("a", "a.b", "a.b.c", "a.d", "x", todo_list=source)
    delete_todo(todo_list=source, todo_id=todos["a.d"].pk)
    results = move_todos(user=user, source=source, target=target, todo_ids=[todos["a"].pk])
    assert (tree(source), tree(target)) == ({"x": ""}, {"a": "", "a.b": "a", "a.b.c": "a.b"})
    restore_todo(todo_list=source, todo_id=todos["a.d"].pk)
    assert tree(source) == {"a.d": "", "x": ""}
    undone(results, source, user)
    assert tree(source) == {"a": "", "a.b": "a", "a.b.c": "a.b", "a.d": "", "x": ""}


def test_subtask_that_is_moved_alone_is_below_none_until_that_is_undone() -> None:
    user = make_user()
    source, target = make_list(user), create_list(user=user, name="Uni")
    todos = make_tree("a", "a.b", "a.b.c", todo_list=source)
    before = tree(source)
    results = move_todos(user=user, source=source, target=target, todo_ids=[todos["a.b"].pk])
    assert (tree(source), tree(target)) == ({"a": ""}, {"a.b": "", "a.b.c": "a.b"})
    undone(results, source, user)
    assert tree(source) == before


@pytest.mark.parametrize("action", [Action.DELETE, Action.MOVE, Action.COMPLETE])
@pytest.mark.parametrize("is_parent_first", [True, False])
def test_selection_with_a_todo_and_its_subtask_stays_together(action: Action, is_parent_first: bool) -> None:
    user = make_user()
    source, target = make_list(user), create_list(user=user, name="Uni")
    todos = make_tree("a", "a.b", "a.b.c", todo_list=source)
    before = list(Todo.objects.order_by("pk").values("pk", "list", "parent", "completed", "deleted_at"))
    ids = [todos["a"].pk, todos["a.b"].pk][:: 1 if is_parent_first else -1]
    list_id = target.pk if action == Action.MOVE else None
    results = bulk(*[BulkItem(pk, action, list_id=list_id) for pk in ids], todo_list=source, user=user)
    assert {result.outcome for result in results} == {BulkOutcome.DONE}
    if action == Action.MOVE:
        assert tree(target) == {"a": "", "a.b": "a", "a.b.c": "a.b"}
    left = undone(results, source, user)
    assert {result.outcome for result in left} == {BulkOutcome.DONE}
    assert list(Todo.objects.order_by("pk").values("pk", "list", "parent", "completed", "deleted_at")) == before


def test_move_is_refused_if_the_target_has_a_uid_of_what_is_below() -> None:
    user = make_user()
    source, target = make_list(user), create_list(user=user, name="Uni")
    todos = make_tree("a", "a.b", todo_list=source)
    other = create_todo(todo_list=target, title="other")
    Todo.objects.filter(pk=other.pk).update(uid=todos["a.b"].uid)
    [result] = move_todos(user=user, source=source, target=target, todo_ids=[todos["a"].pk])
    assert result.outcome == BulkOutcome.CONFLICT
    assert (tree(source), tree(target)) == ({"a": "", "a.b": "a"}, {"other": ""})


def test_purge_leaves_no_trace() -> None:
    todos = make_tree("a", "a.b", "x")
    delete_todo(todo_list=make_list(), todo_id=todos["a"].pk)
    Todo.objects.deleted().update(deleted_at="2020-01-01T00:00:00Z")
    assert purge_todos() == 2
    assert tree() == {"x": ""}


def test_copy_of_the_open_list_has_its_tree() -> None:
    make_tree("a", "a.b", "a.b.c", "x")
    before = tree()
    own = make_list(make_user())
    copy_open_list(own)
    assert tree(own) == tree() == before
    assert not own.todos.filter(parent__list=make_list()).exists()


def test_todo_whose_parent_the_release_before_deleted_can_change() -> None:
    todos = make_tree("a", "a.b")
    Todo.objects.filter(title="a").update(deleted_at="2026-11-20T00:00:00Z")
    update_todo(todo_list=make_list(), todo_id=todos["a.b"].pk, changes={"completed": True})
    assert titles(Todo.objects.completed(True)) == ["a.b"]
    Todo.objects.filter(title="a").delete()
    update_todo(todo_list=make_list(), todo_id=todos["a.b"].pk, changes={"title": "b"})
    put_below(todos["a.b"], None)
    assert tree() == {"b": ""}


# --- What it costs ---


@pytest.mark.parametrize(
    "changes", [{"completed": True}, {"completed": False}, {"title": "x"}, {"parent_id": None}]
)
def test_todo_without_subtasks_is_changed_with_as_many_statements_as_before(client: Client, changes: dict) -> None:
    path = f"{TODOS}/{make_todo().pk}"
    client.put(path, {"completed": True}, JSON)  # prepares the statements
    client.put(path, {"completed": False}, JSON)
    with CaptureQueriesContext(connection) as expected:
        client.put(path, {"description": "x"}, JSON)
    todos = make_tree("a", "a.b")
    todo = todos["a.b"] if "parent_id" in changes else make_todo(completed=not changes.get("completed", True))
    with CaptureQueriesContext(connection) as found:
        client.put(f"{TODOS}/{todo.pk}", changes, JSON)
    assert len(found) == len(expected)


# --- Several at once ---


@pytest.mark.django_db(transaction=True)
def test_two_who_put_todos_below_each_other_make_no_circle() -> None:
    user = make_user()
    todo_list = make_list(user)
    for number in range(15):
        todos = make_tree("a", "b", todo_list=todo_list)

        def put(which: str, parent: str, todos: dict = todos) -> bool:
            with suppress(InvalidParent):
                put_below(todos[which], todos[parent])
                return True
            return False

        done = together(lambda: put("a", "b"), lambda: put("b", "a"))
        assert sorted(done) == [False, True], number
        Todo.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_subtask_is_not_lost_while_its_parent_is_deleted_or_completed() -> None:
    user = make_user()
    todo_list = make_list(user)
    for number in range(20):
        todos = make_tree("a", "b", todo_list=todo_list)

        def add(todos: dict = todos) -> None:
            with suppress(InvalidParent):
                create_todo(todo_list=todo_list, title="new", parent_id=todos["a"].pk)

        def put(todos: dict = todos) -> None:
            with suppress(InvalidParent):
                put_below(todos["b"], todos["a"])

        def end(todos: dict = todos) -> None:
            delete_todo(todo_list=todo_list, todo_id=todos["a"].pk)

        together(add, put, end)
        visible = tree(todo_list)
        assert visible in ({"b": ""}, {}), number
        Todo.objects.all().delete()


# --- Anything in any order, beside a model ---


@dataclass
class Node:
    """What the model knows of a todo."""

    place: int  # which list
    parent: int | None = None
    completed: bool = False
    deleted: int = 0  # by which change; 0: it is visible


class Model:
    """Sub-tasks as the documentation has them, with nothing but a dict."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.changes = 0

    def visible(self, place: int | None = None) -> list[int]:
        return [pk for pk, node in self.nodes.items() if not node.deleted and place in {None, node.place}]

    def below(self, pk: int, deleted: int = 0) -> list[int]:
        place = self.nodes[pk].place
        direct = [
            one for one, node in self.nodes.items()
            if (node.parent, node.deleted, node.place) == (pk, deleted, place)
        ]  # fmt: skip
        return direct + [other for one in direct for other in self.below(one, deleted)]

    def depth(self, pk: int) -> int:
        parent = self.nodes[pk].parent
        return 1 + (self.depth(parent) if parent else 0)

    def height(self, pk: int) -> int:
        return 1 + max((self.depth(one) - self.depth(pk) for one in self.below(pk)), default=0)

    def may_be_below(self, pk: int, parent: int) -> bool:
        node, other = self.nodes[pk], self.nodes.get(parent)
        if other is None or other.deleted or other.place != node.place or parent in {pk, *self.below(pk)}:
            return False
        return self.depth(parent) + self.height(pk) <= 3

    def complete(self, pk: int) -> None:
        if not self.nodes[pk].completed:
            for one in (pk, *self.below(pk)):
                self.nodes[one].completed = True

    def delete(self, pk: int) -> None:
        self.changes += 1
        for one in (pk, *self.below(pk)):
            self.nodes[one].deleted = self.changes

    def restore(self, pk: int) -> None:
        for one in (pk, *self.below(pk, self.nodes[pk].deleted)):
            self.nodes[one].deleted = 0
        if (parent := self.nodes[pk].parent) and not self.may_be_below(pk, parent):
            self.nodes[pk].parent = None

    def move(self, pk: int) -> None:
        group = (pk, *self.below(pk))
        for one in group:
            self.nodes[one].place = 1 - self.nodes[one].place
        self.nodes[pk].parent = None


some = st.integers(0, 2**16)


class Subtasks(RuleBasedStateMachine):
    """What people do to todos and their sub-tasks in two lists, and undo."""

    @initialize()
    def start(self) -> None:
        first = make_some_list()
        self.user = first.owner
        self.lists = [first, create_list(user=self.user, name="Other")]
        self.model = Model()
        self.history: list[tuple[int, str, dict[int, Node]]] = []

    def pick(self, which: int, ids: list[int]) -> int:
        return sorted(ids)[which % len(ids)]

    def do(self, pk: int, action: str, *, list_id: int | None = None, **changes: Any) -> BulkOutcome:
        place = self.model.nodes[pk].place
        item = BulkItem(pk, action, changes, list_id=list_id)
        [result] = change_todos(todo_list=self.lists[place], items=[item], user=self.user)
        if token := undo.offer(self.lists[place], [result]):
            self.history.append((place, token, deepcopy(self.model.nodes)))
        return result.outcome

    @rule(place=st.integers(0, 1), which=some, is_below=st.booleans(), completed=st.booleans())
    def create(self, place: int, which: int, is_below: bool, completed: bool) -> None:
        ids = self.model.visible(place)
        parent = self.pick(which, ids) if is_below and ids else None
        may = parent is None or self.model.depth(parent) < 3
        try:
            todo = create_todo(todo_list=self.lists[place], title="x", parent_id=parent, completed=completed)
        except InvalidParent:
            assert not may
        else:
            assert may
            self.model.nodes[todo.pk] = Node(place, parent, completed)
            self.history.clear()

    @precondition(lambda self: self.model.visible())
    @rule(which=some, other=some, is_none=st.booleans())
    def put_below(self, which: int, other: int, is_none: bool) -> None:
        pk = self.pick(which, self.model.visible())
        parent = None if is_none else self.pick(other, list(self.model.nodes))
        node = self.model.nodes[pk]
        may = parent in {None, node.parent} or self.model.may_be_below(pk, parent)
        outcome = self.do(pk, Action.UPDATE, parent_id=parent)
        assert outcome == (
            BulkOutcome.INVALID
            if not may
            else BulkOutcome.UNCHANGED
            if parent == node.parent
            else BulkOutcome.DONE
        )
        if may:
            node.parent = parent

    @precondition(lambda self: self.model.visible())
    @rule(which=some, through_api=st.booleans())
    def complete(self, which: int, through_api: bool) -> None:
        pk = self.pick(which, self.model.visible())
        if through_api:
            changes = {"completed": True}
            update_todo(todo_list=self.lists[self.model.nodes[pk].place], todo_id=pk, changes=changes)
            self.history.clear()
        else:
            self.do(pk, Action.COMPLETE)
        self.model.complete(pk)

    @precondition(lambda self: self.model.visible())
    @rule(which=some)
    def reopen(self, which: int) -> None:
        pk = self.pick(which, self.model.visible())
        self.do(pk, Action.REOPEN)
        self.model.nodes[pk].completed = False

    @precondition(lambda self: self.model.visible())
    @rule(which=some, through_api=st.booleans())
    def delete(self, which: int, through_api: bool) -> None:
        pk = self.pick(which, self.model.visible())
        if through_api:
            delete_todo(todo_list=self.lists[self.model.nodes[pk].place], todo_id=pk)
            self.history.clear()
        else:
            self.do(pk, Action.DELETE)
        self.model.delete(pk)

    @precondition(lambda self: len(self.model.visible()) < len(self.model.nodes))
    @rule(which=some)
    def restore(self, which: int) -> None:
        pk = self.pick(which, [pk for pk, node in self.model.nodes.items() if node.deleted])
        self.do(pk, Action.RESTORE)
        self.model.restore(pk)

    @precondition(lambda self: self.model.visible())
    @rule(which=some)
    def move(self, which: int) -> None:
        pk = self.pick(which, self.model.visible())
        assert self.do(pk, Action.MOVE, list_id=self.lists[1 - self.model.nodes[pk].place].pk) == BulkOutcome.DONE
        self.model.move(pk)

    @precondition(lambda self: self.history)
    @rule()
    def undo(self) -> None:
        place, token, before = self.history.pop()
        items = undo.read(self.lists[place], token)
        results = change_todos(todo_list=self.lists[place], items=items, user=self.user)
        assert {result.outcome for result in results} == {BulkOutcome.DONE}
        self.model.nodes = before

    @invariant()
    def todos_are_as_the_model_has_them(self) -> None:
        if not hasattr(self, "lists"):
            return
        columns = ("pk", "list", "parent_id", "completed", "deleted_at")
        found = {pk: row for pk, *row in Todo.objects.filter(list__in=self.lists).values_list(*columns)}
        expected = self.model.nodes
        assert {pk: (row[0], row[1], row[2], row[3] is not None) for pk, row in found.items()} == {
            pk: (self.lists[node.place].pk, node.parent, node.completed, bool(node.deleted))
            for pk, node in expected.items()
        }
        for pk in self.model.visible():
            assert self.model.depth(pk) <= 3
            parent = expected[pk].parent
            assert parent is None or (expected[parent].deleted, expected[parent].place) == (0, expected[pk].place)


def test_anything_in_any_order_is_as_in_the_model() -> None:
    run_state_machine_as_test(Subtasks, settings=settings(max_examples=60, stateful_step_count=30))
