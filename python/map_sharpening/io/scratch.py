"""Arrays in files, for maps that are larger than the memory."""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.errors import OutputError
from map_sharpening.io.readable import file_path

_NO_ROOM = {errno.ENOSPC, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}


class ScratchFolder:
    """Makes arrays whose values lie in files of a folder: the system keeps in memory what fits.

    The files have no names, so that they vanish with the arrays, whatever happens.

    Parameters
    ----------
    folder : path-like
        On a fast disk with room for the arrays.

    Raises
    ------
    OutputError
        If the folder isn't there, or can't be written to.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = file_path(folder, "a folder", "scratch_directory")
        if not self._folder.is_dir():
            raise OutputError(
                f"scratch_directory is {self._folder}, which is not a folder; give one that "
                "exists, on a fast disk"
            )
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise OutputError(
                f"scratch_directory is {self._folder}, which can't be written to; give another one"
            )

    def new_array(self, shape: Sequence[int], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array of zeros.

        Raises
        ------
        OutputError
            If there is no room for it, or the file can't be made or mapped.
        """
        kind = np.dtype(dtype)
        size = max(int(np.prod([int(n) for n in shape])) * kind.itemsize, 1)
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                # Reserve the space now: a disk that fills up later would kill the process.
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    file.truncate(size)
                mapped = mmap.mmap(file.fileno(), size)
        except OSError as error:
            reason, gigabytes = error.strerror or str(error), f"{size / 1e9:.2f} GB"
            if error.errno in _NO_ROOM:
                raise OutputError(
                    f"scratch_directory {self._folder} has no room for {gigabytes} more: "
                    f"{reason}; make room, or give another folder"
                ) from error
            raise OutputError(
                f"an array of {gigabytes} can't be a file in scratch_directory {self._folder}: "
                f"{reason}; check the folder and the limits of this process, or give another "
                "folder"
            ) from error
        return np.frombuffer(mapped, dtype=kind, count=size // kind.itemsize).reshape(shape)
