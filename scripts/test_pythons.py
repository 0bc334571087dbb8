"""Run the main job under every start method, and some quick tests, on every supported Python of this machine.

    python scripts/test_pythons.py

Each Python gets an environment of its own, `.venv-3.13` for example, which is kept for the next time.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.bootstrap import NEWEST, OLDEST  # noqa: E402

START_METHODS = ["fork", "spawn", "forkserver"]
TESTS = [
    "tests/test_start_methods.py",
    "tests/test_layers.py",
    "tests/calendars/test_ical.py",
    "tests/calendars/test_judges.py",
    "tests/calendars/test_import_parser.py",
    "tests/todos/test_api_create.py",
    "tests/todos/test_deadlines.py",
]
OTHER = "quick tests"


def main() -> int:
    pythons = find_pythons()
    results = {version: run(version, python) for version, python in pythons.items()}
    columns = [*START_METHODS, OTHER]
    print("Python  ", *(f"{column:>12}" for column in columns))
    for version, counts in results.items():
        cells = [f"{counts[column]['passed']}/{sum(counts[column].values())}" for column in columns]
        print(f"{version:<8}", *(f"{cell:>12}" for cell in cells))
    supported = {f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)}
    if missing := sorted(supported - pythons.keys()):
        print(f"Not on this machine: Python {', '.join(missing)}")
    total = sum((count for counts in results.values() for count in counts.values()), Counter())
    print(f"{total['passed']} passed, {total['failed']} failed")
    # A Python on which not every start method was tried has not passed.
    complete = all(counts[method]["passed"] for counts in results.values() for method in START_METHODS)
    return 0 if complete and not total["failed"] else 1


def find_pythons() -> dict[str, str]:
    """Return one interpreter for each supported version: of the PATH, or else the newest that pyenv has."""
    found = {}
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        version = f"3.{minor}"
        root = os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")
        installed = sorted(glob.glob(f"{root}/versions/{version}.*/bin/python"), key=numbers)
        for python in [shutil.which(f"python{version}"), *reversed(installed)]:
            # pyenv puts a program on the PATH that fails unless the version was chosen.
            if python and output(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])") == version:
                found[version] = python
                break
    return found


def run(version: str, python: str) -> dict[str, Counter]:
    """Run the tests; return how many passed and failed, by start method."""
    environment = ROOT / f".venv-{version}"
    command = [python, "scripts/bootstrap.py", str(environment), "requirements-dev.txt"]
    counts: dict[str, Counter] = defaultdict(Counter)
    if subprocess.call(command, cwd=ROOT) != 0:
        counts[OTHER]["failed"] += 1
        return counts
    print(f"== Python {version}", flush=True)
    with tempfile.TemporaryDirectory(prefix="taskoverflow-") as folder:
        report = Path(folder) / "report.xml"
        pytest = [str(environment / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        variables = {"TASKOVERFLOW_DATA": folder, "TASKOVERFLOW_ENV_FILE": "", "FAILURES_FD": "2"}
        subprocess.call([*pytest, f"--junit-xml={report}", *TESTS], cwd=ROOT, env=os.environ | variables)
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314 - pytest wrote it
    for case in cases:
        if case.find("skipped") is not None:
            continue
        is_failed = case.find("failure") is not None or case.find("error") is not None
        method = (
            re.search(r"\[(\w+)\]", case.get("name")) if "test_start_methods" in case.get("classname") else None
        )
        counts[method[1] if method else OTHER]["failed" if is_failed else "passed"] += 1
    if not cases:
        counts[OTHER]["failed"] += 1
    return counts


def output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def numbers(path: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path)]


if __name__ == "__main__":
    sys.exit(main())
