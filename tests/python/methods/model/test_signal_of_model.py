"""The share of a model's map that is signal, which windows are compared with."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from random_maps import UNEQUAL_ODD, Tensor, quadratic_form, random_map, s_vectors

from map_sharpening import _core
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.methods.model.windows import map_of_signal


@pytest.mark.parametrize("ratio_b", [(0.0,) * 6, (30.0, -10.0, -20.0, 5.0, 0.0, -8.0)])
def test_each_term_keeps_one_over_one_plus_noise_over_signal(ratio_b: Tensor) -> None:
    shape, cell = UNEQUAL_ODD
    s = s_vectors(shape, cell)
    length = np.linalg.norm(s, axis=-1)
    model = random_map(np.ones_like(length), shape, 1)
    # what has been done to the map is none of the model's
    factors = _core.ScaleFactors(0.5, [7.0, 3.0, 5.0], [0.1, 0.6, 1.1], (9.0,) * 6, ratio_b)
    ideal = _core.forward_transform(model)
    found = map_of_signal(ideal, factors, FourierGrid(shape, cell.parameters(), 3.5))

    noise = (0.1 + length) * np.exp(-quadratic_form(ratio_b, s) / 2)
    kept = (length <= 1 / 3.5) & (length > 0)
    terms = scipy.fft.rfftn(model.astype(np.float64))
    expected = scipy.fft.irfftn(np.where(kept, terms / (1 + noise), 0), s=shape)
    np.testing.assert_allclose(found, expected, atol=1e-5 * expected.std())
