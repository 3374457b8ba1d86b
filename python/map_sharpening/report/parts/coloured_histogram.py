"""A histogram in the colours that slices of the same quantity are shown in."""

from __future__ import annotations

import matplotlib
from matplotlib.figure import Figure

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.report.parts.figures import BLACK, PLOT_STYLE, colours_of, svg_of


def coloured_histogram(
    edges: FloatArray,
    share: FloatArray,
    limits: tuple[float, float],
    *,
    mark: tuple[float, str],
    x_label: str,
    y_label: str,
    name: str,
    description: str,
) -> str:
    """Return a histogram above a strip of its colours, as SVG.

    Parameters
    ----------
    edges, share : ndarray
        Of the bins, and what each holds; one edge more.
    limits : (float, float)
        Values of the first and the last colour.
    mark : (float, str)
        A value to mark by a line, and what it is; left out where it lies outside.
    x_label, y_label, name, description : str
        For the axes, for identifiers, and for readers who can't see it.
    """
    middles = (edges[1:] + edges[:-1]) / 2
    colours = colours_of(middles, *limits) / 255
    with matplotlib.rc_context(PLOT_STYLE):
        figure = Figure(figsize=(7.6, 2.9), layout="constrained")
        axes, strip = figure.subplots(2, 1, sharex=True, height_ratios=(9, 1))
        width = edges[1] - edges[0]
        axes.bar(middles, share, width=width, color=colours, edgecolor="white", linewidth=0.3)
        strip.bar(middles, 1, width=width, color=colours, linewidth=0)
        strip.set_yticks([])
        strip.set_ylim(0, 1)
        strip.grid(visible=False)
        strip.set_xlim(edges[0], edges[-1])
        value, label = mark
        if edges[0] <= value <= edges[-1]:
            axes.axvline(value, color=BLACK, linewidth=1.2, label=label)
            axes.legend(loc="upper right")
        axes.set_ylabel(y_label)
        axes.spines["top"].set_visible(False)
        strip.set_xlabel(x_label)
        return svg_of(figure, name, description)
