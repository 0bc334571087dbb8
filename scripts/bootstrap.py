"""Create the virtual environment and install a locked requirements file into it, once.

    python3 scripts/bootstrap.py .venv requirements.txt

Uses only the standard library and the syntax of Python 3.6, so that an old Python can report that it is too old.
A second call takes milliseconds, because a stamp file in the environment stores the hash of the requirements.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
PROBE = "import sys, venv; print('%d.%d' % sys.version_info[:2], flush=True); from ensurepip import version"


def main(folder: str, requirements: str) -> None:
    environment, wanted = Path(folder), hashlib.sha256(Path(requirements).read_bytes()).hexdigest()
    stamp, python = environment / f".installed-{Path(requirements).stem}", environment / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted and runs(python, "--version"):
        return
    if not runs(python, "-m", "pip", "--version"):
        make_environment(environment)
    print(f"Installing {requirements} into {environment} (a minute or so the first time) ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.call([*pip, "-r", requirements]) != 0:
        sys.exit(f"pip could not install {requirements}, see above. Fix the problem and run this again.")
    stamp.write_text(wanted)


def make_environment(environment: Path) -> None:
    """Create the environment, replacing an incomplete one. Refuse to replace any other folder."""
    if environment.exists() and not (environment / "pyvenv.cfg").exists() and any(environment.iterdir()):
        sys.exit(f"{environment} exists and is not a virtual environment: move it, or set VENV=...")
    python = find_python()
    print(f"Creating the virtual environment {environment} with {python} ...", flush=True)
    if subprocess.call([python, "-m", "venv", "--clear", str(environment)]) != 0:
        sys.exit(f"{python} could not create {environment}, see above. Fix the problem and run this again.")


def find_python() -> str:
    """Return the current Python if it is supported, else the newest supported one on the PATH."""
    newest_first = (f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    lacks_venv = None
    for name in [sys.executable, *newest_first]:
        path = shutil.which(name)
        if path is None:
            continue
        probe = subprocess.Popen([path, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        version = probe.communicate()[0].decode().strip()
        if version and OLDEST <= tuple(map(int, version.split("."))) <= NEWEST:
            if probe.returncode == 0:
                return path
            lacks_venv = lacks_venv or version
    if lacks_venv:
        sys.exit(
            f"Python {lacks_venv} cannot create virtual environments: install its venv module "
            f"(Debian, Ubuntu: apt install python{lacks_venv}-venv) and run this again."
        )
    here, oldest, newest = (".".join(map(str, pair)) for pair in (sys.version_info[:2], OLDEST, NEWEST))
    sys.exit(
        f"TaskOverflow needs Python {oldest} to {newest}, and {sys.executable} is {here}: "
        "install a supported version, or set PYTHON=..."
    )


def runs(*command: object) -> bool:
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.call([*map(str, command)], **quiet) == 0
    except OSError:
        return False


if __name__ == "__main__":
    main(*sys.argv[1:])
