"""Many who do something at the same moment, or in the middle of what another one does."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in a thread of its own, all from the same moment on; return what they returned, in order.

    Raises what the first of them raised.
    """
    start = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(position: int, call: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[position] = call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


class Interruption:
    """Does something in another thread just before this thread's query with a number, counted from 1.

    Used as connection.execute_wrapper(interruption). SQLite lets nobody else write during a transaction, so that
    queries inside of one are passed over.
    """

    def __init__(self, number: int, then: Callable[[], Any]) -> None:
        self.number, self.then, self.count, self.happened = number, then, 0, False

    def __call__(self, execute: Callable, sql: str, params: object, many: bool, context: dict) -> object:
        self.count += 1
        if self.count >= self.number and not self.happened and not connection.in_atomic_block:
            self.happened = True
            together(self.then)
        return execute(sql, params, many, context)
