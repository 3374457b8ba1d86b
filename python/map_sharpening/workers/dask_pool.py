"""Tasks spread over workers of dask.distributed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any, TypeVar

from map_sharpening.errors import ClusterError, ParameterError
from map_sharpening.workers.extra import imported

Task = TypeVar("Task")
Result = TypeVar("Result")

LOOPBACK = "127.0.0.1"
#: How many workers may die of one task before the run gives up.
DEATHS_ALLOWED = 3
#: There is no dashboard, but without an address its server would listen on every interface.
NO_DASHBOARD = f"{LOOPBACK}:0"

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_TO_FETCH = 5.0  #: a finished result; longer than that, it is lost
_LONGEST_TASK_TEXT = 200
#: dask's own 15 s are too short on a busy machine.
_SECONDS_TO_START_AGAIN = 120.0

_run_numbers = count()


class DaskPool:
    """Hands tasks to the workers of a client; a task whose worker dies goes to another.

    Parameters
    ----------
    client : distributed.Client
        Connected to the scheduler.
    look_after : callable
        Called now and then while waiting; may replace workers, and raises ClusterError if
        there will be none.
    last_log : callable
        Returns the last line of the workers' logs.
    """

    def __init__(
        self,
        client: Any,
        *,
        look_after: Callable[[], None] = lambda: None,
        last_log: Callable[[], str] = str,
    ) -> None:
        self._client = client
        self._look_after = look_after
        self._last_log = last_log

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result]]:
        """See `TaskPool.run`."""
        # Each task has its own key: dask must not take an earlier result for it.
        run = f"map_sharpening-{self._client.id}-{next(_run_numbers)}"
        # Bound by partial, since dask searches arguments for its own objects.
        futures = [
            self._client.submit(partial(function, task), key=f"{run}-{index}", pure=False)
            for index, task in enumerate(tasks)
        ]
        done = 0
        try:
            for index, task in enumerate(tasks):
                yield index, self._result(futures[index], index, task, len(tasks))
                # Lets its worker free the result.
                futures[index].release()
                done = index + 1
        finally:
            if done < len(futures) and self._client.status == "running":
                self._client.cancel(futures[done:])

    def _result(self, future: Any, index: int, task: object, n_tasks: int) -> Any:
        distributed = imported("distributed")
        try:
            return self._patient_result(future)
        except distributed.KilledWorker as error:
            raise ClusterError(
                f"task {index + 1} of {n_tasks} ({_shortened(task)}) ended "
                f"{error.allowed_failures + 1} workers, the last one {error.last_worker.address}; "
                "the worker may need more memory or time than it has" + self._log_sentence()
            ) from error
        except distributed.CancelledError as error:
            raise ClusterError(
                f"the scheduler of the workers was lost at task {index + 1} of {n_tasks} "
                f"({_shortened(task)}): {error}; start the run again" + self._log_sentence()
            ) from error

    def _patient_result(self, future: Any) -> Any:
        """Wait for a result and look after the workers: a finished result can still be lost.

        Calling `result` with a timeout again and again won't do: dask can fail on an answer that
        arrives just as the time runs out (UnboundLocalError in `distributed.utils.sync`).
        """
        is_done = threading.Event()
        future.add_done_callback(lambda _: is_done.set())
        while not is_done.wait(_SECONDS_BETWEEN_LOOKS):
            self._look_after()
        while True:
            try:
                return future.result(timeout=_SECONDS_TO_FETCH)
            except imported("distributed").TimeoutError:
                if future.status == "error":  # of the task itself
                    return future.result()
                self._look_after()

    def _log_sentence(self) -> str:
        log = self._last_log()
        return f"; last log: {log}" if log else ""


@contextmanager
def local_pool(
    n_workers: int,
    *,
    interface: str | None = None,
    seconds_to_start_again: float = _SECONDS_TO_START_AGAIN,
) -> Iterator[DaskPool]:
    """Open a pool of processes on this machine, which end with the context.

    Like every program that starts Python processes, yours needs the line
    ``if __name__ == "__main__":``.

    Parameters
    ----------
    n_workers : int
        Processes, each with one task at a time.
    interface : str, optional
        Network interface that the processes use; by default the loopback.
    seconds_to_start_again : float
        Time for a process that died to start again before another one replaces it.

    Raises
    ------
    ClusterError
        If the extra isn't installed, or the interface isn't there.
    """
    if n_workers < 1:
        raise ParameterError(f"n_workers is {n_workers}; expected at least 1")
    distributed = imported("distributed")
    host = LOOPBACK if interface is None else address_of(interface)
    patience = f"{seconds_to_start_again}s"
    with (
        allowed_deaths(),
        imported("dask").config.set({"distributed.deploy.lost-worker-timeout": patience}),
        _last_death() as last_death,
        distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            processes=True,
            host=host,
            protocol="tls://",
            security=certificates(),
            dashboard_address=NO_DASHBOARD,
            worker_dashboard_address=NO_DASHBOARD,
            # No limit: dask counts mapped files too, which the system can drop at any time.
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            env={"DASK_LOGGING__DISTRIBUTED": "critical"},
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        # dask gives a lost worker up, and starts another only if asked for the number again.
        yield DaskPool(
            client, look_after=lambda: cluster.scale(n_workers), last_log=lambda: last_death.line
        )


@contextmanager
def connected_pool(scheduler: str, *, security: Any = None) -> Iterator[DaskPool]:
    """Open a pool of workers that are already running and keep running afterwards.

    Parameters
    ----------
    scheduler : str
        Address of their scheduler, such as tcp://node1:8786.
    security : distributed.Security, optional
        Certificates, if the scheduler asks for them.

    Raises
    ------
    ClusterError
        If the extra isn't installed, or no scheduler answers there.
    """
    distributed = imported("distributed")
    try:
        client = distributed.Client(scheduler, security=security, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(
            f"no scheduler of dask answers at {scheduler}: {one_line(error)}; check the address, "
            "and that it runs"
        ) from error
    with client:
        yield DaskPool(client)


def certificates() -> Any:
    """Return certificates made for this run.

    Whoever can connect to a scheduler can run programs as its user; with certificates, only
    its own workers can connect.
    """
    imported("cryptography")
    return imported("distributed").Security.temporary()


def allowed_deaths() -> Any:
    """Return a context; schedulers made in it give a task up after `DEATHS_ALLOWED` deaths."""
    return imported("dask").config.set({"distributed.scheduler.allowed-failures": DEATHS_ALLOWED})


def address_of(interface: str) -> str:
    """Return the address of a network interface.

    Raises
    ------
    ClusterError
        If there is no such interface; the message lists those that exist.
    """
    imported("distributed")
    try:
        return str(imported("distributed.utils").get_ip_interface(interface))
    except ValueError as error:
        names = ", ".join(sorted(imported("psutil").net_if_addrs()))
        raise ClusterError(
            f"the network interface {interface} is not on this machine; expected one of {names}"
        ) from error


def one_line(error: BaseException) -> str:
    """Return an error's text on one line."""
    return " ".join(str(error).split())


class _LastDeath(logging.Handler):
    """Keeps the newest line about a worker's end, also of supervisors that are gone by then."""

    line = ""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if "Worker process" in message:
            self.line = message


@contextmanager
def _last_death() -> Iterator[_LastDeath]:
    supervisors = logging.getLogger("distributed.nanny")
    handler = _LastDeath()
    supervisors.addHandler(handler)
    try:
        yield handler
    finally:
        supervisors.removeHandler(handler)


def _shortened(task: object) -> str:
    text = repr(task)
    return text if len(text) <= _LONGEST_TASK_TEXT else f"{text[:_LONGEST_TASK_TEXT]}..."
