"""Print all measures of a map as JSON: `python -m bench.quality.measures MAP MODEL RESOLUTION`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.quality.measures.all_measures import TrueModel
from bench.quality.measures.measures_json import with_null
from map_sharpening.errors import MapSharpeningError
from map_sharpening.io.maps import read_map


def main() -> int:
    """Measure one map."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.measures", description=__doc__)
    parser.add_argument("map", type=Path, help="map to be measured")
    parser.add_argument("model", type=Path, help="true model, in the map's frame")
    parser.add_argument("resolution", type=float, help="stated resolution, Å")
    arguments = parser.parse_args()
    try:
        map_data, warnings = read_map(arguments.map)
        for warning in warnings:
            print(f"warning: {warning}", file=sys.stderr)
        model = TrueModel(arguments.model, map_data, arguments.resolution)
        values = with_null(model.measures(map_data))
        print(json.dumps(values, indent=1, allow_nan=False))
    except (MapSharpeningError, OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
