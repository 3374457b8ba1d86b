"""Tapers and molecular masks."""

from __future__ import annotations

import numpy as np
import pytest
from random_maps import CUBIC, THREAD_COUNTS, random_map, s_vectors

from map_sharpening import _core
from map_sharpening.simulation.simulate import SimulatedHalfMaps

CELL = (60.0, 48.0, 40.0, 90.0, 90.0, 90.0)


def axis_taper(n, points):
    rise = np.clip(np.minimum(np.arange(n), n - 1 - np.arange(n)) / points, 0, 1)
    return 0.5 - 0.5 * np.cos(np.pi * rise)


@pytest.mark.parametrize("shape", [(20, 24, 30), (21, 23, 31)])
def test_a_taper_is_the_product_of_raised_cosines(shape):
    nz, ny, nx = shape
    width = 6.0
    taper = _core.edge_taper(shape, CELL, width)
    z, y, x = (
        axis_taper(n, min(width / (edge / n), n / 3))
        for n, edge in ((nz, CELL[2]), (ny, CELL[1]), (nx, CELL[0]))
    )
    assert taper.dtype == np.float32
    np.testing.assert_allclose(taper, z[:, None, None] * y[:, None] * x, atol=1e-6)


def test_a_taper_is_exactly_zero_at_the_faces():
    taper = _core.edge_taper((12, 14, 16), CELL, 9.0)
    for axis in range(3):
        assert not np.take(taper, [0, -1], axis=axis).any()


def test_a_taper_uses_at_most_a_third_of_an_edge():
    taper = _core.edge_taper((21, 21, 21), CELL, 1e6)
    assert taper[10, 10, 10] == 1.0


def test_a_taper_of_an_empty_grid_is_refused():
    with pytest.raises(ValueError, match=r"grid has shape \(0, 4, 4\)"):
        _core.edge_taper((0, 4, 4), CELL, 3.0)


OPTIONS = _core.MolecularMaskOptions()


def molecular_mask(pair: SimulatedHalfMaps, threads: int = 0):
    f_1, f_2 = (_core.forward_transform(m.values) for m in (pair.half_1, pair.half_2))
    return _core.molecular_mask(
        f_1, f_2, pair.half_1.values.shape, pair.half_1.box.parameters(), OPTIONS, threads
    )


def test_a_molecular_mask_holds_the_molecule_and_leaves_solvent(simulated):
    mask, known = molecular_mask(simulated)
    assert known.is_trustworthy
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert mask[simulated.near_atoms].mean() > 0.95
    assert 0 < known.molecule_fraction < known.fraction < 0.7


def test_the_fraction_is_the_mean_of_the_mask(simulated):
    mask, known = molecular_mask(simulated)
    assert mask.mean(dtype=np.float64) == pytest.approx(known.fraction, rel=1e-6)


def test_a_molecular_mask_has_a_soft_edge(simulated):
    mask, _ = molecular_mask(simulated)
    step = simulated.half_1.voxel_size[0]
    per_angstrom = max(np.abs(np.diff(mask, axis=axis)).max() for axis in range(3)) / step
    assert per_angstrom < 0.5


def test_a_molecular_mask_moves_with_the_map(simulated):
    shape = simulated.half_1.values.shape
    shift = tuple(n // 4 for n in shape)
    moved = [
        _core.forward_transform(np.roll(m.values, shift, axis=(0, 1, 2)))
        for m in (simulated.half_1, simulated.half_2)
    ]
    box = simulated.half_1.box.parameters()
    after, _ = _core.molecular_mask(*moved, shape, box, OPTIONS)
    before, _ = molecular_mask(simulated)
    # The coarse grid's points do not move by whole points: the edge differs a little.
    difference = after - np.roll(before, shift, axis=(0, 1, 2))
    assert np.sqrt(np.mean(difference**2)) < 0.05


def test_a_mask_of_noise_is_not_trusted():
    shape, cell = CUBIC
    power = np.ones(s_vectors(shape, cell).shape[:3])
    f_1, f_2 = (_core.forward_transform(random_map(power, shape, i)) for i in (1, 2))
    _, known = _core.molecular_mask(f_1, f_2, shape, cell.parameters(), OPTIONS)
    assert not known.is_trustworthy


def test_any_number_of_threads_gives_the_same_bytes(simulated):
    expected, known = molecular_mask(simulated, 1)
    taper = _core.edge_taper((20, 24, 30), CELL, 6.0, threads=1)
    for threads in THREAD_COUNTS:
        mask, found = molecular_mask(simulated, threads)
        assert mask.tobytes() == expected.tobytes()
        assert found.fraction == known.fraction
        other = _core.edge_taper((20, 24, 30), CELL, 6.0, threads=threads)
        assert other.tobytes() == taper.tobytes()


def test_coefficients_of_another_grid_are_refused():
    f = np.ones((4, 4, 4), np.complex64)
    with pytest.raises(ValueError, match="half_1 have another shape than"):
        _core.molecular_mask(f, f, (4, 4, 4), CELL, OPTIONS)


def test_double_precision_is_refused():
    f = np.ones((4, 4, 3), np.complex128)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _core.molecular_mask(f, f, (4, 4, 4), CELL, OPTIONS)


def test_a_mask_is_chosen_by_the_resolution():
    fine = _core.MolecularMaskOptions.for_resolution(3.0)
    coarse = _core.MolecularMaskOptions.for_resolution(6.0)
    assert (fine.resolution, fine.smoothing) == (8, 4)
    assert (coarse.resolution, coarse.smoothing) == pytest.approx((9, 4.2))
    assert fine.level == coarse.level == _core.MolecularMaskOptions().level
