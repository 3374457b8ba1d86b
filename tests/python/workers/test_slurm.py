"""A real Slurm on this machine: pools of jobs, and whole runs as jobs."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import worker_tasks as tasks
from half_map_files import RESOLUTION

from map_sharpening import cli
from map_sharpening.errors import ClusterError
from map_sharpening.run import run
from map_sharpening.runs.queue import submission
from map_sharpening.workers import InThisProcess, QueueSettings, index_ranges, queue_pool

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.xdist_group("slurm")]

SLURM = Path(__file__).parents[2] / "slurm" / "slurm.sh"
PLANES = index_ranges(32, 3)


@pytest.fixture(scope="module", autouse=True)
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start a Slurm in a folder of its own; skip where it isn't installed or doesn't start."""
    folder = tmp_path_factory.mktemp("slurm")
    started = subprocess.run(
        ["bash", SLURM, "start", folder], capture_output=True, text=True, check=False
    )
    if started.returncode != 0:
        pytest.skip(f"no Slurm here: {' '.join(started.stderr.split())}")
    with pytest.MonkeyPatch.context() as changes:
        changes.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        helpers = [str(Path(__file__).parents[1] / "helpers"), os.environ.get("PYTHONPATH", "")]
        changes.setenv("PYTHONPATH", os.pathsep.join(filter(None, helpers)))
        yield
    subprocess.run(["bash", SLURM, "stop", folder], check=True)


def settings(folder: Path, **changes: object) -> QueueSettings:
    pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")
    given = {"n_jobs": 2, "memory": 0.5, "walltime": 0.1, "queue": "short", "interface": "lo"}
    return QueueSettings("slurm", folder, **(given | changes))  # type: ignore[arg-type]


def running_jobs() -> list[str]:
    said = subprocess.run(
        ["squeue", "--noheader", "--states=running", "--format=%i"],
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.split()


def test_jobs_give_what_this_process_gives_also_if_a_worker_is_killed(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    function = partial(tasks.power_unless_first, half_files[0], tmp_path / "died")
    with queue_pool(settings(tmp_path)) as pool:
        found = list(pool.run(function, PLANES))
    assert (tmp_path / "died").exists()
    assert found == list(InThisProcess().run(function, PLANES))


def test_a_job_that_is_killed_is_replaced(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    dask = pytest.importorskip("dask", reason="the extra [cluster] is not installed")
    function = partial(tasks.power_of_planes, half_files[0])
    at_once = dask.config.set({"distributed.deploy.lost-worker-timeout": "0.1s"})
    with at_once, queue_pool(settings(tmp_path, n_jobs=1)) as pool:
        ((_, (number, _)),) = pool.run(tasks.where, [PLANES[0]])
        assert running_jobs() == [number]
        subprocess.run(["scancel", "--signal=KILL", "--full", number], check=True)
        assert list(pool.run(function, PLANES)) == list(InThisProcess().run(function, PLANES))
        assert running_jobs() not in ([], [number])


def test_a_run_with_jobs_gives_the_same_maps(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")
    words = [f"half_map={path}" for path in half_files]
    words += [f"resolution={RESOLUTION}", "local_sharpen=True", "report=False"]
    jobs = ["multiprocessing=slurm", "n_jobs=2", "memory=0.5", "network_interface=lo"]
    maps = []
    for folder, more in ((tmp_path / "here", []), (tmp_path / "jobs", jobs)):
        run([*words, f"output_directory={folder}", *more])
        paths = [*folder.glob("*.ccp4"), *folder.glob("*.mrc")]
        maps.append({path.name: path.read_bytes() for path in paths})
    assert {"local_resolution_map.mrc", "sharpened_map.ccp4"} <= maps[0].keys()
    assert maps[0] == maps[1]


def test_a_partition_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(ClusterError, match=r"slurm refused a job: .*[Ii]nvalid partition"),
        queue_pool(settings(tmp_path, queue="long")) as pool,
    ):
        list(pool.run(tasks.where, PLANES))


def test_a_whole_run_is_a_job_with_the_same_map(
    half_files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        f"half_map={half_files[0]}",
        f"half_map={half_files[1]}",
        f"resolution={RESOLUTION}",
        "report=False",
    ]
    run([*words, f"output_directory={tmp_path / 'here'}"])
    sbatch = "queue_run_command=sbatch --partition=short --output=/dev/null"
    there = [*words, f"output_directory={tmp_path / 'job'}", sbatch, "wait_for_job=True"]
    assert cli.main(there) == 0
    assert "Submitted batch job " in capsys.readouterr().out
    maps = [tmp_path / folder / "sharpened_map.ccp4" for folder in ("here", "job")]
    assert maps[0].read_bytes() == maps[1].read_bytes()


def test_what_sbatch_says_of_a_bad_option_is_told(
    half_files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(path) for path in half_files]
    words += [f"resolution={RESOLUTION}", f"output_directory={tmp_path}"]
    assert cli.main([*words, "queue_run_command=sbatch --partition=long"]) == 2
    assert "invalid partition" in capsys.readouterr().err


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true; a test that hangs is ended by its runner."""
    while not condition():
        time.sleep(0.1)


def jobs_left() -> list[str]:
    said = subprocess.run(
        ["squeue", "--noheader", "--format=%i %t"], capture_output=True, text=True, check=True
    )
    return [line for line in said.stdout.splitlines() if not line.endswith(" CG")]


def slow_sbatch(folder: Path) -> Path:
    """Return an sbatch whose jobs only sleep, with its scancel beside it."""
    folder.mkdir()
    script = folder / "sbatch"
    script.write_text(
        f"#!/bin/sh\nexec {shutil.which('sbatch')} -p short -o /dev/null --wrap='sleep 600'\n"
    )
    script.chmod(0o755)
    (folder / "scancel").symlink_to(str(shutil.which("scancel")))
    return script


@pytest.mark.parametrize("state_of_job", ["running", "pending"])
def test_a_job_of_the_interface_is_ended_with_its_run(
    half_files: tuple[Path, Path], tmp_path: Path, state_of_job: str
) -> None:
    pytest.importorskip("nicegui", reason="needs the extra [gui]")
    from map_sharpening.gui import inputs
    from map_sharpening.gui.state import RESOLUTION as RESOLUTION_PATH
    from map_sharpening.gui.state import Draft, State

    names = [shutil.copy(file, tmp_path) for file in half_files[:2]]
    state, draft = State(tmp_path), Draft()
    assert inputs.recognise(state, draft, [Path(name).name for name in names]) == []
    sbatch = "sbatch --partition=short --output=/dev/null --begin=now+1hour"
    if state_of_job == "running":
        sbatch = str(slow_sbatch(tmp_path / "bin"))
    draft.values = {RESOLUTION_PATH: str(RESOLUTION), "control.queue_run_command": sbatch}
    run = state.add_run(draft)
    until(lambda: state.run(run.name).job is not None or state.run(run.name).is_over)
    assert state.run(run.name).stage == "running", state.run(run.name).log()
    until(lambda: len(jobs_left()) == 1 and (state_of_job == "pending" or running_jobs() != []))
    state.cancel(state.run(run.name))
    until(lambda: state.run(run.name).is_over and not jobs_left())
    assert state.run(run.name).stage == "cancelled"
    assert not list((tmp_path / run.name).glob("sharpened_map*"))
    assert not list((tmp_path / run.name).glob(".*"))


def test_the_wait_for_a_job_that_is_killed_ends_in_words(
    half_files: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(submission, "wait_for", partial(submission.wait_for, pause=0.5))
    sbatch = slow_sbatch(tmp_path / "bin")
    for name in ("squeue", "sacct"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))

    def kill() -> None:
        until(lambda: running_jobs() != [])
        subprocess.run(["scancel", "--signal=KILL", "--full", *running_jobs()], check=True)

    killer = threading.Thread(target=kill)
    killer.start()
    words = [str(file) for file in half_files[:2]]
    words += [f"resolution={RESOLUTION}", f"output_directory={tmp_path / 'out'}"]
    assert cli.main([*words, f"queue_run_command={sbatch}", "wait_for_job=True"]) == 2
    killer.join()
    assert "is gone without having said how it ended: squeue says" in capsys.readouterr().err
