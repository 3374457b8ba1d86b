"""Half maps whose shells all have the same power, so that no mask mixes them."""

from __future__ import annotations

from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.half_maps.result import HalfMapResult


def with_even_spectrum(half: MapData, result: HalfMapResult, threads: int = 0) -> MapData:
    """Return a half map in the form in which it was masked.

    Correlations are the same by it, but no sphere or mask carries power of strong shells into
    weak ones. A half map that was masked as it is comes back unchanged.
    """
    if result.flattening is None:
        return half
    grid = FourierGrid.to_d_min(half, half.nyquist, threads)
    return half.with_values(grid.filtered(half.values, result.flattening), half.name)
