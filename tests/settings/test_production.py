"""The settings of production, in a process of their own: what refuses to start, and what is warned of."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.run import clean_environment

PRODUCTION = {
    "TASKOVERFLOW_SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "PUBLIC_URL": "https://todo.example.org",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "DATABASE_URL": "postgres://app:secret@db.internal/app",
    "BROKER_URL": "redis://redis.internal:6379/0",
}


def manage(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    environment = clean_environment() | {"TASKOVERFLOW_DATA": str(folder), "TASKOVERFLOW_ENV_FILE": ""} | variables
    command = [sys.executable, "-W", "error::UserWarning", str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_production_is_clean_under_djangos_own_checks(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"DEBUG": "true"}, "DEBUG shows settings and code to everyone"),
        ({"TASKOVERFLOW_SECRET_KEY": ""}, "TASKOVERFLOW_SECRET_KEY must be set"),
        ({"PUBLIC_URL": "", "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS (or PUBLIC_URL) must be set"),
        ({"PUBLIC_URL": "todo.example.org"}, "PUBLIC_URL must begin with https://"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8, proxy"}, "TRUSTED_PROXIES must be addresses or networks"),
        ({"TRUSTED_PROXIES": "10.0.0.1/8"}, "TRUSTED_PROXIES must be addresses or networks"),
        ({"TASKOVERFLOW_MODE": "closed"}, "TASKOVERFLOW_MODE must be open or private"),
        ({"REQUEST_TIMEOUT_SECONDS": "0"}, "REQUEST_TIMEOUT_SECONDS must be a number of seconds, 1 or more"),
        ({"MAX_BODY_BYTES": "1 MB"}, "MAX_BODY_BYTES must be a whole number"),
    ],
)
def test_wrong_settings_refuse_to_start_in_one_sentence(tmp_path: Path, changed: dict, sentence: str) -> None:
    done = manage(tmp_path, "check", **PRODUCTION | changed)
    assert done.returncode == 1
    assert done.stderr.startswith(f"taskoverflow: {sentence}")
    assert done.stderr.count("\n") == 1
    assert "secret@" not in done.stderr


@pytest.mark.parametrize(
    ("changed", "warnings"),
    [
        ({"DATABASE_URL": ""}, ["W001"]),
        ({"TRUSTED_PROXIES": ""}, ["W002"]),
        ({"TRUSTED_PROXIES": "0.0.0.0/0"}, ["W003"]),
        ({"PUBLIC_URL": "http://todo.example.org"}, ["W004"]),
        ({"PUBLIC_URL": "http://localhost:6400"}, []),
        ({"PUBLIC_URL": "http://[::1]:6400"}, []),
        ({"PUBLIC_URL": "", "ALLOWED_HOSTS": "todo.example.org"}, ["W005"]),
    ],
)
def test_wrong_combinations_are_warned_of(tmp_path: Path, changed: dict, warnings: list[str]) -> None:
    done = manage(tmp_path, "check", **PRODUCTION | changed)
    assert done.returncode == 0
    assert [
        word for word in done.stderr.replace("(", " ").replace(")", " ").split() if "taskoverflow.W" in word
    ] == [f"taskoverflow.{warning}" for warning in warnings]
    assert done.stderr.count("HINT") == len(warnings)


def test_laptop_has_nothing_to_be_warned_of(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert os.stat(tmp_path / "secret_key").st_mode & 0o077 == 0


def test_mail_is_not_printed_where_logs_are_kept(tmp_path: Path) -> None:
    # It holds links that set passwords.
    show = ["shell", "-v", "0", "-c", "from django.conf import settings; print(settings.EMAIL_BACKEND)"]
    assert manage(tmp_path, *show).stdout.strip().endswith("console.EmailBackend")
    assert manage(tmp_path, *show, **PRODUCTION).stdout.strip().endswith("dummy.EmailBackend")
