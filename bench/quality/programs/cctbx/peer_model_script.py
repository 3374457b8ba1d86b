"""Sharpen a map by a model with cctbx's public interface; run by an interpreter with cctbx."""

from __future__ import annotations

import argparse
import time

from iotbx.data_manager import DataManager
from iotbx.map_manager import map_manager
from iotbx.map_model_manager import map_model_manager


def main() -> None:
    """Read a map and a model, sharpen with default settings, write the map."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("full_map")
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("resolution", type=float)
    parser.add_argument("--anisotropic", action="store_true")
    parser.add_argument("--local", action="store_true")
    arguments = parser.parse_args()

    files = DataManager()
    files.process_model_file(arguments.model)
    maps = map_model_manager(
        map_manager=map_manager(arguments.full_map),
        model=files.get_model(),
        wrapping=False,
        ignore_symmetry_conflicts=True,
    )
    maps.set_resolution(arguments.resolution)
    start = time.perf_counter()
    maps.model_sharpen(
        resolution=arguments.resolution,
        anisotropic_sharpen=arguments.anisotropic,
        local_sharpen=arguments.local,
    )
    print(f"seconds in the sharpening call: {time.perf_counter() - start:.2f}")
    maps.get_map_manager_by_id("map_manager_scaled").write_map(arguments.output)


if __name__ == "__main__":
    main()
