"""Write cctbx's EMRinger score, CC_mask and CC_peaks of a map as JSON; run where cctbx is."""

from __future__ import annotations

import argparse
import io
import json
import math
from pathlib import Path

_ENOUGH = 10  #: side chains that EMRinger counts; with fewer its score means nothing


def main() -> None:
    """Read a map and the true model, measure with default settings, write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("map")
    parser.add_argument("model")
    parser.add_argument("resolution", type=float)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()

    from iotbx.cli_parser import run_program
    from iotbx.data_manager import DataManager
    from mmtbx.maps.correlation import five_cc
    from mmtbx.programs import emringer

    manager = DataManager()
    map_manager = manager.get_real_map(arguments.map)
    model = manager.get_model(arguments.model)
    model.set_crystal_symmetry(map_manager.crystal_symmetry())
    model.setup_scattering_dictionaries(scattering_table="electron")
    five = five_cc(
        map=map_manager.map_data(),
        xray_structure=model.get_xray_structure(),
        d_min=arguments.resolution,
    ).result
    found = {"cc_mask": five.cc_mask, "cc_peaks": five.cc_peaks}
    if model.get_hierarchy().contains_protein():
        ringer = run_program(
            program_class=emringer.Program,
            args=[arguments.map, arguments.model],
            logger=io.StringIO(),
        ).scoring_result
        if ringer.length >= _ENOUGH:
            found["emringer"] = 10 * ringer.zscore_max / math.sqrt(ringer.length)
    arguments.output.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
