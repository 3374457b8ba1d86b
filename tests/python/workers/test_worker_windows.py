"""Windows of local sharpening by workers: the same bytes from any number of them, whoever dies."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from examples import of_fast_suite
from half_map_files import RESOLUTION
from played_queue import SBATCH, SCANCEL
from worker_tasks import Killing

from map_sharpening import _core
from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.maps import map_file_size
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.local_resolution.spheres import Spheres, SphereSpectra
from map_sharpening.methods.shared.windows import LocalFilter, WindowFilter, WindowMaps
from map_sharpening.progress import SilentProgress
from map_sharpening.run import plan_run, run
from map_sharpening.runs import half_maps
from map_sharpening.runs.queue import sphere_tasks
from map_sharpening.runs.queue import window_tasks as job
from map_sharpening.runs.queue.sphere_tasks import SphereFiles, measure_by
from map_sharpening.simulation.simulate import SimulatedHalfMaps
from map_sharpening.workers import InThisProcess, TaskPool, local_pool

LAYERS_PER_TASK = 2


def sharpened(
    maps: SimulatedHalfMaps,
    filter_windows: Callable[[WindowFilter, WindowMaps], LocalFilter] | None,
    **options: Any,
) -> HalfMapResult:
    return sharpen_half_maps(
        maps.half_1,
        maps.half_2,
        resolution=RESOLUTION,
        local_sharpen=True,
        filter_windows=filter_windows,
        **options,
    )


def by_pool(
    pool: TaskPool, folder: Path, layers: int = LAYERS_PER_TASK
) -> Callable[[WindowFilter, WindowMaps], LocalFilter]:
    def filter_windows(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
        files = job.saved(maps, folder)
        return job.filter_by(
            pool,
            files,
            windows,
            maps,
            threads=1,
            progress=SilentProgress(),
            layers_per_task=layers,
        )

    return filter_windows


@pytest.fixture(scope="module")
def at_once(simulated: SimulatedHalfMaps) -> HalfMapResult:
    """All windows in the core's own call."""
    return sharpened(simulated, None)


def bytes_of(result: HalfMapResult) -> list[bytes]:
    maps = (result.sharpened, result.sharpened_half_1, result.sharpened_half_2)
    found = result.local_filter
    assert found is not None
    arrays = (found.gain, found.excess_b, found.resolution, found.noise_scale, found.signal_scale)
    return [b"" if m is None else m.values.tobytes() for m in maps] + [
        array.tobytes() for array in arrays
    ]


def test_there_is_work_for_several(at_once: HalfMapResult) -> None:
    assert at_once.local_filter is not None
    assert at_once.local_filter.gain.shape[0] > 2 * LAYERS_PER_TASK


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 2, 3, 100])
def test_this_process_does_tasks_as_all_at_once(
    layers: int,
    simulated: SimulatedHalfMaps,
    at_once: HalfMapResult,
    tmp_path: Path,
) -> None:
    found = sharpened(simulated, by_pool(InThisProcess(), tmp_path, layers))
    assert bytes_of(found) == bytes_of(at_once)
    # What was made is taken away; what it was made from stays until the folder goes.
    assert {path.name for path in tmp_path.iterdir()} == {"half_1.npy", "half_2.npy"}


@pytest.mark.slow
@pytest.mark.parametrize("n_workers", [1, 2, 4])
def test_workers_find_the_same_bytes_also_if_one_is_killed(
    n_workers: int, simulated: SimulatedHalfMaps, at_once: HalfMapResult, tmp_path: Path
) -> None:
    pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")
    work = tmp_path / "work"
    work.mkdir()
    with local_pool(n_workers) as pool:
        found = sharpened(simulated, by_pool(Killing(pool, tmp_path / "died"), work))
    assert (tmp_path / "died").exists()
    assert bytes_of(found) == bytes_of(at_once)


@pytest.mark.parametrize(
    "options",
    of_fast_suite([{"sharpen_all_maps": False}, {"wrapping": True}], {"sharpen_all_maps": False}),
)
def test_other_runs_are_the_same_too(
    options: dict[str, bool], simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    expected = sharpened(simulated, None, **options)
    found = sharpened(simulated, by_pool(InThisProcess(), tmp_path), **options)
    assert bytes_of(found) == bytes_of(expected)


@pytest.mark.slow
def test_a_full_map_is_filtered_by_what_the_halves_tell(
    simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    full = simulated.mean
    expected = sharpened(simulated, None, full_map=full)
    found = sharpened(simulated, by_pool(InThisProcess(), tmp_path), full_map=full)
    assert bytes_of(found) == bytes_of(expected)


def test_an_error_of_who_filters_reaches_the_caller(simulated: SimulatedHalfMaps) -> None:
    def fail(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        sharpened(simulated, fail)


def test_it_is_not_called_one_of_the_maps(simulated: SimulatedHalfMaps) -> None:
    def fail(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
        raise ValueError("an address is not one")

    with pytest.raises(ValueError, match=r"^an address is not one$"):
        sharpened(simulated, fail)


def test_no_layers_are_not_all_layers(simulated: SimulatedHalfMaps) -> None:
    def nothing(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
        return windows.filter(maps, range(0, 0), threads=1)

    with pytest.raises(ParameterError, match=r"layers is range\(0, 0\), which holds none; exp"):
        sharpened(simulated, nothing)


@pytest.mark.slow
def test_a_task_sends_what_is_in_its_own_windows(
    simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    sent = []

    class Listening(InThisProcess):
        def run(self, function: Any, tasks: Any) -> Iterator[tuple[int, Any]]:
            for index, part in super().run(function, tasks):
                sent.append(part)
                yield index, part

    found = sharpened(simulated, by_pool(Listening(), tmp_path)).local_filter
    assert found is not None
    n_z, n_y, n_x = found.gain.shape
    names = ("gain", "excess_b", "resolution", "noise_scale", "signal_scale")
    for name in names:
        assert [getattr(part, name).shape[1:] for part in sent] == [(n_y, n_x)] * len(sent)
        assert [len(getattr(part, name)) for part in sent[:-1]] == [LAYERS_PER_TASK] * (
            len(sent) - 1
        )
        assert sum(len(getattr(part, name)) for part in sent) == n_z


def test_what_tells_of_too_few_windows_is_refused(simulated: SimulatedHalfMaps) -> None:
    def forgetful(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
        found = windows.filter(maps, range(windows.n_layers), threads=1)
        return replace(found, gain=found.gain[1:])

    with pytest.raises(ValueError, match=r"^gain has \d+ values for \d+ windows"):
        sharpened(simulated, forgetful)


class Told:
    """What a filter of windows tells, with one attribute that is another's."""

    def __init__(self, found: LocalFilter, gain: Callable[[], Any]) -> None:
        self._found, self._gain = found, gain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._found, name)

    @property
    def gain(self) -> Any:
        return self._gain()


def telling(gain: Callable[[], Any]) -> Callable[[WindowFilter, WindowMaps], Any]:
    def filter_windows(windows: WindowFilter, maps: WindowMaps) -> Any:
        return Told(windows.filter(maps, range(windows.n_layers), threads=1), gain)

    return filter_windows


@pytest.mark.parametrize("error", of_fast_suite([OSError, TypeError, MemoryError], TypeError))
def test_an_error_while_an_attribute_is_read_reaches_the_caller(
    simulated: SimulatedHalfMaps, error: type[Exception]
) -> None:
    def fail() -> None:
        raise error("the file of gains is gone")

    with pytest.raises(error, match=r"^the file of gains is gone$"):
        sharpened(simulated, telling(fail))


@pytest.mark.parametrize("gain", of_fast_suite([None, "many", ["1", "b"], 1j], None, "many"))
def test_an_attribute_without_numbers_is_refused(simulated: SimulatedHalfMaps, gain: Any) -> None:
    with pytest.raises(
        TypeError, match=r"type Told without numbers gain; expected the attributes"
    ):
        sharpened(simulated, telling(lambda: gain))


def test_a_missing_attribute_is_named(simulated: SimulatedHalfMaps) -> None:
    with pytest.raises(TypeError, match=r"type list without numbers signal_scale") as refused:
        sharpened(simulated, lambda windows, maps: cast("LocalFilter", []))
    assert isinstance(refused.value.__cause__, AttributeError)


def test_factors_can_be_sent_to_others() -> None:
    factors = _core.ScaleFactors(
        0.1, [1.0, 2.0], [3.0, 4.0], gain_b=[1, 2, 3, 4, 5, 6], ratio_b=[6, 5, 4, 3, 2, 1]
    )
    copy = pickle.loads(pickle.dumps(factors))
    for name in ("step", "gain", "ratio", "gain_b", "ratio_b"):
        assert getattr(copy, name) == getattr(factors, name)


def test_what_windows_are_filtered_by_can_be_sent_to_others() -> None:
    factors = _core.ScaleFactors(0.1, [1.0, 2.0])
    expected = pickle.loads(pickle.dumps(_core.SharpenedPower(0.02, [3.0, 4.0], factors, 0.25)))
    assert (expected.ideal.tolist(), expected.s_max) == ([3.0, 4.0], 0.25)
    chosen = HalfMapOptions(
        resolution=3.0, local_sharpen=True, box_size_grid_units=7, n_bins=11, wrapping=True
    )
    options = pickle.loads(pickle.dumps(chosen.windows_for_core()))
    assert (options.n_windows, options.core_points) == (None, 7)
    assert (options.n_shells, options.periodic) == (11, True)


@pytest.mark.parametrize("name", ["half_1", "sharpened"])
def test_maps_with_gaps_are_refused(
    name: str, simulated: SimulatedHalfMaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_gaps(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
        wide: FloatMap = np.zeros((*windows.shape[:2], 2 * windows.shape[2]), np.float32)
        values = {field: getattr(maps, field) for field in maps.__dataclass_fields__}
        changed = WindowMaps(**{**values, name: wide[:, :, ::2]})
        return windows.filter(changed, range(windows.n_layers), threads=1)

    with pytest.raises(ValueError, match=f"{name} has gaps between its planes or points"):
        sharpened(simulated, with_gaps)


@pytest.fixture
def slurm(play: Callable[..., None]) -> None:
    """A queueing system that is played."""
    pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")
    play(sbatch=SBATCH, scancel=SCANCEL)


def queue_words(half_files: tuple[Path, Path], folder: Path, *more: str) -> list[str]:
    return [
        *(f"half_map={path}" for path in half_files),
        f"resolution={RESOLUTION}",
        f"output_directory={folder}",
        "local_sharpen=True",
        "report=False",
        "multiprocessing=slurm",
        "network_interface=lo",
        *more,
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("slurm")
def test_jobs_work_in_the_output_folder_wherever_single_outputs_go(
    half_files: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    seen: list[Path] = []

    def windows_here(folder: Path, *_: Any) -> Callable[[WindowFilter, WindowMaps], Any]:
        seen.append(folder)
        return by_pool(InThisProcess(), tmp_path)

    def spheres_here(files: SphereFiles, *_: Any) -> Callable[[Spheres], SphereSpectra]:
        assert files.mask is not None
        assert files.mask.is_file()
        seen.append(files.mask)
        return partial(measure_by, InThisProcess(), files, threads=1, progress=SilentProgress())

    monkeypatch.setattr(job, "window_filtering", windows_here)
    monkeypatch.setattr(sphere_tasks, "sphere_measurement", spheres_here)
    more = (f"sharpened_map_file={own / 'map.ccp4'}", f"mask_file={own / 'mask.mrc'}")
    run(queue_words(half_files, shared, *more))
    assert seen[0] == shared
    assert seen[1].parent.parent == shared
    assert not list(shared.glob(".work_*"))
    assert {path.name for path in own.iterdir()} == {"map.ccp4", "mask.mrc"}


@pytest.mark.parametrize(
    ("more", "n_maps"),
    [
        ([], 5),
        (["sharpen_all_maps=False"], 3),
        (["local_sharpen=False"], 1),
        (["local_sharpen=False", "mask=False"], 0),
    ],
)
@pytest.mark.usefixtures("slurm")
def test_room_for_the_files_of_jobs_is_asked_for(
    more: list[str],
    n_maps: int,
    half_files: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    planned = plan_run(queue_words(half_files, tmp_path / "out", *more))
    size = map_file_size(planned.source)
    assert planned.work_sizes() == {tmp_path / "out": n_maps * size}


@pytest.mark.usefixtures("slurm")
def test_too_little_room_for_them_is_told_before_any_work(
    half_files: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(
        half_maps.HalfMapPlan, "work_sizes", lambda self: {self.directory: 1 << 60}
    )
    with pytest.raises(OutputError, match=f"but the work files need {1 << 60:,}; free space"):
        run(queue_words(half_files, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("slurm")
def test_a_run_with_jobs_of_a_queue_gives_the_same_maps(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    words = [f"half_map={path}" for path in half_files]
    words += [f"resolution={RESOLUTION}", "local_sharpen=True", "report=False"]
    words += ["local_resolution_map=False"]
    here, there = tmp_path / "here", tmp_path / "there"
    run([*words, f"output_directory={here}"])
    more = ("multiprocessing=slurm", "n_jobs=2", "network_interface=lo")
    words = [*words, f"output_directory={there}", *more]
    outcome = run(words)
    for path in outcome.files:
        if path.suffix == ".ccp4":
            assert path.read_bytes() == (here / path.name).read_bytes(), path.name
    assert not list(there.glob(".work_*"))
    (note,) = (text for text in plan_run(words).notes if "jobs" in text)
    assert note == "windows of the local filter are worked on by 2 jobs of slurm"
