"""Sharpen two half maps with cctbx's public interface; run by an interpreter that has cctbx."""

from __future__ import annotations

import argparse
import time

from iotbx.map_manager import map_manager
from iotbx.map_model_manager import map_model_manager


def main() -> None:
    """Read two half maps, sharpen with default settings, write the map."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half_1")
    parser.add_argument("half_2")
    parser.add_argument("output")
    parser.add_argument("resolution", type=float)
    parser.add_argument("--anisotropic", action="store_true")
    parser.add_argument("--local", action="store_true")
    parser.add_argument("--n-boxes", type=int, help="of a local run (default: cctbx's)")
    arguments = parser.parse_args()

    maps = map_model_manager(
        map_manager_1=map_manager(arguments.half_1),
        map_manager_2=map_manager(arguments.half_2),
        wrapping=False,
    )
    maps.set_resolution(arguments.resolution)
    start = time.perf_counter()
    maps.half_map_sharpen(
        resolution=arguments.resolution,
        anisotropic_sharpen=arguments.anisotropic,
        local_sharpen=arguments.local,
        n_boxes=arguments.n_boxes,
    )
    print(f"seconds in the sharpening call: {time.perf_counter() - start:.2f}")
    maps.get_map_manager_by_id("map_manager_scaled").write_map(arguments.output)


if __name__ == "__main__":
    main()
