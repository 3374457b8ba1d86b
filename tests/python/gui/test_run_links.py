"""Links that somebody else has planted in the folder of a run that waits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from map_sharpening.errors import OutputError, ResultsError
from map_sharpening.io.progress_file import last_line
from map_sharpening.io.web.run_folder import read_run_folder
from map_sharpening.io.web.run_records import (
    LOCK,
    LOG,
    PROGRESS,
    RECORD,
    RunRecord,
    is_alive,
    new_run_folder,
    progress_so_far,
    read_record,
    run_folders,
    start,
    text_so_far,
    write_record,
)
from map_sharpening.report.results_json import SCHEMA


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = new_run_folder(tmp_path, "run")
    write_record(folder, RunRecord(("--version",)))
    return folder


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text("precious")
    return path


def test_files_of_a_run_replace_links_at_their_names(folder: Path, victim: Path) -> None:
    missing = folder.parent / "missing"
    (folder / PROGRESS).symlink_to(victim)
    (folder / LOG).symlink_to(missing)
    record = (folder / RECORD).read_text()
    (folder / RECORD).unlink()
    (folder.parent / "record").write_text(record)
    (folder / RECORD).symlink_to(folder.parent / "record")
    assert start(folder, folder.parent)
    while is_alive(folder):
        time.sleep(0.01)
    assert progress_so_far(folder)[-1] == {"exit": 0}
    assert victim.read_text() == "precious"
    assert not missing.exists()
    assert (folder.parent / "record").read_text() == record
    assert not any((folder / name).is_symlink() for name in (PROGRESS, LOG, RECORD, LOCK))


def test_a_link_at_the_lock_is_told(folder: Path, victim: Path) -> None:
    for target in (victim, folder.parent / "missing"):
        (folder / LOCK).unlink(missing_ok=True)
        (folder / LOCK).symlink_to(target)
        with pytest.raises(OutputError, match=r"run\.lock is a link or can't be written; remove"):
            start(folder, folder.parent)
    assert not (folder.parent / "missing").exists()
    assert victim.read_text() == "precious"
    record = read_record(folder)
    assert record is not None
    assert record.stage == "waiting"


@pytest.mark.slow
def test_the_log_holds_what_the_run_says_and_nothing_of_its_shell(folder: Path) -> None:
    write_record(folder, RunRecord(("no_such_file.mrc",)))
    assert start(folder, folder.parent)
    while is_alive(folder):
        time.sleep(0.01)
    lines = (folder / LOG).read_text().splitlines()
    assert lines
    assert all(line.startswith("map_sharpening: ") for line in lines), lines
    assert progress_so_far(folder)[-1] == {"exit": 2}


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("plant", [pipe, endless, Path.mkdir])
def test_what_is_no_file_is_neither_waited_for_nor_read(
    plant: Callable[[Path], None], tmp_path: Path
) -> None:
    folder = new_run_folder(tmp_path, "run")
    for name in (RECORD, PROGRESS, LOG, "results.json"):
        plant(folder / name)
    assert run_folders(tmp_path) == [folder]
    assert read_record(folder) is None
    assert progress_so_far(folder) == []
    assert text_so_far(folder / LOG) == ""
    with pytest.raises(OSError, match="pipe, device or folder"):
        last_line(folder / LOG)
    with pytest.raises(ResultsError, match=r"results\.json can't be read .*; run it again"):
        read_run_folder(folder, SCHEMA, Path)


def test_a_pipe_at_the_lock_stops_nothing(folder: Path) -> None:
    os.mkfifo(folder / LOCK)
    assert start(folder, folder.parent)
    while is_alive(folder):
        time.sleep(0.01)
    assert progress_so_far(folder)[-1] == {"exit": 0}


def test_a_folder_that_can_t_be_made_is_told_with_what_to_do(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"can't be made: Not a directory; free space or allow"):
        new_run_folder(tmp_path / "file", "run")
