"""Read map coefficients from MTZ files and sum them to a map of the whole unit cell."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapFileError, MapValueError, MemoryLimitError
from map_sharpening.io.coefficient_columns import (
    CoefficientColumns,
    cautions_of_columns,
    choose_columns,
    is_measured,
)
from map_sharpening.io.crystals.checks import (
    Coefficients,
    MillerIndices,
    crystal_of,
    doubt_of_amplitudes,
    doubt_of_density,
    doubt_of_mates,
    require_filled_cell,
    whole_indices,
    why_nothing,
    without_forbidden,
)
from map_sharpening.io.crystals.missing import ENOUGH, are_percent, flagged
from map_sharpening.io.crystals.status import TAG, Marks, excluded
from map_sharpening.io.memory import available_bytes
from map_sharpening.io.mtz_file import open_mtz
from map_sharpening.maps.map_data import FloatMap, MapData, MapPosition, UnitCell

#: Grid points per d_min along each axis: twice what the coefficients need, so that the
#: square of the map can be held too.
_OVERSAMPLING = 4.0
_LARGEST_FACTOR = 5
#: Half-complex coefficients, the copy that the transform overwrites, and the map.
_BYTES_PER_VOXEL = 4 + 4 + 4
_LARGEST_INDEX = 10_000
_POOR_COMPLETENESS = 0.95
#: Share of the reflections below which a map has lost its shape, and resolution in Å such that a
#: map without coarser terms knows no solvent.
_PART, _ONLY_FINE = 0.5, 5.0
#: Share of the reflections that may lie apart from the others, and how much finer these are then.
_FEW, _APART = 0.01, 1.1
_OUTWEIGHS = 0.5  #: share of the sum of F²


@dataclass(frozen=True)
class CoefficientInfo:
    """Where a map summed from coefficients comes from."""

    labels: tuple[str, ...]  #: columns used: amplitude, phase and, if any, weight
    d_min: float  #: Å, of the coefficients used
    d_max: float  #: Å
    n_reflections: int  #: used, before symmetry
    space_group: str  #: name with its setting, such as "P 1 21 1" or "R 3:H"
    completeness: float  #: share of the unique reflections to d_min that are present
    warnings: tuple[str, ...] = ()  #: what a user should look into, one line each


def read_map_coefficients(
    path: str | os.PathLike[str], labels: str | Sequence[str] | None = None, *, threads: int = 0
) -> tuple[MapData, CoefficientInfo, list[str]]:
    """Read map coefficients and sum them to a map of the whole unit cell.

    Symmetry mates follow from ``F(h R) = F(h) exp(-2 pi i h.t)``. The map is on the absolute
    scale of the coefficients, ``rho(x) = 1 / V sum F(h) exp(-2 pi i h.x)``, and its mean is 0.
    Its grid has steps of at most d_min / 4, maps onto itself under the symmetry, and has
    even sides that are products of 2, 3 and 5.

    Parameters
    ----------
    path : path-like
        MTZ file, or structure factors as mmCIF; either may be compressed with gzip.
    labels : str or sequence of str, optional
        The columns, by name or by the start of it: ``"FWT,PHWT"``, ``"FP,SIGFP PHIB"`` or
        ``"FP,SIGFP PHIB FOM"`` (or all joined by commas); the name of its dataset may go
        before one, ``"native/FWT"``. What each is follows from its type
        in the file. Sigmas are not used; weights are clamped to 0 to 1. Without labels the
        columns are chosen as `choose_columns` says.

    Returns
    -------
    MapData, CoefficientInfo, list of str
        The map with values of shape (z, y, x) that start at 0 and fill the cell, where it
        comes from, and notes of one line each.

    Raises
    ------
    MapFileError
        If the file is missing or no MTZ file, or has no phases, no space group, no cell or
        no reflections that can be used.
    MapValueError
        If a coefficient is infinite, or all are 0, or all amplitudes or phases are the same.
    MemoryLimitError
        If the map does not fit into memory.
    ParameterError
        If `labels` don't name an amplitude and its phase, or without them the choice isn't
        clear.
    """
    file = Path(path)
    mtz, marks = open_mtz(file)
    columns, notes = choose_columns(mtz, file.name, labels)
    warnings = cautions_of_columns(mtz, columns, file.name)
    space_group, cell = crystal_of(mtz, file.name, columns.amplitude.dataset_id, warnings)
    indices, coefficients = _coefficients(mtz, columns, marks, file.name, notes, warnings)
    indices, coefficients, message, is_doubtful = without_forbidden(
        space_group, indices, coefficients, file.name
    )
    if message is not None:
        (warnings if is_doubtful else notes).append(message)
    spacing = 1 / np.sqrt(cell.calculate_1_d2_array(indices))
    d_min, d_max = float(spacing.min()), float(spacing.max())
    if max(cell.parameters[:3]) / d_min > _LARGEST_INDEX:
        raise MapFileError(
            f"{file.name} has reflections to {d_min:.2g} Å in a cell of"
            f" {max(cell.parameters[:3]):g} Å, more than there can be; restore the file"
        )
    require_filled_cell(cell, space_group, len(indices), d_min, file.name)
    shape = _grid_shape(cell, space_group.operations(), d_min)
    _require_memory(shape, file.name, d_min)
    values, lost = _summed(indices, coefficients, space_group.operations(), shape, cell, threads)
    doubts = (
        doubt_of_mates(lost, space_group, file.name),
        doubt_of_density(values, d_min, len(indices), file.name) if labels is None else None,
    )
    warnings += [doubt for doubt in doubts if doubt is not None]
    if len(indices) > (n_unique := _count_unique(space_group, indices)):
        notes.append(
            f"{file.name} holds {len(indices)} reflections of which {n_unique} are unique by"
            " symmetry; equivalent ones were averaged"
        )
    completeness = _completeness(
        space_group, cell, indices[coefficients != 0], spacing, file.name, notes, warnings
    )
    info = CoefficientInfo(
        columns.labels(),
        d_min,
        d_max,
        len(indices),
        space_group.xhm(),
        completeness,
        tuple(warnings),
    )
    nz, ny, nx = shape
    edges = UnitCell(*cell.parameters)
    position = MapPosition(edges, (nx, ny, nz), space_group=space_group.ccp4 or space_group.number)
    made = MapData(values, position, file.name, is_looked_over=True)  # above, as a crystal's is
    return made, info, notes


def _completeness(
    space_group: gemmi.SpaceGroup,
    cell: gemmi.UnitCell,
    indices: MillerIndices,
    spacing: npt.NDArray[np.float64],
    name: str,
    notes: list[str],
    warnings: list[str],
) -> float:
    """Return the share of unique reflections that are present to the finest of `spacing`, Å."""
    d_min, d_max = float(spacing.min()), float(spacing.max())
    # rounding must not leave out the finest reflection itself
    n_possible = gemmi.count_reflections(cell, space_group, d_min * (1 - 1e-6), 0.0, True)
    completeness = _count_unique(space_group, indices) / max(n_possible, 1)
    if completeness < _POOR_COMPLETENESS:
        missing = (
            f"{name} holds {_percent(completeness)} of the reflections to {d_min:.2f} Å (its"
            f" coarsest is at {d_max:.1f} Å); the missing ones count as 0 in the map"
        )
        if completeness < _PART or d_max < _ONLY_FINE:
            usual = float(np.quantile(spacing, _FEW))
            few = f"; {1 - _FEW:.0%} of them end at {usual:.2f} Å: check the indices of the finest"
            few = few if usual > _APART * d_min else ""
            warnings.append(f"{missing}, which is far from the crystal's: give all of them{few}")
        else:
            notes.append(missing)
    return completeness


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else f"{share:.2%}"


def _coefficients(
    mtz: gemmi.Mtz,
    columns: CoefficientColumns,
    marks: Marks,
    name: str,
    notes: list[str],
    warnings: list[str],
) -> tuple[MillerIndices, Coefficients]:
    """Return the indices and F of the reflections that are complete."""
    used = [columns.amplitude, columns.phase]
    used += [] if columns.weight is None else [columns.weight]
    table = np.stack([np.array(column.array, dtype=np.float64) for column in used])
    if np.isinf(table).any():
        raise MapValueError(
            f"{name} has {np.count_nonzero(np.isinf(table))} infinite values in"
            f" {', '.join(columns.labels())}; repair the file or name other columns"
        )
    is_flagged = flagged(*table)
    if is_flagged.any():
        first = int(np.argmax(is_flagged))
        values = ", ".join(f"{value:g}" for value in table[:, first])
        warnings.append(
            f"{name}: {np.count_nonzero(is_flagged)} of {len(is_flagged)} reflections have "
            f"values that mean missing ({values} in {', '.join(columns.labels())}); they are"
            " left out; give a file with such values missing to be sure"
        )
        table[:, is_flagged] = np.nan
    is_excluded = excluded(marks, columns.amplitude, is_measured(mtz, columns), name, notes)
    table[:, is_excluded] = np.nan
    _to_usual_units(table, columns, name, warnings)
    indices = whole_indices(mtz, name)
    is_present = np.isfinite(table.sum(axis=0))
    n_missing = np.count_nonzero(~(is_present | is_flagged | is_excluded))
    if n_missing:
        notes.append(f"{name}: {n_missing} of {len(is_present)} reflections are missing a value")
    n_zero = np.count_nonzero(table[0] == 0)
    if n_zero:
        notes.append(
            f"{name}: {n_zero} of {len(is_present)} reflections have 0 in "
            f"{columns.amplitude.label}, as for want of a value; they count as missing"
        )
    is_used = is_present & (indices != 0).any(axis=1)  # F(000) would only shift the mean
    if not is_used.any():
        n_marked = np.count_nonzero(is_excluded)
        raise MapFileError(
            f"{name} has no reflection with values in {', '.join(columns.labels())}"
            + (f" but {n_marked} marked as not to be used in {TAG}" if n_marked else "")
            + "; name other columns"
        )
    indices, table = indices[is_used], table[:, is_used]
    doubt = doubt_of_amplitudes(
        indices, table[0], columns.amplitude.label, is_measured(mtz, columns), name
    )
    warnings += [] if doubt is None else [doubt]
    amplitudes = _amplitudes(table, columns, name, notes, warnings)
    squares = amplitudes**2
    if len(squares) >= ENOUGH and squares.max() > _OUTWEIGHS * squares.sum():
        strongest = int(np.argmax(squares))
        h, k, l = indices[strongest]  # noqa: E741
        warnings.append(
            f"{name}: the reflection {h} {k} {l} has {abs(table[0, strongest]):.4g} in "
            f"{columns.amplitude.label}, and {squares.max() / squares.sum():.0%} of the sum of "
            "all squares: the map is little more than the wave of this reflection; check that "
            "value"
        )
    return indices, amplitudes * np.exp(1j * np.radians(table[1]))


def _amplitudes(
    table: npt.NDArray[np.float64],
    columns: CoefficientColumns,
    name: str,
    notes: list[str],
    warnings: list[str],
) -> npt.NDArray[np.float64]:
    """Return amplitudes times their weights, measured ones without their signs."""
    amplitudes: npt.NDArray[np.float64] = np.abs(table[0]) if columns.are_observed else table[0]
    n_negative = np.count_nonzero(table[0] < 0) if columns.are_observed else 0
    if n_negative:
        warnings.append(
            f"{name}: {n_negative} of {len(amplitudes)} measured amplitudes "
            f"{columns.amplitude.label} are below 0, down to {table[0].min():.4g}; their "
            "signs are ignored; check that column"
        )
    if columns.weight is not None:
        amplitudes = amplitudes * _clamped(table[2], columns.weight.label, name, notes)
    if not amplitudes.any():
        raise MapValueError(why_nothing(table, columns, name))
    return amplitudes


def _to_usual_units(
    table: npt.NDArray[np.float64], columns: CoefficientColumns, name: str, warnings: list[str]
) -> None:
    """Turn phases in radians into degrees, weights in percent into shares.

    Refuse phases in turns, and phases or amplitudes that are the same for all reflections.
    """
    phases = table[1][np.isfinite(table[1])]
    if len(phases) < ENOUGH:
        return
    amplitudes = table[0][np.isfinite(table[0])]
    if amplitudes.size and np.ptp(amplitudes) == 0 and amplitudes[0] != 0:
        raise MapValueError(
            f"{name} has the amplitude {amplitudes[0]:g} in {columns.amplitude.label} for all "
            "reflections; expected amplitudes of a map; name other columns by map_coeff_labels"
        )
    label = columns.phase.label
    if np.ptp(phases) == 0:
        raise MapValueError(
            f"{name} has the phase {phases[0]:g} in {label} for all reflections; expected phases "
            "of a map; name other columns by map_coeff_labels"
        )
    if np.abs(phases).max() < 1 + 1e-3:
        raise MapValueError(
            f"{name} has phases {label} from {phases.min():.3g} to {phases.max():.3g}, neither "
            "degrees nor radians; expected degrees; they may be turns (multiply by 360) or "
            "multiples of pi (by 180): write them in degrees, or name other columns by "
            "map_coeff_labels"
        )
    if np.abs(phases).max() < 2 * math.pi + 1e-3:
        warnings.append(
            f"{name}: the phases {label} go from {phases.min():.3g} to {phases.max():.3g}; they "
            "are read as radians, since phases in degrees go to 180 or 360; give a file with "
            "degrees to be sure"
        )
        table[1] = np.degrees(table[1])
    if columns.weight is not None and are_percent(table[2]):
        warnings.append(
            f"{name}: the weights {columns.weight.label} go to {np.nanmax(table[2]):.3g}; they "
            "are read as percent; give a file with weights from 0 to 1 to be sure"
        )
        table[2] /= 100


def _clamped(
    weights: npt.NDArray[np.float64], label: str, name: str, notes: list[str]
) -> npt.NDArray[np.float64]:
    clamped = np.clip(weights, 0.0, 1.0)
    n_outside = np.count_nonzero(clamped != weights)
    if n_outside:
        notes.append(
            f"{name}: {n_outside} weights {label} lie outside 0 to 1, as far as"
            f" {weights[np.argmax(np.abs(weights - 0.5))]:g}; they count as 0 or 1"
        )
    return clamped


def _grid_shape(
    cell: gemmi.UnitCell, operations: gemmi.GroupOps, d_min: float
) -> tuple[int, int, int]:
    """Return (nz, ny, nx): fine enough, onto itself under the symmetry, products of 2, 3, 5."""
    factors = operations.find_grid_factors()
    sizes = []
    for axis in range(3):
        # those that the symmetry turns into this one, or mixes with it, need the same size
        axes = [i for i in range(3) if any(op.rot[axis][i] != 0 for op in operations.sym_ops)]
        # even, as many crystallographic programs expect
        factor = math.lcm(2, *(factors[i] for i in axes))
        longest = max(cell.parameters[i] for i in axes)
        # the tolerance keeps rounding of the cell from adding a step
        size = math.ceil(_OVERSAMPLING * longest / d_min / factor * (1 - 1e-6)) * factor
        while not _is_smooth(size):
            size += factor
        sizes.append(size)
    return (sizes[2], sizes[1], sizes[0])


def _is_smooth(size: int) -> bool:
    for factor in range(2, _LARGEST_FACTOR + 1):
        while size % factor == 0:
            size //= factor
    return size == 1


def _require_memory(shape: tuple[int, int, int], name: str, d_min: float) -> None:
    needed = math.prod(shape) * _BYTES_PER_VOXEL
    available = available_bytes()
    if available is not None and needed > available:
        nz, ny, nx = shape
        raise MemoryLimitError(
            f"{name} needs {needed / 1e9:.1f} GB of memory for a map of {nx} x {ny} x {nz} points"
            f" at {d_min:.2f} Å, but {available / 1e9:.1f} GB are free; use a machine with more"
            " memory or cut the file's resolution"
        )


def _summed(
    indices: MillerIndices,
    coefficients: Coefficients,
    operations: gemmi.GroupOps,
    shape: tuple[int, int, int],
    cell: gemmi.UnitCell,
    threads: int,
) -> tuple[FloatMap, float]:
    """Return the map of a reflection list, all symmetry mates averaged, and what that loses.

    The loss is a share of the power, 0 to 1: 0 where all mates are equal.
    """
    nz, ny, nx = shape
    mates, values = zip(
        *(_mates(operator, indices, coefficients) for operator in operations.sym_ops), strict=True
    )
    all_indices, all_values = np.concatenate(mates), np.concatenate(values)
    # Friedel mates too: in the plane h = 0 the transform takes both
    all_indices = np.concatenate([all_indices, -all_indices])
    all_values = np.concatenate([all_values, np.conj(all_values)])
    is_kept = all_indices[:, 0] >= 0
    h, k, l = all_indices[is_kept].T.astype(np.int64)  # noqa: E741
    address = ((l % nz) * ny + k % ny) * (nx // 2 + 1) + h
    places, inverse, counts = np.unique(address, return_inverse=True, return_counts=True)
    # The core's inverse sums with exp(+2 pi i h.x) / N, crystals sum with exp(-2 pi i h.x) / V.
    scaled = np.conj(all_values[is_kept]) * (math.prod(shape) / cell.volume)
    summed = np.bincount(inverse, scaled.real) + 1j * np.bincount(inverse, scaled.imag)
    half_complex = np.zeros((nz, ny, nx // 2 + 1), dtype=np.complex64)
    half_complex.reshape(-1)[places] = summed / counts
    power = float((np.abs(scaled) ** 2).sum())
    kept = float((np.abs(summed) ** 2 / counts).sum())
    return _core.inverse_transform(half_complex, nx, threads), max(1 - kept / power, 0.0)


def _mates(
    operator: gemmi.Op, indices: MillerIndices, coefficients: Coefficients
) -> tuple[MillerIndices, Coefficients]:
    """Return h R and F(h R) = F(h) exp(-2 pi i h.t)."""
    rotation = np.array(operator.rot, dtype=np.int32) // gemmi.Op.DEN
    shift = np.array(operator.tran, dtype=np.float64) / gemmi.Op.DEN
    phases = np.exp(-2j * np.pi * (indices @ shift))
    return indices @ rotation, coefficients * phases


def _count_unique(space_group: gemmi.SpaceGroup, indices: MillerIndices) -> int:
    """Return how many sets of symmetry mates are present."""
    mtz = gemmi.Mtz(with_base=True)
    mtz.spacegroup = space_group
    mtz.set_data(indices.astype(np.float32))
    mtz.ensure_asu()
    return len(np.unique(mtz.make_miller_array(), axis=0))
