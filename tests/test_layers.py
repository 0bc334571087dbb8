"""Who may import whom, as docs/architecture.md has it."""

import ast
from pathlib import Path

import pytest

from tests.project import ROOT

APPS = ["taskoverflow", "todos", "calendars", "accounts"]  # each may import those before it
ASSEMBLING = {"taskoverflow/urls.py"}


def imported(path: Path) -> set[str]:
    """Return the packages of all imports of a file, wherever in it they stand."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("app", APPS)
def test_app_imports_from_none_above_it(app: str) -> None:
    above = set(APPS[APPS.index(app) + 1 :])
    files = {str(path.relative_to(ROOT)): path for path in (ROOT / app).rglob("*.py")}
    assert {name for name in files.keys() - ASSEMBLING if imported(files[name]) & above} == set()
