"""Sums by shell and direction agree with numpy over all members of a transform."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from random_maps import THREAD_COUNTS, s_vectors

from map_sharpening import _core
from map_sharpening.maps.map_data import UnitCell

BOXES = [
    ((12, 12, 12), UnitCell(24, 24, 24)),
    ((13, 12, 11), UnitCell(30, 27, 25)),
    ((11, 13, 15), UnitCell(28, 30, 26, 77, 104, 96.5)),
    ((12, 14, 16), UnitCell(28, 30, 26, 77, 104, 96.5)),
]
N_SHELLS = 6
boxes = pytest.mark.parametrize(("shape", "cell"), BOXES)


def coefficients(shape, seed, dtype=np.float64):
    a = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    return _core.forward_transform(a)


def width_to_nyquist(shape, cell):
    """Return a width such that the last shell ends just short of the Nyquist limit."""
    spacing = max(cell.a / shape[2], cell.b / shape[1], cell.c / shape[0])
    return 0.999 / (2 * spacing) / N_SHELLS


def sums_of(f_1, f_2, shape, cell, **options):
    width = width_to_nyquist(shape, cell)
    return _core.power_sums(f_1, f_2, shape, cell.parameters(), width, N_SHELLS, **options)


def known_fsc(f_1, f_2, shape, cell):
    """Return the FSC of the shells that hold terms."""
    sums = sums_of(f_1, f_2, shape, cell)
    return sums.fsc[sums.n_terms > 0]


def full_s(shape, cell):
    """Return s of each member of a whole transform, Friedel mates filled in."""
    nx = shape[2]
    s = np.empty(shape)
    half = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    s[..., : nx // 2 + 1] = half
    mates = half[:, :, 1 : (nx + 1) // 2]
    s[..., nx // 2 + 1 :] = np.roll(mates[::-1, ::-1, ::-1], (1, 1), axis=(0, 1))
    return s


@boxes
def test_half_complex_sums_are_half_of_those_of_the_full_transform(shape, cell):
    f_1, f_2 = coefficients(shape, 1), coefficients(shape, 2)
    sums = sums_of(f_1, f_2, shape, cell)
    nx = shape[2]
    full_1, full_2 = (scipy.fft.fftn(_core.inverse_transform(f, nx)) for f in (f_1, f_2))
    shell = (full_s(shape, cell) / width_to_nyquist(shape, cell)).astype(int)
    shell[0, 0, 0] = N_SHELLS  # F(000) does not count
    for name, values in {
        "n_terms": np.ones(shape),
        "cross": (full_1 * full_2.conj()).real,
        "auto_1": np.abs(full_1) ** 2,
        "auto_2": np.abs(full_2) ** 2,
    }.items():
        expected = np.bincount(shell.ravel(), values.ravel())[:N_SHELLS] / 2
        np.testing.assert_allclose(
            getattr(sums, name), expected, rtol=1e-5, atol=1e-4, err_msg=name
        )


@boxes
def test_sums_by_direction_add_up_to_those_of_the_shell(shape, cell):
    sums = sums_of(coefficients(shape, 1), coefficients(shape, 2), shape, cell, by_direction=True)
    for name in ("n_terms", "cross", "auto_1", "auto_2"):
        by_direction = getattr(sums.by_direction, name)
        assert by_direction.shape == (N_SHELLS, 48)
        np.testing.assert_allclose(by_direction.sum(axis=1), getattr(sums, name), rtol=1e-12)


def test_float_sums_are_near_those_of_double():
    shape, cell = BOXES[2]
    single = sums_of(*(coefficients(shape, i, np.float32) for i in (1, 2)), shape, cell)
    double = sums_of(*(coefficients(shape, i) for i in (1, 2)), shape, cell)
    np.testing.assert_allclose(single.auto_1, double.auto_1, rtol=1e-5)
    np.testing.assert_allclose(single.fsc, double.fsc, atol=1e-5)


@examples(15)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
def test_fsc_is_one_for_a_scaled_copy(seed, scale):
    shape, cell = BOXES[1]
    f = coefficients(shape, seed)
    np.testing.assert_allclose(known_fsc(f, scale * f, shape, cell), 1.0, atol=1e-6)


def test_fsc_is_minus_one_for_the_negative():
    shape, cell = BOXES[1]
    f = coefficients(shape, 1)
    np.testing.assert_allclose(known_fsc(f, -f, shape, cell), -1.0, atol=1e-6)


@examples(10)
@given(shift=st.tuples(*[st.integers(-10, 10)] * 3))
def test_a_common_shift_by_whole_voxels_changes_no_sum(shift):
    shape, cell = BOXES[3]
    maps = [np.random.default_rng(seed).normal(size=shape) for seed in (1, 2)]
    before = sums_of(*map(_core.forward_transform, maps), shape, cell)
    shifted = [np.roll(a, shift, axis=(0, 1, 2)) for a in maps]
    after = sums_of(*map(_core.forward_transform, shifted), shape, cell)
    for name in ("n_terms", "cross", "auto_1", "auto_2", "fsc"):
        np.testing.assert_allclose(
            getattr(after, name), getattr(before, name), rtol=1e-4, atol=1e-2, err_msg=name
        )


def test_independent_noise_has_an_fsc_near_zero():
    shape, cell = (40, 40, 40), UnitCell(80, 80, 80)
    sums = sums_of(coefficients(shape, 1), coefficients(shape, 2), shape, cell)
    assert np.all(np.abs(sums.fsc) * np.sqrt(2 * sums.n_terms) < 4.5)


def test_fsc_of_a_shell_without_power_is_nan():
    shape, cell = BOXES[0]
    zero = np.zeros((12, 12, 7), np.complex64)
    assert np.isnan(sums_of(zero, zero, shape, cell).fsc).all()


def test_any_number_of_threads_gives_the_same_bytes():
    shape, cell = BOXES[3]
    f = [coefficients(shape, i, np.float32) for i in (1, 2)]
    expected = sums_of(*f, shape, cell, by_direction=True, threads=1)
    for threads in THREAD_COUNTS:
        found = sums_of(*f, shape, cell, by_direction=True, threads=threads)
        assert found.fsc.tobytes() == expected.fsc.tobytes()
        for name in ("n_terms", "cross", "auto_1", "auto_2"):
            for ours, theirs in ((found, expected), (found.by_direction, expected.by_direction)):
                assert getattr(ours, name).tobytes() == getattr(theirs, name).tobytes(), name


def test_directions_share_the_sphere():
    unit, share, moments = _core.directions()
    assert unit.shape == (48, 3)
    assert share.sum() == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1)
    np.testing.assert_allclose(share @ moments, [1 / 3] * 3 + [0] * 3, atol=1e-3)


def test_a_wrong_shape_names_both_shapes():
    f = np.zeros((4, 4, 4), np.complex64)
    with pytest.raises(ValueError, match=r"a has shape \(4, 4, 4\), expected \(4, 4, 3\)"):
        _core.power_sums(f, f, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.1, 3)


def test_transforms_of_unequal_shape_are_refused():
    a, b = np.zeros((4, 4, 3), np.complex64), np.zeros((4, 5, 3), np.complex64)
    with pytest.raises(ValueError, match=r"b has shape \(4, 5, 3\), expected \(4, 4, 3\)"):
        _core.power_sums(a, b, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.1, 3)


def test_shells_without_width_are_refused():
    f = np.zeros((4, 4, 3), np.complex64)
    with pytest.raises(ValueError, match="shell width is 0"):
        _core.power_sums(f, f, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.0, 3)


def test_an_impossible_cell_is_refused():
    f = np.zeros((4, 4, 3), np.complex64)
    with pytest.raises(ValueError, match="cell has angles 30, 40, 100"):
        _core.power_sums(f, f, (4, 4, 4), (8, 8, 8, 30, 40, 100), 0.1, 3)


def test_mixed_precision_is_refused():
    single, double = np.zeros((4, 4, 3), np.complex64), np.zeros((4, 4, 3), np.complex128)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _core.power_sums(single, double, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.1, 3)


def test_coefficients_in_another_order_are_refused():
    f = np.zeros((4, 4, 3), np.complex64, order="F")
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _core.power_sums(f, f, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.1, 3)
