"""Sharpen one map by cctbx's B-factor search; run by an interpreter that has cctbx."""

from __future__ import annotations

import argparse
import sys
import time
from types import ModuleType


def main() -> None:
    """Read a map, sharpen with default settings or on the whole map, write the map."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("full_map")
    parser.add_argument("output")
    parser.add_argument("resolution", type=float)
    parser.add_argument("--whole", action="store_true", help="score the whole map, not a box")
    arguments = parser.parse_args()

    # The tool that cuts the box out imports a module of a graphical interface that cctbx-base
    # doesn't come with, and uses nothing of it here.
    interface = ModuleType("wxGUI2")
    interface.utils = ModuleType("wxGUI2.utils")  # type: ignore[attr-defined]
    sys.modules.update({"wxGUI2": interface, "wxGUI2.utils": interface.utils})
    from cctbx.maptbx.auto_sharpen import run

    words = [
        f"map_file={arguments.full_map}",
        f"resolution={arguments.resolution}",
        f"sharpened_map_file={arguments.output}",
    ]
    words += ["density_select_in_auto_sharpen=False"] if arguments.whole else []
    start = time.perf_counter()
    run(args=words, out=sys.stdout)
    print(f"seconds in the sharpening call: {time.perf_counter() - start:.2f}")


if __name__ == "__main__":
    main()
