"""The catalogs of translations have the texts of the source, no more and no fewer."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.messages import ROOT, catalogs, collect


def test_catalogs_are_up_to_date(tmp_path: Path) -> None:
    if not shutil.which("xgettext"):
        pytest.fail("xgettext is missing. On Debian: apt-get install gettext")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in listed.rstrip("\0").split("\0"):
        if name.endswith((".html", ".txt", ".py", ".po")) and not name.startswith(("tests/", "benchmarks/")):
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    collect(tmp_path)
    for committed, made in zip(catalogs(), catalogs(tmp_path), strict=True):
        assert made.read_text() == committed.read_text(), f"{committed} is out of date: run `make messages`"
