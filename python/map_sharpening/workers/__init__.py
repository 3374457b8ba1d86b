"""Independent tasks spread over processes and machines, through one small interface.

A `TaskPool` runs one function on many tasks and gives the results in the order of the tasks:

>>> from map_sharpening.workers import InThisProcess
>>> dict(InThisProcess().run(abs, [-1, 2, -3]))
{0: 1, 1: 2, 2: 3}

`InThisProcess` takes one task after the other, with the core's threads inside each. `local_pool`
has processes of this machine, `queue_pool` jobs of a queueing system, and `connected_pool` workers
that are running already; these three need the extra ``[cluster]``.

- The function belongs to a module, so that other processes can import it; arguments that all
  tasks share are bound by `functools.partial`.
- A task holds paths and index ranges, never arrays: workers map the files, which lie on a disk
  that all machines share.
- A result is small, or is written to a file named after the task.
- A task may run twice, if its worker dies: it must write the same bytes to the same file.
- The cut into tasks depends on the work alone (`index_ranges`), and results are combined in their
  order, so that the map is the same for any number of workers. Handing out a task costs some
  milliseconds; one to ten seconds of work each is right.

`map_sharpening.runs.queue` has the tasks that there are.
"""

from map_sharpening.workers.dask_pool import DaskPool, connected_pool, local_pool
from map_sharpening.workers.pool import InThisProcess, TaskPool, index_ranges
from map_sharpening.workers.queues import QueueSettings, job_script, queue_pool, require_queue

__all__ = [
    "DaskPool",
    "InThisProcess",
    "QueueSettings",
    "TaskPool",
    "connected_pool",
    "index_ranges",
    "job_script",
    "local_pool",
    "queue_pool",
    "require_queue",
]
