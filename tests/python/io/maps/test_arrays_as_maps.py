"""Arrays that are taken for maps: nothing of them is dropped unsaid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from map_sharpening import sharpen_half_maps
from map_sharpening.maps.map_data import MapData

SHAPE = (3, 4, 5)
NUMBERS = np.arange(60).reshape(SHAPE)


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i8", "f2", "f4", ">f4", "f8", "g"])
def test_real_numbers_of_any_kind_are_a_map(dtype: str) -> None:
    values = NUMBERS.astype(dtype)
    made = MapData.from_array(values, 1.0).values
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, values.astype(np.float32))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (NUMBERS + 1j, "complex numbers, as of a Fourier transform"),
        (NUMBERS.astype(np.complex64), "complex numbers"),
        (NUMBERS.astype(str), "values of type <U"),
        (NUMBERS.astype(object), "values of type object"),
        (NUMBERS.astype("m8[s]"), "values of type timedelta64"),
        (np.zeros(SHAPE, [("a", "f4")]), "values of type"),
        (np.ma.masked_less(NUMBERS, 7), "is masked out at 7 of"),
        (NUMBERS * 1e300, "beyond 3.4e+38"),
    ],
)
def test_other_arrays_are_refused_by_name(values: Any, words: str) -> None:
    with pytest.raises(ValueError, match=r"density (holds|has|is)") as caught:
        MapData.from_array(values, 1.0, name="density")
    assert words in str(caught.value)


def test_a_masked_array_without_masked_values_is_a_map() -> None:
    made = MapData.from_array(np.ma.masked_less(NUMBERS, -1), 1.0)
    np.testing.assert_array_equal(made.values, NUMBERS)


def test_infinities_that_are_there_are_left_to_the_checks_of_values() -> None:
    values = np.where(NUMBERS == 3, np.inf, NUMBERS)
    assert np.isinf(MapData.from_array(values, 1.0).values).sum() == 1


def test_methods_refuse_complex_half_maps() -> None:
    transform = np.fft.fftn(np.random.default_rng(1).normal(size=(32, 32, 32)))
    with pytest.raises(ValueError, match="half_1 holds complex numbers"):
        sharpen_half_maps(transform, transform.real, voxel_size=1.5, resolution=4)
