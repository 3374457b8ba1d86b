"""Sharpen half maps under a limit of memory: `large_maps_script.py EDGE MEGABYTES [FOLDER]`.

Without a folder all arrays are in memory. Prints the checksum of the sharpened map.
"""

from __future__ import annotations

import resource
import sys
import zlib
from pathlib import Path

import numpy as np

from map_sharpening import ScratchFolder, local_resolution, sharpen_half_maps

RESOLUTION = 4.0


def memory_of_no_file() -> int:
    """Return the bytes of this process that the limit counts."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError("the system does not tell")


def main() -> None:
    edge, megabytes = (int(word) for word in sys.argv[1:3])
    folder = sys.argv[3] if len(sys.argv) > 3 else None
    new_array = None if folder is None else ScratchFolder(folder).new_array
    halves = [np.load(f"half_{i}.npy", mmap_mode="r") for i in (1, 2)]
    assert halves[0].shape == (edge,) * 3
    limit = memory_of_no_file() + 1_000_000 * megabytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    result = sharpen_half_maps(
        *halves,
        voxel_size=1.5,
        resolution=RESOLUTION,
        local_sharpen=True,
        threads=1,
        new_array=new_array,
    )
    found = local_resolution(
        *halves,
        voxel_size=1.5,
        resolution=RESOLUTION,
        mask=result.mask,
        threads=1,
        new_array=new_array,
    )
    print(zlib.crc32(result.sharpened.values), zlib.crc32(found.map.values))


if __name__ == "__main__":
    main()
