"""The judge that Thunderbird is: npm's ical.js, run by node."""

import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import which

from tests.calendars.judges.events import Event, Rejected

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
    return [Event(**item | {"when": _moment(item["when"])}) for item in json.loads(ran.stdout)]


def _moment(value: str | None) -> date | None:
    """Of `2026-02-27`, `2026-02-27T18:00:00` or `2026-02-27T18:00:00Z`."""
    if value is None or "T" not in value:
        return value and date.fromisoformat(value)
    parsed = datetime.fromisoformat(value)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed
