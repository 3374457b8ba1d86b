"""Small map files with any header, written here word by word and not by the package."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from mrcfile.dtypes import HEADER_DTYPE

RESOLUTION = 4.0
VOXEL_SIZE = (1.5, 1.5, 1.5)
SHAPE = (56, 56, 56)


def write_mrc(
    path: Path,
    values: npt.NDArray[np.float32],
    voxel_size: Sequence[float] = VOXEL_SIZE,
    *,
    start: Sequence[int] = (0, 0, 0),
    origin: Sequence[float] = (0.0, 0.0, 0.0),
    axes: Sequence[int] = (1, 2, 3),
    sampling: Sequence[int] | None = None,
    angles: Sequence[float] = (90.0, 90.0, 90.0),
    space_group: int = 1,
    version: int = 20141,
    byte_order: str = "<",
    labels: Sequence[str] = (),
) -> Path:
    """Write values of shape (z, y, x); triples are x, y, z, `axes` is MAPC, MAPR, MAPS."""
    stored = values.transpose([3 - axis for axis in reversed(axes)])
    size_xyz = values.shape[::-1]
    whole = size_xyz if sampling is None else sampling
    words = np.zeros((), HEADER_DTYPE.newbyteorder(byte_order))
    words["nz"], words["ny"], words["nx"] = stored.shape
    words["mode"] = 2
    for word, axis in zip(("nxstart", "nystart", "nzstart"), axes, strict=True):
        words[word] = start[axis - 1]
    words["mx"], words["my"], words["mz"] = whole
    words["cella"] = tuple(step * count for step, count in zip(voxel_size, whole, strict=True))
    words["cellb"] = tuple(angles)
    words["mapc"], words["mapr"], words["maps"] = axes
    with np.errstate(invalid="ignore"):  # some tests need NaN in a file
        words["dmin"], words["dmax"] = values.min(), values.max()
        words["dmean"], words["rms"] = values.mean(), values.std()
    words["ispg"] = space_group
    words["nversion"] = version
    words["origin"] = tuple(origin)
    words["map"] = b"MAP "
    words["machst"] = (0x44, 0x44, 0, 0) if byte_order == "<" else (0x11, 0x11, 0, 0)
    words["nlabl"] = len(labels)
    for place, label in enumerate(labels):
        words["label"][place] = label.encode("ascii")
    raw = words.tobytes() + stored.astype(byte_order + "f4").tobytes()
    path.write_bytes(gzip.compress(raw, 1) if path.suffix == ".gz" else raw)
    return path
