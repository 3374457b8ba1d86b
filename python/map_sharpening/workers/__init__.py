"""Independent tasks spread over processes and machines, through one small interface.

A `TaskPool` runs one function on many tasks and gives the results in the order of the tasks:

>>> from map_sharpening.workers import InThisProcess
>>> dict(InThisProcess().run(abs, [-1, 2, -3]))
{0: 1, 1: 2, 2: 3}

`InThisProcess` takes one task after the other, with the core's threads inside each. `local_pool`
has processes of this machine, `queue_pool` jobs of a queueing system, `connected_pool` workers
that somebody else started; these need the extra ``[cluster]``.

What a task may be
------------------
- The function is a module's own, so that another process can import it; arguments that all tasks
  share go into it by `functools.partial`.
- A task says where to read and what to do: paths and index ranges, never arrays. Workers map the
  files and touch only their windows. Files are on a disk that all machines share.
- A result is small (fitted curves, numbers), or is written into a file of its own, named after
  the task, and only its name is returned.
- A task can be done twice, when its worker dies at the end of it or is lost for a while: the
  second time must give the same bytes in the same file (written under another name, renamed).
- How the work is cut into tasks must not depend on the number of workers, only on the work
  (`index_ranges`), and whoever takes the results adds them up in their order: then the map is the
  same, bit by bit, for any number of workers. One to ten seconds a task are right: handing out a
  task costs some milliseconds.
- The function is told how many threads to use; workers have no say in it.

Windows that only measure
-------------------------
`map_sharpening.runs.queue.sphere_tasks` is the example: a task is a range of spheres, its function
maps the half maps and the mask, and returns 200 bytes a sphere.

Windows that write a map
------------------------
A task is a range of planes of the output. Its function maps the inputs (uncompressed CCP4 files),
filters all windows that touch its planes, those that it shares with its neighbours too, and
writes its planes alone::

    def filter_planes(halves, settings, folder, planes):  # planes: range of z
        maps = [read_map(path)[0] for path in halves]     # mapped, not read
        filtered = ...                                    # windows over these planes, in order
        return write_region(folder, planes, filtered)     # a name; numbers by window

    task = functools.partial(filter_planes, halves, settings, folder)
    for index, written in pool.run(task, index_ranges(n_planes, planes_per_task)):
        ...                                               # copy the region into the output map

Every plane is made by one task alone, from all windows over it and in the order of the windows,
so that no sum goes across tasks. The price is one layer of windows that two tasks share; planes
in steps of the distance between windows keep it at one.
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
