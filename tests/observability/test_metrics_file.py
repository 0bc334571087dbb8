"""The files in which processes share metrics, on a disk with and without room."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from observability import metrics
from observability.metrics import MetricsFile

ENTRIES = 2_000  # more than the file holds at first


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, offset: int, length: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse)


def fill(file: MetricsFile) -> dict[str, float]:
    for number in range(ENTRIES):
        file.write_value(json.dumps(["name", "name", {"number": number}, "help"]), number, 0)
    return {key: value for key, value, _ in file.read_all_values()}


def test_file_has_its_blocks_before_anything_is_written(tmp_path: Path) -> None:
    file = MetricsFile(str(tmp_path / "counter_1.db"))
    status = os.stat(tmp_path / "counter_1.db")
    assert status.st_blocks * 512 >= status.st_size == metrics.FILE_BYTES
    file.close()


def test_file_that_grows_has_its_blocks_and_is_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "counter_1.db"
    file = MetricsFile(str(path))
    written = fill(file)
    status = os.stat(path)
    assert len(written) == ENTRIES
    assert status.st_blocks * 512 >= status.st_size > metrics.FILE_BYTES
    assert {key: value for key, value, *_ in MmapedDict.read_all_values_from_file(path)} == written
    file.close()


def test_without_room_metrics_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch)
    file = MetricsFile(str(tmp_path / "counter_1.db"))
    assert len(fill(file)) == ENTRIES
    file.close()


def test_without_room_to_grow_metrics_move_to_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = MetricsFile(str(tmp_path / "counter_1.db"))
    file.write_value("first", 7, 0)
    fill_disk(monkeypatch)
    assert len(fill(file)) == ENTRIES + 1
    assert file.read_value("first") == (7, 0)
    file.close()


def test_all_metrics_of_a_process_are_in_such_files(tmp_path: Path) -> None:
    code = "import django; django.setup(); from calendars.metrics import EVENTS; EVENTS.labels('x').inc()"
    environment = os.environ | {
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "taskoverflow.settings",
    }
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    files = list(tmp_path.glob("*.db"))
    assert files
    assert [path.name for path in files if path.stat().st_blocks * 512 < path.stat().st_size] == []
