"""Folders and arrays for jobs: gone at the end of work, and told of by name if they can't be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from map_sharpening.errors import MapValueError, OutputError
from map_sharpening.io.work_arrays import mapped_array, save_array, taken_array, work_folder


@pytest.fixture
def values() -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(1).normal(size=(4, 5, 6)).astype(np.float32)


def write_late(monkeypatch: pytest.MonkeyPatch, folder: Path, times: int) -> list[int]:
    """Let another write into a folder just before it is removed, the first few times."""
    remove, came = os.rmdir, []

    def remove_late(path: Any, *more: Any, **options: Any) -> None:
        if Path(path).name == folder.name and len(came) < times:
            came.append(len(came))
            (folder / f"late_{len(came)}.npy").touch()
        remove(path, *more, **options)

    monkeypatch.setattr(os, "rmdir", remove_late)
    return came


def test_a_folder_is_there_while_there_is_work(tmp_path: Path) -> None:
    with work_folder(tmp_path) as folder:
        assert folder.parent == tmp_path
        (folder / "a.npy").touch()
    assert list(tmp_path.iterdir()) == []


def test_its_name_is_whole_wherever_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with work_folder(Path()) as folder:
        assert folder.is_absolute()


def test_what_is_written_at_the_end_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with work_folder(tmp_path) as folder:
        came = write_late(monkeypatch, folder, 1)
    assert came == [0]
    assert list(tmp_path.iterdir()) == []


def test_who_writes_on_and_on_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with work_folder(tmp_path) as folder:
        came = write_late(monkeypatch, folder, 100)
    assert came == [0, 1]
    assert folder.is_dir()


def test_who_writes_on_and_on_does_not_hide_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        with work_folder(tmp_path) as folder:
            write_late(monkeypatch, folder, 100)
            raise MapValueError("no signal")

    with pytest.raises(MapValueError, match="no signal"):
        fail()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=f"work files can't be written to {tmp_path}/nowhere: No"),
        work_folder(tmp_path / "nowhere"),
    ):
        raise AssertionError


def test_an_array_comes_back(tmp_path: Path, values: Any) -> None:
    save_array(tmp_path / "a.0.npy", values)
    assert [path.name for path in tmp_path.iterdir()] == ["a.0.npy"]
    np.testing.assert_array_equal(mapped_array(tmp_path / "a.0.npy"), values)
    np.testing.assert_array_equal(taken_array(tmp_path / "a.0.npy"), values)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", ["padded rows", "no planes", "Fortran order"])
def test_any_array_comes_back_in_c_order(part: str, tmp_path: Path, values: Any) -> None:
    views = {
        "padded rows": values[:, :, :5],
        "no planes": values[2:2],
        "Fortran order": np.asfortranarray(values),
    }
    save_array(tmp_path / "a.npy", views[part])
    found = taken_array(tmp_path / "a.npy")
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, views[part])


def test_two_who_write_the_same_array_do_not_meet(
    tmp_path: Path, values: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Processes of two machines may have one number.
    monkeypatch.setattr(os, "getpid", lambda: 7)
    replace, names = Path.replace, []

    def recorded(source: Path, target: Path) -> Path:
        names.append(source.name)
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", recorded)
    for _ in range(2):
        save_array(tmp_path / "a.npy", values)
    assert len(set(names)) == 2


def test_a_limit_that_is_reached_is_told_with_the_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="this system has no such limits")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = np.zeros((2, 100, 1000), np.float32)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OutputError) as caught:
            save_array(tmp_path / "half_1.npy", large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(caught.value) == (
        f"half_1.npy can't be written: File too large; the disk of {tmp_path} or a limit is full; "
        "free space there or write to another folder"
    )
    assert not (tmp_path / "half_1.npy").exists()


def test_a_folder_that_is_gone_is_told_with_the_file(tmp_path: Path, values: Any) -> None:
    with pytest.raises(OutputError, match=f"a.npy can't be written to {tmp_path}/gone: No such"):
        save_array(tmp_path / "gone" / "a.npy", values)
