"""Arrays in files of a folder that exists while there is work: for other processes to map."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from map_sharpening.io.staging import writing
from map_sharpening.io.temporary.left_over import WORK_FOLDER
from map_sharpening.io.temporary.owner import owner
from map_sharpening.maps.map_data import FloatMap


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """Make a hidden folder in another one; it goes, with all that is in it, at the end of work.

    It also goes after an exception. If other processes still write into it, such as a worker
    whose task was cancelled, removing is tried once more; what then remains stays and is no
    error. It stays too if this process is killed (SIGKILL), until the next run into the same
    folder clears it.

    Raises
    ------
    OutputError
        If it can't be made.
    """
    with writing(parent / "work files"):
        temporary = tempfile.TemporaryDirectory(
            prefix=f"{WORK_FOLDER}{owner()}_", dir=parent.absolute(), ignore_cleanup_errors=True
        )
    folder = Path(temporary.name)
    try:
        with temporary:
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def save_array(path: Path, values: FloatMap) -> None:
    """Write an array as .npy, whole or not at all, also if others write the same one.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    # Others may be processes of other machines: a process' number would not do.
    unfinished = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    header = {
        "descr": np.lib.format.dtype_to_descr(values.dtype),
        "fortran_order": False,
        "shape": values.shape,
    }
    with writing(path):
        with unfinished.open("wb") as stream:
            np.lib.format.write_array_header_1_0(stream, header)
            # np.save does not say why it can't write, and takes long for padded rows.
            for plane in values:
                stream.write(np.ascontiguousarray(plane).data)
        unfinished.replace(path)


def mapped_array(path: Path) -> FloatMap:
    """Return an array in a file: what is not looked at is not read."""
    values: FloatMap = np.load(path, mmap_mode="r")
    return values


def taken_array(path: Path) -> FloatMap:
    """Return an array that a file held, which goes."""
    values: FloatMap = np.load(path)
    path.unlink()
    return values
