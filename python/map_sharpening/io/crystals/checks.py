"""Whether reflections, their cell, space group and values belong together, and to a map."""

from __future__ import annotations

import math

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening.errors import MapFileError, MapValueError
from map_sharpening.io.coefficient_columns import CoefficientColumns
from map_sharpening.maps.map_data import FloatMap, MapData

MillerIndices = npt.NDArray[np.int32]
Coefficients = npt.NDArray[np.complex128]

_LONGEST_EDGE = 1e5  #: Å
_SAME_CELL = 2e-3  #: by how much edges and angles may differ
_LEAST_COMPLETENESS = 0.002
#: How far an index may be from a whole number, and one that no reflection has.
_WHOLE, _BEYOND_INDICES = 1e-3, 1e6
_FINEST = 0.3  #: Å: no crystal shows more
#: Share of the power in which mates may differ: a rounding, or the scatter of measurements.
_MATES_DIFFER = 0.02
#: Forbidden reflections that count, and their mean power as a share of the others'.
_SOME_FORBIDDEN, _AS_STRONG = 10, 0.3
#: Skewness of maps: of 2mFo-DFc maps 1.1 to 1.6 at 2 Å and 0.4 to 0.6 at 3.5 Å, with phases that
#: err by 35 degrees 0.7 and 0.25; of difference maps at most 0.6. No map of a crystal is clearly
#: below 0. Where phases err by 40 degrees, five real maps have at least 0.61 at 1.8 Å, 0.41 at
#: 2.3 Å, 0.26 at 3 Å and 0.21 at 3.4 Å.
_DOUBTED_D_MIN, _DOUBTED = (1.8, 2.3, 3.0, 3.5), (0.5, 0.35, 0.22, 0.2)
_INVERTED = -0.4
#: Share of a map's points in each tail, and how much farther from the mean the upper one begins
#: than the lower one at least: of four refined crystals, cut at 1.8 to 3.5 Å, sharpened by 30 Å²
#: or blurred by 60, 1.20 to 1.94 times, with phases that err by 40 degrees 1.10 to 1.39; of
#: their difference maps 0.99 to 1.07 times, although the skewness of these reaches 0.57.
_TAIL, _LEAST_RATIO = 0.03, 1.09
_LOOKED_AT = 1_000_000  #: points
#: Points compared with their mates, and share of a step by which a mate may be off the grid.
_COMPARED, _OFF_GRID = 20_000, 1e-3
_ENOUGH_REFLECTIONS = 1000  #: for a skewness that says something
_FINE_ENOUGH = 3.5  #: Å; coarser maps of molecules may be below 0.2, too

#: Indices along an edge of the blocks within which amplitudes are compared, how many each has at
#: least, and how many blocks say something.
_BLOCK, _FEWEST_IN_BLOCK, _ENOUGH_BLOCKS = 4, 16, 50
#: Mean of squares over square of the mean within blocks, of measured amplitudes or others, above
#: which they are intensities. Of five crystals measured and calculated amplitudes have 1.29 to
#: 1.34, 2mFo-DFc 1.47 to 1.80, difference maps 1.60 to 1.63, and measured intensities 2.08 to
#: 2.32; by Wilson's statistics acentric amplitudes have 4 / pi, acentric intensities 2.
_AS_INTENSITIES = {True: 1.75, False: 1.95}
#: The same of roots of intensities at most; layer lines of a helix scatter more.
_AS_AMPLITUDES = 1.5


def crystal_of(
    mtz: gemmi.Mtz, name: str, dataset: int, warnings: list[str]
) -> tuple[gemmi.SpaceGroup, gemmi.UnitCell]:
    """Return the space group and the cell that a file states for a dataset.

    If the file as a whole has a clearly different cell, a warning says so.

    Raises
    ------
    MapFileError
        If one is missing or senseless, or the cell is not one of the space group.
    """
    if mtz.spacegroup is None:
        raise MapFileError(
            f"{name} has the space group {mtz.spacegroup_name!r}, number {mtz.spacegroup_number},"
            " which is unknown; set that of the crystal in the file"
        )
    cell = mtz.get_cell(dataset)
    edges, angles = cell.parameters[:3], cell.parameters[3:]
    is_sound = (
        all(1 < edge < _LONGEST_EDGE for edge in edges)
        and all(0 < angle < 180 for angle in angles)
        and math.isfinite(cell.volume)
        and cell.volume > 1e-3 * math.prod(edges)
    )
    if not is_sound:
        raise MapFileError(
            f"{name} has the cell {_shown(cell)}, which is impossible; set that of the crystal in "
            "the file"
        )
    if not cell.is_compatible_with_spacegroup(mtz.spacegroup):
        raise MapFileError(
            f"{name} has the cell {_shown(cell)}, which its space group {mtz.spacegroup.xhm()} "
            "can't have; set cell and space group of the crystal in the file"
        )
    if not np.allclose(cell.parameters, mtz.cell.parameters, rtol=_SAME_CELL):
        warnings.append(
            f"{name} has the cell {_shown(cell)} for the dataset of its map coefficients, and "
            f"{_shown(mtz.cell)} as a whole; that of the dataset is used: check it"
        )
    return mtz.spacegroup, cell


def _shown(cell: gemmi.UnitCell) -> str:
    return " ".join(f"{number:g}" for number in cell.parameters)


def whole_indices(mtz: gemmi.Mtz, name: str) -> MillerIndices:
    """Return h, k, l of all reflections.

    Raises
    ------
    MapFileError
        If one is no whole number.
    """
    given = np.array(mtz.array[:, :3], dtype=np.float64)
    whole = np.rint(given)
    is_index = np.abs(given - whole) <= np.where(np.abs(given) < _BEYOND_INDICES, _WHOLE, -1)
    those = np.flatnonzero(~is_index.all(axis=1))
    if len(those):
        h, k, l = given[those[0]]  # noqa: E741
        raise MapFileError(
            f"{name} has {len(those)} of {len(given)} reflections with indices that are no whole "
            f"numbers, such as {h:g} {k:g} {l:g}; restore the file"
        )
    return whole.astype(np.int32)


def why_nothing(table: npt.NDArray[np.float64], columns: CoefficientColumns, name: str) -> str:
    """Say why no amplitude is left of rows of amplitudes, phases and, if any, weights."""
    if columns.weight is None or not table[0].any():
        return (
            f"{name} has only zeros as amplitudes in {', '.join(columns.labels())}; name other"
            " columns"
        )
    label = columns.weight.label
    others = ",".join(column for column in columns.labels() if column != label)
    return (
        f"{name} has no weight above 0 in {label} (they go from {table[2].min():g} to "
        f"{table[2].max():g}), so that nothing is left of {columns.amplitude.label}; give a file "
        f"with weights from 0 to 1, or map_coeff_labels={others} to use none"
    )


def doubt_of_amplitudes(
    indices: MillerIndices,
    amplitudes: npt.NDArray[np.float64],
    label: str,
    are_measured: bool,
    name: str,
) -> str | None:
    """Return a warning if amplitudes scatter among their neighbours as intensities do.

    Parameters
    ----------
    indices : ndarray of int, shape (n_reflections, 3)
    amplitudes : ndarray, shape (n_reflections,)
    """
    is_there = amplitudes != 0
    sizes = np.abs(amplitudes[is_there])
    blocks, count = np.unique(
        indices[is_there] // _BLOCK, axis=0, return_inverse=True, return_counts=True
    )[1:]
    are_full = count >= _FEWEST_IN_BLOCK
    if np.count_nonzero(are_full) < _ENOUGH_BLOCKS:
        return None

    def scatter_of(numbers: npt.NDArray[np.float64]) -> float:
        total, squares = (np.bincount(blocks.ravel(), numbers**k)[are_full] for k in (1, 2))
        n = count[are_full]
        square_of_mean = np.maximum((total**2 - squares) / (n * (n - 1)), 1e-300)
        return float(np.median(squares / n / square_of_mean))

    scatter = scatter_of(sizes)
    if scatter < _AS_INTENSITIES[are_measured] or scatter_of(np.sqrt(sizes)) > _AS_AMPLITUDES:
        return None
    return (
        f"{name}: {label}, of the type of amplitudes, scatters among neighbours as intensities do "
        f"(mean square {scatter:.2f} times the square of the mean; of amplitudes about 1.3, of "
        "intensities 2): if these are intensities, give amplitudes, their square roots"
    )


def require_filled_cell(
    cell: gemmi.UnitCell,
    space_group: gemmi.SpaceGroup,
    n_reflections: int,
    d_min: float,
    name: str,
) -> None:
    """Refuse a cell that can't belong to the reflections, before anything takes long.

    Parameters
    ----------
    d_min : float
        Å, of the finest reflection.

    Raises
    ------
    MapFileError
        If they are finer than any crystal shows, or far too few.
    """
    if d_min < _FINEST:
        raise MapFileError(
            f"{name} has reflections to {d_min:.2g} Å in its cell {_shown(cell)}; expected none "
            f"beyond {_FINEST} Å; the cell may be in nm: set it in Å in the file"
        )
    # half a sphere of the lattice, shared by the Laue group
    operators = len(space_group.operations().sym_ops)
    possible = 2 / 3 * math.pi * cell.volume / d_min**3 / operators
    if n_reflections < _LEAST_COMPLETENESS * possible:
        raise MapFileError(
            f"{name} holds {n_reflections} reflections of some {possible:.3g} that its cell "
            f"{_shown(cell)} has to {d_min:.2g} Å; expected more than {_LEAST_COMPLETENESS:.1%}; "
            "the cell or the indices are damaged: restore the file"
        )


def without_forbidden(
    space_group: gemmi.SpaceGroup, indices: MillerIndices, coefficients: Coefficients, name: str
) -> tuple[MillerIndices, Coefficients, str | None, bool]:
    """Return the reflections that a space group allows, and one line about the others.

    Returns
    -------
    indices, coefficients, str or None, bool
        The line, if any are left out, and whether it is a warning: they are as strong as the
        others, as in the wrong space group.

    Raises
    ------
    MapFileError
        If none is allowed.
    """
    is_absent = space_group.operations().systematic_absences(np.ascontiguousarray(indices))
    if is_absent.all():
        raise MapFileError(
            f"{name} holds only reflections that its space group forbids; set that of the crystal"
            " in the file"
        )
    if not is_absent.any():
        return indices, coefficients, None, False
    n_absent = int(np.count_nonzero(is_absent))
    power = np.abs(coefficients) ** 2
    are_strong = bool(power[is_absent].mean() > _AS_STRONG * power[~is_absent].mean())
    message = (
        f"{name}: {n_absent} of {len(indices)} reflections that its space group "
        f"{space_group.xhm()} forbids are left out"
    )
    is_doubtful = n_absent >= _SOME_FORBIDDEN and are_strong
    if is_doubtful:
        message += "; they are about as strong as the others: check the space group"
    return indices[~is_absent], coefficients[~is_absent], message, is_doubtful


def doubt_of_mates(share: float, space_group: gemmi.SpaceGroup, name: str) -> str | None:
    """Return a warning if reflections differ that symmetry makes equal.

    Parameters
    ----------
    share : float
        Of their power, 0 to 1, what is lost where all are averaged.
    """
    if share <= _MATES_DIFFER:
        return None
    return (
        f"{name}: reflections that are equal by its space group {space_group.xhm()}, or as "
        f"Friedel mates, differ in amplitude or phase; {share:.0%} of their power is lost in "
        "their mean: check the space group, and that each reflection comes once"
    )


def doubt_of_density(values: FloatMap, d_min: float, n_reflections: int, name: str) -> str | None:
    """Return a warning if the density of a cell isn't that of a molecule in solvent.

    Atoms make few high values among many low ones: its skewness is positive, and its tail of
    high values longer than that of low ones. A difference map or noise has tails alike, and its
    skewness is near 0 or that of a few peaks.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        The map of the whole cell.
    d_min : float
        Å; coarser maps than 3.5 Å aren't judged, unless they are the wrong way round.
    n_reflections : int
        Fewer than 1000 make no map that could be judged.

    Raises
    ------
    MapValueError
        If it is negative: the contrast is inverted.
    """
    if n_reflections < _ENOUGH_REFLECTIONS:
        return None
    skewness = _skewness(values)
    if skewness < _INVERTED:
        raise MapValueError(
            f"{name} has inverted contrast: its density reaches further down than up (skewness "
            f"{skewness:.2f}); expected a positive one; change the sign of the amplitudes, or add "
            "180 to the phases"
        )
    found = _why_symmetric(values, skewness, d_min)
    if found is None:
        return None
    return (
        f"{name}: the map of these coefficients has almost as many low values as high ones "
        f"({found}): they may be those of a difference map, or their phases poor; check "
        "map_coeff_labels"
    )


def doubt_of_crystal_map(map_data: MapData, resolution: float) -> str | None:
    """Return a warning if a crystal's map, as a file gives it, may be a difference map.

    Parameters
    ----------
    map_data : MapData
        Density; one of inverted contrast is for others to judge.
    resolution : float
        Å; coarser maps than 3.5 Å aren't judged, nor those with room for less than 1000
        reflections.
    """
    n_reflections = 2 / 3 * math.pi * map_data.volume / resolution**3
    sample = _sample(map_data.values)  # of a map that may be large
    skewness = _skewness(sample)
    if n_reflections < _ENOUGH_REFLECTIONS or skewness < _INVERTED:
        return None
    found = _why_symmetric(sample, skewness, resolution)
    if found is None:
        return None
    return (
        f"{map_data.name} has almost as many low values as high ones ({found}): it may be a "
        "difference map, or one of poor phases; give the map of the molecule itself, such as "
        "2mFo-DFc"
    )


def agreement_with_symmetry(map_data: MapData, group: gemmi.SpaceGroup) -> float | None:
    """Return how well a whole cell agrees with its mates: the least correlation of an operator.

    Returns
    -------
    float or None
        Of a sample of points, -1 to 1; None if the grid doesn't map onto itself.
    """
    nz, ny, nx = map_data.values.shape
    size = np.array([nx, ny, nz])
    points = np.random.default_rng(0).integers(0, size, (_COMPARED, 3))
    of_points = map_data.values[points[:, 2], points[:, 1], points[:, 0]].astype(np.float64)
    start = np.array(map_data.position.start)
    least = 1.0
    for operator in group.operations():
        rotation, shift = (np.array(part) / operator.DEN for part in (operator.rot, operator.tran))
        moved = ((points + start) / size @ rotation.T + shift) * size - start
        x, y, z = np.round(moved).astype(np.int64).T % size[:, None]
        if np.abs(moved - np.round(moved)).max() > _OFF_GRID:
            return None
        mates = map_data.values[z, y, x].astype(np.float64)
        with np.errstate(invalid="ignore"):  # a constant map repeats in any way
            least = min(least, float(np.corrcoef(of_points, mates)[0, 1]))
    return least


def _why_symmetric(values: FloatMap, skewness: float, d_min: float) -> str | None:
    """Say in which way high and low values are alike; None if they aren't, or it can't be said."""
    if d_min >= _FINE_ENOUGH:
        return None
    least = float(np.interp(d_min, _DOUBTED_D_MIN, _DOUBTED))
    if skewness < least:
        return f"skewness {skewness:.2f}; that of a molecule at {d_min:.1f} Å is above {least:.2f}"
    sample = _sample(values).astype(np.float64)
    low, high = np.quantile(sample, (_TAIL, 1 - _TAIL)) - sample.mean()
    if low >= 0 or high / -low >= _LEAST_RATIO:
        return None
    return (
        f"the highest {_TAIL:.0%} begin {high / -low:.2f} times as far from the mean as the "
        f"lowest {_TAIL:.0%}; those of a molecule at least {_LEAST_RATIO:g} times"
    )


def _sample(values: FloatMap) -> FloatMap:
    step = max(1, round(float(np.cbrt(values.size / _LOOKED_AT))))
    return values[::step, ::step, ::step]


def _skewness(values: FloatMap) -> float:
    about = values.astype(np.float64) - values.mean(dtype=np.float64)
    squares = np.square(about)
    return float((squares * about).mean() / max(squares.mean(), 1e-300) ** 1.5)
