"""A molecular mass that was given in kDa."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.volume.solvent_content import known_solvent
from map_sharpening.methods.shared.option_groups import from_keywords


@pytest.mark.parametrize(("mass", "is_told"), [(64.0, True), (64_000.0, False), (2_000.0, True)])
def test_a_mass_in_kda_is_told(mass: float, is_told: bool) -> None:
    source = MapData.from_array(np.zeros((64, 64, 64), np.float32), 1.8)
    options = from_keywords(BFactorOptions, {"resolution": 4.2, "molecular_mass": mass})
    found = known_solvent(source, options, None)
    assert found is not None
    assert bool(found.warnings) is is_told
    assert not is_told or f"give molecular_mass={1000 * mass:g}" in found.warnings[0]


def test_a_peptide_that_fills_its_cell_is_not_questioned() -> None:
    source = MapData.from_array(np.zeros((12, 12, 12), np.float32), 1.2)
    options = from_keywords(BFactorOptions, {"resolution": 3.0, "molecular_mass": 900.0})
    found = known_solvent(source, options, None)
    assert found is not None
    assert found.warnings == ()
