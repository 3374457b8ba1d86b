"""Maps larger than the memory: the same maps from arrays in files, under a limit."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from half_map_files import RESOLUTION

from map_sharpening.errors import MemoryLimitError, OutputError
from map_sharpening.io.maps import save_map
from map_sharpening.io.scratch import ScratchFolder
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.run import execute, plan_run, run
from map_sharpening.runs import inputs
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[1] / "helpers" / "large_maps_script.py"
EDGE, VOXEL_SIZE = 192, 1.5
MAP_MEGABYTES = 4 * EDGE**3 / 1e6

on_linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="this system doesn't tell a process' memory"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of half maps of EDGE points and one for scratch files."""
    made = tmp_path_factory.mktemp("large")
    maps = simulate_half_maps(demo_atoms(), (EDGE,) * 3, VOXEL_SIZE, 4.0)
    for number, half in ((1, maps.half_1), (2, maps.half_2)):
        np.save(made / f"half_{number}.npy", half.values)
    (made / "scratch").mkdir()
    return made


def under_limit(
    folder: Path, megabytes: int, scratch: str | None
) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(SCRIPT), str(EDGE), str(megabytes)]
    return subprocess.run(
        [*words, *([] if scratch is None else [scratch])],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@on_linux
def test_little_more_memory_than_one_map_is_enough(folder: Path) -> None:
    limit = 48
    assert limit < 2 * MAP_MEGABYTES
    expected = under_limit(folder, 2000, None)
    assert expected.returncode == 0, expected.stderr
    found = under_limit(folder, limit, "scratch")
    assert found.returncode == 0, found.stderr
    assert found.stdout == expected.stdout
    assert list((folder / "scratch").iterdir()) == []


@on_linux
def test_without_files_three_times_as_much_is_not(folder: Path) -> None:
    found = under_limit(folder, 144, None)
    assert found.returncode != 0
    assert "MemoryError" in found.stderr


#: Plans a run, then allows it no more memory than it says it needs.
_WITHIN_WHAT_IS_SAID = """
import resource, sys
from pathlib import Path
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.run import execute, plan_run
planned = plan_run(sys.argv[1:])
status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
limit = 1024 * int(status["VmData"].split()[0]) + planned.bytes_needed
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
execute(planned)
"""


@on_linux
@pytest.mark.parametrize("more", ["", "local_sharpen=True", "box_in_auto_sharpen=True"])
def test_a_run_on_one_map_takes_no_more_memory_than_it_says(
    more: str, folder: Path, tmp_path: Path
) -> None:
    values = np.load(folder / "half_1.npy")
    given = tmp_path / "map.mrc"
    save_map(given, MapData.from_array(values, VOXEL_SIZE))
    words = [f"full_map={given}", "resolution=4", "report=False", "nproc=1"]
    words += [f"output_directory={tmp_path}", *more.split()]
    found = subprocess.run(
        [sys.executable, "-c", _WITHIN_WHAT_IS_SAID, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr


def words(halves: tuple[Path, Path], out: Path, *more: str) -> list[str]:
    given = [f"half_map={path}" for path in halves]
    return [*given, f"resolution={RESOLUTION}", f"output_directory={out}", *more]


@pytest.mark.parametrize("local", ["local_sharpen=False", "local_sharpen=True"])
def test_a_run_with_arrays_in_files_writes_the_same_maps(
    local: str, half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    here, there = tmp_path / "here", tmp_path / "there"
    run(words(half_files, here, local, "report=False"))
    given = words(half_files, there, local, "report=False", f"scratch_directory={scratch}")
    written = {path.name for path in run(given).files}
    assert {path.name for path in here.iterdir()} - written == {"sharpened_map_coeffs.mtz"}
    for name in written:
        if name.endswith((".ccp4", ".mrc", ".csv", ".star")):
            assert (there / name).read_bytes() == (here / name).read_bytes(), name
    assert list(scratch.iterdir()) == []
    (note,) = (text for text in plan_run(given).notes if "scratch" in text)
    assert note.endswith("is not written, as it would be made in memory")


class ArraysAtOnce:
    """Makes arrays, and knows how many bytes of them there were at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def __call__(self, shape: Sequence[int], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        array = np.zeros(shape, dtype)
        self.now += array.nbytes
        self.most = max(self.most, self.now)
        weakref.finalize(array, self._gone, array.nbytes)
        return array

    def _gone(self, size: int) -> None:
        self.now -= size


@pytest.mark.parametrize(("copies", "most"), [(1, 8), (2, 11)])
def test_files_take_as_much_room_as_the_manual_says(
    copies: int, most: int, simulated: SimulatedHalfMaps
) -> None:
    half_1, half_2 = simulated.half_1, simulated.half_2
    x, y, _ = 0.5 * np.array(half_1.box.parameters()[:3])
    half_a_turn = np.diag([-1.0, -1.0, 1.0])
    group = NcsGroup(
        np.array([np.eye(3), half_a_turn])[:copies],
        np.array([[0, 0, 0], [2 * x, 2 * y, 0]])[:copies],
    )
    arrays = ArraysAtOnce()
    sharpen_half_maps(
        half_1,
        half_2,
        resolution=RESOLUTION,
        mask=np.ones(half_1.shape, np.float32),
        local_sharpen=True,
        density_modification=True,
        ncs=[group],
        new_array=arrays,
    )
    # Coefficients are a little larger than maps.
    assert most - 1 < arrays.most / half_1.values.nbytes < 1.05 * most


def test_a_run_that_does_not_fit_says_what_helps(
    half_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = words(half_files, tmp_path / "out", "local_sharpen=True")
    monkeypatch.setattr(inputs, "available_bytes", lambda: inputs.BASE_BYTES)
    with pytest.raises(MemoryLimitError, match="give scratch_directory, the name of a folder"):
        plan_run(given)


def test_a_run_with_arrays_in_files_is_not_told_to_use_them(
    half_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = words(half_files, tmp_path / "out", f"scratch_directory={tmp_path}")
    monkeypatch.setattr(inputs, "available_bytes", lambda: inputs.BASE_BYTES // 2)
    with pytest.raises(MemoryLimitError) as caught:
        plan_run(given)
    assert "are available; close other programs" in str(caught.value)


def test_a_job_looks_for_the_folder_where_it_runs(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    given = words(half_files, tmp_path / "out", f"scratch_directory={tmp_path / 'nowhere'}")
    with pytest.raises(OutputError, match="nowhere, which is not a folder"):
        plan_run(given)
    planned = plan_run([*given, "queue_run_command=qsub"])
    assert not any(path.suffix == ".mtz" for path in planned.outputs)
    # Whoever does the work is told, wherever that is.
    with pytest.raises(OutputError, match="nowhere, which is not a folder"):
        execute(planned)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_arrays_in_files_are_as_others(dtype: type, tmp_path: Path) -> None:
    folder = ScratchFolder(tmp_path)
    array = folder.new_array((2, 3, 4), dtype)
    assert array.shape == (2, 3, 4)
    assert array.dtype == dtype
    assert array.flags.writeable
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(array, 0)
    array[1, 2, 3] = 5
    np.testing.assert_array_equal(folder.new_array((2, 3, 4), dtype), 0)
    assert array[1, 2, 3] == 5
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere, which is not a folder; give one that exists"):
        ScratchFolder(tmp_path / "nowhere")


@pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write to any folder"
)
def test_a_folder_that_is_read_only_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="can't be written to; give another one"):
        ScratchFolder(tmp_path)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room can't be taken here")
def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OutputError, match=r"has no room for 0\.40 GB more: No space left"):
        ScratchFolder(tmp_path).new_array((100, 100, 10000), np.float32)


def test_a_disk_that_is_not_full_is_not_called_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def many(**_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(tempfile, "TemporaryFile", many)
    message = r"an array of 0\.40 GB can't be a file in .*: Too many open files; check the folder"
    with pytest.raises(OutputError, match=message):
        ScratchFolder(tmp_path).new_array((100, 100, 10000), np.float32)
