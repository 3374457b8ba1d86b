"""Whether the queueing system still knows a job: one that is killed says nothing itself."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from map_sharpening.errors import ClusterError
from map_sharpening.runs.queue.commands import said_by
from map_sharpening.runs.queue.ending import Job

SECONDS_BETWEEN_QUESTIONS = 30.0
_LONGEST_ANSWER = 60.0  #: s, that a queueing system may take

#: What is asked, by the command that submitted the job; its number follows.
_QUESTIONS = {
    "sbatch": ("squeue", "--noheader", "--format=%T", "--jobs"),
    "bsub": ("bjobs", "-noheader", "-o", "stat"),
    "qsub": ("qstat",),
}
_SGE = re.compile(r"[Yy]our job \d+")
#: How Slurm, PBS, SGE and LSF say that there is no such job, or no longer.
_NO_SUCH_JOB = re.compile(
    r"invalid job id|unknown job|job has finished|do not exist|job <\S+> is not found",
    re.IGNORECASE,
)
#: States of LSF and PBS in which a job stays known for a while.
_ENDED = {"DONE", "EXIT", "C", "F", "X"}


class Watch:
    """Asks now and then whether a job is still there, while one waits for it.

    Parameters
    ----------
    pause : float
        Seconds between two questions.
    """

    def __init__(self, job: Job, log: Path, pause: float) -> None:
        self._job, self._log, self._pause = job, log, pause
        self._next = time.monotonic() + pause
        self._was_gone = False

    def look(self) -> None:
        """Ask, if it is time.

        Raises
        ------
        ClusterError
            If the job was gone at two questions; after the first one, its last lines may still
            be on their way from the other machine.
        """
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._pause
        gone = why_gone(self._job)
        if gone and self._was_gone:
            raise ClusterError(
                f"job {self._job.number} is gone without having said how it ended: {gone}; it was "
                "killed (by somebody, or for its time or memory), or its machine failed; see "
                f"{self._log}, and submit it again"
            )
        self._was_gone = bool(gone)


def why_gone(job: Job) -> str:
    """Return what the queueing system says of a job that is gone; nothing: it may be there.

    Nothing is also returned where the question is not known, or not answered.
    """
    words = _question(job)
    if words is None:
        return ""
    said = _answer(words)
    if said is None:
        return ""
    if said.returncode != 0:
        text = " ".join((said.stderr or said.stdout).split())
        is_gone = _NO_SUCH_JOB.search(text) is not None
    else:
        lines = [line for line in said.stdout.splitlines() if not line.startswith("CLUSTER:")]
        text = _state(job, lines)
        is_gone = text in _ENDED if text else job.submitter == "sbatch"
    if not is_gone:
        return ""
    return f"{Path(words[0]).name} says {text or 'nothing of it'}{_accounted(job)}"


def _question(job: Job) -> list[str] | None:
    question = _QUESTIONS.get(job.submitter)
    if question is None or job.number is None:
        return None
    name, *options = question
    if _SGE.search(job.answer):
        options.append("-j")
    return [job.command_beside(name), *_on_cluster(job), *options, job.number]


def _on_cluster(job: Job) -> list[str]:
    return [] if job.cluster is None else [f"--clusters={job.cluster}"]


def _state(job: Job, lines: list[str]) -> str:
    """Return a job's state from the answer to the question; of SGE: that it is known."""
    words = lines[-1].split() if lines else []
    if _SGE.search(job.answer) or not words:
        return "known" if words else ""
    # The table of PBS ends with state and queue.
    return words[-2] if job.submitter == "qsub" and len(words) > 1 else words[0]


def _accounted(job: Job) -> str:
    """Return how Slurm's accounting says that a job ended, if there is one."""
    if job.submitter != "sbatch":
        return ""
    asked = ("--noheader", "--parsable2", "--allocations", "--format=State", "--jobs")
    sacct = job.command_beside("sacct")
    said = _answer([sacct, *_on_cluster(job), *asked, str(job.number)])
    state = "" if said is None or said.returncode != 0 else said.stdout.strip()
    return f", sacct says {state.splitlines()[0]}" if state else ""


def _answer(words: list[str]) -> subprocess.CompletedProcess[str] | None:
    """Return what a command says; None: it isn't there, or doesn't answer in time."""
    try:
        return said_by(words, _LONGEST_ANSWER)
    except (OSError, subprocess.TimeoutExpired):
        return None
