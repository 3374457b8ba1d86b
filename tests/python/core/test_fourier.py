"""Transforms agree with scipy.fft and undo each other."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from random_maps import THREAD_COUNTS

from map_sharpening import _core

SHAPES = [(8, 8, 8), (9, 7, 5), (13, 17, 19), (6, 11, 10), (1, 4, 3), (5, 1, 1), (29, 2, 37)]
TOLERANCE = {np.float32: 2e-5, np.float64: 1e-12}
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def random_array(shape, dtype, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@dtypes
@pytest.mark.parametrize("shape", SHAPES)
def test_forward_transform_is_that_of_scipy(shape, dtype):
    a = random_array(shape, dtype)
    expected = scipy.fft.rfftn(a.astype(np.float64))
    found = _core.forward_transform(a)
    assert found.dtype == np.result_type(dtype, np.complex64)
    np.testing.assert_allclose(found, expected, atol=TOLERANCE[dtype] * np.sqrt(a.size))


@dtypes
@pytest.mark.parametrize("shape", SHAPES)
def test_inverse_of_forward_is_the_map(shape, dtype):
    a = random_array(shape, dtype)
    back = _core.inverse_transform(_core.forward_transform(a), shape[2])
    assert back.dtype == dtype
    np.testing.assert_allclose(back, a, atol=TOLERANCE[dtype])


@examples(15)
@given(shape=st.tuples(*[st.integers(1, 24)] * 3), seed=st.integers(0, 2**32 - 1))
def test_inverse_of_forward_is_the_map_for_any_shape(shape, seed):
    a = random_array(shape, np.float64, seed)
    back = _core.inverse_transform(_core.forward_transform(a), shape[2])
    np.testing.assert_allclose(back, a, atol=1e-12)


@dtypes
@pytest.mark.parametrize("shape", SHAPES)
def test_transform_in_place_there_and_back_is_the_map(shape, dtype):
    a = random_array(shape, dtype)
    nx = shape[2]
    padded = np.full((*shape[:2], 2 * (nx // 2 + 1)), 99, dtype)
    padded[..., :nx] = a
    _core.transform_in_place(padded, nx, True)
    coefficients = padded.view(np.result_type(dtype, np.complex64))
    np.testing.assert_array_equal(coefficients, _core.forward_transform(a))
    _core.transform_in_place(padded, nx, False)
    np.testing.assert_allclose(padded[..., :nx], a, atol=TOLERANCE[dtype])


def test_a_limited_transform_in_place_keeps_the_terms_within_the_limit():
    shape, cell, d_min = (12, 14, 16), (16.0, 14.0, 12.0, 90.0, 90.0, 90.0), 3.0
    padded = np.zeros((*shape[:2], 18), np.float64)
    padded[..., :16] = a = random_array(shape, np.float64)
    _core.transform_in_place(padded, 16, True, cell=cell, d_min=d_min)
    s = [np.fft.fftfreq(n) for n in shape[:2]] + [np.fft.rfftfreq(16)]
    within = sum(x**2 for x in np.meshgrid(*s, indexing="ij", sparse=True)) <= 1 / d_min**2
    found = padded.view(np.complex128)[within]
    np.testing.assert_allclose(found, scipy.fft.rfftn(a)[within], atol=1e-12)


@pytest.mark.parametrize("d_min", [0.0, -2.0])
def test_the_limit_of_a_transform_in_place_is_above_zero(d_min):
    padded = np.zeros((4, 4, 10), np.float32)
    with pytest.raises(ValueError, match="it must be above 0"):
        _core.transform_in_place(padded, 8, True, cell=(8, 4, 4, 90, 90, 90), d_min=d_min)


@pytest.mark.parametrize("shape", SHAPES)
def test_power_of_the_terms_is_that_of_the_map(shape):
    a = random_array(shape, np.float64)
    f = _core.forward_transform(a)
    weight = np.full(f.shape[2], 2.0)
    weight[0] = 1
    if shape[2] % 2 == 0:
        weight[-1] = 1
    assert np.sum(weight * np.abs(f) ** 2) == pytest.approx(a.size * np.sum(a**2))


@examples(15)
@given(
    shape=st.tuples(*[st.integers(2, 12)] * 3),
    shift=st.tuples(*[st.integers(-20, 20)] * 3),
)
def test_a_shift_by_whole_voxels_turns_phases_only(shape, shift):
    a = random_array(shape, np.float64)
    f = _core.forward_transform(a)
    shifted = _core.forward_transform(np.roll(a, shift, axis=(0, 1, 2)))
    turns = sum(
        frequencies.reshape([-1 if i == axis else 1 for i in range(3)]) * shift[axis]
        for axis, frequencies in enumerate(
            [np.fft.fftfreq(shape[0]), np.fft.fftfreq(shape[1]), np.fft.rfftfreq(shape[2])]
        )
    )
    np.testing.assert_allclose(shifted, f * np.exp(-2j * np.pi * turns), atol=1e-9)


@dtypes
def test_any_number_of_threads_gives_the_same_bytes(dtype):
    a = random_array((19, 20, 22), dtype)
    expected = _core.forward_transform(a, threads=1)
    back = _core.inverse_transform(expected, 22, threads=1)
    for threads in THREAD_COUNTS:
        assert _core.forward_transform(a, threads=threads).tobytes() == expected.tobytes()
        found = _core.inverse_transform(expected, 22, threads=threads)
        assert found.tobytes() == back.tobytes()


def test_inverse_leaves_its_argument_alone():
    f = _core.forward_transform(random_array((6, 7, 8), np.float32))
    copy = f.copy()
    _core.inverse_transform(f, 8)
    np.testing.assert_array_equal(f, copy)


@pytest.mark.parametrize("dtype", [np.int32, np.float16, np.complex64])
def test_a_map_of_another_type_is_refused(dtype):
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _core.forward_transform(np.zeros((4, 4, 4), dtype))


def test_a_map_in_another_order_is_refused():
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _core.forward_transform(np.zeros((4, 5, 6), np.float32, order="F"))


def test_a_map_of_two_dimensions_is_refused():
    with pytest.raises(ValueError, match=r"map has 2 dimensions; expected 3 \(z, y, x\)"):
        _core.forward_transform(np.zeros((4, 4), np.float32))


def test_an_empty_map_is_refused():
    with pytest.raises(ValueError, match=r"grid has shape \(4, 0, 4\)"):
        _core.forward_transform(np.zeros((4, 0, 4), np.float32))


def test_a_length_that_does_not_fit_the_coefficients_is_named():
    with pytest.raises(ValueError, match="nx is 8, but the coefficients have 4 columns"):
        _core.inverse_transform(np.zeros((4, 4, 4), np.complex64), 8)


def test_a_length_that_does_not_fit_the_padded_rows_is_named():
    with pytest.raises(ValueError, match="nx is 8, but rows have 8 values; expected 10"):
        _core.transform_in_place(np.zeros((4, 4, 8), np.float32), 8, True)


def test_a_read_only_array_is_not_transformed_in_place():
    padded = np.zeros((4, 4, 10), np.float32)
    padded.flags.writeable = False
    with pytest.raises(ValueError, match="not writeable"):
        _core.transform_in_place(padded, 8, True)
