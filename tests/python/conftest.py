"""Half maps that several test modules share."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
from half_map_files import RESOLUTION, SHAPE, VOXEL_SIZE, write_mrc

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
