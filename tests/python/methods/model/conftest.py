"""A case of sharpening by a model, which tests only read."""

from __future__ import annotations

import pytest
from model_case import Case

from map_sharpening.methods.model.result import ModelResult
from map_sharpening.simulation.simulate import SimulatedHalfMaps


@pytest.fixture(scope="session")
def case(simulated: SimulatedHalfMaps) -> Case:
    return Case(simulated)


@pytest.fixture(scope="session")
def by_default(case: Case) -> ModelResult:
    return case.sharpened()
