"""The second round of an estimate of solvent looks at squares about the solvent's own level."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.shared.solvent import solvent_fraction_from_map, solvent_region


def half_solvent(n: int) -> MapData:
    """Return a map whose first half along x is smooth solvent, far below the molecule."""
    values = np.random.default_rng(1).standard_normal((n, n, n))
    values[:, :, : n // 2] = 0.05 * values[:, :, : n // 2] - 2.0
    return MapData.from_array(values, 1.0, name="half solvent")


# An even number of points is looked at by cubes of 2 x 2 x 2, an odd one point by point.
@pytest.mark.parametrize("n", [47, 48])
def test_the_second_round_sets_the_solvent_farther_apart(n: int) -> None:
    first, second = (
        solvent_fraction_from_map(half_solvent(n), 4.0, wang_radius=4.0, iterations=rounds)
        for rounds in (1, 2)
    )
    assert "1 iteration" in first.how
    assert "2 iterations" in second.how
    # The molecule's rms about the level of the solvent, and about the mean of the map.
    assert 0.05 < first.threshold < np.sqrt(1 + 1.0**2)
    assert 0.05 < second.threshold < np.sqrt(1 + 2.0**2)
    # Spheres across the boundary have some of the molecule's squares.
    assert 0.5 - 4.5 / n < second.fraction < 0.46 < first.fraction


def test_nearly_all_solvent_leaves_one_point_of_molecule() -> None:
    values = np.random.default_rng(1).standard_normal((15, 15, 15))
    map_data = MapData.from_array(values, 2.0, name="noise")
    is_solvent = solvent_region(map_data, 6.0, 1 - 1e-9, wang_radius=6.0)
    assert np.count_nonzero(~is_solvent) == 1
