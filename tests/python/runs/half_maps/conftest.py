"""Finished runs on half maps, which tests only read."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples import of_fast_suite
from half_map_files import RESOLUTION
from half_map_run import PLACED, Finished, Placed, run_placed, words

from map_sharpening.run import run
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps


@pytest.fixture(scope="session")
def finished(half_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished") / "out"
    return Finished(folder, run([*words(half_files, folder), "report=True"], date="2020-01-01"))


@pytest.fixture(scope="session")
def odd_halves() -> SimulatedHalfMaps:
    """Sides that are different primes, and a spacing for each axis."""
    return simulate_half_maps(demo_atoms(), (47, 53, 59), (1.5, 1.6, 1.7), RESOLUTION, seed=3)


#: What others with more in their header try as well.
_REPEATED = ("nstart", "origin", "axes_2_3_1")
_IN_FAST_SUITE = [name for name in PLACED if name not in _REPEATED]


@pytest.fixture(scope="session", params=[*of_fast_suite(PLACED, *_IN_FAST_SUITE), "odd_non_cubic"])
def placed(
    request: pytest.FixtureRequest,
    simulated: SimulatedHalfMaps,
    odd_halves: SimulatedHalfMaps,
    tmp_path_factory: pytest.TempPathFactory,
) -> Placed:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "odd_non_cubic":
        header = {"start": (3, -7, 11), "origin": (5.0, 6.0, 7.0)}
        return run_placed(folder, (odd_halves.half_1, odd_halves.half_2), header)
    return run_placed(folder, (simulated.half_1, simulated.half_2), PLACED[request.param])
