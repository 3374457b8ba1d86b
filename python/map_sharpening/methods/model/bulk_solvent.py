"""Bulk solvent around a model: as much of it as makes the model fit a map better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import Coefficients
from map_sharpening.maps.fourier_grid import FourierGrid

#: Solvent shows in terms up to this resolution.
_FINEST = 6.0  #: Å
_LEVELS = np.linspace(0.0, 0.2, 41)  #: Å⁻², scattering length density; water has 0.10
_B_FACTORS = np.array([0.0, 20.0, 50.0, 100.0, 200.0, 400.0])  #: Å²
#: Gain in ln(likelihood) that two more parameters must bring.
_LEAST_GAIN = 8.0
_HIGHEST_SQUARE = 0.9999


@dataclass(frozen=True)
class BulkSolvent:
    """Solvent of even density outside the atoms, blurred by a B factor."""

    k_sol: float = 0.0  #: Å⁻², density in the units of electron scattering lengths per volume
    b_sol: float = 0.0  #: Å²

    def subtracted(
        self, atoms: Coefficients, region: Coefficients, grid: FourierGrid
    ) -> Coefficients:
        """Return the coefficients of atoms in vacuum less the solvent in the region they fill."""
        if self.k_sol == 0:
            return atoms
        factors = _core.b_iso_factors(-self.b_sol)
        blurred, _ = grid.scaled(region, factors)
        less: Coefficients = atoms - np.float32(self.k_sol) * blurred
        return less


def fit_bulk_solvent(
    observed: Coefficients,
    atoms: Coefficients,
    region: Coefficients,
    grid: FourierGrid,
    shell_width: float,
    independent_share: float,
) -> BulkSolvent:
    """Find the solvent with which the model correlates best with a map, if it helps clearly.

    Parameters
    ----------
    observed, atoms, region : ndarray, shape (nz, ny, nx // 2 + 1), complex64
        Coefficients of the masked map, the atoms, and the region that they fill.
    shell_width : float
        1/Å.
    independent_share : float
        Independent terms per term of the map.

    Returns
    -------
    BulkSolvent
        None of it (k_sol 0) unless the likelihood of the correlations to 6 Å rises clearly.
    """
    n_shells = int(1 / max(_FINEST, grid.d_min) / shell_width)
    if n_shells < 2:
        return BulkSolvent()

    of_atoms, of_region, both = (
        grid.power_sums(a, b, shell_width, n_shells)
        for a, b in ((observed, atoms), (observed, region), (atoms, region))
    )
    n = of_atoms.n_terms * independent_share
    s = of_atoms.s

    def ln_likelihood(solvent: BulkSolvent) -> float:
        k = solvent.k_sol * np.exp(-solvent.b_sol * s**2 / 4)
        cross = of_atoms.cross - k * of_region.cross
        power = of_atoms.auto_2 - 2 * k * both.cross + k**2 * of_region.auto_2
        known = of_atoms.auto_1 * power
        square = np.divide(cross**2, known, out=np.zeros(n_shells), where=known > 0)
        # A negative correlation is no fit.
        square = np.where(cross > 0, np.minimum(square, _HIGHEST_SQUARE), 0.0)
        return float(-np.sum(n * np.log1p(-square)))

    trials = [BulkSolvent(float(k), float(b)) for k in _LEVELS[1:] for b in _B_FACTORS]
    best = max(trials, key=ln_likelihood)
    gain = ln_likelihood(best) - ln_likelihood(BulkSolvent())
    return best if gain > _LEAST_GAIN else BulkSolvent()
