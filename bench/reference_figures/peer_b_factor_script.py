"""Sharpen a map with cctbx's public interface; run by an interpreter that has cctbx."""

from __future__ import annotations

import argparse
import io
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cctbx.maptbx import auto_sharpen, segment_and_split_map
from iotbx.map_manager import map_manager

#: What cctbx prints of the region weight, to one decimal.
PRINTED = {
    "lower_bound": r"Region weight bounds: Min: *(\S+)",
    "upper_bound": r"Region weight bounds: .*Max: *(\S+)",
    "by_ratio": r"From ratio of low-B surface area to regions: *(\S+)",
    "by_difference": r"Ratio of change in surface area to change in regions: *(\S+)",
}
OPTIONS = (
    "auto_sharpen_methods=b_iso",
    "density_select_in_auto_sharpen=False",
    "box_in_auto_sharpen=False",
    "nproc=1",
)
N_WEIGHT_TRIALS = 3
N_SCAN = 21


def figures_of(scored: Any) -> dict[str, float]:
    """Return what cctbx has found of a map, by our names."""
    return {
        "adjusted_sa": scored.adjusted_sa,
        "sa_ratio": scored.sa_ratio,
        "normalized_regions": scored.normalized_regions,
        "kurtosis": scored.kurtosis,
    }


def score_given_map(path: str, solvent_content: float, wrapping: bool) -> dict[str, Any]:
    """Return the score of the map as it is, with cctbx's defaults otherwise."""
    scored = segment_and_split_map.score_map(
        map_data=map_manager(path).map_data(),
        solvent_fraction=solvent_content,
        fraction_occupied=0.20,
        wrapping=wrapping,
        sa_percent=30.0,
        region_weight=40.0,
        max_regions_to_test=30,
        out=io.StringIO(),
    )
    named = {"solvent_content": solvent_content, "wrapping": wrapping}
    return {**named, **figures_of(scored)}


def overall_b(path: str, resolution: float) -> list[float]:
    """Return the B tensor of the map, xx, yy, zz, xy, xz, yz; Å²."""
    given = map_manager(path)
    anisotropy = segment_and_split_map.effective_b_iso(
        map_data=given.map_data(),
        crystal_symmetry=given.crystal_symmetry(),
        resolution=resolution,
        remove_aniso=True,
        d_min_ratio=0.833,
        scale_max=100000,
        out=io.StringIO(),
    )[0]
    return list(anisotropy.b_cart)


def sharpen(path: str, resolution: str, solvent_content: str) -> tuple[list[dict[str, Any]], str]:
    """Return the figures of all maps that cctbx scores on its way, and what it prints.

    Figures that it prints are rounded, so they are taken from the objects its own function
    returns.
    """
    scored = []
    score_map = segment_and_split_map.score_map

    def score_and_keep(*given: Any, **named: Any) -> Any:
        found = score_map(*given, **named)
        place = {
            "b_iso": found.b_iso,
            "b_sharpen": found.b_sharpen,
            "region_weight": found.region_weight,
        }
        scored.append({**place, **figures_of(found)})
        return found

    segment_and_split_map.score_map = score_and_keep
    printed = io.StringIO()
    auto_sharpen.run(
        args=[
            path,
            f"resolution={resolution}",
            f"solvent_content={solvent_content}",
            *OPTIONS,
        ],
        out=printed,
    )
    segment_and_split_map.score_map = score_map
    return scored, printed.getvalue()


def main() -> None:
    """Sharpen a map by method b_iso as a whole, write what was found on the way as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("map")
    parser.add_argument("resolution")
    parser.add_argument("solvent_content")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()

    scored, printed = sharpen(arguments.map, arguments.resolution, arguments.solvent_content)
    scan = scored[N_WEIGHT_TRIALS : N_WEIGHT_TRIALS + N_SCAN]
    figures = {
        "program": f"cctbx-base {version('cctbx-base')}",
        "options": [
            f"resolution={arguments.resolution}",
            f"solvent_content={arguments.solvent_content}",
            *OPTIONS,
        ],
        "b_iso_before": scan[0]["b_iso"] + scan[0]["b_sharpen"],
        "b_cart": overall_b(arguments.map, float(arguments.resolution)),
        "region_weight": scan[0]["region_weight"],
        "region_weight_printed": {
            name: float(re.findall(pattern, printed)[0]) for name, pattern in PRINTED.items()
        },
        "weight_trials": scored[:N_WEIGHT_TRIALS],
        "scan": scan,
        "chosen_b_iso": float(re.findall(r"Best scores .* with b_iso = *(\S+)", printed)[0]),
        "given_map": [
            score_given_map(arguments.map, solvent_content, wrapping)
            for solvent_content in (0.5, 0.8, 0.95)
            for wrapping in (False, True)
        ],
    }
    arguments.output.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
