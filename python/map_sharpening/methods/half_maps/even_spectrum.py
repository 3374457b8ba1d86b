"""Half maps whose shells all have the same power, so that no mask mixes them."""

from __future__ import annotations

from map_sharpening import _core
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.half_maps.result import HalfMapResult


def with_even_spectrum(half: MapData, result: HalfMapResult, threads: int = 0) -> MapData:
    """Return a half map in the form in which it was masked.

    Correlations are the same by it, but no sphere or mask carries power of strong shells into
    weak ones. A half map that was masked as it is comes back unchanged.
    """
    if result.flattening is None:
        return half
    shape, cell = half.values.shape, half.box.parameters()
    coefficients = _core.forward_transform(contiguous(half), threads)
    s_max = 1 / half.nyquist
    evened, _ = _core.apply_scale_factors(
        coefficients, shape, cell, s_max, result.flattening, threads
    )
    return half.with_values(_core.inverse_transform(evened, shape[2], threads), half.name)
