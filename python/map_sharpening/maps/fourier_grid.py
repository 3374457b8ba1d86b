"""The grid that Fourier coefficients belong to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import gemmi
import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import Cell, Coefficients
from map_sharpening.maps.grids import finest_spacing
from map_sharpening.maps.map_data import FloatMap, MapData


@dataclass(frozen=True)
class FourierGrid:
    """The grid that coefficients belong to, and up to which resolution they count."""

    shape: tuple[int, int, int]  #: of the map, z y x
    cell: Cell  #: Å and degrees, that the grid fills
    d_min: float  #: Å, finest terms
    threads: int = 0

    @classmethod
    def of_map(cls, map_data: MapData, resolution: float, threads: int) -> FourierGrid:
        """Return a map's grid with the terms that a map sharpened at a resolution keeps."""
        return cls.to_d_min(map_data, finest_spacing(map_data, resolution), threads)

    @classmethod
    def to_d_min(cls, map_data: MapData, d_min: float, threads: int = 0) -> FourierGrid:
        """Return a map's grid with its terms to d_min (Å)."""
        return cls(map_data.shape, map_data.box.parameters(), d_min, threads)

    @property
    def n_shells(self) -> int:
        """How many shells to d_min are as wide as the inverse of the box's shortest edge."""
        return math.ceil(min(self.cell[:3]) / self.d_min)

    @property
    def beyond_all(self) -> float:
        """Return a 1/d, in 1/Å, that no term of the whole grid exceeds."""
        nz, ny, nx = self.shape
        reciprocal = gemmi.UnitCell(*self.cell).reciprocal()
        axes = zip((nx, ny, nz), (reciprocal.a, reciprocal.b, reciprocal.c), strict=True)
        return sum(n * axis for n, axis in axes) / 2

    def scaled(
        self, coefficients: Coefficients, factors: _core.ScaleFactors
    ) -> tuple[Coefficients, float]:
        """Return terms to d_min times factors, and the variance of the map that they make."""
        return _core.apply_scale_factors(
            coefficients, self.shape, self.cell, 1 / self.d_min, factors, self.threads
        )

    def power_sums(
        self,
        a: Coefficients,
        b: Coefficients,
        width: float,
        n_shells: int,
        by_direction: bool = False,
    ) -> _core.PowerSums:
        """Return sums over two transforms by shells of a width (1/Å), and by direction."""
        return _core.power_sums(
            a, b, self.shape, self.cell, width, n_shells, by_direction, self.threads
        )

    def wilson_fit(self, coefficients: Coefficients, resolution: float) -> _core.TensorFit:
        """Return the B tensor of terms to a resolution (Å), as ideal intensities fall off."""
        return _core.fit_wilson_b(coefficients, self.shape, self.cell, resolution, self.threads)

    def map_of(self, coefficients: Coefficients) -> FloatMap:
        """Return the map of coefficients, which are overwritten."""
        return _core.inverse_transform(coefficients, self.shape[2], self.threads)

    def filtered(
        self, values: FloatMap, factors: _core.ScaleFactors, *, keeps_mean: bool = False
    ) -> FloatMap:
        """Return the map of a map's terms to d_min times factors; its mean is 0 or kept."""
        coefficients = _core.forward_transform(
            np.ascontiguousarray(values, np.float32), self.threads
        )
        mean = coefficients[0, 0, 0]
        coefficients, _ = self.scaled(coefficients, factors)
        if keeps_mean:
            coefficients[0, 0, 0] = mean
        return self.map_of(coefficients)
