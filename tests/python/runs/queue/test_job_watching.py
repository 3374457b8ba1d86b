"""Jobs that are gone: what queueing systems say of them, and how the wait ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from map_sharpening.errors import ClusterError
from map_sharpening.progress import SilentProgress
from map_sharpening.runs.queue.ending import JOB_FILE, JOB_PROGRESS, Job
from map_sharpening.runs.queue.submission import Submission, wait_for
from map_sharpening.runs.queue.watching import why_gone

SLURM, PBS, SGE, LSF = (
    ("sbatch", "Submitted batch job 71", "squeue"),
    ("qsub", "71.head", "qstat"),
    ("qsub", 'Your job 71 ("queued_run.sh") has been submitted', "qstat"),
    ("bsub", "Job <71> is submitted to queue <short>.", "bjobs"),
)
PBS_TABLE = """echo "Job id  Name  User  Time Use S Queue
------- ---- ---- -------- - -----
71.head queued_run.sh me 00:00:01 {} short" """


def play(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def job_in(folder: Path, system: tuple[str, str, str], answer: str) -> Job:
    """Return a job of a queueing system, whose answer to the question is played."""
    submit, submitted, asked = system
    play(folder, asked, f'echo "$@" > {folder}/asked\n{answer}')
    return Job((str(folder / submit),), submitted)


@pytest.mark.parametrize(
    ("system", "answer", "said"),
    [
        (SLURM, "exit 0", "squeue says nothing of it"),
        (SLURM, "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", "Invalid"),
        (PBS, "echo 'qstat: Unknown Job Id 71.head' >&2; exit 153", "Unknown Job Id"),
        (PBS, "echo 'qstat: 71.head Job has finished, use -x' >&2; exit 35", "has finished"),
        (PBS, PBS_TABLE.format("C"), "qstat says C"),
        (SGE, "echo 'Following jobs do not exist: 71' >&2; exit 1", "do not exist"),
        (LSF, "echo EXIT", "bjobs says EXIT"),
        (LSF, "echo 'Job <71> is not found' >&2; exit 255", "is not found"),
    ],
)
def test_a_job_that_is_gone_is_told_in_the_words_of_its_system(
    tmp_path: Path, system: tuple[str, str, str], answer: str, said: str
) -> None:
    assert said in why_gone(job_in(tmp_path, system, answer))


@pytest.mark.parametrize(
    ("system", "answer"),
    [
        (SLURM, "echo RUNNING"),
        (SLURM, "echo PENDING"),
        (SLURM, "echo 'Unable to contact slurm controller' >&2; exit 1"),
        (PBS, PBS_TABLE.format("R")),
        (PBS, PBS_TABLE.format("E")),
        (PBS, "echo 'qstat: cannot connect to server' >&2; exit 111"),
        (SGE, "echo 'job_number: 71'"),
        (LSF, "echo PEND"),
        (LSF, "echo UNKWN"),
    ],
)
def test_a_job_that_may_be_there_is_not_taken_for_gone(
    tmp_path: Path, system: tuple[str, str, str], answer: str
) -> None:
    assert why_gone(job_in(tmp_path, system, answer)) == ""


def test_a_job_of_another_cluster_is_looked_for_there(tmp_path: Path) -> None:
    system = ("sbatch", "Submitted batch job 71 on cluster big", "squeue")
    assert why_gone(job_in(tmp_path, system, "echo CLUSTER: big; echo RUNNING")) == ""
    asked = (tmp_path / "asked").read_text()
    assert asked == "--clusters=big --noheader --format=%T --jobs 71\n"
    assert why_gone(job_in(tmp_path, system, "echo CLUSTER: big"))


@pytest.mark.parametrize("job", [Job(("/no/sbatch",), "71"), Job(("my_submit",), "71")])
def test_where_nobody_can_be_asked_a_job_is_waited_for(job: Job) -> None:
    assert why_gone(job) == ""


def submission_in(folder: Path, job: Job) -> Submission:
    (folder / JOB_FILE).write_text(job.text())
    (folder / JOB_PROGRESS).write_text('{"stage":"local","done":1,"total":9,"msg":""}\n')
    paths = [folder / f"queued_run.{suffix}" for suffix in ("sh", "eff", "progress", "log")]
    return Submission(job.answer, *paths)


def test_the_wait_for_a_job_that_was_killed_ends_with_how_slurm_accounts_for_it(
    tmp_path: Path,
) -> None:
    play(tmp_path, "sacct", "echo TIMEOUT")
    job = job_in(tmp_path, SLURM, "exit 0")
    words = r"job 71 is gone .*squeue says nothing of it, sacct says TIMEOUT; .*queued_run\.log"
    with pytest.raises(ClusterError, match=words):
        wait_for(submission_in(tmp_path, job), SilentProgress(), pause=0.0)


def test_last_lines_that_come_late_are_read(tmp_path: Path) -> None:
    late = f"""echo '{{"exit":0}}' >> {tmp_path / JOB_PROGRESS}"""
    wait_for(submission_in(tmp_path, job_in(tmp_path, SLURM, late)), SilentProgress(), pause=0.0)
    assert (tmp_path / "asked").exists()
