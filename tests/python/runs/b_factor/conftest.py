"""A full map as a file and as coefficients, which tests only read."""

from __future__ import annotations

from pathlib import Path

import pytest
from half_map_files import RESOLUTION, write_mrc

from map_sharpening.io.reflections import write_map_coefficients
from map_sharpening.maps.map_data import MapData
from map_sharpening.simulation.simulate import SimulatedHalfMaps


@pytest.fixture(scope="session")
def full_map(simulated: SimulatedHalfMaps) -> MapData:
    return simulated.mean


@pytest.fixture(scope="session")
def full_file(full_map: MapData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mrc(tmp_path_factory.mktemp("full") / "full.mrc", full_map.values)


@pytest.fixture(scope="session")
def mtz_file(full_map: MapData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mtz") / "map.mtz"
    write_map_coefficients(path, full_map, RESOLUTION)
    return path
