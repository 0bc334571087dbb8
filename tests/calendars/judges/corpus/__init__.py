"""Broken files, each with one defect that is its name, good ones, and files in the manner of other programs."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent


def _read(folder: str) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((FOLDER / folder).glob("*.ics"))}


GOOD = _read("good")
BROKEN = _read("broken")
REFUSED_BY: dict[str, list[str]] = tomllib.loads((FOLDER / "refused_by.toml").read_text())
OTHERS = _read("others")
EXPECTED: dict[str, dict[str, list]] = tomllib.loads((FOLDER / "others.toml").read_text())
