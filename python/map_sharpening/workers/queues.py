"""Workers that are jobs of a queueing system, through dask-jobqueue."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from map_sharpening.errors import ClusterError, ParameterError
from map_sharpening.io.job_logs import JobLogs
from map_sharpening.workers.dask_pool import (
    NO_DASHBOARD,
    DaskPool,
    address_of,
    allowed_deaths,
    certificates,
    one_line,
)
from map_sharpening.workers.extra import imported

#: The class of dask-jobqueue for each queueing system.
CLUSTERS = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "pbspro": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "condor": "HTCondorCluster",
}
_GRACE_SECONDS = 2.0
_ROLES = ("scheduler", "worker", "client")


@dataclass(frozen=True)
class QueueSettings:
    """What to ask a queueing system for.

    Raises
    ------
    ParameterError
        If a number is out of range or the system is unknown.
    """

    system: str  #: slurm, pbs, pbspro, sge, lsf or condor
    folder: Path  #: on a disk that all machines share; logs go into a new folder inside it
    n_jobs: int = 4  #: jobs, each with one worker that does one task at a time
    n_cores: int = 1  #: of a job, for the threads of a task
    memory: float = 4.0  #: of a job, GB (10⁹ bytes)
    walltime: float = 1.0  #: of a job, hours
    queue: str | None = None  #: queue or partition; None: the system's own choice
    extra_directives: tuple[str, ...] = ()  #: more lines for the head of the job's script
    interface: str | None = None  #: network interface; None: the host's own

    def __post_init__(self) -> None:
        if self.system not in CLUSTERS:
            raise ParameterError(
                f"the queueing system is {self.system}; expected one of {', '.join(CLUSTERS)}"
            )
        for name in ("n_jobs", "n_cores", "memory", "walltime"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name} is {getattr(self, name)}; expected more than 0")
        if any(character.isspace() for character in str(self.folder.absolute())):
            raise ParameterError(
                f"the folder {self.folder.absolute()} has a space in its name, which scripts of "
                "queueing systems can't hold; give another output folder"
            )


def job_script(settings: QueueSettings) -> str:
    """Return the script of one worker's job as text, without a scheduler or a queue."""
    job = _cluster_class(settings).job_cls
    options = _job_options(settings, settings.folder.absolute())
    return str(job("tls://scheduler:8786", name="worker", **options).job_script())


def require_queue(settings: QueueSettings) -> None:
    """Raise an error where jobs can't be submitted.

    Raises
    ------
    ClusterError
        If the extra isn't installed, or the system's command is missing.
    """
    command = _cluster_class(settings).job_cls.submit_command
    if shutil.which(command) is None:
        raise ClusterError(
            f"multiprocessing is {settings.system}, but there is no command {command} on this "
            "machine; run where jobs can be submitted, or leave multiprocessing out"
        )


@contextmanager
def queue_pool(settings: QueueSettings) -> Iterator[DaskPool]:
    """Open a pool of jobs of a queueing system; they are cancelled when the context ends.

    A lost job is replaced. The logs of the jobs are kept if the work ends in an error.

    Raises
    ------
    ClusterError
        If the extra isn't installed or the system's command is missing; later, while waiting
        for a result, if a job is refused or all jobs have ended.
    """
    require_queue(settings)
    cluster_class = _cluster_class(settings)
    if settings.interface is None:
        host = imported("distributed.utils").get_ip()
    else:
        host = address_of(settings.interface)
    logs = JobLogs(settings.folder)
    jobs = _Jobs(settings, logs)
    with (
        _shared_certificates(logs) as security,
        allowed_deaths(),
        cluster_class(
            job_cls=jobs.recorded(cluster_class.job_cls),
            interface=settings.interface,
            scheduler_options={"host": host, "dashboard_address": NO_DASHBOARD},
            protocol="tls://",
            security=security,
            silence_logs="critical",
            **_job_options(settings, logs.folder),
        ) as cluster,
        imported("distributed").Client(cluster, set_as_default=False) as client,
    ):
        jobs.keep(cluster)
        yield DaskPool(
            client, look_after=lambda: jobs.look_after(cluster), last_log=logs.last_trouble
        )
    logs.remove()


class _Jobs:
    """The jobs of a pool: those asked for, and those refused."""

    def __init__(self, settings: QueueSettings, logs: JobLogs) -> None:
        self._settings = settings
        self._logs = logs
        self._refusals: list[Exception] = []
        self._ended_since: float | None = None  #: since when all have ended; time.monotonic()

    def recorded(self, job_class: Any) -> Any:
        """Return a class of jobs that record refusals, which dask only logs, and their end."""
        logs, refusals = self._logs, self._refusals
        status = imported("distributed").Status

        class RecordedJob(job_class):  # type: ignore[misc]
            def __init__(self, scheduler: Any = None, name: Any = None, **options: Any) -> None:
                sign = f'trap "touch {logs.sign_of_end(name)}" EXIT'
                super().__init__(scheduler, name, job_script_prologue=[sign], **options)

            async def start(self) -> None:
                logs.expect(self.name)
                try:
                    await super().start()
                except (RuntimeError, ValueError, OSError) as error:
                    refusals.append(error)
                    self.status = status.running

            async def close(self) -> None:
                await super().close()
                self.status = status.closed

        return RecordedJob

    def keep(self, cluster: Any) -> None:
        """Ask for the jobs that are missing."""
        cluster.scale(jobs=self._settings.n_jobs)

    def look_after(self, cluster: Any) -> None:
        """Replace lost jobs; raise ClusterError if there is no worker and none will come."""
        self.keep(cluster)
        if cluster.scheduler_info["workers"]:
            self._ended_since = None
            return
        system = self._settings.system
        if self._refusals:
            raise ClusterError(
                f"{system} refused a job: {one_line(self._refusals[-1])}; check that it runs, and "
                "the parameters of the job"
            ) from self._refusals[-1]
        if self._all_ended_for_good(list(cluster.workers)):
            raise ClusterError(
                f"all jobs of {system} have ended before their workers could start; last log: "
                f"{self._logs.last_trouble() or f'none in {self._logs.folder}'}"
            )

    def _all_ended_for_good(self, names: list[str]) -> bool:
        """Whether dask would have replaced these jobs by now, if they had had workers."""
        if not names or not all(self._logs.sign_of_end(name).exists() for name in names):
            self._ended_since = None
            return False
        now = time.monotonic()
        if self._ended_since is None:
            self._ended_since = now
        patience = imported("dask").config.get("distributed.deploy.lost-worker-timeout")
        seconds = imported("dask.utils").parse_timedelta(patience) + _GRACE_SECONDS
        return bool(now - self._ended_since > seconds)


@contextmanager
def _shared_certificates(logs: JobLogs) -> Iterator[Any]:
    """Put certificates where the jobs can read them, while the context is open."""
    made = certificates()
    try:
        certificate = str(logs.keep_secret("certificate", made.tls_worker_cert))
        key = str(logs.keep_secret("key", made.tls_worker_key))
        yield imported("distributed").Security(
            require_encryption=True,
            tls_ca_file=certificate,
            **{f"tls_{role}_cert": certificate for role in _ROLES},
            **{f"tls_{role}_key": key for role in _ROLES},
        )
    finally:
        logs.remove_secrets()


def _cluster_class(settings: QueueSettings) -> Any:
    return getattr(imported("dask_jobqueue"), CLUSTERS[settings.system])


def _job_options(settings: QueueSettings, folder: Path) -> dict[str, Any]:
    return {
        "cores": settings.n_cores,
        "processes": 1,
        "memory": f"{settings.memory * 1e9:.0f}B",
        "job_name": "map_sharpening",
        "log_directory": str(folder),
        "python": sys.executable,
        # These come last and win: one task at a time, whose threads use all cores, and no
        # limit by dask, which counts mapped files as memory. The queue has its own limit.
        "worker_extra_args": ["--nthreads", "1", "--memory-limit", "0", "--no-dashboard"],
        **_options_of_system(settings),
    }


def _options_of_system(settings: QueueSettings) -> dict[str, Any]:
    if settings.system == "condor":
        # It has neither queues nor a wall time; its directives are names with values.
        directives = dict(_name_and_value(line) for line in settings.extra_directives)
        return {"disk": "1GB", "job_extra_directives": directives}
    options: dict[str, Any] = {
        "queue": settings.queue,
        "walltime": _clock(settings.walltime),
        "job_extra_directives": list(settings.extra_directives),
    }
    if settings.system == "pbs":
        # The syntax of Torque, which PBS Professional understands too.
        megabytes = round(settings.memory * 1000)
        options["resource_spec"] = f"nodes=1:ppn={settings.n_cores},mem={megabytes}mb"
    elif settings.system == "lsf":
        options["walltime"] = options["walltime"].rpartition(":")[0]  # without seconds
    return options


def _name_and_value(line: str) -> tuple[str, str]:
    name, is_value, value = line.partition("=")
    if not is_value:
        raise ParameterError(
            f"the extra directive {line} can't be given to HTCondor; expected name = value"
        )
    return name.strip(), value.strip()


def _clock(hours: float) -> str:
    """Return a time as hours:minutes:seconds, in whole minutes."""
    minutes = max(round(hours * 60), 1)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"
