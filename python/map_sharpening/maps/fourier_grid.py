"""The grid that Fourier coefficients belong to."""

from __future__ import annotations

from dataclasses import dataclass

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
        nz, ny, nx = map_data.values.shape
        d_min = finest_spacing(map_data, resolution)
        return cls((nz, ny, nx), map_data.box.parameters(), d_min, threads)

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

    def map_of(self, coefficients: Coefficients) -> FloatMap:
        """Return the map of coefficients, which are overwritten."""
        return _core.inverse_transform(coefficients, self.shape[2], self.threads)
