"""The contour level that is recommended for a sharpened map."""

from __future__ import annotations

import numpy as np

from map_sharpening.maps.map_data import FloatMap

#: Lowest contour level to recommend, in standard deviations above the mean.
_LOWEST_CONTOUR = 0.5


def contour_level(values: FloatMap, molecule_fraction: float, output_scale: float) -> float:
    """Return a level at which side chains show without noise, in the units of the map.

    Half of the molecule's region lies inside the surface.
    """
    # Every third point along each axis tells a quantile well enough.
    sample = values[::3, ::3, ::3] if values.size > 3_000_000 else values
    share = min(max(0.5 * molecule_fraction, 1e-4), 0.5)
    # In a map with little or no solvent that would be at or below the mean.
    return max(float(np.quantile(sample, 1 - share)), _LOWEST_CONTOUR * output_scale)
