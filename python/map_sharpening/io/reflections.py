"""Write Fourier coefficients of maps as MTZ files."""

from __future__ import annotations

import math
import os
from pathlib import Path

import gemmi
import numpy as np

from map_sharpening import _core
from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.staging import explain_write_error, final_name
from map_sharpening.map_data import MapData

_LAST_RECORD = b"MTZENDOFHEADERS"
_RECORD_LENGTH = 80
_COLUMNS = 5  # H, K, L, FWT, PHWT


def write_map_coefficients(
    path: str | os.PathLike[str],
    map_data: MapData,
    d_min: float,
    *,
    threads: int = 0,
) -> int:
    """Write the coefficients of a map to a finest resolution, as FWT and PHWT in P1.

    The map fills a P1 cell of its own (`map_data.box`) with grid point 0 at the corner,
    wherever its start or origin puts it. ``F(h) = (V / N) sum rho(x) exp(2 pi i h.x)``, so
    that summing them gives the map back, without its mean and what lies beyond `d_min`.
    One of each Friedel pair is written, in the asymmetric unit that CCP4 uses for P1.
    Terms on the Nyquist planes of even axes, whose sign of index is undefined, are left out.

    Parameters
    ----------
    path : path-like
        Where to write; a file there is overwritten, so give a path of `StagedOutputs`.
    map_data : MapData
        The map.
    d_min : float
        Finest resolution in Å.
    threads : int
        Threads of the transform; 0 means all.

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
    if not (math.isfinite(d_min) and d_min > 0):
        raise ParameterError(f"d_min is {d_min}; expected a resolution in Å, above 0")
    box, shape = map_data.box, map_data.values.shape
    values = np.ascontiguousarray(map_data.values, dtype=np.float32)
    rows = _core.list_reflections(values, box.parameters(), d_min, threads)
    if len(rows) == 0:
        longest = max(box.a, box.b, box.c)
        raise ParameterError(
            f"d_min is {d_min} Å, coarser than all reflections of {map_data.name}, whose box is"
            f" {longest:.1f} Å long; give a smaller d_min"
        )
    mtz = gemmi.Mtz(with_base=True)
    mtz.title = f"Map coefficients, grid {shape[2]} {shape[1]} {shape[0]}, corner at 0 0 0"[:70]
    mtz.spacegroup = gemmi.SpaceGroup("P 1")
    mtz.set_cell_for_all(gemmi.UnitCell(*box.parameters()))
    dataset = mtz.add_dataset("map")
    dataset.project_name = dataset.crystal_name = "map_sharpening"
    dataset.cell = mtz.cell
    mtz.add_column("FWT", "F")
    mtz.add_column("PHWT", "P")
    mtz.set_data(rows)
    mtz.sort_order = [1, 2, 3, 0, 0]
    _write_whole(mtz, Path(path))
    return len(rows)


def coefficients_file_size(map_data: MapData, d_min: float) -> int:
    """Return how many bytes `write_map_coefficients` writes at most for this map."""
    count = _core.count_reflections(map_data.values.shape, map_data.box.parameters(), d_min)
    return 4 * _COLUMNS * count + 100 * _RECORD_LENGTH


def _write_whole(mtz: gemmi.Mtz, file: Path) -> None:
    try:
        mtz.write_to_file(str(file))
        is_whole = _ends_as_written(file)
    except OSError as error:
        raise explain_write_error(file, error) from error
    except RuntimeError as error:
        raise _not_whole(file) from error
    if not is_whole:  # gemmi does not notice a disk that fills with the last bytes
        raise _not_whole(file)


def _ends_as_written(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-min(_RECORD_LENGTH, file.stat().st_size), os.SEEK_END)
        return stream.read().startswith(_LAST_RECORD)


def _not_whole(file: Path) -> OutputError:
    return OutputError(
        f"{final_name(file)} can't be written whole to {file.parent.absolute()}; expected room and"
        " the right to write there; free space or give another folder"
    )
