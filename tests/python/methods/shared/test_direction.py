"""Factors along single directions."""

from __future__ import annotations

import re

import numpy as np
from random_maps import quadratic_form

from map_sharpening import _core
from map_sharpening.methods.shared.direction import directional_scale, tensor_of_factors

TENSOR = (40.0, -10.0, -30.0, 7.0, -5.0, 12.0)


def test_directions_are_unit_vectors_along_what_their_names_say() -> None:
    found = directional_scale(_core.ScaleFactors(1.0, [1.0, 1.0]), np.array([0.1]), 1)
    assert len(set(found.names)) == 9
    for name, unit in zip(found.names, found.directions, strict=True):
        expected = np.zeros(3)
        for sign, axis in re.findall(r"([+-]?)([XYZ])", name):
            expected["XYZ".index(axis)] = -1 if sign == "-" else 1
        np.testing.assert_allclose(unit, expected / np.sqrt(len(expected.nonzero()[0])))


def test_scale_is_that_of_the_tensor_along_each_direction_and_ends_where_the_data_do() -> None:
    factors = _core.ScaleFactors(1.0, [2.0, 2.0], gain_b=TENSOR)
    s = np.array([0.0, 0.1, 0.25, 0.4])
    found = directional_scale(factors, s, 3)
    along = quadratic_form(TENSOR, found.directions)[:, None]
    expected = np.where(s < 0.3, 2 * np.exp(-along * s**2 / 4), 0)
    np.testing.assert_allclose(found.scale, expected, rtol=1e-6)


def test_the_tensor_of_factors_does_not_depend_on_their_mean_by_shell() -> None:
    width = 0.03
    s = width * (0.5 + np.arange(14))
    weights = np.full(len(s), 50.0)
    found = []
    for knots in (np.ones(16), np.where(np.arange(16) % 4 < 2, 1.0, 40.0)):
        factors = _core.ScaleFactors(width, knots.tolist(), gain_b=TENSOR)
        alike = _core.ScaleFactors(width, knots.tolist())
        radial = np.array([alike.at((at, 0.0, 0.0)) for at in s])
        found.append(tensor_of_factors(factors, s, radial, weights))
    for each in found:
        # each of the core's directions stands for those around it
        np.testing.assert_allclose(each.values, -np.array(TENSOR), rtol=0.06)
    np.testing.assert_allclose(found[1].values, found[0].values, rtol=1e-6)
    np.testing.assert_allclose(found[1].standard_errors, found[0].standard_errors, rtol=1e-9)
