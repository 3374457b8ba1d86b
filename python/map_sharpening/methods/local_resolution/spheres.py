"""The soft spheres that local resolution is measured in, some or all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
    step: float  #: Å, between them at most; 0: a quarter of the window
    wrapping: bool  #: the map is periodic

    @property
    def count(self) -> int:
        """How many spheres there are, measured or not."""
        return _core.count_spheres(
            self.shape, self.cell, self.window, self.step, wrapping=self.wrapping
        )

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
            self.window,
            which.start,
            which.stop,
            step=self.step,
            wrapping=self.wrapping,
            threads=threads,
            progress=progress,
        )

    def resolution(
        self,
        spectra: SphereSpectra,
        mask: FloatMap | None,
        threshold: float,
        out: FloatMap,
        *,
        threads: int,
    ) -> dict[str, Any]:
        """Fill a map, and return what `_core.resolution_of_spheres` finds in all spectra.

        Raises
        ------
        ValueError
            If a number is out of range, or spectra are missing.
        """
        return _core.resolution_of_spheres(
            *spectra,
            mask,
            out,
            self.cell,
            self.window,
            step=self.step,
            threshold=threshold,
            wrapping=self.wrapping,
            threads=threads,
        )
