"""Local B-factor sharpening: a B for each place, from tiles of maps sharpened as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.result import LocalBFactor
from map_sharpening.methods.shared.option_groups import Accepted, OptionGroup, above_zero, option
from map_sharpening.molecule.ncs import NcsGroup

#: Provides a trial map, given its place in the list, its b_sharpen and a function that
#: makes it: by calling that function, or from a file that an earlier run wrote.
TrialMapSource = Callable[[int, float, Callable[[], FloatMap]], FloatMap]


@dataclass(frozen=True)
class LocalOptions(OptionGroup):
    """How local B factors are found.

    Attributes
    ----------
    box_size : (int, int, int)
        Of tiles, grid points along x, y, z.
    target_n_overlap : int
        Grid points that neighbouring tiles share, at least.
    smoothing_radius : float, optional
        Å; by default two thirds of the distance between tiles.
    select : int, optional
        Use this trial map alone, counted from 1.
    periodic : bool
        The map repeats.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """

    box_size: tuple[int, int, int] = option(
        (30, 30, 30),
        Accepted(lambda size: len(size) == 3 and min(size) > 0, "three whole numbers above 0"),
    )
    target_n_overlap: int = 10
    smoothing_radius: float | None = option(None, above_zero())
    select: int | None = None
    periodic: bool = False

    def check_together(self) -> None:
        """Check that tiles overlap by less than their size."""
        shortest = min(self.box_size)
        self.require(
            0 <= self.target_n_overlap < shortest,
            "target_n_overlap",
            f"0 or more, below the shortest edge of box_size ({shortest})",
        )

    @property
    def tiles(self) -> _core.TileOptions:
        """Return how the core covers a map with tiles."""
        x, y, z = self.box_size
        return _core.TileOptions(
            edges=(z, y, x), overlap=self.target_n_overlap, periodic=self.periodic
        )

    def of_core(self, threads: int, **others: Any) -> _core.LocalBFactorOptions:
        """Return them in the core's form, with others of its own."""
        return _core.LocalBFactorOptions(
            tiles=self.tiles, smoothing_radius=self.smoothing_radius, threads=threads, **others
        )


def sharpen_locally(
    source: MapData,
    coefficients: Coefficients,
    grid: FourierGrid,
    trials: Sequence[_core.LocalTrial],
    *,
    centre: float,
    molecule: npt.NDArray[np.bool_] | None = None,
    ncs: Sequence[NcsGroup] = (),
    options: LocalOptions,
    trial_maps: TrialMapSource | None = None,
) -> tuple[FloatMap, LocalBFactor]:
    """Sharpen each place of a map by its own B factor.

    The whole map is sharpened by each trial's B. Tiles of each trial map are scored by the power
    of their density; how that rises with B, averaged over a Gaussian of their distance and over
    symmetry copies and drawn towards the whole map's, tells how far the B of a tile lies from
    that of the whole map: a tile's B is where its power rises as that of the whole map does at
    the centre, so that places whose density falls off faster are sharpened more. (To compare
    where tiles' adjusted surface area or kurtosis is highest gained nothing over one B for all
    on simulated maps: single tiles hold few regions.) Between tiles B is interpolated, and the
    result is at each voxel the linear blend of the two trial maps that enclose its B. Each trial
    map is made twice; no more than one is held at a time besides the result.

    Parameters
    ----------
    source : MapData
        Where the map lies; its values are not used.
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64
        Half-complex coefficients of the whole map; not changed.
    grid : FourierGrid
        Of the map, with the finest terms kept.
    trials : sequence of LocalTrial
        Maps to blend, with increasing b_sharpen.
    centre : float
        b_sharpen (Å²) of the whole map, about which local ones are sought.
    molecule : ndarray of bool, shape (nz, ny, nx), optional
        Where the molecule is. Tiles count by how much of it they hold.
    ncs : sequence of NcsGroup
        Copies whose scores are averaged.
    trial_maps : callable, optional
        Called as ``trial_maps(index, b_sharpen, make)`` for each trial, twice for most: return
        ``make()``, or a map on the same scale kept from an earlier run.

    Returns
    -------
    ndarray, shape (nz, ny, nx), float32
        The map, mean 0 and SD 1.
    LocalBFactor

    Raises
    ------
    ParameterError
        If the selected trial does not exist.
    ValueError
        If shapes do not match, there is no trial or nothing to score.
    """
    select = options.select
    if select is not None and not 1 <= select <= len(trials):
        raise ParameterError(
            f"select_sharpened_map is {select}; expected a number from 1 to {len(trials)}"
        )
    place = (grid.shape, grid.cell, grid.d_min)
    first_point = np.array(source.position.first_point)
    centres = _core.make_tiles(grid.shape, options.tiles).centres(grid.cell)

    def kept(index: int) -> FloatMap:
        assert trial_maps is not None, "asked for with trial maps only"
        trial = trials[index]
        return trial_maps(
            index,
            trial.b_sharpen,
            lambda: _core.make_trial_map(coefficients, *place, trial.factors, grid.threads),
        )

    values, b_map, found = _core.sharpen_locally(
        coefficients,
        *place,
        trials,
        options.of_core(
            grid.threads,
            centre=centre,
            selected=None if select is None else select - 1,
            places=_copies_of(centres, first_point, ncs),
        ),
        _as_mask(molecule),
        None if trial_maps is None else kept,
    )
    return values, LocalBFactor(
        b_sharpen=source.with_values(b_map, "local B factors"),
        centres=centres + first_point,
        b_sharpen_of_tiles=np.array(found.b_sharpen),
        smoothing_radius=found.smoothing_radius,
    )


def without_local_anisotropy(
    coefficients: Coefficients,
    grid: FourierGrid,
    factors_of_whole: _core.ScaleFactors,
    *,
    molecule: npt.NDArray[np.bool_] | None = None,
    options: LocalOptions,
) -> Coefficients:
    """Return coefficients of the map with its local anisotropy taken off.

    The five parts of a traceless tensor are taken off one after the other, each like a local
    B factor: from how the power of a tile's density rises with that part, against the whole
    map's. The anisotropy of the whole map stays; `factors_of_whole` takes it off.
    A molecule that is itself drawn out within a tile is taken for anisotropy: where there is
    none to take off the map gets slightly worse.

    Parameters
    ----------
    coefficients, grid, molecule, options
        As in `sharpen_locally`.
    factors_of_whole : ScaleFactors
        What the whole map is sharpened by: anisotropy is measured in that map.

    Returns
    -------
    ndarray, shape (nz, ny, nx // 2 + 1), complex64

    Raises
    ------
    ValueError
        If shapes do not match or the map is constant.
    """
    return _core.remove_local_anisotropy(
        coefficients,
        grid.shape,
        grid.cell,
        grid.d_min,
        factors_of_whole,
        options.of_core(grid.threads),
        _as_mask(molecule),
    )


def _as_mask(molecule: npt.NDArray[np.bool_] | None) -> FloatMap | None:
    return None if molecule is None else np.ascontiguousarray(molecule, dtype=np.float32)


def _copies_of(
    centres: FloatArray, first_point: FloatArray, ncs: Sequence[NcsGroup]
) -> list[list[tuple[float, float, float]]]:
    """Return each centre and its copies, Å from the first point; empty without symmetry."""
    if not ncs:
        return []
    places = [centres]
    for group in ncs:
        in_first = _in_first_copy(centres + first_point, group)
        copies = group.copies_of(in_first) - first_point
        # The point itself is among its copies.
        distances = np.linalg.norm(copies - centres, axis=2)
        nearest = distances.argmin(axis=0)
        for copy, positions in enumerate(copies):
            places.append(np.where((nearest == copy)[:, None], np.nan, positions))
    stacked = np.stack(places, axis=1)
    return [
        [(float(x), float(y), float(z)) for x, y, z in of_tile if not np.isnan(x)]
        for of_tile in stacked
    ]


def _in_first_copy(points: FloatArray, group: NcsGroup) -> FloatArray:
    """Return where points lie in the first copy, each taken as of the copy with nearest centre.

    Without centres points are left: copies of a closed group are the same from any of them.
    """
    if group.centres is None:
        return points
    apart = np.linalg.norm(points[:, None, :] - group.centres[None, :, :], axis=2)
    copy = apart.argmin(axis=1)
    turned = points - group.translations[copy]
    # The inverse of a rotation is its transpose.
    return cast(FloatArray, np.einsum("nji,nj->ni", group.rotations[copy], turned))
