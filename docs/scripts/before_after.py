"""Make docs/before_after.png: a section of the demo's map before and after sharpening.

Run in an environment with the package: python docs/scripts/before_after.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import map_sharpening
from map_sharpening.simulation.demo import demo_half_maps

ZOOM = slice(26, 86)


def main() -> None:
    """Simulate, sharpen, draw."""
    maps = demo_half_maps()
    result = map_sharpening.sharpen_half_maps(maps.half_1, maps.half_2, resolution=3.0)
    panels = {
        "Mean of the half maps": maps.mean.values,
        "Sharpened": result.sharpened.values,
        "Truth (B = 0)": maps.truth.values,
    }
    figure = Figure(figsize=(9.6, 3.5), dpi=150, layout="constrained")
    for axes, (title, values) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        section = np.asarray(values[values.shape[0] // 2 - 6])[ZOOM, ZOOM]
        low, high = np.quantile(section, [0.02, 0.998])
        axes.imshow(section, cmap="gray_r", vmin=low, vmax=high, interpolation="bicubic")
        axes.set_title(title, fontsize=11)
        axes.set_axis_off()
    figure.savefig(Path(__file__).parents[1] / "before_after.png", metadata={"Software": None})


if __name__ == "__main__":
    main()
