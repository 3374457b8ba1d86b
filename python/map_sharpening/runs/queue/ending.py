"""A job that was submitted: which one it is, how it ended, and ending it before."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from map_sharpening.errors import ClusterError
from map_sharpening.io.progress_file import last_line
from map_sharpening.runs.queue.commands import said_by

#: In the output folder: the command that submitted the run, and what it answered.
JOB_FILE, JOB_PROGRESS = "queued_run.job", "queued_run.progress"

#: Commands that end a job, by those that submit one.
_ENDED_BY = {"sbatch": "scancel", "qsub": "qdel", "bsub": "bkill"}
#: Where answers have the job: Slurm, SGE, LSF; that of PBS, and of sbatch --parsable, is the job.
_JOB = re.compile(r"batch job (\d+)|[Yy]our job (\d+)|Job <(\d+)>|^(\d[\w.\[\]-]*)(?:;\S+)?$")
#: Where Slurm names another cluster than its own: in its words, and with --parsable.
_CLUSTER = re.compile(r"batch job \d+ on cluster (\S+)|^\d+;(\S+)$")


@dataclass(frozen=True)
class Job:
    """A job as the queueing system knows it."""

    command: tuple[str, ...]  #: that submitted it
    answer: str  #: empty while the command has not answered

    def text(self) -> str:
        """Return it as a file keeps it."""
        return json.dumps({"command": self.command, "answer": self.answer}) + "\n"

    @property
    def number(self) -> str | None:
        """What the queueing system calls it; None: the answer doesn't say."""
        found = _JOB.search(self.answer)
        return None if found is None else next(group for group in found.groups() if group)

    @property
    def submitter(self) -> str:
        """The name of the command that submitted it, such as sbatch."""
        return Path(self.command[0]).name

    @property
    def cluster(self) -> str | None:
        """Where Slurm put it, if not on its own cluster: there the number is another job's."""
        found = _CLUSTER.search(self.answer) if self.submitter == "sbatch" else None
        return None if found is None else found.group(1) or found.group(2)

    def command_beside(self, name: str) -> str:
        """Return another command of the queueing system, where that which submitted it is."""
        submit = Path(self.command[0])
        # What was given with its folder is not on PATH.
        return str(submit.with_name(name)) if submit.parent.name else name

    def ending(self) -> list[str] | None:
        """Return the command that ends it; None: not known."""
        name, number = _ENDED_BY.get(self.submitter), self.number
        if name is None or number is None:
            return None
        elsewhere = [] if self.cluster is None else ["-M", self.cluster]
        return [self.command_beside(name), *elsewhere, number]


def job_of(folder: Path) -> Job | None:
    """Return the job that was submitted for an output folder, or None.

    Raises
    ------
    ClusterError
        If the file that tells it can't be read.
    """
    try:
        found = json.loads(last_line(folder / JOB_FILE))
        command, answer = found["command"], found["answer"]
    except (ValueError, KeyError, TypeError):
        return None
    except OSError as error:
        raise ClusterError(
            f"{folder / JOB_FILE} can't be read: {error.strerror}; it says which job the run is, "
            "look for it in the queue yourself"
        ) from error
    if not isinstance(command, list) or not command or not isinstance(answer, str):
        return None
    return Job(tuple(map(str, command)), answer)


def is_being_submitted(folder: Path) -> bool:
    """Whether the command that submits a run has been called and has not answered."""
    job = job_of(folder)
    return job is not None and not job.answer


def exit_of_job(folder: Path) -> int | None:
    """Return the exit status of the job of an output folder; None: it goes on, or is none."""
    try:
        status = json.loads(last_line(folder / JOB_PROGRESS))["exit"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return status if isinstance(status, int) else None


def end_job(folder: Path) -> None:
    """End the job of an output folder, if there is one that goes on.

    Raises
    ------
    ClusterError
        If it isn't known how, or the queueing system refuses.
    """
    job = job_of(folder)
    if job is None or exit_of_job(folder) is not None:
        return
    if not job.answer:
        raise ClusterError(
            f"the job is being submitted: {job.command[0]} has not answered yet; cancel again "
            "when it has, or look for the job in the queue and end it yourself"
        )
    words = job.ending()
    if words is None:
        raise ClusterError(
            f"the job goes on: {job.command[0]} answered {job.answer!r}, and how such a job is "
            "ended is not known here; end it yourself"
        )
    _call(words)


def _call(words: Sequence[str]) -> None:
    if shutil.which(words[0]) is None:
        raise ClusterError(
            f"the job goes on: there is no {words[0]}; end job {words[-1]} yourself"
        )
    try:
        said = said_by(words)
    except OSError as error:
        raise ClusterError(
            f"the job goes on: {words[0]} can't be started: {error.strerror}; end job {words[-1]} "
            "yourself"
        ) from error
    if said.returncode != 0:
        reason = " ".join((said.stderr or said.stdout).split()) or "it gave no reason"
        raise ClusterError(
            f"{' '.join(words)} failed with exit status {said.returncode}: {reason}; check "
            "whether the job goes on, and end it yourself"
        )
