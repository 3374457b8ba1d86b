"""Whole maps are read for one thing at a time, so that memory holds few of them."""

from __future__ import annotations

import mmap
import threading

import numpy as np

from map_sharpening.maps.map_data import MapData

#: Held while a whole map is read and something is made of it; a thread may hold it several times.
READING = threading.RLock()


def let_go(*maps: MapData) -> None:
    """Give back the memory that holds what was read of maps in files.

    The maps stay open: what is asked for again is read again, which is quick while the system
    has it. Maps that lie in no file stay as they are.
    """
    for each in maps:
        owner: object = each.values
        while isinstance(owner, np.ndarray):
            owner = owner.base
        if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            owner.madvise(mmap.MADV_DONTNEED)
