"""What spreads tasks, and the plainest way: one after the other in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from map_sharpening.errors import ParameterError

Task = TypeVar("Task")
Result = TypeVar("Result")


class TaskPool(Protocol):
    """Whatever can run a function on many tasks that don't know of each other."""

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result]]:
        """Run a function on each task.

        Parameters
        ----------
        function : callable
            Of a module, so that other processes can import it.
        tasks : sequence
            One argument of the function each; small.

        Yields
        ------
        int, Result
            The task's index and the function's answer, in the order of the tasks.

        Raises
        ------
        ClusterError
            If workers can't be had, or a task's workers keep dying.
        Exception
            What the function raises, of the first task in order that fails.
        """


class InThisProcess:
    """Takes one task after the other; threads are the business of the function."""

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
        If a task would have none.
    """
    if per_task < 1 or count < 0:
        raise ParameterError(
            f"{count} pieces of work can't be cut into tasks of {per_task}; expected at least 1 "
            "in each"
        )
    return [range(first, min(first + per_task, count)) for first in range(0, count, per_task)]
