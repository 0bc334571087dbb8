"""The release before this one, checked out from git: what it writes must be read here, and the reverse.

with checked_out_release(folder) as root:
    start_web(root=root, ...)
"""

import importlib.metadata
import re
import subprocess
import tarfile
from pathlib import Path

from tests.project import ROOT

# A clone for CI may lack tags, so each release is also known by its commit. The last one is the one before.
RELEASES = {"0.1.0": "1f86e6a5ee85f2527f0a254843de0ea2d205f470"}


def check_out_previous_release(folder: Path) -> Path:
    """Write the files of the release before this one into the folder, and return it."""
    name, commit = list(RELEASES.items())[-1]
    archive = folder / "release.tar"
    for revision in (f"refs/tags/{name}", commit):
        command = ["git", "archive", "--format=tar", f"--output={archive}", revision]
        if subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0:
            break
    else:
        raise AssertionError(
            f"Release {name} is not in this clone: run git fetch --tags --unshallow (in CI, clone all commits)."
        )
    root = folder / f"release-{name}"
    with tarfile.open(archive) as files:
        files.extractall(root, filter="data")
    archive.unlink()
    check_requirements(root / "requirements.in")
    return root


def check_requirements(file: Path) -> None:
    """Check that this environment has every package of the release, so that it needs none of its own."""
    installed = {normalized(package.name) for package in importlib.metadata.distributions()}
    wanted = {normalized(name) for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", file.read_text(), re.MULTILINE)}
    assert wanted, f"{file} names no packages"
    assert wanted <= installed, f"The release needs packages that are no longer installed: {wanted - installed}"


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
