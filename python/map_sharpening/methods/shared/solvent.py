"""How much of a map is solvent: where the density is low, or where it hardly varies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.arrays import BooleanMap
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.sphere_means import Blocks, sphere_means

SolventVariant = Literal["density", "robust"]

_WANG_RADIUS_FACTOR = 1.5  #: times the resolution, the documented default
#: Å, SD of the Gaussian that density is smoothed by. At 6 Å helices and chains become one body,
#: and noise, which has hardly any power there compared with a molecule, is gone.
_SMOOTHING = 6.0
#: Of a split by density: in these units noise alone gives 2.7 and crystals, whose solvent differs
#: little from protein on this scale, up to 3.3; molecules in ice give 4 and more.
_CLEAR_CONTRAST = 3.5
#: Overlap of the molecules found by density and by variation if both are right (0.70 to
#: 0.90 in 14 simulated and real maps); if noise rises outwards it is 0.02 to 0.43.
_LEAST_AGREEMENT = 0.6
#: Å, terms that are coarser, where the local variation is that of the molecule; and by how much
#: it varies more than its solvent there.
_COARSE_TERMS, _COARSE_CONTRAST = 8.0, 2.5
#: A molecule so far above its solvent, or below it, is no chance: single particles have 7 or more.
_CLEAR_OUTLINE = 6.0
#: Share of its height that an outline may have at the box's faces if the molecule is in the box: 0
#: to .35 in whole maps, .62 to 1 in corners beside a molecule with a dip around it.
_MOST_AT_FACES = 0.5
#: Skewness of the smoothed density from which its high values are the molecule's.
_CLEAR_SKEWNESS = 0.5
#: Share of a map that a molecule hardly fills unless it is cut out; and of such a molecule, how
#: much a part may be that stands out by the third, if the rest is noise: .17 to .26 and 3.9 to 6.8
#: in nine maps cut off below whose noise ends at a sphere, .40 to .7 and 2.5 to 3.7 in 112 cuts.
_LARGE_MOLECULE, _PART_OF_NOISY, _CLEAR_PART = 0.4, 0.3, 3.6
_N_BINS = 512
#: A few strong sites, such as metals, must not decide; values above this share count as if
#: they were just there.
_HIGHEST_SHARE = 0.999
#: Ratio of a sphere's radius to the edge of cubes whose points are merged.
_POINTS_BY_RADIUS = 2.0
_LARGEST_SAMPLE = 250_000  #: voxels to find it, and the best split, from
#: s times the smoothing's SD from where a Gaussian's factor is below 1e-8.
_SMALLEST_LN_FACTOR_AT = 1.0

_Split = Callable[[FloatMap], float]  #: the value below which is solvent


@dataclass(frozen=True)
class SolventEstimate:
    """The share of a map that is solvent, and where."""

    fraction: float  #: 0 to 1
    how: str  #: one line for the log
    threshold: float  #: smoothed density (density) or local SD (robust) below which it is
    is_solvent: BooleanMap = field(repr=False)  #: shape (z, y, x)
    #: Mean smoothed density of the molecule less the solvent's, in SD of the solvent's; NaN of
    #: other variants.
    contrast: float = math.nan
    is_clear: bool = True  #: molecule and solvent are clearly separated


def solvent_fraction_from_map(
    map_data: MapData,
    resolution: float,
    *,
    variant: SolventVariant = "robust",
    wang_radius: float | None = None,
    iterations: int = 3,
    threads: int = 0,
) -> SolventEstimate:
    """Estimate the solvent fraction from the local variation of the density.

    ``robust``: the local SD of the density about the solvent's mean level, in spheres of
    `wang_radius` (Wang 1985, Methods Enzymol. 115, 90), is split in two by the threshold that
    separates the two classes best (Otsu 1979, IEEE Trans. Syst. Man Cybern. 9, 62). The level
    begins as the mean of the map and is then measured in the solvent found. Where the radius is
    at least 4 times the voxel size, cubes of 2 x 2 x 2 points are taken as one (even sizes only).

    ``density``: the density smoothed by a Gaussian with an SD of 6 Å is split in two likewise.
    It supposes nothing of the noise, and so holds where noise rises outwards or is stronger than
    the signal, as in maps that were reconstructed from particles or sharpened. It needs a
    molecule that is denser than its solvent on that scale, which those in crystals hardly are:
    see `is_clear`.

    The map is taken as periodic.

    Parameters
    ----------
    map_data : MapData
        The map; its absolute scale doesn't matter.
    resolution : float
        Nominal resolution in Å.
    wang_radius : float, optional
        Radius in Å of the spheres; by default 1.5 times the resolution. Only for ``robust``.
    iterations : int
        How often the solvent is found, at least once. Only for ``robust``.

    Raises
    ------
    MapValueError
        If the map is all solvent or none, so that there is no estimate.
    ParameterError
        If `resolution`, `wang_radius` or `iterations` is out of range, or `variant` unknown.
    """
    radius = _radius_of_spheres(resolution, wang_radius)
    if iterations < 1:
        raise ParameterError(
            f"solvent_content_iterations is {iterations}; expected a whole number, 1 or more"
        )
    if variant == "robust":
        estimate = _robust(map_data, radius, iterations, threads)
    elif variant == "density":
        estimate = _by_density(_blurred(map_data, _SMOOTHING, threads))
    else:
        raise ParameterError(f"variant is {variant!r}; expected 'density' or 'robust'")
    if not 0 < estimate.fraction < 1:
        raise MapValueError(
            f"the solvent fraction of {map_data.name} can't be found: {estimate.fraction:.0%} of"
            " it looks like solvent; give solvent_content, molecular_mass or seq_file"
        )
    return estimate


def solvent_by_density_or_variation(
    map_data: MapData,
    resolution: float,
    *,
    wang_radius: float | None = None,
    periodic: bool = False,
    iterations: int = 3,
    threads: int = 0,
) -> SolventEstimate:
    """Estimate the solvent fraction by local variation, if the density bears that out.

    Where noise is the same everywhere, variation draws the finer boundary. Where noise rises
    outwards it takes noise for molecule; then the molecule is not where the density is high (in
    a map of inverted contrast: low), and the density decides, if that is clear.

    Parameters
    ----------
    map_data, resolution, iterations
        As in `solvent_fraction_from_map`.
    wang_radius : float, optional
        As there. If a radius is given, variation in spheres of this radius decides.
    periodic : bool
        Whether the map is of a crystal. Variation decides: between its molecules the density
        differs little on the scale of molecules in ice.

    Returns
    -------
    SolventEstimate
        Of the variant ``robust`` if both agree, or nothing is clear; else ``density``.

    Raises
    ------
    MapValueError, ParameterError
        As `solvent_fraction_from_map`.
    """
    if wang_radius is not None or periodic:
        return solvent_fraction_from_map(
            map_data, resolution, wang_radius=wang_radius, iterations=iterations, threads=threads
        )
    density = _blurred(map_data, _SMOOTHING, threads)
    by_density, side = _by_density(density), "above"
    if not by_density.is_clear and _outline(density).shows_inverted:
        by_density, side = _by_density(-density), "below"
    if by_density.is_clear:
        radius = _radius_of_spheres(resolution, None)
        by_variation = _robust(map_data, radius, iterations, threads)
        if _agreement(by_density.is_solvent, by_variation.is_solvent) < _LEAST_AGREEMENT:
            return by_density
        stands = f"molecule {by_density.contrast:.1f} SD {side} solvent"
        how = f"{by_variation.how}; by smoothed density {stands}"
        return replace(by_variation, how=how, contrast=by_density.contrast)
    by_variation = solvent_fraction_from_map(
        map_data, resolution, iterations=iterations, threads=threads
    )
    coarse = _by_coarse_variation(map_data, resolution, iterations, threads)
    if (
        coarse is not None
        and _agreement(coarse.is_solvent, by_variation.is_solvent) < _LEAST_AGREEMENT
    ):
        return replace(coarse, contrast=by_density.contrast)
    return replace(by_variation, contrast=by_density.contrast, is_clear=False)


@dataclass(frozen=True)
class Outline:
    """How a molecule stands out of its solvent in smoothed density."""

    contrast: float  #: SD above solvent; negative: below it; 0: not clearly on either side
    at_faces: float  #: height where it is highest at the box's faces, over that anywhere

    @property
    def is_inside(self) -> bool:
        """Whether the molecule ends within the box."""
        return self.at_faces <= _MOST_AT_FACES

    @property
    def shows_upright(self) -> bool:
        """Whether the molecule lies above its solvent, by itself."""
        return self.contrast >= _CLEAR_OUTLINE and self.is_inside

    @property
    def shows_inverted(self) -> bool:
        """Whether the molecule lies below its solvent, if detail doesn't contradict that."""
        return self.contrast <= -_CLEAR_OUTLINE and self.is_inside


def outline_of_smoothed(map_data: MapData, threads: int = 0) -> Outline:
    """Return by how many SD the smoothed molecule lies above its solvent, and if it ends inside.

    Where the molecule fills most of a cut-out, its solvent may seem to be a molecule of the other
    contrast, up to 5.2 SD away in some 380 of them. So may the dip around a molecule that lies
    beyond a cut-out, which is deepest at the faces, by up to 8.4 SD.
    """
    return _outline(_blurred(map_data, _SMOOTHING, threads))


def _outline(density: FloatMap) -> Outline:
    for side in (1, -1):
        found = _by_density(side * density)
        if found.is_clear:
            height = side * density - float(np.median(side * density[found.is_solvent]))
            faces = [height.take(end, axis).max() for axis in range(3) for end in (0, -1)]
            return Outline(side * found.contrast, float(max(faces) / height.max()))
    return Outline(0.0, 1.0)


def solvent_region(
    map_data: MapData,
    resolution: float,
    fraction: float,
    *,
    wang_radius: float | None = None,
    periodic: bool = False,
    threads: int = 0,
) -> BooleanMap:
    """Find the solvent of a map that has a given share of it.

    It is where the density varies least, as the ``robust`` variant of
    `solvent_fraction_from_map` measures that, with two iterations; or, where that is not where
    a clear molecule is, where the smoothed density is lowest.

    Parameters
    ----------
    fraction : float
        Share of the map that is solvent, 0 to 1.
    map_data, resolution, wang_radius, periodic
        As in `solvent_by_density_or_variation`.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        At least one point is solvent and at least one is not.

    Raises
    ------
    ParameterError
        If `resolution` or `wang_radius` is not above 0, or `fraction` not between 0 and 1.
    """
    radius = _radius_of_spheres(resolution, wang_radius)
    if not 0 < fraction < 1:
        raise ParameterError(f"solvent_content is {fraction}; expected a share between 0 and 1")

    def split(values: FloatMap) -> float:
        n_molecule = min(max(round((1 - fraction) * values.size), 1), values.size - 1)
        highest_solvent = _core.contour_level(values, n_molecule, threads=threads)
        return float(np.nextafter(np.float32(highest_solvent), np.float32(np.inf)))

    _, by_variation, _ = _split_by_local_sd(map_data, radius, 2, threads, split)
    if wang_radius is not None or periodic:
        return by_variation
    density = _blurred(map_data, _SMOOTHING, threads)
    if not _by_density(density).is_clear:
        measured = _by_coarse_variation(map_data, resolution, 2, threads)
        if measured is None or _agreement(measured.is_solvent, by_variation) >= _LEAST_AGREEMENT:
            return by_variation
        return _split_by_local_sd(
            *_coarse_terms(map_data, resolution, threads), 2, threads, split
        )[1]
    by_density: BooleanMap = density < split(density)
    is_refuted = _agreement(by_density, by_variation) < _LEAST_AGREEMENT
    return by_density if is_refuted else by_variation


def solvent_with_noise(map_data: MapData, is_solvent: BooleanMap, threads: int = 0) -> BooleanMap:
    """Return a map's solvent, with the noise that was taken for a part of its molecule.

    Where a map was cut off below, its noise has a density of its own. If it ends within the box,
    as at the sphere of a reconstruction, the two classes that are found are noise and nothing.
    Then a small part of the supposed molecule stands out of it by its smoothed density.
    """
    if np.count_nonzero(is_solvent) >= (1 - _LARGE_MOLECULE) * is_solvent.size:
        return is_solvent
    density = _blurred(map_data, _SMOOTHING, threads)
    inside = density[~is_solvent]
    if not inside.size:
        return is_solvent
    part = _by_density(inside[None, None, :])
    if part.contrast < _CLEAR_PART or 1 - part.fraction > _PART_OF_NOISY:
        return is_solvent
    return is_solvent | (density < part.threshold)


def _coarse_terms(map_data: MapData, resolution: float, threads: int) -> tuple[MapData, float]:
    """Return a map's coarse terms, and how coarse they are, Å."""
    d = max(_COARSE_TERMS, _WANG_RADIUS_FACTOR * resolution)
    return map_data.with_values(_blurred(map_data, d / (2 * math.pi), threads)), d


def _by_coarse_variation(
    map_data: MapData, resolution: float, iterations: int, threads: int
) -> SolventEstimate | None:
    """Split the local variation of coarse terms, where a molecule is far stronger than noise.

    It needs no terms as coarse as the molecule is large, which a high-pass filter takes away.
    It is None if the two classes differ little.
    """
    coarse, d = _coarse_terms(map_data, resolution, threads)
    values = coarse.values
    found = _robust(coarse, d, iterations, threads)
    if not 0 < found.fraction < 1:
        return None
    inside, outside = (
        float(values[part].std(dtype=np.float64)) for part in (~found.is_solvent, found.is_solvent)
    )
    if inside < _COARSE_CONTRAST * outside:
        return None
    return replace(found, how=f"{found.how}, of terms coarser than {d:.1f} Å")


def _radius_of_spheres(resolution: float, wang_radius: float | None) -> float:
    radius = _WANG_RADIUS_FACTOR * resolution if wang_radius is None else wang_radius
    for name, value in (("resolution", resolution), ("wang_radius", radius)):
        if not (math.isfinite(value) and value > 0):
            raise ParameterError(f"{name} is {value}; expected a length in Å, above 0")
    return radius


def _robust(map_data: MapData, radius: float, iterations: int, threads: int) -> SolventEstimate:
    threshold, is_solvent, n_done = _split_by_local_sd(
        map_data, radius, iterations, threads, _best_split
    )
    how = (
        f"from the map, local SD in spheres of {radius:.1f} Å split in two classes,"
        f" {n_done} iteration{'s' if n_done > 1 else ''}"
    )
    return SolventEstimate(float(is_solvent.mean()), how, threshold, is_solvent)


def _blurred(map_data: MapData, sigma: float, threads: int) -> FloatMap:
    """Return the density smoothed by a Gaussian, its SD in Å."""
    grid = FourierGrid.to_d_min(map_data, sigma / _SMALLEST_LN_FACTOR_AT, threads)
    return grid.filtered(map_data.values, _core.b_iso_factors(-8 * math.pi**2 * sigma**2))


def _by_density(density: FloatMap) -> SolventEstimate:
    """Split smoothed density in two classes."""
    threshold = _best_split(density)
    is_solvent: BooleanMap = density < threshold
    sample = _sample(density).astype(np.float64)
    below = sample[sample < threshold]
    spread = float(below.std()) if below.size else 0.0
    rise = float(sample[sample >= threshold].mean() - below.mean()) if below.size else 0.0
    contrast = rise / spread if spread > 0 else math.inf
    about = sample - sample.mean()
    squares = np.square(about)
    skewness = float(np.mean(squares * about) / max(np.mean(squares), 1e-200) ** 1.5)
    how = (
        f"from the map, density smoothed by {_SMOOTHING:g} Å split in two classes "
        f"{contrast:.1f} SD of the lower one apart"
    )
    is_clear = contrast >= _CLEAR_CONTRAST and skewness >= _CLEAR_SKEWNESS
    return SolventEstimate(
        float(is_solvent.mean()), how, threshold, is_solvent, contrast, is_clear
    )


def _agreement(one: BooleanMap, other: BooleanMap) -> float:
    """Return the overlap of two molecules: what both contain over what either contains."""
    either = np.count_nonzero(~(one & other))
    return np.count_nonzero(~(one | other)) / either if either else 1.0


def _block_edge(map_data: MapData, radius: float) -> int:
    """Return how many points along each axis can be merged, as spheres hold many."""
    is_even = all(n % 2 == 0 for n in map_data.values.shape)
    return 2 if is_even and 2 * max(map_data.voxel_size) <= radius / _POINTS_BY_RADIUS else 1


def _split_by_local_sd(
    map_data: MapData, radius: float, iterations: int, threads: int, split: _Split
) -> tuple[float, BooleanMap, int]:
    """Return the threshold, the solvent below it, and how often it was found."""
    block_edge = _block_edge(map_data, radius)
    density = Blocks.of(map_data, block_edge)
    threshold, is_solvent = _below_split(density, 0.0, map_data, radius, threads, split)
    n_done = 1
    while n_done < iterations and is_solvent.any():
        before = is_solvent
        level = float(density.means[is_solvent].mean(dtype=np.float64))
        threshold, is_solvent = _below_split(density, level, map_data, radius, threads, split)
        n_done += 1
        if np.array_equal(is_solvent, before):
            break
    for axis in range(3 if block_edge > 1 else 0):
        is_solvent = np.repeat(is_solvent, block_edge, axis=axis)
    return threshold, is_solvent, n_done


def _below_split(
    density: Blocks, level: float, map_data: MapData, radius: float, threads: int, split: _Split
) -> tuple[float, BooleanMap]:
    squares = density.squares_about(level)
    np.minimum(squares, np.float32(_highest(squares)), out=squares)
    local_sd = sphere_means(squares, map_data, radius, threads)
    # averaging over a sphere rings a little in empty regions
    np.maximum(local_sd, 0, out=local_sd)
    np.sqrt(local_sd, out=local_sd)
    threshold = split(local_sd)
    return threshold, local_sd < threshold


def _highest(values: FloatMap) -> float:
    """Return the value that only a few exceed."""
    return float(np.quantile(_sample(values), _HIGHEST_SHARE))


def _sample(values: FloatMap) -> npt.NDArray[np.float32]:
    """Return values from all over the map."""
    flat = values.reshape(-1)
    return flat[:: 1 + flat.size // _LARGEST_SAMPLE]


def _best_split(values: FloatMap) -> float:
    """Return the threshold with the largest variance between the two classes."""
    sample = _sample(values)
    highest, lowest = _highest(values), float(sample.min())
    if not highest > lowest:
        return lowest
    counts, edges = np.histogram(np.minimum(sample, highest), _N_BINS, (lowest, highest))
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1].astype(np.float64)
    sum_below = np.cumsum(counts * centres)[:-1]
    above, sum_above = counts.sum() - below, (counts * centres).sum() - sum_below
    difference = sum_below / below - sum_above / above  # first and last bin are never empty
    return float(edges[1 + np.argmax(below * above * difference**2)])
