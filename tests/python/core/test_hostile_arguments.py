"""Arguments that are typed right and yet wrong: an error that names them, never a crash."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from map_sharpening import _core

CELL = (20.0, 20.0, 20.0, 90.0, 90.0, 90.0)
SHAPE = (10, 10, 10)


def coefficients() -> np.ndarray[Any, np.dtype[np.complex64]]:
    return np.ones((10, 10, 6), np.complex64)


def misaligned(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array one byte off the addresses that its elements need."""
    memory = np.zeros(array.nbytes + 1, np.uint8)
    shifted = memory[1:].view(array.dtype).reshape(array.shape)
    shifted[...] = array
    assert not shifted.flags.aligned
    return shifted


@pytest.mark.parametrize("tile", [8, 2**31, 2**64 - 1])
def test_a_tile_beyond_the_last_is_refused(tile: int) -> None:
    tiles = _core.make_tiles((50, 50, 50), _core.TileOptions())
    assert len(tiles) == 8
    assert tuple(tiles.first(7)) == (20, 20, 20)
    with pytest.raises(ValueError, match=f"tile is {tile}; expected one of 8"):
        tiles.first(tile)


@pytest.mark.parametrize("step", [1e-30, 1e-12])
def test_places_beyond_any_table_take_its_last_value(step: float) -> None:
    factors = _core.ScaleFactors(step, [1, 3])
    made, _ = _core.apply_scale_factors(coefficients(), SHAPE, CELL, 10.0, factors)
    assert made[0, 0, 0] == 0
    np.testing.assert_array_equal(made.ravel()[1:], 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["gain_b", "ratio_b"])
def test_tensors_of_factors_are_numbers(which: str, bad: float) -> None:
    tensor = [0, 0, bad, 0, 0, 0]
    factors = _core.ScaleFactors(0.1, [1, 1], [1, 1], **{which: tensor})
    with pytest.raises(ValueError, match=r"have a tensor with .*; expected numbers"):
        _core.apply_scale_factors(coefficients(), SHAPE, CELL, 0.2, factors)


@pytest.mark.parametrize("step", [np.nan, np.inf, 0.0, -1.0, 1e-45, 1e-320])
def test_the_step_of_factors_is_a_number_above_0(step: float) -> None:
    factors = _core.ScaleFactors(step, [1, 1])
    with pytest.raises(ValueError, match="in steps of"):
        _core.apply_scale_factors(coefficients(), SHAPE, CELL, 0.2, factors)


def test_arrays_that_are_not_aligned_are_refused() -> None:
    density = misaligned(np.ones(SHAPE, np.float32))
    f = misaligned(coefficients())
    flat = misaligned(np.ones(48, np.float64))
    voxels = misaligned(np.array([1, 2], np.int64))
    calls = [
        lambda: _core.map_statistics(density),
        lambda: _core.forward_transform(density),
        lambda: _core.inverse_transform(f, 10),
        lambda: _core.contour_level(density, 1),
        lambda: _core.score_map(np.ones(SHAPE, np.float32), _core.ScoreOptions(), density),
        lambda: _core.list_reflections(density, CELL, 5.0),
        lambda: _core.apply_scale_factors(f, SHAPE, CELL, 0.2, _core.b_iso_factors(10)),
        lambda: _core.surface_area(voxels, SHAPE),
        lambda: _core.fit_anisotropic_b(flat, flat, 0.1),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="is not aligned in memory; expected an array"):
            call()


@pytest.mark.parametrize("threads", [-1, 1025, 2**31 - 1])
def test_a_number_of_threads_that_no_machine_has_is_refused(threads: int) -> None:
    with pytest.raises(ValueError, match=f"threads is {threads}; expected 0"):
        _core.map_statistics(np.ones(SHAPE, np.float32), threads)


@pytest.mark.parametrize("shape", [(2**32, 2**32, 4), (2**20, 1, 1), (60000, 60000, 60000)])
def test_shapes_that_no_map_has_are_refused_before_anything_is_allocated(
    shape: tuple[int, int, int],
) -> None:
    calls = [
        lambda: _core.edge_taper(shape, CELL, 5.0),
        lambda: _core.make_tiles(shape, _core.TileOptions()),
        lambda: _core.surface_area(np.array([1]), shape),
        lambda: _core.count_reflections(shape, CELL, 5.0),
        lambda: _core.make_sharpened_map(coefficients(), shape, CELL, 5.0, _core.b_iso_factors(0)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"has shape \("):
            call()


def test_a_shape_that_is_not_the_coefficients_is_refused_before_anything_is_allocated() -> None:
    shape, f = (4000, 4000, 4000), coefficients()
    calls = [
        lambda: _core.make_sharpened_map(f, shape, CELL, 5.0, _core.b_iso_factors(0)),
        lambda: _core.make_trial_map(f, shape, CELL, 5.0, _core.b_iso_factors(0)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="have another shape than"):
            call()


def test_more_tiles_and_shells_than_memory_holds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"tiles are \d+; expected at most 262144: larger"):
        _core.make_tiles((500, 500, 500), _core.TileOptions(edges=(2, 2, 2), overlap=1))
    f = coefficients()
    with pytest.raises(ValueError, match="shells are 1000000000; expected 1 to 1048576"):
        _core.power_sums(f, f, SHAPE, CELL, 0.1, 10**9)
    with pytest.raises(ValueError, match="shells are 30000; expected 1 to 21845"):
        _core.power_sums(f, f, SHAPE, CELL, 0.1, 30_000, by_direction=True)


@pytest.mark.parametrize("resolution", [0.0, -3.0, np.nan, np.inf])
def test_windows_need_a_resolution(resolution: float) -> None:
    with pytest.raises(ValueError, match=r"resolution is .*; it must be above 0"):
        _core.window_lattice(SHAPE, CELL, resolution, _core.LocalOptions())


def test_windows_of_a_very_coarse_map_are_the_largest_at_once() -> None:
    core, _ = _core.window_lattice((60, 60, 60), CELL, 1e18, _core.LocalOptions())
    assert tuple(core) == (48, 48, 48)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_mask_is_made_from_values_that_are_not_finite(value: float) -> None:
    f = coefficients()
    f[0, 0, 1] = value
    with pytest.raises(_core.UnusableDataError, match="not finite"):
        _core.molecular_mask(f, f, SHAPE, CELL, _core.MolecularMaskOptions())


@pytest.mark.parametrize("d_cut", [1e6, 1e100, 1e300])
def test_a_cut_coarser_than_any_map_needs_no_endless_table(d_cut: float) -> None:
    trial = _core.BFactorTrial(b_sharpen=50, d_cut=d_cut)
    assert len(_core.b_iso_to_d_cut_factors(trial, 2.0).gain) < 300_000


@pytest.mark.parametrize("given", [None, SimpleNamespace(signal_scale="many")])
def test_windows_filtered_elsewhere_have_the_numbers_of_a_filter(given: object) -> None:
    rng = np.random.default_rng(5)
    halves = rng.standard_normal((2, 16, 16, 16), dtype=np.float32)
    options = _core.HalfMapOptions()
    options.resolution = 3.0
    options.local = True
    with pytest.raises(
        TypeError, match=r"filter_windows returned .* without numbers signal_scale"
    ):
        _core.sharpen_half_maps(
            halves[0],
            halves[1] + halves[0],
            None,
            np.ones((16, 16, 16), np.float32),
            (16.0, 16.0, 16.0, 90.0, 90.0, 90.0),
            options,
            filter_windows=lambda **_: given,
        )
