"""Outputs are on the disk before they are in place."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import pytest

from map_sharpening.errors import MapSharpeningWarning, OutputError
from map_sharpening.io.staging import StagedOutputs


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(outputs: StagedOutputs, *paths: Path) -> None:
    for path in paths:
        outputs.temporary_path(path).write_text("new")


def test_all_is_flushed_to_disk_before_anything_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, replace, events = os.fsync, Path.replace, []

    def recorded_flush(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        events.append("flush folder" if is_folder else "flush")
        flush(descriptor)

    def recorded_replace(source: Path, target: Path) -> Path:
        events.append("rename")
        return replace(source, target)

    outputs = StagedOutputs()
    write(outputs, tmp_path / "a", tmp_path / "b")
    monkeypatch.setattr(os, "fsync", recorded_flush)
    monkeypatch.setattr(Path, "replace", recorded_replace)
    outputs.commit()
    expected = ["flush", "flush", "rename", "rename"]
    assert events == expected + ["flush folder"] * (os.name == "posix")


def test_an_output_is_flushed_once_though_others_are_still_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, flushed = os.fsync, []

    def recorded_flush(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", recorded_flush)
    with StagedOutputs() as outputs:
        first, second = (outputs.temporary_path(tmp_path / name) for name in "ab")
        first.write_text("whole")
        outputs.flush(first)
        assert flushed == [first.stat().st_ino]
        second.write_text("whole")
    of_files = [(tmp_path / name).stat().st_ino for name in "ab"]
    assert flushed[:2] == of_files
    assert not set(flushed[2:]) & set(of_files)


def test_an_output_that_was_not_written_cannot_be_flushed(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    with pytest.raises(OutputError, match="announced as an output but not written"):
        outputs.flush(outputs.temporary_path(tmp_path / "a"))


def refuse_to_flush_folders(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    flush = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)


def test_outputs_that_are_in_place_stay_if_their_folder_cannot_be_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("old")
    outputs = StagedOutputs(overwrite=True)
    write(outputs, tmp_path / "a", tmp_path / "b")
    refuse_to_flush_folders(monkeypatch, errno.EIO)
    told = rf"the outputs were written to {re.escape(str(tmp_path))}, but .*Input/output error"
    with pytest.warns(MapSharpeningWarning, match=told):
        assert outputs.commit() == [tmp_path / "a", tmp_path / "b"]
    assert names(tmp_path) == {"a", "b"}
    assert (tmp_path / "a").read_text() == "new"


def test_disks_that_refuse_to_flush_folders_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_to_flush_folders(monkeypatch, errno.EINVAL)
    with StagedOutputs() as outputs:
        outputs.temporary_path(tmp_path / "a").write_text("a")
    assert names(tmp_path) == {"a"}


def test_a_folder_is_tried_once_for_all_its_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch, tried = Path.touch, []

    def recorded_touch(self: Path, *args: object, **keywords: object) -> None:
        tried.append(self.parent)
        touch(self, *args, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "touch", recorded_touch)
    with StagedOutputs() as outputs:
        outputs.reserve({tmp_path / "a": 1, tmp_path / "b": 1, tmp_path / "x" / "c": 1})
        assert tried == [tmp_path, tmp_path / "x"]
        write(outputs, tmp_path / "a", tmp_path / "b", tmp_path / "x" / "c")
