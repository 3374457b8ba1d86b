"""A section of a quantity that differs from place to place: coloured slices, a histogram."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.report.drawing import SvgFigure
from map_sharpening.report.drawing.ticks import Ticks
from map_sharpening.report.parts.figures import BLACK, colours_of
from map_sharpening.report.parts.slice_pictures import coloured_slice_pictures
from map_sharpening.report.parts.slice_section import slice_grid
from map_sharpening.report.parts.slices import CentralSlices


def shares(values: npt.NDArray[Any], edges: FloatArray) -> FloatArray:
    """Return which percentage of the known values lies in each bin."""
    known = values[np.isfinite(values)]
    counts, _ = np.histogram(known, bins=edges)
    return np.asarray(100 * counts / max(known.size, 1))


def coloured_section(
    title: str,
    quantity: str,
    slices: CentralSlices,
    limits: tuple[float, float],
    histogram: tuple[FloatArray, FloatArray],
    *,
    mark: tuple[float, str],
    labels: tuple[str, str],
    text: str,
) -> str:
    """Return slices and a histogram in one set of colours, as HTML.

    Parameters
    ----------
    title, quantity : str
        Of the section, and what the slices show.
    slices : CentralSlices
        Grey where they have no value.
    limits : (float, float)
        Values of the first and the last colour.
    histogram : (ndarray, ndarray)
        Edges of the bins, and the percentage in each; one edge more.
    mark : (float, str)
        A value to mark by a line, and what it is; left out where it lies outside.
    labels : (str, str)
        Of the histogram's axes.
    text : str
        What there is to say of it.
    """
    pictures = coloured_slice_pictures(slices, limits, quantity)
    return (
        f'<section class="single"><h2>{escape(title)}</h2>{slice_grid([(quantity, pictures)])}'
        f'<div class="wide">{_histogram(title, histogram, limits, mark, labels)}</div>'
        f'<p class="quiet">{escape(text)}</p></section>'
    )


def _histogram(
    title: str,
    histogram: tuple[FloatArray, FloatArray],
    limits: tuple[float, float],
    mark: tuple[float, str],
    labels: tuple[str, str],
) -> str:
    """Return a histogram above a strip of its colours, as SVG."""
    edges, share = histogram
    middles, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    colours = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in colours_of(middles, *limits)]
    figure = SvgFigure(7.6, 2.9)
    axes = figure.add(0.7, 0.12, 0.12, 0.86)
    strip = figure.add(0.7, 2.14, 0.12, 0.55)
    axes.bar(middles, share, width, colours, edge="white")
    strip.bar(middles, np.ones_like(middles), width, colours)
    strip.y_ticks = Ticks((), ())
    strip.set_ylim(0, 1)
    axes.has_x_numbers = False
    for each in (axes, strip):
        each.set_xlim(edges[0], edges[-1])
        each.spines["top"].set_visible(False)
    value, label = mark
    if edges[0] <= value <= edges[-1]:
        axes.axvline(value, color=BLACK, linewidth=1.2, label=label)
        figure.legend_inside(axes)
    strip.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    name = title.lower().replace(" ", "-")
    return figure.svg(name, f"Histogram of the {title[0].lower()}{title[1:]}, and its colours")
