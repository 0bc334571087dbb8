"""The table, and all measurements as JSON."""

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import Figure, Results, Row
from benchmarks.servers import OURS, PEER

HEADINGS = ("", "todos", "peer", "this project", "ratio", "target", "")


def number(value: float) -> str:
    """Format with three significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    text = f"{number(figure.value)}{'' if figure.row.unit == '/s' else ' '}{figure.row.unit}"
    if figure.p50 is not None:
        return f"{text} (p50 {number(figure.p50)}, p99 {number(figure.p99)} ms)"
    return f"{text} (p99 {number(figure.p99)})" if figure.p99 is not None else text


def lines(results: Results) -> list[tuple[str, ...]]:
    """Return the cells of the table by line. Without a target, results worse than the peer's are marked NO."""
    table = []
    for line in results.figures:
        row, todos = line
        ratio, target = results.ratio(line, PEER, OURS), row.targets.get(todos)
        met = "" if ratio is None else "yes" if ratio >= (target or 1) else "NO"
        table.append((
            row.name,
            f"{todos:,}" if todos else "",
            cell(results.middle(line, PEER)),
            cell(results.middle(line, OURS)),
            f"{number(ratio)}×" if ratio else "",
            f"{target:g}×" if target else "",
            met,
        ))  # fmt: skip
    return table


def markdown(results: Results, facts: dict[str, str]) -> str:
    told = "\n".join(f"- {name}: {fact}" for name, fact in facts.items())
    rows = [HEADINGS, ("---",) * len(HEADINGS), *lines(results)]
    return told + "\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def row_as_json(row: Row) -> dict:
    return {"row": row.name, "unit": row.unit, "more_is_better": row.more_is_better}


def write(results: Results, facts: dict[str, str], folder: Path, name: str) -> Path:
    """Write `name`.md and `name`.json to the folder. The JSON contains the figures of every round."""
    folder.mkdir(parents=True, exist_ok=True)
    measured = [
        row_as_json(row)
        | {
            "todos": todos,
            "target": row.targets.get(todos),
            "ratio": results.ratio((row, todos), PEER, OURS),
            "rounds": {
                side: [{key: asdict(figure)[key] for key in ("value", "p50", "p99")} for figure in figures]
                for side, figures in sides.items()
            },
        }
        for (row, todos), sides in results.figures.items()
    ]
    text = folder / f"{name}.md"
    text.write_text(markdown(results, facts))
    text.with_suffix(".json").write_text(json.dumps({"facts": facts, "measured": measured}, indent=1) + "\n")
    return text
