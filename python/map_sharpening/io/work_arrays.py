"""Arrays in files of a folder that exists while there is work: for other processes to map."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from map_sharpening.map_data import FloatMap


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """Make a hidden folder in another one; it goes with all that is in it, whatever happens."""
    with tempfile.TemporaryDirectory(prefix=".work_", dir=parent) as folder:
        yield Path(folder).absolute()


def save_array(path: Path, values: FloatMap) -> None:
    """Write an array as .npy, whole or not at all, also if others write the same one."""
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    np.save(unfinished, values)
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
