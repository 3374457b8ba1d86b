"""Curves of a run by a model as SVG pictures with text that stays text."""

from __future__ import annotations

import matplotlib
import numpy as np

from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.parts.figures import (
    BLACK,
    BLUE,
    FAINT,
    ORANGE,
    PLOT_STYLE,
    PURPLE,
    VERMILION,
    Curve,
    axis_end,
    draw_curves,
    known_points,
    legend_below,
    limit_y,
    mark_crossing,
    mark_resolution,
    mark_threshold,
    new_figure,
    resolution_axis,
    svg_of,
)
from map_sharpening.report.parts.shell_plots import DirectionCurve, direction_plot

_FALL_OFF_FROM = 0.1  #: 1/Å, of the range in which curves are moved to meet


def correlation_plot(result: ModelResult) -> str:
    """Return the correlation of map and model against s, and the accuracy that it tells."""
    shells = result.shells
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        mark_threshold(axes, 0.5)
        axes.plot(
            *known_points(shells.s, shells.correlation),
            color=FAINT,
            linestyle="none",
            marker="o",
            markersize=3.2,
            label="map and model",
        )
        curves = (
            Curve(shells.expected_correlation, "of a perfect map", ORANGE, 1.4, "--"),
            Curve(shells.smooth_correlation, "map and model, smooth", BLUE, 2.4, "-"),
            Curve(shells.accuracy, "accuracy", VERMILION, 1.8, "-."),
        )
        draw_curves(axes, shells.s, curves)
        mark_crossing(axes, result.resolution_05, 0.5)
        mark_resolution(axes, result.resolution)
        known = shells.correlation[np.isfinite(shells.correlation)]
        lowest = min(-0.02, float(known.min())) if known.size else 0.0
        axes.set_xlim(0, axis_end(shells.s))
        axes.set_ylim(max(lowest - 0.03, -0.5), 1.05)
        axes.set_ylabel("correlation")
        resolution_axis(axes, squared=False)
        legend_below(figure, axes, columns=3)
        return svg_of(figure, "correlation", "Correlation of map and model against resolution")


def fall_off_plot(result: ModelResult) -> str:
    """Return ln amplitude against s² of the map before and after, of its signal and the ideal.

    Each curve is moved so that its mean from 10 Å to the resolution is 0.
    """
    shells = result.shells
    fitted = (shells.s > _FALL_OFF_FROM) & (shells.s < 1 / result.resolution)
    with matplotlib.rc_context(PLOT_STYLE), np.errstate(divide="ignore", invalid="ignore"):
        figure, axes = new_figure()
        moved = []
        for amplitude, name, colour, width, dashes in (
            (shells.rms_amplitude, "the map before", BLACK, 1.6, "-"),
            (np.sqrt(shells.signal_power), "its signal", ORANGE, 1.6, "--"),
            (shells.rms_amplitude * shells.scale, "sharpened", BLUE, 2.4, "-"),
            (shells.ideal, "the model at rest", VERMILION, 1.8, ":"),
        ):
            curve = np.where(amplitude > 0, np.log(amplitude), np.nan)
            inside = curve[fitted & np.isfinite(curve)]
            curve = curve - (float(inside.mean()) if inside.size else 0.0)
            moved.append(curve)
            axes.plot(
                *known_points(shells.s**2, curve),
                color=colour,
                linewidth=width,
                linestyle=dashes,
                label=name,
            )
        limit_y(axes, [curve[shells.s < 1.05 / result.resolution] for curve in moved])
        axes.axvline(1 / result.resolution**2, color=PURPLE, linewidth=1.2)
        axes.set_xlim(0, axis_end(shells.s**2))
        axes.set_ylabel("ln(rms amplitude), moved")
        resolution_axis(axes, squared=True)
        legend_below(figure, axes, columns=2)
        return svg_of(figure, "fall-off", "Logarithm of the amplitudes against squared resolution")


def tensor_plot(result: ModelResult) -> str:
    """Return the amplitudes of signal and noise by direction, at the resolution given.

    Each curve is exp(-uᵀB u / 4d²) for unit vectors u; empty for isotropic runs.
    """
    if result.signal_b is None or result.noise_b is None:
        return ""
    exponent = -0.25 / result.resolution**2
    return direction_plot(
        (
            DirectionCurve(result.signal_b, exponent, "signal", BLUE, "-"),
            DirectionCurve(result.noise_b, exponent, "noise", VERMILION, "--"),
        ),
        "Anisotropy of signal and noise by direction",
    )
