"""Compile requirements*.in into requirements*.txt, with versions and hashes for all supported Pythons.

`--check` changes nothing and fails if a lock file does not match its .in file, or if two of them have different hashes
for the same version of a package. Locked versions are kept; `--upgrade` takes the newest versions that the .in files
allow.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["requirements", "requirements-dev", "requirements-system", "requirements-terraform"]
# Leave the choice of package index to whoever installs.
UV = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-emit-index-url", "--no-emit-find-links"]
OPTIONS = ["--universal", "--python-version=3.11", "--generate-hashes", "--custom-compile-command=make lock"]


def lock(folder: Path, *, upgrade: bool = False) -> None:
    for name in NAMES:
        extra = ["--upgrade"] if upgrade else []
        command = [*UV, *OPTIONS, *extra, f"{name}.in", f"--output-file={name}.txt"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def stale() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        for path in ROOT.glob("requirements*"):
            shutil.copy(path, folder)
        lock(Path(folder))
        files = [f"{name}.txt" for name in NAMES]
        return [file for file in files if (ROOT / file).read_bytes() != (Path(folder) / file).read_bytes()]


def contradictions(folder: Path = ROOT) -> list[str]:
    """Return the packages that have several sets of hashes. uv keeps the hashes that it finds, even wrong ones."""
    hashes: dict[str, set[frozenset[str]]] = {}
    for name in NAMES:
        for package in re.split(r"\n(?=\S)", (folder / f"{name}.txt").read_text()):
            found = frozenset(re.findall(r"--hash=(\S+)", package))
            if found:
                hashes.setdefault(package.split()[0], set()).add(found)
    return sorted(package for package, sets in hashes.items() if len(sets) > 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail if a lock file is out of date")
    parser.add_argument("--upgrade", action="store_true", help="use the newest allowed versions")
    options = parser.parse_args()
    try:
        if not options.check:
            lock(ROOT, upgrade=options.upgrade)
        elif files := stale():
            sys.exit(f"Out of date: {', '.join(files)}. Run `make lock`.")
        elif packages := contradictions():
            sys.exit(
                f"Different hashes in the lock files: {', '.join(packages)}. Delete their lines and run `make lock`."
            )
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


if __name__ == "__main__":
    main()
