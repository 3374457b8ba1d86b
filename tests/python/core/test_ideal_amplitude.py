"""The tables of ideal amplitudes."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening import _core

CURVES = ("protein", "nucleic_acid", "beta_galactosidase")
curves = pytest.mark.parametrize("curve", CURVES)


@curves
def test_it_is_1_at_4_angstrom(curve):
    assert _core.ideal_amplitude(curve, np.array([0.25]))[0] == pytest.approx(1)


@curves
def test_it_is_linear_between_hundredths(curve):
    low, middle, high = _core.ideal_amplitude(curve, np.array([0.31, 0.315, 0.32]))
    assert middle == pytest.approx((low + high) / 2)


@curves
def test_it_is_held_at_both_ends(curve):
    values = _core.ideal_amplitude(curve, np.array([0.0, 0.03, 1.0, 7.0]))
    assert values[0] == values[1]
    assert values[2] == values[3]


@curves
def test_it_is_positive_everywhere(curve):
    assert np.all(_core.ideal_amplitude(curve, np.linspace(0, 1.2, 500)) > 0)


def test_proteins_have_a_peak_near_4_7_angstrom():
    s = np.linspace(0.15, 0.3, 300)
    peak = s[np.argmax(_core.ideal_amplitude("protein", s))]
    assert 1 / peak == pytest.approx(4.7, abs=0.15)


def test_an_unknown_curve_is_named():
    with pytest.raises(ValueError, match="ideal curve is 'fat'; expected protein, nucleic_acid"):
        _core.ideal_amplitude("fat", np.array([0.1]))
