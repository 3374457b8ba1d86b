"""The soft spheres that local resolution is measured in, some or all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.map_data import FloatMap

#: Signal-to-noise ratios, float32, sphere by shell; and the mask's share of each sphere, float64.
SphereSpectra = tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Spheres:
    """Where the spheres lie and what is measured in them; numbers only, no maps."""

    shape: tuple[int, int, int]  #: of the map: z, y, x
    cell: tuple[float, float, float, float, float, float]  #: that the grid fills, Å, degrees
    window: float  #: Å, diameter
    step: float | None  #: Å, between them at most; None: a quarter of the window
    periodic: bool
    finest: float | None = None  #: Å, at which values are clipped; None: the Nyquist limit
    half_2_scale: float | None = None  #: values of half 2 over those of 1; None: as found

    @property
    def count(self) -> int:
        """How many spheres there are, measured or not."""
        return _core.count_spheres(self.shape, self.cell, self._for_core())

    def measure(
        self,
        half_1: FloatMap,
        half_2: FloatMap,
        mask: FloatMap | None,
        which: range,
        *,
        threads: int,
        progress: Callable[[str, float], None] | None = None,
    ) -> SphereSpectra:
        """Measure some spheres; what is found in each does not depend on the others.

        Raises
        ------
        ValueError
            If a number is out of range, or the spheres are not there.
        """
        return _core.measure_spheres(
            half_1,
            half_2,
            mask,
            self.cell,
            self._for_core(threads),
            which.start,
            which.stop,
            progress,
        )

    def resolution(
        self,
        spectra: SphereSpectra,
        mask: FloatMap | None,
        threshold: float,
        out: FloatMap,
        *,
        threads: int,
    ) -> _core.LocalResolution:
        """Fill a map, and return the values of all spectra on the spheres' lattice.

        Raises
        ------
        ValueError
            If a number is out of range, or spectra are missing.
        """
        options = self._for_core(threads)
        options.threshold = threshold
        return _core.resolution_of_spheres(*spectra, mask, out, self.cell, options)

    def _for_core(self, threads: int = 0) -> _core.LocalResolutionOptions:
        options = _core.LocalResolutionOptions()
        options.window = self.window
        options.step = self.step
        options.periodic = self.periodic
        options.d_min = self.finest
        options.half_2_scale = self.half_2_scale
        options.threads = threads
        return options
