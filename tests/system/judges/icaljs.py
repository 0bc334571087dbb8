"""npm's ical.js, Thunderbird's parser, run with node."""

import json
import subprocess
from pathlib import Path
from shutil import which

from tests.calendars.judges.events import Event, Rejected
from tests.system.judges.moments import read_moment

FOLDER = Path(__file__).parent
REFUSED = 1


def judge_by_icaljs(body: bytes) -> list[Event]:
    ran = _run("judge.js", body=body, timeout=60)
    if ran.returncode == REFUSED:
        raise Rejected(ran.stderr.decode(errors="replace"))
    ran.check_returncode()
    return [
        Event(
            **item | {"when": item["when"] and read_moment(item["when"]), "categories": tuple(item["categories"])}
        )
        for item in json.loads(ran.stdout)
    ]


def occurrences_by_icaljs(body: bytes, most: int) -> list[list[str] | None]:
    """Return the first occurrences of each event, as its clock shows them; None for a search that takes too long."""
    ran = _run("expand.js", str(most), body=body, timeout=600)
    ran.check_returncode()
    found = json.loads(ran.stdout)
    return [starts and [start.removesuffix("Z") for start in starts] for starts in found]


def _run(script: str, *arguments: str, body: bytes, timeout: int) -> subprocess.CompletedProcess:
    if not which("node"):
        raise RuntimeError("node is missing. Install it: apt-get install nodejs npm")
    if not (FOLDER / "node_modules" / "ical.js").exists():
        raise RuntimeError("ical.js is missing. Install it: npm ci --prefix tests/system/judges")
    command = ["node", FOLDER / script, *arguments]
    return subprocess.run(command, input=body, capture_output=True, timeout=timeout)
