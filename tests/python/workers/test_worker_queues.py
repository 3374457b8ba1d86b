"""Workers as jobs of queueing systems: scripts as text, and Slurm's commands played by scripts."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import worker_tasks as tasks
from played_queue import SBATCH, SCANCEL

from map_sharpening.errors import ClusterError, ParameterError
from map_sharpening.workers import (
    InThisProcess,
    QueueSettings,
    index_ranges,
    job_script,
    queue_pool,
)

pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")

SYSTEMS = ("slurm", "pbs", "pbspro", "sge", "lsf", "condor")
PLANES = index_ranges(32, 3)
REFUSING = """\
#!/bin/sh
echo "sbatch: error: Unable to contact slurm controller (connect failure)" >&2
exit 1
"""
# A node that has no such Python, say.
FAILING = """\
#!/bin/sh
log=$(sed -n 's/^#SBATCH -e \\(.*\\)%J.err/\\1/p' "$1")17.err
sed 's/^[^ ]*python /no_such_python /' "$1" > {folder}/job.$$
bash {folder}/job.$$ 2> "$log"
echo "Submitted batch job 17"
"""


def settings(folder: Path, system: str = "slurm", **changes: object) -> QueueSettings:
    given = {"n_jobs": 2, "n_cores": 4, "memory": 3.5, "walltime": 2.5, "queue": "short"}
    return QueueSettings(system, folder, **(given | changes))  # type: ignore[arg-type]


def directives(folder: Path, system: str, **changes: object) -> list[str]:
    """Return the head of a job's script, without the lines of the logs."""
    lines = job_script(settings(folder, system, **changes)).splitlines()[1:]
    return [line for line in lines if line and not ("dask_worker" in line or str(folder) in line)]


def test_script_of_slurm(tmp_path: Path) -> None:
    assert directives(tmp_path, "slurm", extra_directives=("-A structure",)) == [
        "#SBATCH -J map_sharpening",
        "#SBATCH -p short",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=4G",
        "#SBATCH -t 02:30:00",
        "#SBATCH -A structure",
    ]


def test_script_of_pbs(tmp_path: Path) -> None:
    assert directives(tmp_path, "pbs") == [
        "#PBS -N map_sharpening",
        "#PBS -q short",
        "#PBS -l nodes=1:ppn=4,mem=3500mb",
        "#PBS -l walltime=02:30:00",
    ]


def test_script_of_pbspro(tmp_path: Path) -> None:
    assert directives(tmp_path, "pbspro") == [
        "#PBS -N map_sharpening",
        "#PBS -q short",
        "#PBS -l select=1:ncpus=4:mem=3338MB",
        "#PBS -l walltime=02:30:00",
    ]


def test_script_of_sge(tmp_path: Path) -> None:
    assert directives(tmp_path, "sge", extra_directives=("-pe smp 4",)) == [
        "#$ -N map_sharpening",
        "#$ -q short",
        "#$ -l h_rt=02:30:00",
        "#$ -cwd",
        "#$ -j y",
        "#$ -pe smp 4",
    ]


def test_script_of_lsf(tmp_path: Path) -> None:
    assert directives(tmp_path, "lsf") == [
        "#BSUB -J map_sharpening",
        "#BSUB -q short",
        "#BSUB -n 4",
        '#BSUB -R "span[hosts=1]"',
        "#BSUB -M 3500000",
        "#BSUB -W 02:30",
    ]


def test_script_of_condor(tmp_path: Path) -> None:
    lines = directives(tmp_path, "condor", extra_directives=("accounting_group = structure",))
    assert {
        "MY.DaskWorkerCores = 4",
        "MY.DaskWorkerMemory = 3500000000",
        "accounting_group = structure",
        "Executable = /bin/sh",
    } <= set(lines)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_worker_does_one_task_at_a_time_within_the_limit_of_the_queue(
    system: str, tmp_path: Path
) -> None:
    script = job_script(settings(tmp_path, system))
    command = next(line for line in script.splitlines() if "dask_worker" in line)
    assert "--nthreads 1 --memory-limit 0 --no-dashboard" in command
    assert command.rindex("--nthreads 1") > command.index("--nthreads 4")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": "cron"}, "the queueing system is cron; expected one of slurm, pbs"),
        ({"n_jobs": 0}, "n_jobs is 0; expected more than 0"),
        ({"memory": float("nan")}, "memory is nan"),
        ({"folder": Path("/a b")}, "has a space in its name"),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        QueueSettings(**({"system": "slurm", "folder": Path("/a")} | changes))  # type: ignore[arg-type]


def test_a_directive_without_a_value_is_refused_for_condor(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="expected name = value"):
        job_script(settings(tmp_path, "condor", extra_directives=("-A structure",)))


def test_a_missing_command_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match="there is no command bsub on this machine"):
        queue_pool(settings(tmp_path, "lsf")).__enter__()


@pytest.mark.slow
def test_jobs_give_what_this_process_gives_also_if_one_is_killed(
    half_files: tuple[Path, Path], play: Callable[..., None], tmp_path: Path
) -> None:
    play(sbatch=SBATCH, scancel=SCANCEL)
    sign = tmp_path / "died"
    function = partial(tasks.power_unless_first, half_files[0], sign)
    with queue_pool(settings(tmp_path, interface="lo")) as pool:
        found = list(pool.run(function, PLANES))
    assert found == list(InThisProcess().run(function, PLANES))
    assert not list(tmp_path.glob("queue_logs_*"))


@pytest.mark.slow
def test_a_job_that_is_lost_is_replaced(
    half_files: tuple[Path, Path], play: Callable[..., None], tmp_path: Path
) -> None:
    dask = pytest.importorskip("dask")
    play(sbatch=SBATCH, scancel=SCANCEL)
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "0.1s"}),
        queue_pool(settings(tmp_path, n_jobs=1, interface="lo")) as pool,
    ):
        function = partial(tasks.power_of_planes, half_files[0])
        before = list(pool.run(function, PLANES))
        number = int((tmp_path / "job_numbers").read_text())
        os.killpg(number, signal.SIGKILL)
        assert list(pool.run(function, PLANES)) == before
    assert len((tmp_path / "job_numbers").read_text().split()) == 2


def test_a_queue_that_refuses_jobs_is_quoted(play: Callable[..., None], tmp_path: Path) -> None:
    play(sbatch=REFUSING, scancel=SCANCEL)
    with (
        pytest.raises(ClusterError, match=r"slurm refused a job: .*Unable to contact slurm contr"),
        queue_pool(settings(tmp_path)) as pool,
    ):
        list(pool.run(tasks.late_first, PLANES))


@pytest.mark.slow
def test_jobs_that_end_at_once_are_an_error_with_their_log(
    play: Callable[..., None], tmp_path: Path
) -> None:
    dask = pytest.importorskip("dask")
    play(sbatch=FAILING, scancel=SCANCEL)
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "0.1s"}),
        pytest.raises(ClusterError, match=r"all jobs of slurm have ended.*no_such_python.*not f"),
        queue_pool(settings(tmp_path)) as pool,
    ):
        list(pool.run(tasks.late_first, PLANES))
    assert list(tmp_path.glob("queue_logs_*"))


@pytest.mark.slow
def test_jobs_end_with_the_pool(play: Callable[..., None], tmp_path: Path) -> None:
    play(sbatch=SBATCH, scancel=SCANCEL)
    with queue_pool(settings(tmp_path, n_jobs=1, interface="lo")) as pool:
        list(pool.run(tasks.late_first, PLANES))
        number = int((tmp_path / "job_numbers").read_text())
        os.killpg(number, 0)
    for _ in range(100):
        try:
            os.killpg(number, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail(f"the processes of job {number} are still there")
