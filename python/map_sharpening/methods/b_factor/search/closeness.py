"""How close a map comes to an ideal one when it is sharpened, by its signal and noise."""

from __future__ import annotations

import math

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.methods.b_factor.signal_share import SignalShare

#: Difference between correlations expected from which on it counts. Falls were .012 to .036 in
#: eight maps that lost or gained nothing, and .013 and .025 in two that gained. Without a blur
#: beyond d_cut it was .01 to .036 higher in 20 maps that came out better and in two that didn't
#: (of those that were as skewed), and .004 to .009 in five that came out worse.
_CLEARLY = 0.01
#: Skewness from which on this is asked: of maps that are mostly noise it tells nothing.
_LEAST_SKEWNESS = 0.25


class Closeness:
    """Correlation with an ideal map that the signal and noise of a map's molecule let expect.

    With n terms, signal S, noise N, ideal amplitudes A and factors f by shell it is
    Σ n A √S f / √(Σ n A² Σ n (S + N) f²).

    Parameters
    ----------
    share : SignalShare
    d_min : float
        Å, finest terms kept.
    ideal_curve : str
        protein, nucleic_acid or beta_galactosidase.
    """

    def __init__(self, share: SignalShare, d_min: float, ideal_curve: str) -> None:
        kept = share.s <= 1 / d_min
        self._s = share.s[kept]
        ideal = _core.ideal_amplitude(ideal_curve, self._s)
        n, power = share.n_terms[kept], share.power[kept]
        self._power = n * power
        self._overlap = n * ideal * np.sqrt(share.share[kept] * power)
        self._of_ideal = float(np.sum(n * ideal**2))

    def is_lost_by(self, factors: _core.ScaleFactors, skewness: float) -> bool:
        """Whether factors are expected to take a map of such skewness clearly further away."""
        if skewness < _LEAST_SKEWNESS:
            return False
        change = self.expected(factors) - self.correlation(np.ones_like(self._s))
        return change < -_CLEARLY

    def is_higher_with(self, factors: _core.ScaleFactors, others: _core.ScaleFactors) -> bool:
        """Whether a clearly higher correlation is expected with factors than with others."""
        return self.expected(factors) - self.expected(others) > _CLEARLY

    def expected(self, factors: _core.ScaleFactors) -> float:
        """Return the correlation expected with factors."""
        return self.correlation(np.array([factors.radial_mean(float(s)) for s in self._s]))

    def correlation(self, factors: FloatArray) -> float:
        """Return the correlation expected with factors by shell, to d_min."""
        # Only their ratios count, and squares of the largest could leave double precision.
        factors = factors / factors.max()
        norm = math.sqrt(self._of_ideal * float(self._power @ factors**2))
        return float(self._overlap @ factors) / norm
