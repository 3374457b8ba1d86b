"""Half maps that several test modules share."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
from examples import use_few_examples
from half_map_files import RESOLUTION, SHAPE, VOXEL_SIZE, write_mrc
from surroundings import remember_densities, wait_for_no_disk

from map_sharpening.simulation.demo import demo_half_maps
from map_sharpening.simulation.simulate import SimulatedHalfMaps

# A busy machine is no failure; and where a change waits for the result, the same examples are
# tried each time.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    if "not slow" not in config.option.markexpr:
        return
    use_few_examples()
    wait_for_no_disk()
    remember_densities()
    # Where little else takes long, what tests of a file share is to be made once.
    if config.getoption("dist", "no") != "no":
        config.option.dist = "loadfile"


#: New objects after which garbage is looked for. What is set apart doesn't count as old, so that
#: with few all that is alive would be searched over and over.
_OBJECTS_BEFORE_GARBAGE = 10_000


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    # Thousands of tests and the libraries stay to the end, and are not searched for garbage.
    # Each page of the interface that is tried collects garbage twice, which took most of the
    # time while all of them were looked at.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(_OBJECTS_BEFORE_GARBAGE, *gc.get_threshold()[1:])
        gc.enable()


#: Seconds that no part of a test takes, however busy the machine: a bound against waiting for
#: ever, for a process that doesn't answer.
LONGEST = 900


@contextmanager
def bounded(what: str) -> Iterator[None]:
    """Let work fail that hangs."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() != threading.main_thread():
        yield
        return

    def fail(*_: object) -> None:
        pytest.fail(f"{what} is not done after {LONGEST} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with bounded(f"what {item.name} needs"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with bounded(item.name):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with bounded(f"the end of {item.name}"):
        return (yield)


@pytest.fixture(scope="session")
def simulated() -> SimulatedHalfMaps:
    return demo_half_maps(shape=SHAPE, voxel_size=VOXEL_SIZE[0], resolution=RESOLUTION)


@pytest.fixture(scope="session")
def half_files(
    simulated: SimulatedHalfMaps, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Two half maps named as each other's partner; tests only read them."""
    folder = tmp_path_factory.mktemp("halves")
    return (
        write_mrc(folder / "half1.mrc", simulated.half_1.values),
        write_mrc(folder / "half2.mrc", simulated.half_2.values),
    )
