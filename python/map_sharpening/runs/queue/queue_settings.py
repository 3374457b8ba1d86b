"""What a run asks a queueing system for, so that jobs do parts of its work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from map_sharpening.parameters.reading import thread_count
from map_sharpening.phil import Values

if TYPE_CHECKING:
    from map_sharpening.workers import QueueSettings

_THIS_MACHINE = "multiprocessing"


def queue_settings(params: Values, folder: Path, notes: list[str]) -> QueueSettings | None:
    """Return what to ask the queueing system for, or None for work on this machine.

    Also None if there is nothing for jobs to do, about which the plan warns.

    Raises
    ------
    ParameterError
        If the folder can't be one of a queueing system's logs.
    ClusterError
        If jobs can't be submitted here, and the run itself is not submitted.
    """
    control = params.control
    system = control.multiprocessing
    if system == _THIS_MACHINE:
        return None
    from map_sharpening.workers import QueueSettings, require_queue

    work = []
    if params.sharpening.local_sharpen:
        work.append("windows of the local filter are worked on")
    if params.sharpening.local_resolution_map:
        work.append("local resolution is measured")
    if not work:
        return None
    notes.append(f"{' and '.join(work)} by {control.n_jobs} jobs of {system}")
    settings = QueueSettings(
        system=system,
        folder=folder,
        n_jobs=control.n_jobs,
        n_cores=thread_count(params) or 1,
        memory=control.memory,
        walltime=control.walltime,
        queue=control.queue,
        extra_directives=tuple(control.extra_directives),
        interface=control.network_interface,
    )
    if control.queue_run_command is None:
        require_queue(settings)
    return settings
