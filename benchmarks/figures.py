"""What a row of the table is, what was measured for it, and the medians of several rounds."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table; `targets` are the ratios this project has set itself, by number of todos."""

    name: str
    unit: str
    more_is_better: bool = False
    targets: dict[int | None, float] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True)
class Figure:
    """One measurement; for a load, `p50` and `p99` are the latencies in milliseconds beside the rate."""

    row: Row
    value: float
    todos: int | None = None
    p50: float | None = None
    p99: float | None = None


def percentile(values: list[float], percent: float) -> float:
    """The smallest of the values that is no less than so many percent of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def latencies(row: Row, milliseconds: list[float], todos: int | None = None) -> Figure:
    """The figure of a number of single measurements: their median, and the 99th percentile beside it."""
    return Figure(row, median(milliseconds), todos, p99=percentile(milliseconds, 99))


class Results:
    """Every figure of every round, by line of the table and by side."""

    def __init__(self) -> None:
        self.figures: dict[tuple[Row, int | None], dict[str, list[Figure]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def add(self, side: str, figure: Figure) -> None:
        self.figures[figure.row, figure.todos][side].append(figure)

    def middle(self, line: tuple[Row, int | None], side: str) -> Figure | None:
        """The medians over the rounds, or None where this side has no such figure."""
        taken = self.figures[line].get(side)
        if not taken:
            return None

        def middle_of(name: str) -> float | None:
            values = [value for figure in taken if (value := getattr(figure, name)) is not None]
            return median(values) if values else None

        return Figure(line[0], middle_of("value"), line[1], middle_of("p50"), middle_of("p99"))

    def ratio(self, line: tuple[Row, int | None], peer: str, ours: str) -> float | None:
        """How many times better ours is than the peer: above 1 is better, whichever way the row counts."""
        theirs, own = self.middle(line, peer), self.middle(line, ours)
        if theirs is None or own is None or not theirs.value or not own.value:
            return None
        return own.value / theirs.value if line[0].more_is_better else theirs.value / own.value
