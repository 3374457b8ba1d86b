"""Tasks spread over processes: the same results from any number of them, whoever dies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import worker_tasks as tasks

from map_sharpening.errors import ClusterError, MapValueError, ParameterError
from map_sharpening.workers import (
    DaskPool,
    InThisProcess,
    connected_pool,
    index_ranges,
    local_pool,
)

PLANES = index_ranges(32, 3)


@pytest.fixture
def pool() -> Iterator[DaskPool]:
    """Workers of a test's own: what one test does to them is nothing to the next."""
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    with local_pool(2) as opened:
        yield opened


@pytest.fixture(scope="module")
def expected(half_files: tuple[Path, Path]) -> list[tuple[int, float]]:
    return list(InThisProcess().run(partial(tasks.power_of_planes, half_files[0]), PLANES))


def test_ranges_cover_all_indices_once() -> None:
    assert [index for part in index_ranges(32, 3) for index in part] == list(range(32))


def test_nothing_is_cut_into_no_tasks() -> None:
    assert index_ranges(0, 3) == []


def test_a_task_of_no_work_is_refused() -> None:
    with pytest.raises(ParameterError, match="expected at least 1 in each"):
        index_ranges(4, 0)


def test_this_process_gives_results_one_by_one() -> None:
    results = InThisProcess().run(tasks.refuse, PLANES)
    with pytest.raises(MapValueError, match="range\\(0, 3\\) hold nothing"):
        next(results)


@pytest.mark.slow
@pytest.mark.parametrize("n_workers", [1, 3])
def test_any_number_of_workers_gives_the_same(
    n_workers: int, half_files: tuple[Path, Path], expected: list[tuple[int, float]]
) -> None:
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    with local_pool(n_workers) as pool:
        found = list(pool.run(partial(tasks.power_of_planes, half_files[0]), PLANES))
    assert found == expected


@pytest.mark.slow
def test_a_worker_killed_at_work_changes_nothing(
    pool: DaskPool,
    half_files: tuple[Path, Path],
    expected: list[tuple[int, float]],
    tmp_path: Path,
) -> None:
    sign = tmp_path / "died"
    found = list(pool.run(partial(tasks.power_unless_first, half_files[0], sign), PLANES))
    assert sign.exists()
    assert found == expected


def test_results_come_in_the_order_of_the_tasks(pool: DaskPool) -> None:
    assert list(pool.run(tasks.late_first, PLANES)) == [
        (index, planes.start) for index, planes in enumerate(PLANES)
    ]


@pytest.mark.slow
def test_workers_are_other_processes(pool: DaskPool) -> None:
    assert {pid for _, (_, pid) in pool.run(tasks.where, PLANES)} != {
        pid for _, (_, pid) in InThisProcess().run(tasks.where, PLANES)
    }


@pytest.mark.slow
def test_an_error_of_the_task_comes_as_it_is(pool: DaskPool) -> None:
    with pytest.raises(MapValueError, match="range\\(0, 3\\) hold nothing"):
        list(pool.run(tasks.refuse, PLANES))


@pytest.mark.slow
def test_a_timeout_of_the_task_is_no_endless_wait(pool: DaskPool) -> None:
    with pytest.raises(TimeoutError, match="the disk does not answer"):
        list(pool.run(tasks.time_out, PLANES))


@pytest.mark.slow
def test_results_may_be_left_untaken(pool: DaskPool) -> None:
    assert next(pool.run(tasks.late_first, PLANES)) == (0, 0)
    assert len(list(pool.run(tasks.late_first, PLANES))) == len(PLANES)


@pytest.mark.slow
def test_a_task_that_kills_every_worker_is_named_with_the_log() -> None:
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    with (
        local_pool(1) as pool,
        pytest.raises(
            ClusterError,
            match=r"^task 1 of 1 \(range\(3, 6\)\) ended 4 workers.*last log: .*signal 9",
        ),
    ):
        list(pool.run(tasks.die, [range(3, 6)]))


@pytest.mark.slow
def test_a_worker_that_is_slow_to_start_again_is_replaced(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    with local_pool(1, seconds_to_start_again=0.0) as pool:
        dying = tasks.Killing(pool, tmp_path / "died")
        found = list(dying.run(tasks.late_first, PLANES))
    assert (tmp_path / "died").exists()
    assert found == [(index, planes.start) for index, planes in enumerate(PLANES)]


def test_a_scheduler_that_is_not_there_is_an_error() -> None:
    dask = pytest.importorskip("dask", reason="the extra [cluster] is not installed")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.3s"}),
        pytest.raises(ClusterError, match=r"no scheduler of dask answers at tcp://127.0.0.1:9"),
        connected_pool("tcp://127.0.0.1:9"),
    ):
        pass


def test_an_interface_that_is_not_there_is_an_error() -> None:
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    with pytest.raises(ClusterError, match="nowhere0 is not on this machine; expected one of"):
        local_pool(1, interface="nowhere0").__enter__()


@pytest.mark.slow
def test_no_port_is_open_to_other_machines(pool: DaskPool) -> None:
    psutil = pytest.importorskip("psutil")
    me = psutil.Process()
    listening = [
        connection.laddr.ip
        for process in (me, *me.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def test_the_program_does_not_need_the_extra() -> None:
    program = (
        "import sys; import map_sharpening.cli, map_sharpening.workers; "
        "sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_without_the_extra_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install map-sharpening\[cluster\]$"):
        local_pool(1).__enter__()
