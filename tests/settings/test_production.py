"""Production settings, in processes of their own: what refuses to start, and the warnings."""

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
        ({"EVENT_TOPIC": "redis://me:secret@topic"}, "EVENT_TOPIC: It must start with sns://"),
        (
            {"EVENT_TOPIC": "kafka://me:secret@topic/events"},
            "EVENT_TOPIC: A Kafka URL names servers with their ports",
        ),
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


LOCAL_SERVERS = [
    {"BROKER_URL": "redis://localhost:6379/0"},
    {"BROKER_URL": "redis://127.0.0.2/0", "DATABASE_URL": "postgres://app:secret@[::1]:5432/app"},
    {"DATABASE_URL": "postgres:////var/run/postgresql/app"},
    {"DATABASE_URL": "postgres:///app"},
    {"DATABASE_HOST": "/var/run/postgresql"},
    {"BROKER_URL": "amqp://guest:guest@localhost/", "ALLOWED_HOSTS": "localhost,[::1]"},
    {"DATABASE_URL": "sqlite:////tmp/todo.sqlite3"},
]
REMOTE_SERVERS = [
    {"BROKER_URL": "redis://queue:6379/0"},
    {"BROKER_URL": "redis://10.0.0.7:6379/0"},
    {"BROKER_URL": "sqs:///ical?region=us-east-1"},
    {"DATABASE_URL": "postgres://app:secret@database:5432/app"},
    {"DATABASE_HOST": "localhost,db.internal"},
    {"DATABASE_URL": "postgres:///app?hostaddr=10.0.0.7"},
    {"BROKER_URL": "redis://localhost:6379/0", "DATABASE_HOST": "db.internal"},
    {"BROKER_URL": "redis://localhost:6379/0", "ALLOWED_HOSTS": "todo.example.org"},
    {"BROKER_URL": "redis://localhost:6379/0", "PUBLIC_URL": "https://todo.example.org"},
]
SHOW_DEPLOYED = ["shell", "-v", "0", "-c", "from django.conf import settings; print(settings.DEPLOYED)"]


@pytest.mark.parametrize("servers", LOCAL_SERVERS)
def test_servers_on_this_machine_make_no_deployment(tmp_path: Path, servers: dict[str, str]) -> None:
    done = manage(tmp_path, *SHOW_DEPLOYED, **servers)
    assert (done.stderr, done.stdout.strip()) == ("", "False")


@pytest.mark.parametrize("servers", REMOTE_SERVERS)
def test_servers_elsewhere_or_a_public_name_make_a_deployment(tmp_path: Path, servers: dict[str, str]) -> None:
    done = manage(tmp_path, *SHOW_DEPLOYED, **servers)
    assert done.stderr.startswith("taskoverflow: TASKOVERFLOW_SECRET_KEY must be set")


def test_local_worker_has_nothing_to_be_warned_of(tmp_path: Path) -> None:
    servers = {"BROKER_URL": "redis://localhost:6379/0", "DATABASE_URL": "postgres://localhost/app"}
    done = manage(tmp_path, "check", "--fail-level", "WARNING", **servers)
    assert (done.returncode, done.stderr) == (0, "")


def test_data_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert manage(folder, "migrate", "-v0").returncode == 0
    private = [folder, folder / "metrics", folder / "secret_key", *folder.glob("taskoverflow.sqlite3*")]
    assert len(private) >= 4
    assert [path for path in private if path.stat().st_mode & 0o077] == []


def test_files_are_private_in_a_folder_that_was_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert manage(tmp_path, "migrate", "-v0").returncode == 0
    assert [path for path in tmp_path.iterdir() if path.stat().st_mode & 0o077] == []
    assert tmp_path.stat().st_mode & 0o777 == 0o755  # whoever made it decided that


def test_mail_is_not_printed_where_logs_are_kept(tmp_path: Path) -> None:
    # It holds links that set passwords.
    show = ["shell", "-v", "0", "-c", "from django.conf import settings; print(settings.EMAIL_BACKEND)"]
    assert manage(tmp_path, *show).stdout.strip().endswith("console.EmailBackend")
    assert manage(tmp_path, *show, **PRODUCTION).stdout.strip().endswith("dummy.EmailBackend")
