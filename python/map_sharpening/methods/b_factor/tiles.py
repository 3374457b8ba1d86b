"""Local B-factor sharpening: a B for each place, from tiles of maps sharpened as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

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
    target : LocalTarget
    shrinkage : float, optional
        Weight of the whole map's curve, in tiles; by default one for the target.
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
    target: _core.LocalTarget = option(_core.LocalTarget.fall_off)
    shrinkage: float | None = option(None, above_zero())
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

    def of_core(
        self,
        score: _core.ScoreOptions,
        *,
        centre: float | None = None,
        places: Sequence[Sequence[tuple[float, float, float]]] = (),
        threads: int = 0,
    ) -> _core.LocalBFactorOptions:
        """Return them in the core's form."""
        return _core.LocalBFactorOptions(
            tiles=self.tiles,
            target=self.target,
            centre=centre,
            selected=None if self.select is None else self.select - 1,
            score=score,
            smoothing_radius=self.smoothing_radius,
            shrinkage=self.shrinkage,
            places=places,
            threads=threads,
        )


@dataclass(frozen=True)
class LocalTrials:
    """Maps that a local map is blended from, by increasing b_sharpen."""

    b_sharpen: tuple[float, ...]  #: Å²
    factors: tuple[_core.ScaleFactors, ...]

    @classmethod
    def of(
        cls,
        b_sharpen: Sequence[float],
        factors_of: Callable[[float], _core.ScaleFactors],
        centre: float | None = None,
    ) -> LocalTrials:
        """Return trials of the values given and of the centre, each once."""
        wanted = set(map(float, b_sharpen))
        if centre is not None:
            wanted.add(float(centre))
        ordered = tuple(sorted(wanted))
        return cls(ordered, tuple(map(factors_of, ordered)))


def sharpen_locally(
    source: MapData,
    coefficients: Coefficients,
    grid: FourierGrid,
    trials: LocalTrials,
    score_options: _core.ScoreOptions,
    *,
    centre: float | None = None,
    molecule: npt.NDArray[np.bool_] | None = None,
    ncs: Sequence[NcsGroup] = (),
    options: LocalOptions | None = None,
    trial_maps: TrialMapSource | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[FloatMap, LocalBFactor]:
    """Sharpen each place of a map by its own B factor.

    The whole map is sharpened by each trial's B. Tiles of each trial map are scored; their
    scores against B, averaged over a Gaussian of their distance and over symmetry copies and
    drawn towards the whole map's, tell how far the B of a tile lies from that of the whole
    map. Between tiles B is interpolated, and the result is at each voxel the linear blend of
    the two trial maps that enclose its B. Each trial map is made twice; no more than one is
    held at a time besides the result.

    With the target fall_off a tile's B is where the power of its density rises with B as that
    of the whole map does at the centre: places whose density falls off faster are sharpened
    more. The other targets compare where the score is highest; single tiles hold few regions,
    and on simulated maps these targets gained nothing over one B for all.

    Parameters
    ----------
    source : MapData
        Where the map lies; its values are not used.
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64
        Half-complex coefficients of the whole map; not changed.
    grid : FourierGrid
        Of the map, with the finest terms kept.
    trials : LocalTrials
        Maps to blend.
    score_options : ScoreOptions
        Of the whole map, without a box.
    centre : float, optional
        b_sharpen (Å²) of the whole map, about which local ones are sought. By default the
        trial whose map scores highest as a whole.
    molecule : ndarray of bool, shape (nz, ny, nx), optional
        Where the molecule is. Tiles count by how much of it they hold.
    ncs : sequence of NcsGroup
        Copies whose scores are averaged.
    trial_maps : callable, optional
        Called as ``trial_maps(index, b_sharpen, make)`` for each trial, twice for most: return
        ``make()``, or a map on the same scale kept from an earlier run.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    ndarray, shape (nz, ny, nx), float32
        The map, mean 0 and SD 1.
    LocalBFactor

    Raises
    ------
    ParameterError
        If the selected trial does not exist or there is no trial.
    ValueError
        If shapes do not match or there is nothing to score.
    """
    chosen = LocalOptions() if options is None else options
    if not trials.b_sharpen:
        raise ParameterError("there are no trials; give at least one b_sharpen")
    _require_selected(chosen, len(trials.b_sharpen))
    place = (grid.shape, grid.cell, grid.d_min)
    first_point = np.array(source.position.first_point)
    centres = _core.make_tiles(grid.shape, chosen.tiles).centres(grid.cell)

    def kept(index: int) -> FloatMap:
        assert trial_maps is not None, "asked for with trial maps only"
        factors = trials.factors[index]
        return trial_maps(
            index,
            trials.b_sharpen[index],
            lambda: _core.make_trial_map(coefficients, *place, factors, grid.threads),
        )

    values, b_map, found = _core.sharpen_locally(
        coefficients,
        *place,
        [_core.LocalTrial(b, f) for b, f in zip(trials.b_sharpen, trials.factors, strict=True)],
        chosen.of_core(
            score_options,
            centre=centre,
            places=_copies_of(centres, first_point, ncs),
            threads=grid.threads,
        ),
        _as_mask(molecule),
        None if trial_maps is None else kept,
        None if progress is None else lambda done, total: progress(done / total),
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
    options: LocalOptions | None = None,
) -> Coefficients:
    """Return coefficients of the map with its local anisotropy taken off.

    The five parts of a traceless tensor are taken off one after the other, each like a local
    B factor: from how the power of a tile's density rises with that part, against the whole
    map's. The anisotropy of the whole map stays; `factors_of_whole` takes it off.
    A molecule that is itself drawn out within a tile is taken for anisotropy: where there is
    none to take off the map gets slightly worse.

    Parameters
    ----------
    coefficients, grid, molecule
        As in `sharpen_locally`.
    factors_of_whole : ScaleFactors
        What the whole map is sharpened by: anisotropy is measured in that map.
    options : LocalOptions, optional
        The target is fall_off whatever they say, and shrinkage 1 by default.

    Returns
    -------
    ndarray, shape (nz, ny, nx // 2 + 1), complex64

    Raises
    ------
    ValueError
        If shapes do not match or the map is constant.
    """
    chosen = LocalOptions() if options is None else options
    return _core.remove_local_anisotropy(
        coefficients,
        grid.shape,
        grid.cell,
        grid.d_min,
        factors_of_whole,
        chosen.of_core(_core.ScoreOptions(), threads=grid.threads),
        _as_mask(molecule),
    )


def _as_mask(molecule: npt.NDArray[np.bool_] | None) -> FloatMap | None:
    return None if molecule is None else np.ascontiguousarray(molecule, dtype=np.float32)


def _require_selected(options: LocalOptions, n_trials: int) -> None:
    if options.select is not None and not 1 <= options.select <= n_trials:
        raise ParameterError(
            f"select_sharpened_map is {options.select}; expected a number from 1 to {n_trials}"
        )


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
