"""Curves of a half-map run as SVG pictures with text that stays text."""

from __future__ import annotations

import matplotlib
import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.report.parts.figures import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PLOT_STYLE,
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
from map_sharpening.report.parts.wording import number


def fsc_plot(result: HalfMapResult) -> str:
    """Return the four FSC curves against s, with the thresholds and an axis in Å."""
    shells = result.shells
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        for threshold in (0.143, 0.5):
            mark_threshold(axes, threshold)
        curves = (
            Curve(shells.fsc_unmasked, "unmasked", GREEN, 1.4, "-."),
            Curve(shells.fsc_masked, "masked", ORANGE, 1.4, "--"),
            Curve(shells.fsc_randomised, "masked, phases randomised", VERMILION, 1.4, ":"),
            Curve(shells.fsc_corrected, "corrected", BLUE, 2.4, "-"),
        )
        draw_curves(axes, shells.s, [c for c in curves if np.isfinite(c.values).any()])
        mark_crossing(axes, result.resolution_0143, 0.143)
        mark_resolution(axes, result.resolution)
        axes.set_xlim(0, axis_end(shells.s))
        lowest = min(-0.05, _least(shells.fsc_unmasked), _least(shells.fsc_corrected))
        axes.set_ylim(max(lowest - 0.03, -0.5), 1.05)
        axes.set_ylabel("Fourier shell correlation")
        resolution_axis(axes, squared=False)
        legend_below(figure, axes, columns=3)
        return svg_of(figure, "fsc", "Fourier shell correlation against resolution")


def guinier_plot(result: HalfMapResult) -> str:
    """Return ln amplitude against s² before and after, with the fitted line and its range."""
    fit = result.guinier
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        low, high = 1 / fit.d_low**2, 1 / fit.d_high**2
        axes.axvspan(low, high, color="#eef3f7", zorder=0, label="fit range", linewidth=0)
        axes.plot(
            *known_points(fit.s_squared, fit.ln_original),
            color=BLACK,
            label="mean of the half maps",
        )
        axes.plot(
            *known_points(fit.s_squared, fit.ln_weighted),
            color=ORANGE,
            linestyle="--",
            label="the same, weighted by C_ref",
        )
        in_range = (fit.s_squared >= low) & (fit.s_squared <= high)
        difference = fit.ln_original - fit.ln_sharpened
        shared = difference[in_range & np.isfinite(difference)]
        # The two maps' scales differ; they are drawn to meet where the fit begins.
        shift = float(shared[0]) if shared.size else 0.0
        axes.plot(
            *known_points(fit.s_squared, fit.ln_sharpened + shift),
            color=BLUE,
            linewidth=2.4,
            label=f"sharpened, moved by {shift:+.1f}",
        )
        ends = np.array([low, high])
        axes.plot(
            ends,
            fit.intercept + fit.slope * ends,
            color=VERMILION,
            linewidth=2,
            linestyle=(0, (1, 1)),
            label=f"fitted line, B = {number(fit.b_sharpen, 1)} Å²"
            + (" (poor)" if fit.is_poor else ""),
        )
        limit_y(axes, [fit.ln_original, fit.ln_sharpened + shift, fit.ln_weighted])
        axes.set_xlim(0, axis_end(fit.s_squared))
        axes.set_ylabel("ln(rms amplitude)")
        resolution_axis(axes, squared=True)
        legend_below(figure, axes, columns=2)
        return svg_of(figure, "guinier", "Logarithm of the amplitudes against squared resolution")


def anisotropy_plot(result: HalfMapResult) -> str:
    """Return the anisotropy at the resolution given, as curves round the unit circle.

    Each curve is exp(±2π² uᵀU u / d²) for unit vectors u: relative amplitudes fall where U of
    the data is positive, scale factors grow where theirs is.
    """
    summary = result.anisotropy
    if summary is None:
        return ""
    exponent = 2 * np.pi**2 / result.resolution**2
    return direction_plot(
        (
            DirectionCurve(
                summary.fall_off, -exponent, "amplitude relative to ideal", VERMILION, "-"
            ),
            DirectionCurve(summary.data, -exponent, "amplitude of the data", ORANGE, "--"),
            DirectionCurve(summary.scale_factors, exponent, "scale factor", BLUE, "-"),
        ),
        "Anisotropy of amplitudes and scale factors by direction",
    )


def _least(curve: FloatArray) -> float:
    known = curve[np.isfinite(curve)]
    return float(known.min()) if known.size else 0.0
