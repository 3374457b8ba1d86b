"""How much of a map's power is signal, by resolution, from its molecule and its solvent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.smoothing import whittaker_smoothed
from map_sharpening.methods.shared.soft_masks import (
    OutsideValue,
    gaussian_smoothed,
    masked_coefficients,
    whole_box_taper,
)

#: Mean square of a region's soft mask below which it tells too little.
_LEAST_SOLVENT, _LEAST_MOLECULE = 0.05, 0.001
#: Noise over power in the molecule, in every shell, below which the solvent was flattened.
_FLATTENED = 1e-6
_STEPS_PER_SHELL = 8


@dataclass(frozen=True)
class SignalShare:
    """S / (S + N) by shell of resolution: the posterior mean of a term over its value.

    S is the power of the signal and N that of the noise per volume of the molecule.
    """

    s: FloatArray  #: 1/Å, middle of the shell
    share: FloatArray  #: 0 to 1

    def at(self, d: float) -> float:
        """Return the share at a resolution in Å."""
        return float(np.interp(1 / d, self.s, self.share))

    def weighted(self, factors: _core.ScaleFactors, d_min: float) -> _core.ScaleFactors:
        """Return factors without a ratio, times the share, to d_min (Å)."""
        step = min(factors.step, float(self.s[0]) / _STEPS_PER_SHELL)
        s = step * np.arange(math.ceil(1 / (d_min * step)) + 2)
        gain = np.interp(s / factors.step, np.arange(len(factors.gain)), factors.gain)
        gain *= np.interp(s, self.s, self.share)
        return _core.ScaleFactors(step, gain.tolist(), gain_b=factors.gain_b)


def signal_share(
    source: MapData,
    is_solvent: npt.NDArray[np.bool_],
    resolution: float,
    d_min: float,
    *,
    periodic: bool = False,
    threads: int = 0,
) -> SignalShare:
    """Return the share of signal in the power of the molecule.

    Noise is taken to be in the molecule as it is in the solvent. Both are looked at through soft
    masks, and their powers divided by the volume that these see.

    Parameters
    ----------
    source : MapData
        The map.
    is_solvent : ndarray of bool, shape (z, y, x)
        Where the solvent is.
    resolution : float
        Å, width of the masks' edges.
    d_min : float
        Å, finest terms.
    periodic : bool
        The map fills a unit cell.
    threads : int
        0 means all.

    Raises
    ------
    MapValueError
        If solvent or molecule is too small, or the solvent was flattened.
    """
    smooth = gaussian_smoothed(is_solvent.astype(np.float32), source.box, resolution, threads)
    # Either mask lies within the edge that was smoothed, and doesn't see the other region.
    grid = FourierGrid.of_map(source, d_min, threads)
    box = source.box
    n_shells = math.ceil(min(box.a, box.b, box.c) / grid.d_min)
    width = 1 / grid.d_min / n_shells

    def power(
        mask: FloatMap, outside: OutsideValue, least: float, name: str
    ) -> tuple[FloatArray, FloatArray]:
        mean_square = float(np.square(mask).mean(dtype=np.float64))
        if mean_square < least:
            raise MapValueError(
                f"{source.name} has too little {name} to tell signal from noise (its share is "
                f"{mean_square:.2g}, expected at least {least:g}); leave pseudo_likelihood out"
            )
        terms = masked_coefficients(source, mask, outside, threads)
        sums = _core.power_sums(
            terms, terms, grid.shape, grid.cell, width, n_shells, False, threads
        )
        return sums["auto_1"] / mean_square, sums["n_terms"]

    solvent = np.clip(2 * smooth - 1, 0, 1)
    if not periodic:
        solvent *= whole_box_taper(source, resolution, threads)
    noise, n_terms = power(solvent, "mean", _LEAST_SOLVENT, "solvent")
    del solvent
    molecule = np.clip(1 - 2 * smooth, 0, 1)
    all_power, _ = power(molecule, "solvent", _LEAST_MOLECULE, "molecule")
    known = (n_terms > 0) & (all_power > 0)
    ratio = noise[known] / all_power[known]
    if not ratio.size or ratio.max() < _FLATTENED:
        raise MapValueError(
            f"the solvent of {source.name} holds no noise, as if it had been masked or "
            "flattened; leave pseudo_likelihood out"
        )
    ln_ratio = np.log(np.maximum(ratio, _FLATTENED))
    smoothed = np.exp(whittaker_smoothed(ln_ratio, n_terms[known]))
    s: FloatArray = (np.arange(n_shells, dtype=np.float64)[known] + 0.5) * width
    return SignalShare(s, np.clip(1 - smoothed, 0, 1))
