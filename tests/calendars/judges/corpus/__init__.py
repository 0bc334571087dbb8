"""Broken files, each with one defect that is its name, and good ones."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent


def _read(folder: str) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((FOLDER / folder).glob("*.ics"))}


GOOD = _read("good")
BROKEN = _read("broken")
REFUSED_BY: dict[str, list[str]] = tomllib.loads((FOLDER / "refused_by.toml").read_text())
