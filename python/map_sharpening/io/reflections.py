"""Write Fourier coefficients of maps as MTZ files."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt
import scipy.fft

from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.staging import explain_write_error, final_name
from map_sharpening.map_data import MapData, UnitCell

ComplexArray = npt.NDArray[np.complex64]
IndexArray = npt.NDArray[np.int64]

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
    rows = _rows(map_data, d_min, threads)
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
    box, shape = map_data.box, map_data.values.shape
    count = _count_terms(box, shape, d_min)
    return 4 * _COLUMNS * count + 100 * _RECORD_LENGTH


def _rows(map_data: MapData, d_min: float, threads: int) -> npt.NDArray[np.float32]:
    """Return H, K, L, amplitude and phase in degrees, sorted by index."""
    box, shape = map_data.box, map_data.values.shape
    coefficients: ComplexArray = scipy.fft.rfftn(map_data.values, workers=threads or -1)
    volume = gemmi.UnitCell(*box.parameters()).volume
    scale = np.float32(volume / math.prod(shape))
    rows = np.empty((_count_terms(box, shape, d_min), _COLUMNS), dtype=np.float32)
    done = 0
    for plane, l_index, h, k in _terms(box, shape, d_min):
        values = coefficients[plane, k, h]
        # the transform has exp(-2 pi i h.x), crystallography the other sign: the conjugate of
        # each term; and once more where the mate with l >= 0 stands for it
        mate = -1 if l_index < 0 else 1
        part = rows[done : done + len(h)]
        part[:, 0], part[:, 1], part[:, 2] = mate * h, mate * k, mate * l_index
        part[:, 3] = np.abs(values) * scale
        part[:, 4] = np.degrees(np.angle(values)) * np.float32(-mate)
        done += len(h)
    key = rows[:, :3].astype(np.int64) @ np.array([1 << 40, 1 << 20, 1], dtype=np.int64)
    return rows[np.argsort(key, kind="stable")]


def _count_terms(box: UnitCell, shape: tuple[int, ...], d_min: float) -> int:
    return sum(len(h) for _, _, h, _ in _terms(box, shape, d_min))


def _terms(
    box: UnitCell, shape: tuple[int, ...], d_min: float
) -> Iterator[tuple[int, int, IndexArray, IndexArray]]:
    """Yield for each z plane of the half-complex array: plane, l, and h and k of its terms.

    Indices k count from the end of the axis when negative, as numpy's do.
    """
    nz, ny, nx = shape
    metric = gemmi.UnitCell(*box.parameters()).reciprocal_metric_tensor()
    aa, bb, cc, ab, ac, bc = metric.elements_pdb()
    limit = (1.0 + 1e-6) / (d_min * d_min)
    h = np.arange((nx - 1) // 2 + 1, dtype=np.int64)[np.newaxis, :]
    k = np.arange(-((ny - 1) // 2), (ny - 1) // 2 + 1, dtype=np.int64)[:, np.newaxis]
    in_plane = aa * h * h + bb * k * k + 2.0 * ab * h * k
    for l_index in range(-((nz - 1) // 2), (nz - 1) // 2 + 1):
        s_squared = in_plane + l_index * (cc * l_index + 2.0 * ac * h + 2.0 * bc * k)
        is_chosen_mate = (h > 0) | (k > 0) if l_index <= 0 else (h > 0) | (k >= 0)
        rows, columns = np.nonzero((s_squared <= limit) & is_chosen_mate)
        yield l_index % nz, l_index, columns, rows + k[0, 0]


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
