"""The interface of pools, and the simplest pool: one task after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from map_sharpening.errors import ParameterError

Task = TypeVar("Task")
Result = TypeVar("Result")


class TaskPool(Protocol):
    """Anything that can run a function on many independent tasks."""

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result]]:
        """Run a function on each task.

        Parameters
        ----------
        function : callable
            Defined in a module, so that other processes can import it.
        tasks : sequence
            The function's argument, one for each call; small.

        Yields
        ------
        int, Result
            The task's index and the function's result, in the order of the tasks.

        Raises
        ------
        ClusterError
            If there are no workers, or those of a task keep dying.
        Exception
            Whatever the function raised, for the first task (in order) that failed.
        """


class InThisProcess:
    """Runs one task after the other; any threads are the function's own."""

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result]]:
        """See `TaskPool.run`."""
        for index, task in enumerate(tasks):
            yield index, function(task)


def index_ranges(count: int, per_task: int) -> list[range]:
    """Cut the indices 0 to count - 1 into ranges of equal length; the last may be shorter.

    >>> index_ranges(7, 3)
    [range(0, 3), range(3, 6), range(6, 7)]

    Raises
    ------
    ParameterError
        If a task would be empty.
    """
    if per_task < 1 or count < 0:
        raise ParameterError(
            f"{count} pieces of work can't be cut into tasks of {per_task}; expected at least 1 "
            "in each"
        )
    return [range(first, min(first + per_task, count)) for first in range(0, count, per_task)]
