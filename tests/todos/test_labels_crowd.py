"""Labels that are renamed, merged and deleted while todos are written, by several at once."""

import contextlib
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from accounts.user_data import delete_account
from calendars.options import CalendarOptions
from database import errors
from tests.calendars.test_incremental import full_render
from tests.calendars.test_moves_crowd import built
from tests.crowd import together
from tests.factories import make_list, make_todo, make_user, move_todos
from todos.admission import ListBusy
from todos.labels import key_of
from todos.models import Label, Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    LabelExists,
    change_todos,
    create_label,
    create_list,
    create_todo,
    delete_label,
    update_label,
    update_todo,
)
from web.quotas import QuotaExceeded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_deadlock")]
ROUNDS = 20


@pytest.fixture
def no_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a deadlock fail the test, even one after which the transaction would be repeated."""
    monkeypatch.setattr(errors, "PAUSE_SECONDS", "a deadlock")


@pytest.fixture
def lists() -> list[TodoList]:
    user = make_user()
    return [make_list(user), *(create_list(user=user, name=name) for name in "AB")]


def patiently(service: Callable[..., Any], **arguments: Any) -> Any:
    """Try again while too many others change the list, as a client does after a 503."""
    while True:
        with contextlib.suppress(ListBusy):
            return service(**arguments)


def check(user: User) -> None:
    """Each label of a todo is one of its owner, and is spelled so; files show what there is."""
    names = set(Label.objects.of_owner(user.pk).values_list("name", flat=True))
    assert len({key_of(name) for name in names}) == len(names)
    for todo in Todo.objects.all():
        assert set(todo.labels) <= names
        assert len({key_of(name) for name in todo.labels}) == len(todo.labels)
    for todo_list in TodoList.objects.owned_by(user):
        assert bytes(built(todo_list, CalendarOptions()).body) == full_render(todo_list, CalendarOptions()).body


def test_nothing_is_lost_while_labels_are_renamed_and_merged(lists: list[TodoList]) -> None:
    user = lists[0].owner
    keeps = [
        create_todo(todo_list=todo_list, title="Keeps its label", labels=["Kept", "x"]).pk
        for todo_list in lists
        for _ in range(5)
    ]
    kept = Label.objects.get(name="Kept").pk

    def write(seed: int) -> None:
        chance = random.Random(seed)
        todo_ids = []
        for number in range(ROUNDS):
            todo_list = chance.choice(lists)
            labels = chance.sample(["x", "X", "y", "z", "new", f"own {seed} {number}"], 3)
            labels = list({key_of(name): name for name in labels}.values())

            todo = patiently(create_todo, todo_list=todo_list, title="Essay", labels=labels)
            todo_ids.append((todo_list, todo.pk))
            todo_list, todo_id = chance.choice(todo_ids)
            other = chance.choice(lists)
            changes = {"title": f"Edited {number}", "labels": chance.choice([(), ("y",), ("Z", "x")])}
            with contextlib.suppress(Todo.DoesNotExist):
                patiently(update_todo, todo_list=todo_list, todo_id=todo_id, changes=changes)
            items = [BulkItem(todo_id, Action.UPDATE, {"labels": ("new", "y")})]
            patiently(change_todos, todo_list=todo_list, items=items)
            patiently(move_todos, user=user, source=todo_list, target=other, todo_ids=[todo_id])

    def rename(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(ROUNDS):
            pk = chance.choice(
                Label.objects.of_owner(user.pk).exclude(pk=kept).values_list("pk", flat=True) or [0]
            )
            name = chance.choice(["x", "Y", "z", "Merged"])
            with contextlib.suppress(Label.DoesNotExist):
                patiently(update_label, user=user, label_id=pk, changes={"name": name})

    def rename_kept() -> None:
        for number in range(ROUNDS):
            patiently(update_label, user=user, label_id=kept, changes={"name": f"Kept {number}"})

    def delete() -> None:
        for _ in range(ROUNDS // 4):
            for label in Label.objects.of_owner(user.pk).filter(key__startswith="own"):
                with contextlib.suppress(Label.DoesNotExist):
                    patiently(delete_label, user=user, label_id=label.pk)

    together(
        *(lambda seed=seed: write(seed) for seed in range(3)),
        lambda: rename(3),
        lambda: rename(4),
        rename_kept,
        delete,
    )

    assert {todo.labels[0] for todo in Todo.objects.filter(pk__in=keeps)} == {f"Kept {ROUNDS - 1}"}
    assert Todo.objects.count() == len(keeps) + 3 * ROUNDS
    check(user)


def test_label_that_many_create_at_once_exists_once(lists: list[TodoList]) -> None:
    user = lists[0].owner

    def write(seed: int) -> None:
        names = [f"label {number}" for number in range(10)]
        random.Random(seed).shuffle(names)
        for name in names:
            spelled = name.upper() if seed % 2 else name
            patiently(create_todo, todo_list=lists[seed % 3], title=spelled, labels=[spelled, "same"])
            with contextlib.suppress(LabelExists):
                create_label(user=user, name=name)

    together(*(lambda seed=seed: write(seed) for seed in range(6)))

    assert Label.objects.count() == 11
    check(user)


def test_quota_of_labels_holds_when_lists_are_written_at_once(
    lists: list[TodoList], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todos.services.labels.MAX_LABELS", 10)

    def write(seed: int) -> None:
        for number in range(10):
            name = f"{seed} {number}"
            with contextlib.suppress(QuotaExceeded):
                patiently(create_todo, todo_list=lists[seed % 3], title=name, labels=[name])

    together(*(lambda seed=seed: write(seed) for seed in range(6)))

    assert Label.objects.count() == Todo.objects.count() == 10


def test_account_is_deleted_while_its_labels_are_written(lists: list[TodoList]) -> None:
    user = lists[0].owner
    make_todo(labels=["open"])

    def write() -> None:
        for number in range(ROUNDS):
            with contextlib.suppress(TodoList.DoesNotExist, User.DoesNotExist, Label.DoesNotExist):
                patiently(create_todo, todo_list=lists[1], title="x", labels=[f"{number}"])
            with contextlib.suppress(User.DoesNotExist, LabelExists):
                create_label(user=user, name=f"created {number}")

    together(write, write, lambda: delete_account(User.objects.get(pk=user.pk)))

    assert not User.objects.exists()
    assert [label.name for label in Label.objects.all()] == ["open"]
