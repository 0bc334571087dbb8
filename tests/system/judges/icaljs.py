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
    if not which("node"):
        raise RuntimeError("node is missing. Install it: apt-get install nodejs npm")
    if not (FOLDER / "node_modules" / "ical.js").exists():
        raise RuntimeError("ical.js is missing. Install it: npm ci --prefix tests/system/judges")
    ran = subprocess.run(["node", FOLDER / "judge.js"], input=body, capture_output=True, timeout=60)
    if ran.returncode == REFUSED:
        raise Rejected(ran.stderr.decode(errors="replace"))
    ran.check_returncode()
    return [
        Event(
            **item | {"when": item["when"] and read_moment(item["when"]), "categories": tuple(item["categories"])}
        )
        for item in json.loads(ran.stdout)
    ]
