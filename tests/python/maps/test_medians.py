"""Medians and percentiles, which are NumPy's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening.maps.arrays import median, median_of_sorted, percentiles, running_median


@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (8,), (3, 4), (3, 5, 7)])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16])
def test_a_median_is_that_of_numpy(shape: tuple[int, ...], kind: npt.DTypeLike) -> None:
    values = (100 * np.random.default_rng(1).normal(size=shape)).astype(kind)
    assert median(values) == np.median(values)
    assert median(values.tolist()) == np.median(values)
    assert median_of_sorted(np.sort(values, axis=None)) == np.median(values)
    asked = (0.0, 1.0, 37.5, 99.7, 100.0)
    np.testing.assert_allclose(percentiles(values, asked), np.percentile(values, asked), rtol=1e-6)


@pytest.mark.parametrize("values", [[], [np.nan], [1.0, np.nan, 2.0, 3.0]])
def test_there_is_no_median_of_nothing_or_with_nan(values: list[float]) -> None:
    assert np.isnan(median(values))


def test_infinite_values_have_a_median() -> None:
    assert median([np.inf, 1.0, -np.inf]) == 1
    assert median([np.inf, 1.0, np.inf]) == np.inf


@pytest.mark.parametrize("n", [1, 2, 3, 9])
def test_a_running_median_is_that_of_three_with_ends_that_count_twice(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    around = [values[[max(i - 1, 0), i, min(i + 1, n - 1)]] for i in range(n)]
    np.testing.assert_array_equal(running_median(values), np.median(around, axis=1))
