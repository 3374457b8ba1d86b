"""Local resolution by workers: the same bytes from any number of them, whoever dies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from half_map_run import words
from played_queue import SBATCH, SCANCEL
from worker_tasks import Killing

from map_sharpening.errors import ClusterError
from map_sharpening.io.maps import read_map
from map_sharpening.methods.local_resolution.spheres import Spheres, SphereSpectra
from map_sharpening.progress import SilentProgress
from map_sharpening.run import plan_run, run
from map_sharpening.runs.queue import sphere_tasks as job
from map_sharpening.workers import InThisProcess, TaskPool, local_pool

pytestmark = pytest.mark.slow

pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")

SPHERES_PER_TASK = 7


@pytest.fixture(scope="module")
def files(half_files: tuple[Path, Path]) -> job.SphereFiles:
    return job.SphereFiles(half_files, None, None)


@pytest.fixture(scope="module")
def spheres(half_files: tuple[Path, Path]) -> Spheres:
    first = read_map(half_files[0])[0]
    smallest = min(first.box.a, first.box.b, first.box.c)
    return Spheres(first.values.shape, first.box.parameters(), 0.8 * smallest, 8.0, False)


def measured(pool: TaskPool, files: job.SphereFiles, spheres: Spheres) -> SphereSpectra:
    return job.measure_by(
        pool,
        files,
        spheres,
        threads=1,
        progress=SilentProgress(),
        spheres_per_task=SPHERES_PER_TASK,
    )


@pytest.fixture(scope="module")
def at_once(files: job.SphereFiles, spheres: Spheres) -> SphereSpectra:
    """All spheres in one call, without tasks."""
    return job.measure_in_files(files, spheres, 1, range(spheres.count))


def assert_same_bytes(one: SphereSpectra, other: SphereSpectra) -> None:
    assert [part.tobytes() for part in one] == [part.tobytes() for part in other]


def test_there_is_work_for_several(spheres: Spheres, at_once: SphereSpectra) -> None:
    assert spheres.count > 4 * SPHERES_PER_TASK
    assert np.all(at_once[1] > 0)


def test_this_process_does_tasks_as_all_at_once(
    files: job.SphereFiles, spheres: Spheres, at_once: SphereSpectra
) -> None:
    assert_same_bytes(measured(InThisProcess(), files, spheres), at_once)


@pytest.mark.parametrize("n_workers", [1, 2, 4])
def test_workers_find_the_same_bytes_also_if_one_is_killed(
    n_workers: int,
    files: job.SphereFiles,
    spheres: Spheres,
    at_once: SphereSpectra,
    tmp_path: Path,
) -> None:
    with local_pool(n_workers) as pool:
        found = measured(Killing(pool, tmp_path / "died"), files, spheres)
    assert (tmp_path / "died").exists()
    assert_same_bytes(found, at_once)


def test_a_run_with_jobs_of_a_queue_gives_the_same_maps(
    half_files: tuple[Path, Path], play: Callable[..., None], tmp_path: Path
) -> None:
    play(sbatch=SBATCH, scancel=SCANCEL)
    here, there = tmp_path / "here", tmp_path / "there"
    run(words(half_files, here))
    more = ("multiprocessing=slurm", "n_jobs=2", "walltime=0.5", "network_interface=lo")
    directives = ("extra_directives=-A structure", "extra_directives=--nice")
    outcome = run(words(half_files, there, *more, *directives))
    assert len((tmp_path / "job_numbers").read_text().split()) == 2
    script = next(path for path in tmp_path.glob("job.*") if path.suffix != ".out").read_text()
    assert "#SBATCH -A structure\n#SBATCH --nice\n" in script
    assert "#SBATCH -t 00:30:00" in script
    for path in outcome.files:
        if path.suffix == ".ccp4":
            assert path.read_bytes() == (here / path.name).read_bytes(), path.name
    assert "local_resolution_map.mrc" in {path.name for path in outcome.files}
    assert not list(there.glob("queue_logs_*"))


def test_a_queue_that_is_not_there_is_told_before_any_work(
    half_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match="there is no command bsub on this machine"):
        plan_run(words(half_files, tmp_path / "out", "multiprocessing=lsf"))


def test_a_whole_run_that_is_submitted_may_find_its_queue_there(
    half_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    more = ("multiprocessing=lsf", "queue_run_command=qsub")
    assert plan_run(words(half_files, tmp_path / "out", *more)).outputs


def test_jobs_without_local_resolution_have_no_use(
    half_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    more = ("multiprocessing=slurm", "local_resolution_map=False")
    (warning,) = plan_run(words(half_files, tmp_path / "out", *more)).warnings
    assert "multiprocessing = slurm has no effect" in warning


def test_jobs_have_no_use_for_a_b_factor(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    more = ("sharpening_method=b-factor", "multiprocessing=slurm", "n_jobs=3")
    plan = plan_run(words(half_files, tmp_path / "out", *more))
    assert sum("has no effect in B-factor sharpening" in text for text in plan.warnings) == 2
