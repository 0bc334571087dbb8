"""Update the README's table of settings from `.env.example` (`make settings-table`)."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTING = re.compile(r"^# (.+)\n#([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)
TABLE = re.compile(r"(\| variable \| default \| \|\n\| --- \| --- \| --- \|\n)(?:\|.*\n)*")


def main() -> None:
    rows = [
        f"| `{name}` | {f'`{default}` ' if default else ''}| {text} |\n"
        for text, name, default in SETTING.findall((ROOT / ".env.example").read_text())
    ]
    readme = ROOT / "README.md"
    readme.write_text(TABLE.sub(lambda match: match[1] + "".join(rows), readme.read_text()))


if __name__ == "__main__":
    main()
