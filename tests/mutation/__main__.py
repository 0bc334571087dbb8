"""Put small faults into the core, one at a time, and list those that no test notices (`make mutation`).

    python -m tests.mutation [part of a module's path ...]

`modules.toml` names the tests that should notice a module's faults. `survivors.toml` says why some need not be noticed.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.run import ROOT, clean_environment

MODULES = Path(__file__).with_name("modules.toml")
PYTEST = [sys.executable, "-m", "pytest", "-s", "-p", "no:terminal", "-p", "no:cacheprovider"]


def main(wanted: list[str]) -> int:
    modules = tomllib.loads(MODULES.read_text())
    chosen = [path for path in modules if not wanted or any(part in path for part in wanted)]
    if not chosen:
        print(f"{MODULES.name} has none of these: {', '.join(wanted)}", file=sys.stderr)
        return 2
    codes = []
    for path in chosen:
        with tempfile.TemporaryDirectory(prefix="taskoverflow-") as folder:
            command = [*PYTEST, "-p", "tests.mutation.plugin", f"--mutate={path}", *modules[path]["tests"]]
            environment = clean_environment() | {"TASKOVERFLOW_DATA": folder}
            done = subprocess.run(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
            codes.append(done.returncode)
            if done.returncode > 1:  # otherwise it is only what the tested server logs
                print(done.stderr.decode(errors="replace"), file=sys.stderr)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
