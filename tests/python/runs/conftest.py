"""What tests of runs share."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples import is_fast_suite
from kinds_of_run import IN_FAST_SUITE, Runs, runs_of_all_kinds

from map_sharpening.simulation.simulate import SimulatedHalfMaps


@pytest.fixture(scope="session")
def planned_runs(
    half_files: tuple[Path, Path],
    simulated: SimulatedHalfMaps,
    tmp_path_factory: pytest.TempPathFactory,
) -> Runs:
    """Runs of each kind to try keywords in, with a model that is quick to read."""
    folder = tmp_path_factory.mktemp("planned")
    runs = runs_of_all_kinds(folder, half_files, simulated, every=100)
    return {name: runs[name] for name in IN_FAST_SUITE} if is_fast_suite() else runs
