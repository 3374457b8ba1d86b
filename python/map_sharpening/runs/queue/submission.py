"""A whole run as one job of a queueing system: a script and its parameters, submitted."""

from __future__ import annotations

import math
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from map_sharpening.errors import ClusterError, ParameterError
from map_sharpening.io.progress_file import last_line, progress_records
from map_sharpening.io.staging import StagedOutputs, write_text_file
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.own_command import own_command
from map_sharpening.phil import AUTO, write_all
from map_sharpening.progress import Progress
from map_sharpening.runs.plan import Plan
from map_sharpening.runs.queue.commands import said_by
from map_sharpening.runs.queue.ending import JOB_FILE, Job, job_of
from map_sharpening.runs.queue.watching import SECONDS_BETWEEN_QUESTIONS, Watch

_NAME = "queued_run"
_SUFFIXES = ("sh", "eff", "progress", "log", "job")
#: The job itself must neither submit nor wait.
_IN_THE_JOB = {"control.queue_run_command": None, "control.wait_for_job": False}


@dataclass(frozen=True)
class Submission:
    """A job that was submitted, and the files to follow it by."""

    answer: str  #: output of the submit command, one line
    script: Path
    parameters: Path
    progress: Path  #: JSON lines; the last one is the job's exit status
    log: Path  #: warnings and errors of the run

    @property
    def goes_on(self) -> str:
        """What is true of the job when whoever submitted it is interrupted."""
        return f"the job was submitted and goes on, its progress is in {self.progress}"


def submit(plan: Plan[Any]) -> Submission:
    """Write a run as a script and a parameter file into the output folder, and submit it.

    Inputs and outputs were checked by the plan and are checked again in the job, except for the
    memory: the job's machine is another one.

    Raises
    ------
    ParameterError
        If the submit command can't be taken apart into words.
    ClusterError
        If it isn't there, or refuses the job; the script stays.
    OutputError
        If the outputs can't be written.
    KeyboardInterrupt
        With the text `Submission.goes_on` if it came when the queue had taken the job.
    """
    command: str = plan.params.control.queue_run_command
    words = _words(command)
    folder = plan.directory.absolute()
    paths = {suffix: folder / f"{_NAME}.{suffix}" for suffix in _SUFFIXES}
    changed: dict[str, object] = dict(_IN_THE_JOB)
    if plan.resolution_how != GIVEN:
        # The job finds it again, and says where.
        changed["crystal_info.resolution"] = AUTO
    texts = {
        "sh": _script(command, paths),
        "eff": write_all(plan.fetched.with_values(changed)),
        "progress": "",
        "log": "",
        "job": Job(tuple(words), "").text(),  # nothing of a run before, and no answer yet
    }
    with StagedOutputs(inputs=plan.input_files, overwrite=plan.params.output.overwrite) as staged:
        staged.reserve(plan.sizes(), plan.work_sizes())
        for suffix, text in texts.items():
            temporary = staged.temporary_path(paths[suffix])
            write_text_file(temporary, text, is_executable=suffix == "sh")

    def note_job(text: str) -> None:
        with StagedOutputs(inputs=plan.input_files, overwrite=True) as staged:
            write_text_file(staged.temporary_path(folder / JOB_FILE), text)

    try:
        answer = _call(command, [*words, str(paths["sh"])])
    except ClusterError:
        note_job("")  # there is none
        raise
    job = Submission(answer, paths["sh"], paths["eff"], paths["progress"], paths["log"])
    try:
        note_job(Job(tuple(words), answer).text())
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(job.goes_on) from interrupt
    return job


def require_submitter(command: str) -> None:
    """Check that a submit command is there.

    Raises
    ------
    ParameterError
        If it can't be taken apart into words.
    ClusterError
        If it can't be started.
    """
    first = _words(command)[0]
    if shutil.which(first) is None:
        raise ClusterError(
            f"queue_run_command is {command}, but {first} can't be started: it is not there; run "
            "where jobs can be submitted"
        )


def wait_for(
    submission: Submission, progress: Progress, pause: float = SECONDS_BETWEEN_QUESTIONS
) -> None:
    """Follow a job to its end; each pause (s), its queueing system is asked for it.

    Raises
    ------
    ClusterError
        If the run failed, with its last words; or if its queueing system knows it no more.
    """
    job = job_of(submission.progress.parent)
    watch = None if job is None else Watch(job, submission.log, pause).look
    for record in progress_records(submission.progress, watch):
        if "stage" in record:
            progress.stage(record["stage"], record["done"], record["total"], record["msg"])
        elif "curve" in record:
            x, y = (
                [math.nan if value is None else value for value in record[axis]] for axis in "xy"
            )
            progress.curve(record["curve"], x, y)
        elif record["exit"] != 0:
            raise ClusterError(
                f"the job ended with exit status {record['exit']}: "
                f"{last_line(submission.log) or 'it said nothing'} ({submission.log})"
            )


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ParameterError(
            f"queue_run_command is {command}, in which a quotation mark has no partner; give a "
            "command such as sbatch"
        ) from error
    if not words or not words[0]:
        raise ParameterError("queue_run_command is empty; give a command such as sbatch")
    return words


def _script(command: str, paths: dict[str, Path]) -> str:
    program, folder = shlex.join(own_command()), shlex.quote(str(Path.cwd()))
    at = {suffix: shlex.quote(str(path)) for suffix, path in paths.items()}
    return f"""\
#!/bin/sh
# A run of map_sharpening, written to be submitted by: {" ".join(command.split())}
for file in {at["progress"]} {at["log"]}; do
  # A link that another user puts there would let this job write into any file of its owner.
  if [ -n "$(find "$file" -prune '(' ! -type f -o ! -links 1 ')' 2>/dev/null)" ]; then
    echo "map_sharpening: $file is a link, or no file; remove it, and submit the run again" \
      "with an output_directory that no other user may write to" >&2
    exit 1
  fi
done
{{
  cd {folder} &&
    {program} {at["eff"]} --progress json
}} >> {at["progress"]} 2> {at["log"]}
status=$?
printf '{{"exit":%d}}\\n' "$status" >> {at["progress"]}
exit "$status"
"""


def _call(command: str, words: list[str]) -> str:
    try:
        said = said_by(words)
    except OSError as error:
        raise ClusterError(
            f"queue_run_command is {command}, but {words[0]} can't be started: {error.strerror}; "
            f"run where jobs can be submitted, or submit {words[-1]} yourself"
        ) from error
    if said.returncode != 0:
        reason = " ".join((said.stderr or said.stdout).split()) or "it gave no reason"
        raise ClusterError(
            f"{command} refused the job with exit status {said.returncode}: {reason}; fix it, or "
            f"submit {words[-1]} yourself"
        )
    return " ".join((said.stdout or said.stderr).split()) or f"by {command}, which said nothing"
