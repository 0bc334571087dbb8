"""Measure searches over the todos of one user on both databases: `python -m benchmarks.search [--todos 100000]`.

Prints percentiles and plans as Markdown.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from random import Random
from tempfile import TemporaryDirectory

from benchmarks import machine
from benchmarks.data import Databases
from benchmarks.machine import ROOT
from benchmarks.servers import DurablePostgres
from tests.processes import running
from tests.run import clean_environment

SEARCHES = 200
TRIES = 3  # of each search, of which the quickest counts: the machine may do other things too
WORDS = 20_000
LISTS = 10  # of the user; nine more users have as many todos together
OTHERS = 9
# Syllables, so that words have as many kinds of trigrams as those of a language.
BEGINNINGS = ["b", "br", "c", "ch", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr"]
MIDDLES = ["a", "e", "i", "o", "u", "ea", "ou"]
ENDS = ["", "", "", "n", "r", "s", "t", "l"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--todos", type=int, default=100_000)
    arguments.add_argument("--here", action="store_true", help="measure the database of DATABASE_URL")
    chosen = arguments.parse_args()
    if chosen.here:
        measure(chosen.todos)
        return
    print("\n".join(f"- {name}: {value}" for name, value in machine.facts().items()), flush=True)
    with TemporaryDirectory(prefix="taskoverflow-search-") as folder, running(DurablePostgres) as postgres:
        postgresql = {
            "DATABASE_URL": Databases(postgres.url).create("search"),
            "TASKOVERFLOW_SECRET_KEY": "for a benchmark",
            "ALLOWED_HOSTS": "*",
        }
        for name, variables in (("SQLite", {}), ("PostgreSQL", postgresql)):
            print(f"\n{name}:\n", flush=True)
            environment = (
                clean_environment()
                | {"TASKOVERFLOW_DATA": folder, "TASKOVERFLOW_ENV_FILE": "", "LOG_FORMAT": "text"}
                | variables
            )
            command = [sys.executable, "-m", "benchmarks.search", "--here", "--todos", str(chosen.todos)]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)


def measure(todos: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "taskoverflow.settings"
    import django

    django.setup()

    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from todos.models import TodoList
    from todos.search.language import parse
    from todos.searching import find_todos, search_lists

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    random = Random(15)
    vocabulary = sorted({word(random) for _ in range(WORDS)})
    random.shuffle(vocabulary)
    user = fill(todos, vocabulary, random)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE todos_todo" if connection.vendor == "postgresql" else "ANALYZE")
    lists = list(TodoList.objects.owned_by(user))
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(get_user_model().objects.get(pk=user.pk))

    texts = [*searches(vocabulary, random)]
    print("| | p50 | p95 | worst |\n| --- | ---: | ---: | ---: |")
    calls: dict[str, Callable[[str], object]] = {
        "the first page of all lists": lambda text: search_lists(lists, text),
        "GET /api/v1/todos?query=…&limit=100": lambda text: client.get(
            "/api/v1/todos", {"query": text, "limit": 100}
        ),
        "the page /search": lambda text: client.get("/search", {"q": text}),
    }
    for name, call in calls.items():
        for text in texts[:10]:
            call(text)
        taken = sorted(min(timed(call, text) for _ in range(TRIES)) for text in texts)
        shown = (taken[len(taken) // 2], taken[len(taken) * 95 // 100], taken[-1])
        print(f"| {name} | {' | '.join(f'{milliseconds:.1f} ms' for milliseconds in shown)} |", flush=True)
    common, rare = vocabulary[0], vocabulary[-1]
    for text in (rare, f"{common} {rare} is:open", common):
        found = find_todos(lists, parse(text))
        options = {"analyze": True, "costs": False, "timing": False} if connection.vendor == "postgresql" else {}
        print(f"\n`{text}` finds {found.count()}:\n\n```\n{found.explain(**options)}\n```", flush=True)


def word(random: Random) -> str:
    syllables = random.randint(1, 3)
    return "".join(random.choice(BEGINNINGS) + random.choice(MIDDLES) for _ in range(syllables)) + random.choice(
        ENDS
    )


def timed(call: Callable[[str], object], text: str) -> float:
    began = time.perf_counter()
    call(text)
    return (time.perf_counter() - began) * 1000


def fill(count: int, vocabulary: list[str], random: Random) -> object:
    """Give a user this many todos in some lists, and others as many together; return the user."""
    from datetime import UTC, datetime, timedelta

    from django.contrib.auth import get_user_model

    from todos.deadlines import DeadlineKind
    from todos.models import Todo, TodoList
    from todos.services import create_list, get_list

    # As in any text, the second word is half as frequent as the first, and so on.
    weights = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    now = datetime.now(UTC)

    def todos(todo_list: TodoList, number: int) -> Iterator[Todo]:
        for _ in range(number):
            has_deadline = random.random() < 0.7
            yield Todo(
                list=todo_list,
                title=" ".join(
                    random.choices(vocabulary, cum_weights=weights, k=random.randint(2, 8))
                ).capitalize(),
                description=" ".join(random.choices(vocabulary, cum_weights=weights, k=random.randint(5, 40)))
                if random.random() < 0.3
                else None,
                completed=random.random() < 0.5,
                deadline=now + timedelta(hours=random.randint(-5000, 5000)) if has_deadline else None,
                deadline_kind=DeadlineKind.FLOATING if has_deadline else "",
                revision=1,
                created_at=now,
                updated_at=now,
            )

    users = [get_user_model().objects.create(username=f"user{n}") for n in range(OTHERS + 1)]
    for user, share in zip(users, [count, *[count // OTHERS] * OTHERS], strict=True):
        lists = [get_list(user)]
        if user is users[0]:
            lists += [create_list(user=user, name=f"List {n}") for n in range(1, LISTS)]
        half = share // 2  # are in the default list
        rest = (share - half) // (len(lists) - 1) if len(lists) > 1 else 0
        for todo_list in lists:
            number = (half if rest else share) if todo_list.is_default else rest
            Todo.objects.bulk_create(todos(todo_list, number), batch_size=1000)
    return users[0]


def searches(vocabulary: list[str], random: Random) -> Iterator[str]:
    """Yield what people may type: words as frequent as in their todos, but the fifty most frequent are left out."""
    weights = list(accumulate(1 / rank for rank in range(51, len(vocabulary) + 1)))

    def some() -> str:
        return random.choices(vocabulary[50:], cum_weights=weights)[0]

    kinds = [
        some,
        some,
        some,
        lambda: f"{some()} {some()}",
        lambda: f"{some()} {some()}",
        lambda: some()[:4],
        lambda: f'"{some()} {some()}"',
        lambda: f"{some()} is:open",
        lambda: f"{some()} due:<7d",
        lambda: f"{some()} -{some()} priority:none",
    ]
    for n in range(SEARCHES):
        yield kinds[n % len(kinds)]()


if __name__ == "__main__":
    main()
