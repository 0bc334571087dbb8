"""Rows of the table, their measurements, and medians of several rounds."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Row:
    """A row of the table; `targets` are this project's target ratios, by number of todos."""

    name: str
    unit: str
    more_is_better: bool = False
    targets: dict[int | None, float] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True)
class Figure:
    """A measurement. For a load, `p50` and `p99` are latencies in milliseconds."""

    row: Row
    value: float
    todos: int | None = None
    p50: float | None = None
    p99: float | None = None


def percentile(values: list[float], percent: float) -> float:
    """Return a percentile: the smallest value that is at least as large as that share of values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def latencies(row: Row, milliseconds: list[float], todos: int | None = None) -> Figure:
    """Return the median and the 99th percentile of single measurements."""
    return Figure(row, median(milliseconds), todos, p99=percentile(milliseconds, 99))


class Results:
    """All figures of all rounds, by row of the table and side."""

    def __init__(self) -> None:
        self.figures: dict[tuple[Row, int | None], dict[str, list[Figure]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def add(self, side: str, figure: Figure) -> None:
        self.figures[figure.row, figure.todos][side].append(figure)

    def middle(self, line: tuple[Row, int | None], side: str) -> Figure | None:
        """Return the medians of the rounds, or None if this side has no such figure."""
        taken = self.figures[line].get(side)
        if not taken:
            return None

        def middle_of(name: str) -> float | None:
            values = [value for figure in taken if (value := getattr(figure, name)) is not None]
            return median(values) if values else None

        return Figure(line[0], middle_of("value"), line[1], middle_of("p50"), middle_of("p99"))

    def ratio(self, line: tuple[Row, int | None], peer: str, ours: str) -> float | None:
        """Return how many times better this project is than the peer. Above 1 is better for every row."""
        theirs, own = self.middle(line, peer), self.middle(line, ours)
        if theirs is None or own is None or not theirs.value or not own.value:
            return None
        return own.value / theirs.value if line[0].more_is_better else theirs.value / own.value
