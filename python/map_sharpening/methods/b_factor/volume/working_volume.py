"""The part of a map in which trials of B factors are scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import WorkingVolume
from map_sharpening.methods.b_factor.volume.cut_out_box import cut_out_box
from map_sharpening.methods.b_factor.volume.density_box import Bounds, density_box

#: Grid points along an edge below which a box is too small for a score.
_SHORTEST_EDGE = 8

CoreBox = tuple[tuple[int, int, int], tuple[int, int, int]]  #: first and last, z y x, inclusive


@dataclass(frozen=True)
class ScoredPart:
    """A working volume in the core's form."""

    volume: WorkingVolume
    box: CoreBox | None = None  #: None: not one box within the map
    mask: FloatMap | None = None  #: above 0.5 in a box that goes on across the map's faces
    warnings: tuple[str, ...] = ()

    @property
    def is_whole_map(self) -> bool:
        """Whether all of the map is scored."""
        return self.box is None and self.mask is None

    def n_voxels(self) -> int:
        """Return how many voxels are scored."""
        first, last = self.volume.first, self.volume.last
        return math.prod(b - a + 1 for a, b in zip(first, last, strict=True))

    def cut_out_of(self, source: MapData) -> MapData:
        """Return the part as a separate map, in a box of its size."""
        if self.is_whole_map:
            return source
        values = np.ascontiguousarray(source.values[_places(self.volume, source.values.shape)])
        return MapData(values, source.position, f"the box in {source.name}")

    def put_back(self, values: FloatMap, shape: tuple[int, ...]) -> FloatMap:
        """Return values of the part in a map of this shape (z, y, x), 0 elsewhere."""
        if self.is_whole_map:
            return values
        whole = np.zeros(shape, np.float32)
        whole[_places(self.volume, shape)] = values
        return whole


def scored_part(
    source: MapData, options: BFactorOptions, solvent_fraction: Callable[[], float]
) -> ScoredPart:
    """Choose where trials are scored; the map's B and its anisotropy are always of all of it.

    Parameters
    ----------
    options : BFactorOptions
        By default the whole map; density_select_in_auto_sharpen and box_in_auto_sharpen ask
        for a box, the second goes first.
    solvent_fraction : callable
        Of the whole map; only called to find a region for a box.
    """
    if not options.is_box_wanted:
        why = "no search, no box" if options.volume.is_box_asked_for else "by default"
        return ScoredPart(_whole(source, why))
    if options.volume.box_in_auto_sharpen:
        kind, largest_share = "cut-out box", options.volume.max_box_fraction
        name = "max_box_fraction"
        bounds = cut_out_box(source, options, solvent_fraction)
        how = "round box_center" if options.volume.box_center is not None else "round a region"
        if options.volume.box_center is None and options.volume.use_weak_density:
            how += " of weak density"
        how += _other_size(bounds, options)
    else:
        kind, largest_share = "density box", options.volume.density_select_max_box_fraction
        name = "density_select_max_box_fraction"
        bounds = density_box(source, options.volume.density_select_threshold_in_auto_sharpen)
        how = "where the density is high"
    first, last = bounds
    edges = [b - a + 1 for a, b in zip(first, last, strict=True)]
    share = math.prod(edges) / source.values.size
    if share > largest_share:
        why = f"a {kind} would hold {share:.2f} of it, more than {name}"
        return ScoredPart(_whole(source, why), warnings=(f"the whole map is scored: {why}",))
    if min(edges) < _SHORTEST_EDGE:
        size = " x ".join(str(edge) for edge in edges)
        why = f"a {kind} of {size} grid points is too small to be scored"
        return ScoredPart(_whole(source, why), warnings=(f"the whole map is scored: {why}",))
    volume = WorkingVolume(kind, first, last, share, how)
    warnings = tuple(_cut_down(source, edges, options))
    nz, ny, nx = source.values.shape
    is_inside = all(a >= 0 for a in first) and all(
        b < n for b, n in zip(last, (nx, ny, nz), strict=True)
    )
    if is_inside:
        (x, y, z), (x_last, y_last, z_last) = bounds
        return ScoredPart(volume, box=((z, y, x), (z_last, y_last, x_last)), warnings=warnings)
    mask = np.zeros(source.values.shape, np.float32)
    mask[_places(volume, mask.shape)] = 1
    return ScoredPart(volume, mask=mask, warnings=warnings)


def _other_size(bounds: Bounds, options: BFactorOptions) -> str:
    """Return a message if a box doesn't have the size that was given."""
    size = tuple(b - a + 1 for a, b in zip(*bounds, strict=True))
    wanted = tuple(options.volume.box_size)
    if size == wanted:
        return ""
    made, asked = (" x ".join(map(str, edges)) for edges in (size, wanted))
    rim = " with its soft rim" if options.volume.soft_mask else ""
    return f"; {made} grid points for a box_size of {asked}{rim}"


def _cut_down(source: MapData, edges: Sequence[int], options: BFactorOptions) -> Iterator[str]:
    """Yield a warning about a cut-out box that is smaller than was asked for."""
    wanted = options.volume.box_size
    is_cut = options.volume.box_in_auto_sharpen and any(
        made < asked for made, asked in zip(edges, wanted, strict=True)
    )
    if is_cut:
        made, asked = (" x ".join(map(str, size)) for size in (edges, wanted))
        yield (
            f"box_size is {asked} grid points, of which {made} lie in {source.name}: the box was "
            "cut down to these; give a smaller box_size, or box_center further inside"
        )


def _whole(source: MapData, how: str) -> WorkingVolume:
    nz, ny, nx = source.values.shape
    return WorkingVolume("whole map", (0, 0, 0), (nx - 1, ny - 1, nz - 1), 1.0, how)


def _places(volume: WorkingVolume, shape: tuple[int, ...]) -> tuple[npt.NDArray[np.intp], ...]:
    """Return the grid points of a volume in a map of this shape (z, y, x), across its faces."""
    x, y, z = (np.arange(a, b + 1) for a, b in zip(volume.first, volume.last, strict=True))
    nz, ny, nx = shape
    return np.ix_(z % nz, y % ny, x % nx)
