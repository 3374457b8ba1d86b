"""Local B-factor sharpening: a B for each place, from tiles of maps sharpened as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.result import LocalBFactor
from map_sharpening.molecule.ncs import NcsGroup

LOCAL_TARGETS = ("fall_off", "adjusted_sa", "kurtosis")

#: How a trial map comes about, given its place in the list, its b_sharpen and a function that
#: makes it: by calling that function, or from a file that an earlier run wrote.
TrialMapSource = Callable[[int, float, Callable[[], FloatMap]], FloatMap]

#: Å², of the trials for local anisotropy; half of it at most is taken off.
_ANISOTROPY_STEP = 40.0
#: It is noisier than the fall-off: one tile's worth of the whole map's curve steadies it.
_ANISOTROPY_SHRINKAGE = 1.0
#: Traceless tensors, XX, YY, ZZ, XY, XZ, YZ, that all others are sums of.
_ANISOTROPY_PARTS = (
    (2 / 3, -1 / 3, -1 / 3, 0.0, 0.0, 0.0),
    (0.0, 1 / 2, -1 / 2, 0.0, 0.0, 0.0),
    (0.0, 0.0, 0.0, 1 / 2, 0.0, 0.0),
    (0.0, 0.0, 0.0, 0.0, 1 / 2, 0.0),
    (0.0, 0.0, 0.0, 0.0, 0.0, 1 / 2),
)


@dataclass(frozen=True)
class LocalOptions:
    """How local B factors are found.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """

    box_size: tuple[int, int, int] = (30, 30, 30)  #: grid points along x, y, z
    target_n_overlap: int = 10  #: grid points that neighbouring tiles share, at least
    smoothing_radius: float | None = None  #: Å; None: 2/3 of the distance between tiles
    target: str = "fall_off"  #: one of LOCAL_TARGETS
    shrinkage: float | None = None  #: weight of the whole map's curve, in tiles; None: usual
    select: int | None = None  #: use this trial map alone, counted from 1
    wrapping: bool = False  #: the map is periodic

    def __post_init__(self) -> None:
        """Check each value."""

        def require(holds: bool, name: str, expected: str) -> None:
            if not holds:
                raise ParameterError(f"{name} is {getattr(self, name)}; expected {expected}")

        require(self.target in LOCAL_TARGETS, "target", " or ".join(LOCAL_TARGETS))
        require(
            len(self.box_size) == 3 and min(self.box_size) > 0,
            "box_size",
            "three whole numbers above 0",
        )
        require(
            0 <= self.target_n_overlap < min(self.box_size),
            "target_n_overlap",
            f"0 or more, below the shortest edge of box_size ({min(self.box_size)})",
        )
        for name in ("smoothing_radius", "shrinkage"):
            value = getattr(self, name)
            require(
                value is None or (math.isfinite(value) and value > 0), name, "a number above 0"
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


@dataclass(frozen=True)
class _Region:
    """The map's place, and what is the same for all trials."""

    shape: tuple[int, int, int]
    cell: tuple[float, float, float, float, float, float]
    d_min: float
    tiles: _core.Tiles
    contents: _core.TileContents
    radius: float
    places: list[list[tuple[float, float, float]]]
    score_options: _core.ScoreOptions
    options: LocalOptions
    threads: int


def sharpen_locally(
    source: MapData,
    coefficients: Coefficients,
    d_min: float,
    trials: LocalTrials,
    score_options: _core.ScoreOptions,
    *,
    centre: float | None = None,
    molecule: npt.NDArray[np.bool_] | None = None,
    ncs: Sequence[NcsGroup] = (),
    options: LocalOptions | None = None,
    trial_maps: TrialMapSource | None = None,
    threads: int = 0,
    progress: Callable[[float], None] | None = None,
) -> tuple[FloatMap, LocalBFactor]:
    """Sharpen each place of a map by a B factor of its own.

    The whole map is sharpened by each trial's B. Tiles of each trial map are scored; their
    scores against B, averaged over a Gaussian of their distance and over symmetry copies and
    drawn towards the whole map's, tell how far the B of a tile lies from that of the whole
    map. Between tiles B is interpolated, and the result is at each voxel the linear blend of
    the two trial maps that enclose its B. Each trial map is made twice; no more than one is
    held at a time beside the result.

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
    d_min : float
        Å; finer terms are left out.
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
    options : LocalOptions, optional
    trial_maps : callable, optional
        Called as ``trial_maps(index, b_sharpen, make)`` for each trial, twice for most: return
        ``make()``, or a map on the same scale kept from an earlier run.
    threads : int
        0 means all. The result does not depend on it.
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
        raise ParameterError("trials are none; give at least one b_sharpen")
    _require_selected(chosen, len(trials.b_sharpen))
    region = _region(source, d_min, score_options, molecule, ncs, chosen, threads)
    tell = progress or _say_nothing
    maps = _Maps(coefficients, region, trials, trial_maps)
    if chosen.select is not None:
        b_of_tiles = [trials.b_sharpen[chosen.select - 1]] * len(region.tiles)
    else:
        b_of_tiles = _b_of_tiles(maps, region, centre, lambda done: tell(0.5 * done))
    b_map = _core.interpolate_tiles(region.tiles, b_of_tiles, threads)
    values = maps.blended(b_map, lambda done: tell(0.5 + 0.5 * done))
    _core.normalise_map(values, threads)
    first_point = np.array(source.position.first_point)
    return values, LocalBFactor(
        b_sharpen=source.with_values(b_map, "local B factors"),
        centres=region.tiles.centres(region.cell) + first_point,
        b_sharpen_of_tiles=np.array(b_of_tiles),
        smoothing_radius=region.radius,
    )


def without_local_anisotropy(
    source: MapData,
    coefficients: Coefficients,
    d_min: float,
    factors_of_whole: _core.ScaleFactors,
    *,
    molecule: npt.NDArray[np.bool_] | None = None,
    options: LocalOptions | None = None,
    threads: int = 0,
) -> Coefficients:
    """Return coefficients of the map with its anisotropy taken off place by place.

    The five parts of a traceless tensor are taken off one after the other, each like a local
    B factor: from how the power of a tile's density rises with that part, against the whole
    map's. What the whole map has in common is left in; it is taken off by `factors_of_whole`.
    A molecule that is itself drawn out within a tile is taken for anisotropy: where there is
    none to take off the map gets slightly worse.

    Parameters
    ----------
    source, coefficients, d_min, molecule, threads
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
    shrinkage = _ANISOTROPY_SHRINKAGE if chosen.shrinkage is None else chosen.shrinkage
    chosen = replace(chosen, target="fall_off", shrinkage=shrinkage)
    region = _region(source, d_min, _core.ScoreOptions(), molecule, (), chosen, threads)
    steps = (-_ANISOTROPY_STEP, 0.0, _ANISOTROPY_STEP)
    for part in _ANISOTROPY_PARTS:
        tensors = [tuple(step * element for element in part) for step in steps]
        measured = _Maps(
            coefficients,
            region,
            LocalTrials(steps, tuple(_with_tensor(factors_of_whole, t) for t in tensors)),
            None,
        )
        of_tiles = _b_of_tiles(measured, region, 0.0, _say_nothing)
        plain = _Maps(
            coefficients,
            region,
            LocalTrials(steps, tuple(_core.b_iso_factors(0.0, t) for t in tensors)),
            None,
        )
        b_map = _core.interpolate_tiles(region.tiles, of_tiles, threads)
        coefficients = _core.forward_transform(plain.blended(b_map, _say_nothing), threads)
    return coefficients


def _with_tensor(factors: _core.ScaleFactors, anisotropy: tuple[float, ...]) -> _core.ScaleFactors:
    """Return factors that take off a traceless tensor as well."""
    gain_b = [b - a for b, a in zip(factors.gain_b, anisotropy, strict=True)]
    return _core.ScaleFactors(factors.step, factors.gain, gain_b=gain_b)


def _say_nothing(_done: float) -> None:
    return


def _require_selected(options: LocalOptions, n_trials: int) -> None:
    if options.select is not None and not 1 <= options.select <= n_trials:
        raise ParameterError(
            f"select_sharpened_map is {options.select}; expected a number from 1 to {n_trials}"
        )


def _region(
    source: MapData,
    d_min: float,
    score_options: _core.ScoreOptions,
    molecule: npt.NDArray[np.bool_] | None,
    ncs: Sequence[NcsGroup],
    options: LocalOptions,
    threads: int,
) -> _Region:
    nz, ny, nx = source.values.shape
    cell = source.box.parameters()
    x, y, z = options.box_size
    tiles = _core.make_tiles((nz, ny, nx), (z, y, x), options.target_n_overlap, options.wrapping)
    inside = None if molecule is None else np.ascontiguousarray(molecule, dtype=np.float32)
    radius = options.smoothing_radius
    return _Region(
        shape=(nz, ny, nx),
        cell=cell,
        d_min=d_min,
        tiles=tiles,
        contents=_core.tile_contents(tiles, inside, threads),
        radius=_core.usual_smoothing_radius(tiles, cell) if radius is None else radius,
        places=_copies_of(tiles.centres(cell), np.array(source.position.first_point), ncs),
        score_options=score_options,
        options=options,
        threads=threads,
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
        # The place itself is among its copies.
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


class _Maps:
    """The trial maps, one at a time."""

    def __init__(
        self,
        coefficients: Coefficients,
        region: _Region,
        trials: LocalTrials,
        source: TrialMapSource | None,
    ) -> None:
        self._coefficients = coefficients
        self._region = region
        self._source = source
        self.trials = trials

    def __len__(self) -> int:
        return len(self.trials.b_sharpen)

    def make(self, index: int) -> FloatMap:
        """Return a trial map; those of all trials agree at low resolution."""
        region = self._region

        def from_coefficients() -> FloatMap:
            return _core.make_trial_map(
                self._coefficients,
                region.shape,
                region.cell,
                region.d_min,
                self.trials.factors[index],
                region.threads,
            )

        if self._source is None:
            return from_coefficients()
        return self._source(index, self.trials.b_sharpen[index], from_coefficients)

    def blended(self, b_map: FloatMap, tell: Callable[[float], None]) -> FloatMap:
        """Return at each voxel the blend of the two trials that enclose its B."""
        b_sharpen = self.trials.b_sharpen
        values = np.zeros(self._region.shape, dtype=np.float32)
        lowest, highest = float(b_map.min()), float(b_map.max())
        for index in range(len(self)):
            # A trial has a share between its neighbours, and beyond the ends of the list.
            is_above = index > 0 and highest <= b_sharpen[index - 1]
            is_below = index + 1 < len(self) and lowest >= b_sharpen[index + 1]
            if not is_above and not is_below:
                trial = self.make(index)
                _core.add_blended(trial, b_map, b_sharpen, index, values, self._region.threads)
                del trial
            tell((index + 1) / len(self))
        return values


def _b_of_tiles(
    maps: _Maps, region: _Region, centre: float | None, tell: Callable[[float], None]
) -> list[float]:
    """Return b_sharpen of each tile."""
    target, threads = region.options.target, region.threads
    scores: list[_core.TileScores] = []
    scores_of_whole: list[float] = []
    for index in range(len(maps)):
        trial = maps.make(index)
        scores.append(
            _core.score_tiles(
                trial, region.tiles, region.contents, target, region.score_options, threads
            )
        )
        if centre is None:
            scores_of_whole.append(_score_of_whole(trial, region))
        del trial
        tell((index + 1) / len(maps))
    b_sharpen = maps.trials.b_sharpen
    if centre is None:
        centre = b_sharpen[int(np.argmax(scores_of_whole))]
    curves = _core.smooth_scores(
        region.tiles,
        region.cell,
        region.contents,
        scores,
        region.radius,
        region.options.shrinkage,
        region.places,
        target,
        threads,
    )
    of_map = [score.of_map for score in scores]
    return [_core.local_b_factor(b_sharpen, curve, of_map, centre, target) for curve in curves]


def _score_of_whole(trial: FloatMap, region: _Region) -> float:
    score = _core.score_map(trial, region.score_options, None, region.threads)
    is_kurtosis = region.options.target == "kurtosis" or math.isnan(score.adjusted_surface_area)
    return score.kurtosis if is_kurtosis else score.adjusted_surface_area
