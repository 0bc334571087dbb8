"""Nudges: a change tells the processes of this machine, once it is committed."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import transaction

from tests.factories import make_some_list
from todos.services import Action, BulkItem, change_todos, create_todo, update_list
from web import nudges

Heard = Callable[[], list[int]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(nudges, "FOLDER", tmp_path / "live")
    monkeypatch.setattr(nudges, "_folder", os.fspath(tmp_path / "live"))
    return tmp_path / "live"


@pytest.fixture
def heard(folder: Path) -> Iterator[Heard]:
    """`heard()` returns what another process has been told since the last call."""
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        other.bind(os.fspath(folder / f"{nudges.HOST}-1"))

        def receive() -> list[int]:
            numbers = []
            while True:
                try:
                    numbers.append(int(other.recv(32)))
                except BlockingIOError:
                    return numbers

        yield receive


@pytest.mark.django_db(transaction=True)
def test_committed_change_is_told(heard: Heard) -> None:
    todo_list = make_some_list()
    todo = create_todo(todo_list=todo_list, title="Milk")
    assert heard() == [todo_list.pk]
    change_todos(todo_list=todo_list, items=[BulkItem(todo.pk, Action.DELETE)])
    assert heard() == [todo_list.pk]
    update_list(todo_list=todo_list, changes={"name": "Uni"})
    assert heard() == [todo_list.pk]


@pytest.mark.django_db(transaction=True)
def test_change_is_told_after_its_commit_alone(heard: Heard) -> None:
    todo_list = make_some_list()
    with transaction.atomic():
        create_todo(todo_list=todo_list, title="Milk")
        assert heard() == []
    assert heard() == [todo_list.pk]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        create_todo(todo_list=todo_list, title="Milk")
        1 / 0  # noqa: B018
    assert heard() == []


@pytest.mark.django_db(transaction=True)
def test_what_nobody_sees_is_not_told(heard: Heard) -> None:
    todo_list = make_some_list()
    update_list(todo_list=todo_list, changes={"name": todo_list.name})
    assert heard() == []


def test_full_or_foreign_listener_hinders_nobody(heard: Heard, folder: Path) -> None:
    (folder / f"{nudges.HOST}-2").write_text("no socket")
    (folder / "another-machine-1").write_text("not ours")
    for number in range(10_000):
        nudges.nudge(number)
    numbers = heard()
    assert numbers == [*range(len(numbers))] != []
    assert (folder / "another-machine-1").exists()
    nudges.nudge(7)
    assert heard() == [7]


def test_nobody_has_ever_listened(folder: Path) -> None:
    nudges.nudge(7)
    assert not folder.exists()


def test_process_listens_as_long_as_it_wants(folder: Path) -> None:
    async def listen() -> list[int]:
        numbers: list[int] = []
        for number in (1, 2):  # again after an end
            with nudges.listening(asyncio.get_running_loop(), numbers.append):
                nudges.nudge(number)
                await asyncio.sleep(0.05)
            nudges.nudge(9)
            assert [*folder.iterdir()] == []
        return numbers

    assert asyncio.run(listen()) == [1, 2]


def test_garbage_is_not_heard(folder: Path) -> None:
    async def listen() -> list[int]:
        numbers: list[int] = []
        with (
            nudges.listening(asyncio.get_running_loop(), numbers.append),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        ):
            [listener] = folder.iterdir()
            for text in (b"", b"-1", b"x", b"9" * 31 + b"x", b"5"):
                sender.sendto(text, os.fspath(listener))
            await asyncio.sleep(0.05)
        return numbers

    assert asyncio.run(listen()) == [5]


def test_folder_that_cannot_be_made_means_no_nudges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(nudges, "FOLDER", tmp_path / ("x" * 120))  # longer than an address may be

    async def listen() -> None:
        with nudges.listening(asyncio.get_running_loop(), print):
            pass

    asyncio.run(listen())
    assert "a second late" in caplog.text
