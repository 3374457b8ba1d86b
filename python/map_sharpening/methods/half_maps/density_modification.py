"""Density modification of sharpened half maps, each judged by the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, replace

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import FloatMap, MapData, NewArray
from map_sharpening.maps.shown import Shown
from map_sharpening.methods.half_maps.modification_support import ModificationSupport, support_of
from map_sharpening.methods.half_maps.symmetry import (
    SymmetryUse,
    averaged_over_copies,
    cautions_of_use,
    require_one_group,
)
from map_sharpening.methods.shared.contour import recommended_contour, region_of_halves, says_where
from map_sharpening.molecule.ncs import NcsGroup


@dataclass(frozen=True)
class ModificationShells:
    """One value per resolution shell."""

    s: FloatArray  #: middle of the shell, 1/Å
    d: FloatArray  #: 1 / s, Å
    signal_share: FloatArray  #: of the sharpened map's power inside the mask
    linear: FloatArray  #: factor of the sharpened map inside the mask; 1: as it was
    positive: FloatArray  #: factor of its positive part; 0: not confirmed by the other half
    outside: FloatArray  #: factor of the map outside the mask, 0 to 1
    #: Estimated correlation with the molecule's density, by the other half map; after: before
    #: what is added fades in strong density.
    correlation_before: FloatArray
    correlation_after: FloatArray


@dataclass(frozen=True, repr=False)
class DensityModification(Shown):
    """A modified map, what was added to the sharpened one, and on what evidence."""

    modified: MapData  #: on the scale of the sharpened map
    contribution: MapData  #: modified minus sharpened
    shells: ModificationShells
    #: Rms of the contribution over that of the map in the mask, both of terms up to d_min; of
    #: all terms where symmetry was used.
    contribution_share: float
    null_share: float  #: the same of noise with the spectrum of the half maps' difference
    #: Of a feature planted in one half map: what is added to the half that the mean holds.
    one_sided_share: float
    #: Å, finest term that was predicted; beyond `d_min` of the maps the other half bears it out.
    extended_to: float
    extension: FloatArray  #: factor of half the magnitude in the shells that follow `shells`
    is_borne_out: bool  #: False: the map was left as it was
    symmetry: SymmetryUse | None  #: None: there was none
    support: ModificationSupport | None  #: region by region; None: no positive part was added
    contour_level: float  #: recommended, in units of the modified map
    warnings: tuple[str, ...]
    seconds: float


def modified_density(
    sharpened: MapData,
    half_1: MapData,
    half_2: MapData,
    mask: FloatMap,
    *,
    resolution: float,
    d_min: float,
    is_mean: bool = True,
    unsharpened: tuple[MapData, MapData] | None = None,
    ncs: Sequence[NcsGroup] = (),
    threads: int = 0,
    new_array: NewArray | None = None,
) -> DensityModification:
    """Return a sharpened map plus what the positive part of its density predicts.

    Density of atoms is positive and peaked, noise is neither. With x the map inside the mask
    and p its positive part, the molecule's terms are estimated shell by shell as
    ``a F[x] + b F[p]``; both numbers are found by least squares from the half maps, the
    features of one on the density of the other. Noise of one half only is not fitted, and
    nothing is taken from models or other maps. Where the other half does not confirm the
    positive part, the map stays as it is. What is added fades out where both half maps are strong.

    Parameters
    ----------
    sharpened : MapData
        The map that the result is compared with.
    half_1, half_2 : MapData
        Half maps sharpened by the same factors.
    mask : ndarray, shape (z, y, x), float32
        Where density is modified, 0 to 1.
    resolution, d_min : float
        Å; nominal resolution, and finest term of the maps.
    is_mean : bool
        Whether `sharpened` is the mean of the half maps. If not, the contribution is what was
        found of that mean, added to it, less `sharpened`.
    unsharpened : (MapData, MapData), optional
        The half maps before they were sharpened. With them half the magnitude of x, which is
        p - x / 2, predicts terms finer than `d_min`, as far as those of one half map agree with
        the other's.
    ncs : sequence of NcsGroup
        One group of the molecule's copies that the reconstruction did not impose; if it is not
        closed, with the copies' centres. First the half maps are averaged over the copies, as far
        as the other half map confirms that they are alike.
    new_array : callable, optional
        As of `sharpen_half_maps`.

    Raises
    ------
    MapValueError
        If the half maps hold no common signal inside the mask.
    ParameterError
        If `ncs` is more than one group, or one without the centres that it needs.
    """
    start = time.perf_counter()
    options = _core_options(d_min, threads)
    half_1, half_2, averaging = _averaging((half_1, half_2), mask, ncs, options, new_array)
    unsharpened_1, unsharpened_2 = map(contiguous, unsharpened) if unsharpened else (None, None)
    try:
        with averaging as symmetry:
            contribution, found = _core.modify_density(
                contiguous(half_1),
                contiguous(half_2),
                mask,
                half_1.box.parameters(),
                options,
                unsharpened_1,
                unsharpened_2,
                new_array,
            )
            uses_copies = symmetry is not None and symmetry.is_borne_out
            if uses_copies or not is_mean:
                _add_mean_less(sharpened, contribution, (half_1, half_2))
            support = None
            if found.is_borne_out:
                support = support_of(
                    sharpened, contribution, half_1, half_2, mask, found, options, new_array
                )
    except _core.UnusableDataError as error:
        raise MapValueError(f"{half_1.name} and {half_2.name}: {error}") from error
    halves = unsharpened or (half_1, half_2)
    modified, level = _sum_and_level(
        sharpened.values, contribution, mask, halves, resolution, new_array, threads
    )
    share = found.contribution_share
    if uses_copies:
        share = _share(contribution, sharpened.values, mask)
    return DensityModification(
        modified=sharpened.with_values(modified, "modified map"),
        contribution=sharpened.with_values(contribution, "contribution of density modification"),
        shells=_shells(found, symmetry),
        contribution_share=share,
        null_share=found.null_share,
        one_sided_share=found.one_sided_share,
        extended_to=found.extended_to,
        extension=found.extension,
        is_borne_out=found.is_borne_out or uses_copies,
        symmetry=symmetry,
        support=support,
        contour_level=level,
        warnings=tuple(_warnings(found, symmetry)),
        seconds=time.perf_counter() - start,
    )


def _core_options(d_min: float, threads: int) -> _core.ModificationOptions:
    options = _core.ModificationOptions()
    options.d_min, options.threads = d_min, threads
    return options


def _averaging(
    halves: tuple[MapData, MapData],
    mask: FloatMap,
    ncs: Sequence[NcsGroup],
    options: _core.ModificationOptions,
    new_array: NewArray | None,
) -> tuple[MapData, MapData, AbstractContextManager[SymmetryUse | None]]:
    """Return the half maps, and what averages them in place over the copies, if there are any."""
    if not ncs or (group := require_one_group(ncs)).copies <= 1:
        return *halves, nullcontext()
    half_1, half_2 = map(_writable, halves)
    return half_1, half_2, averaged_over_copies(half_1, half_2, mask, group, options, new_array)


def _writable(half: MapData) -> MapData:
    return half.with_values(np.require(half.values, np.float32, ["C", "W"]), half.name)


def _add_mean_less(
    sharpened: MapData, contribution: FloatMap, halves: tuple[MapData, MapData]
) -> None:
    """Make what was found of the mean of two half maps a contribution to another map."""
    of_halves = (half.values for half in halves)
    for plane, of_1, of_2, old in zip(contribution, *of_halves, sharpened.values, strict=True):
        plane += 0.5 * (of_1 + of_2) - old


def _sum_and_level(
    sharpened: FloatMap,
    contribution: FloatMap,
    mask: FloatMap,
    halves: tuple[MapData, MapData],
    resolution: float,
    new_array: NewArray | None,
    threads: int,
) -> tuple[FloatMap, float]:
    """Return the modified map, and the level to contour it at."""
    # One array less at a time: until the level is found, the contribution gives way to the sum.
    np.add(sharpened, contribution, out=contribution)
    region = mask
    if not says_where(mask):
        region = region_of_halves(mask, *halves, resolution, new_array=new_array, threads=threads)
    level = recommended_contour(contribution, region, resolution, threads).level
    np.subtract(contribution, sharpened, out=contribution)
    modified = (new_array or np.empty)(contribution.shape, np.dtype(np.float32))
    np.add(sharpened, contribution, out=modified)
    return modified, level


def _shells(found: _core.ModificationFindings, symmetry: SymmetryUse | None) -> ModificationShells:
    s: FloatArray = (np.arange(len(found.linear), dtype=np.float64) + 0.5) * found.shell_width
    _, _, *others = (each.name for each in fields(ModificationShells))
    shells = ModificationShells(s, 1 / s, *(getattr(found, name) for name in others))
    if symmetry is None:
        return shells
    return replace(shells, correlation_before=symmetry.correlation_before)


def _share(part: FloatMap, whole: FloatMap, mask: FloatMap) -> float:
    """Return the rms of one map over that of another, both times the mask."""
    sums = np.zeros(2)
    for weight, of_part, of_whole in zip(mask, part, whole, strict=True):
        sums += [np.sum((weight * plane) ** 2, dtype=np.float64) for plane in (of_part, of_whole)]
    return float(np.sqrt(sums[0] / sums[1])) if sums[1] > 0 else 0.0


def _warnings(found: _core.ModificationFindings, symmetry: SymmetryUse | None) -> list[str]:
    warnings = [] if symmetry is None else cautions_of_use(symmetry)
    if found.is_borne_out:
        return warnings
    if symmetry is not None and symmetry.is_borne_out:
        return [
            *warnings,
            f"copies are averaged, but no positive part is added: {_why_not(found)}",
        ]
    return [*warnings, f"the density is not modified: {_why_not(found)}; use the sharpened map"]


def _why_not(found: _core.ModificationFindings) -> str:
    if found.null_share > _core.MOST_OF_NOISE:
        return (
            "noise like that of the half maps would be changed by "
            f"{found.null_share:.1%} of its rms as well"
        )
    if found.one_sided_share > _core.MOST_OF_ONE_SIDED:
        return (
            "a feature that is in one half map only would be strengthened by "
            f"{found.one_sided_share:.0%}"
        )
    return (
        "in no resolution shell does the positive part of one half map predict anything of the "
        "other"
    )
