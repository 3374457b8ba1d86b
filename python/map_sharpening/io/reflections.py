"""Write Fourier coefficients of maps as MTZ files."""

from __future__ import annotations

import math
import os
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.staging import final_name, writing
from map_sharpening.maps.map_data import MapData

_LAST_RECORD = b"MTZENDOFHEADERS"
_RECORD_LENGTH = 80
_COLUMNS = 5  # H, K, L, FWT, PHWT
_LONGEST_TITLE = 70
_BAND_LIMIT_TOLERANCE = 1 + 1e-6  #: on 1/d², as in the core
_ROUNDING = 1e-7  #: of the largest amplitude: rounding errors of single precision


def write_map_coefficients(
    path: str | os.PathLike[str],
    map_data: MapData,
    d_min: float,
    *,
    largest: float | None = None,
    threads: int = 0,
) -> int:
    """Write the coefficients of a map to a finest resolution, as FWT and PHWT in P1.

    The map fills its own P1 cell (`map_data.box`) with grid point 0 at the corner,
    wherever its start or origin puts it. ``F(h) = (V / N) sum rho(x) exp(2 pi i h.x)``, so
    that summing them gives the map back, without its mean and what lies beyond `d_min`.
    One of each Friedel pair is written, in the asymmetric unit that CCP4 uses for P1.
    Terms on the Nyquist planes of even axes, whose sign of index is undefined, are left out.

    Parameters
    ----------
    path : path-like
        Where to write; a file there is overwritten, so give a path of `StagedOutputs`.
    d_min : float
        Finest resolution in Å.
    largest : float, optional
        Multiply all amplitudes by one number, so that this is the largest.

    Returns
    -------
    int
        Number of reflections.

    Raises
    ------
    ParameterError
        If `d_min` is not above 0, or so coarse that there are no reflections.
    OutputError
        If the file can't be written.
    """
    _require_resolution(d_min)
    box, (nz, ny, nx) = map_data.box, map_data.values.shape
    values = np.ascontiguousarray(map_data.values, dtype=np.float32)
    rows = _core.list_reflections(values, box.parameters(), d_min, threads)
    if len(rows) == 0:
        raise _too_coarse(d_min, map_data)
    title = f"Map coefficients, grid {nx} {ny} {nz}, corner at 0 0 0"
    cell = gemmi.UnitCell(*box.parameters())
    mtz = _mtz_of(rows, largest, gemmi.SpaceGroup("P 1"), cell, title)
    del rows  # the file's content is a copy
    return _write_whole(mtz, Path(path))


def write_crystal_coefficients(
    path: str | os.PathLike[str],
    map_data: MapData,
    d_min: float,
    *,
    space_group: str | None = None,
    largest: float | None = None,
    threads: int = 0,
) -> int:
    """Write the coefficients of a crystal's map, as FWT and PHWT in its space group; count them.

    Phases refer to the crystal's origin, wherever the map starts. The coefficients are means
    over symmetry mates, ``F(h) = mean F(h R) exp(2 pi i h.t)``, so that of a map that departs
    from the symmetry the symmetric part is written. One of each set of mates is written, in
    the asymmetric unit that CCP4 uses, without those that the symmetry forbids; else as
    `write_map_coefficients`. Reflections that the map lacks are left out.

    Parameters
    ----------
    path, d_min, largest, threads
        As in `write_map_coefficients`.
    map_data : MapData
        A map of the whole unit cell.
    space_group : str, optional
        Name with its setting, such as ``"I 1 2 1"``; by default that of the map's number.

    Raises
    ------
    ParameterError
        If `d_min` is not above 0, or so coarse that there are no reflections; the map doesn't
        fill its cell; or the space group is unknown or doesn't fit the cell.
    OutputError
        If the file can't be written.
    """
    _require_resolution(d_min)
    nz, ny, nx = map_data.values.shape
    if map_data.position.sampling != (nx, ny, nz):
        mx, my, mz = map_data.position.sampling
        raise ParameterError(
            f"{map_data.name} has {nx} x {ny} x {nz} points, but its cell {mx} x {my} x {mz};"
            " coefficients of a crystal need the whole cell; give such a map, or is_crystal=False"
        )
    cell = gemmi.UnitCell(*map_data.position.cell.parameters())
    group = _space_group(map_data, space_group, cell)
    indices = _unique_indices(cell, group, d_min, (nx, ny, nz))
    if len(indices) == 0:
        raise _too_coarse(d_min, map_data)
    coefficients = _mean_of_mates(map_data, indices, group.operations(), threads)
    coefficients *= cell.volume / (nx * ny * nz)
    # A reflection that was never measured is missing, not 0.
    amplitudes = np.abs(coefficients)
    is_there = amplitudes >= _ROUNDING * amplitudes.max()
    rows = np.empty((np.count_nonzero(is_there), _COLUMNS), dtype=np.float32)
    rows[:, :3] = indices[is_there]
    rows[:, 3] = amplitudes[is_there]
    rows[:, 4] = np.degrees(np.angle(coefficients[is_there]))
    title = f"Map coefficients, grid {nx} {ny} {nz}, {group.xhm()}"
    return _write_whole(_mtz_of(rows, largest, group, cell, title), Path(path))


def _space_group(
    map_data: MapData, space_group: str | None, cell: gemmi.UnitCell
) -> gemmi.SpaceGroup:
    number = map_data.position.space_group
    if space_group is None:
        group = gemmi.find_spacegroup_by_number(number)
    else:
        group = gemmi.find_spacegroup_by_name(space_group, cell.alpha, cell.gamma)
    if group is None:
        shown = f"number {number}" if space_group is None else repr(space_group)
        raise ParameterError(
            f"the space group of {map_data.name}, {shown}, is unknown; give one by name, such as"
            " 'P 1 21 1'"
        )
    if not cell.is_compatible_with_spacegroup(group):
        shown = " ".join(f"{value:g}" for value in cell.parameters)
        raise ParameterError(
            f"the cell {shown} of {map_data.name} doesn't fit its space group {group.xhm()}; give"
            " the crystal's own cell and space group, or is_crystal=False"
        )
    return group


def _unique_indices(
    cell: gemmi.UnitCell, group: gemmi.SpaceGroup, d_min: float, size: tuple[int, int, int]
) -> npt.NDArray[np.int32]:
    """Return the indices in the asymmetric unit, sorted, that the grid holds with all mates."""
    finest = d_min / math.sqrt(_BAND_LIMIT_TOLERANCE)
    listed = gemmi.make_miller_array(cell, group, finest, 0.0, True)
    indices = np.ascontiguousarray(listed, dtype=np.int32).reshape(-1, 3)
    is_kept = ~group.operations().systematic_absences(indices) & (indices != 0).any(axis=1)
    for operator in group.operations().sym_ops:
        is_kept &= (2 * np.abs(_turned(indices, operator)) < size).all(axis=1)
    indices = indices[is_kept]
    in_order: npt.NDArray[np.int32] = indices[np.lexsort(indices.T[::-1])]
    return in_order


def _turned(indices: npt.NDArray[np.int32], operator: gemmi.Op) -> npt.NDArray[np.int32]:
    """Return h R."""
    turned: npt.NDArray[np.int32] = indices @ np.array(operator.rot, np.int32) // gemmi.Op.DEN
    return turned


def _mean_of_mates(
    map_data: MapData, indices: npt.NDArray[np.int32], operations: gemmi.GroupOps, threads: int
) -> npt.NDArray[np.complex128]:
    """Return ``sum rho(x) exp(2 pi i h.x)``, the mean over symmetry mates of each index."""
    values = np.ascontiguousarray(map_data.values, dtype=np.float32)
    transform = _core.forward_transform(values, threads)
    nz, ny, nx = values.shape
    start = np.array(map_data.position.start, dtype=np.float64) / (nx, ny, nz)
    total = np.zeros(len(indices), dtype=np.complex128)
    for operator in operations.sym_ops:
        mates = _turned(indices, operator)
        # the core transforms with exp(-2 pi i h.x), and holds h >= 0 alone
        is_held = mates[:, 0] >= 0
        h, k, l = np.where(is_held[:, None], mates, -mates).T  # noqa: E741
        terms = transform[l, k, h].astype(np.complex128)
        shift = np.array(operator.tran, dtype=np.float64) / gemmi.Op.DEN
        turns = indices @ shift + mates @ start
        total += np.where(is_held, np.conj(terms), terms) * np.exp(2j * np.pi * turns)
    return total / len(operations.sym_ops)


def _mtz_of(
    rows: npt.NDArray[np.float32],
    largest: float | None,
    group: gemmi.SpaceGroup,
    cell: gemmi.UnitCell,
    title: str,
) -> gemmi.Mtz:
    """Return rows of h, k, l, amplitude and phase, scaled to a largest amplitude, as a file."""
    if largest is not None and rows[:, 3].max() > 0:
        rows[:, 3] *= np.float32(largest / rows[:, 3].max())
    mtz = gemmi.Mtz(with_base=True)
    mtz.title = title[:_LONGEST_TITLE]
    mtz.spacegroup = group
    mtz.set_cell_for_all(cell)
    dataset = mtz.add_dataset("map")
    dataset.project_name = dataset.crystal_name = "map_sharpening"
    dataset.cell = mtz.cell
    mtz.add_column("FWT", "F")
    mtz.add_column("PHWT", "P")
    mtz.set_data(rows)
    mtz.sort_order = [1, 2, 3, 0, 0]
    return mtz


def _require_resolution(d_min: float) -> None:
    if not (math.isfinite(d_min) and d_min > 0):
        raise ParameterError(f"d_min is {d_min}; expected a resolution in Å, above 0")


def _too_coarse(d_min: float, map_data: MapData) -> ParameterError:
    box = map_data.box
    return ParameterError(
        f"d_min is {d_min} Å, coarser than all reflections of {map_data.name}, whose box is"
        f" {max(box.a, box.b, box.c):.1f} Å long; give a smaller d_min"
    )


def coefficients_file_size(map_data: MapData, d_min: float) -> int:
    """Return how many bytes `write_map_coefficients` writes at most for this map."""
    count = _core.count_reflections(map_data.values.shape, map_data.box.parameters(), d_min)
    return 4 * _COLUMNS * count + 100 * _RECORD_LENGTH


def _write_whole(mtz: gemmi.Mtz, file: Path) -> int:
    """Write a file and return how many reflections it has, after a look at its end."""
    not_whole = OutputError(
        f"{final_name(file)} can't be written whole to {file.parent.absolute()}; expected room and"
        " the right to write there; free space or give another folder"
    )
    try:
        with writing(file):
            mtz.write_to_file(str(file))
            with file.open("rb") as stream:
                stream.seek(-min(_RECORD_LENGTH, file.stat().st_size), os.SEEK_END)
                last_record = stream.read()
    except RuntimeError as error:
        raise not_whole from error
    if not last_record.startswith(_LAST_RECORD):
        raise not_whole  # gemmi does not notice a disk that fills with the last bytes
    return int(mtz.nreflections)
