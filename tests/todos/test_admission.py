"""A list whose lock is held does not keep all threads waiting."""

import threading

import pytest

from tests.crowd import together
from todos.admission import MAX_THREADS, ListBusy, turn, turns


def test_more_threads_than_may_wait_for_one_list_are_refused() -> None:
    held, release, refused = threading.Barrier(MAX_THREADS + 1), threading.Event(), []

    def hold() -> None:
        with turn(1):
            held.wait(10)
            release.wait(10)

    def ask() -> None:
        held.wait(10)
        try:
            with turn(1):
                pass
        except ListBusy as error:
            refused.append(error)
        with turn(2):  # another list is not hindered
            pass
        release.set()

    together(*[hold] * MAX_THREADS, ask)

    assert len(refused) == 1


def test_turns_are_forgotten() -> None:
    with pytest.raises(ZeroDivisionError), turn(1):
        raise ZeroDivisionError
    with turn(1):
        assert 1 in turns._free

    assert 1 not in turns._free
