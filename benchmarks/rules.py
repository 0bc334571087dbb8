"""Find the slowest rules of todos that repeat: `python -m benchmarks.rules [--rules 20000] [--seed 1]`."""

import argparse
import os
from collections.abc import Callable
from random import Random
from time import process_time

TRIES = 3  # of each, of which the quickest counts: the machine may do other things too
SHOWN = 3
# No date comes after the current one, or only after a long search.
RARE = [
    ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-11-24"),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2044-02-29"),
    ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2044-02-29"),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "2027-03-01"),
    ("FREQ=WEEKLY;INTERVAL=773;BYMONTH=2;BYDAY=MO", "2026-11-23"),
]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rules", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    # Deadlines are a module of the Django project.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskoverflow.settings")
    measure(chosen.rules, Random(chosen.seed))


def measure(number: int, random: Random) -> None:
    from tests.todos.recurrence.strategies import random_occurrence, random_rule
    from todos.recurrence.occurrence import anchored, first_occurrence, following, parse_occurrence
    from todos.recurrence.rule import parse_rule

    cases = [(parse_rule(text), parse_occurrence(current)) for text, current in RARE]
    for _ in range(number):
        rule = random_rule(random)
        if first := first_occurrence(rule, random_occurrence(random)):
            cases.append((anchored(rule, first), first))
    for name, call in (
        ("read the rule", lambda rule, _: parse_rule(str(rule))),
        ("the next occurrence", lambda rule, current: following(rule, current, 1)),
        ("the next five", lambda rule, current: following(rule, current, 5)),
    ):
        times = sorted(
            ((_milliseconds(lambda case=case, call=call: call(*case)), case) for case in cases),
            key=lambda one: -one[0],
        )
        print(f"{name}: median {times[len(times) // 2][0]:.3f} ms; the slowest of {len(times):,}:")
        for time, (rule, current) in times[:SHOWN]:
            print(f"  {time:.2f} ms  {rule} from {current}")


def _milliseconds(call: Callable[[], object]) -> float:
    quickest = float("inf")
    for _ in range(TRIES):
        start = process_time()
        call()
        quickest = min(quickest, process_time() - start)
    return quickest * 1000


if __name__ == "__main__":
    main()
