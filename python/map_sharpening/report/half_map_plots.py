"""Curves of a half-map run as SVG pictures with text that stays text."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from map_sharpening.methods.half_map_result import HalfMapResult, Tensor
from map_sharpening.report.figures import (
    BLACK,
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PLOT_STYLE,
    PURPLE,
    SKY,
    VERMILION,
    FloatArray,
    axis_end,
    known_points,
    legend_below,
    limit_y,
    new_figure,
    resolution_axis,
    svg_of,
)
from map_sharpening.report.wording import number


def fsc_plot(result: HalfMapResult) -> str:
    """Return the four FSC curves against s, with the thresholds and an axis in Å."""
    shells = result.shells
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        for threshold, name in ((0.143, "0.143"), (0.5, "0.5")):
            axes.axhline(threshold, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
            axes.annotate(
                name,
                (1, threshold),
                (-2, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                fontsize=9,
                color=INK,
            )
        for curve, name, colour, width, dashes in (
            (shells.fsc_unmasked, "unmasked", GREEN, 1.4, "-."),
            (shells.fsc_masked, "masked", ORANGE, 1.4, "--"),
            (shells.fsc_randomised, "masked, phases randomised", VERMILION, 1.4, ":"),
            (shells.fsc_corrected, "corrected", BLUE, 2.4, "-"),
        ):
            if np.isfinite(curve).any():
                axes.plot(
                    *known_points(shells.s, curve),
                    color=colour,
                    linewidth=width,
                    linestyle=dashes,
                    label=name,
                )
        if result.resolution_0143 is not None:
            axes.plot(
                [1 / result.resolution_0143],
                [0.143],
                "o",
                color=BLUE,
                markersize=6,
                markeredgecolor="white",
                label=f"{result.resolution_0143:.2f} Å at 0.143",
            )
        axes.axvline(
            1 / result.resolution,
            color=PURPLE,
            linewidth=1.2,
            label=f"resolution given, {result.resolution:.2f} Å",
        )
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


def scale_plot(result: HalfMapResult) -> str:
    """Return the factors by direction against s, relative to the largest radial mean."""
    shells, directional = result.shells, result.directional_scale
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        known = shells.scale[np.isfinite(shells.scale)]
        unit = float(known.max()) if known.size and known.max() > 0 else 1.0
        styles = [
            (BLUE, "-"), (VERMILION, "-"), (GREEN, "-"),
            (SKY, "--"), (SKY, ":"), (ORANGE, "--"), (ORANGE, ":"), (PURPLE, "--"), (PURPLE, ":"),
        ]  # fmt: skip
        for i, (name, curve) in enumerate(zip(directional.names, directional.scale, strict=True)):
            colour, dashes = styles[i % len(styles)]
            axes.plot(
                *known_points(shells.s, curve / unit),
                color=colour,
                linestyle=dashes,
                linewidth=1.4,
                label=name,
            )
        axes.plot(
            *known_points(shells.s, shells.scale / unit), color=BLACK, linewidth=2.6, label="mean"
        )
        axes.axvline(1 / result.resolution, color=PURPLE, linewidth=1.2)
        axes.set_xlim(0, axis_end(shells.s))
        axes.set_ylim(bottom=0)
        axes.set_ylabel("scale factor / largest mean factor")
        resolution_axis(axes, squared=False)
        legend_below(figure, axes, columns=5)
        return svg_of(figure, "scale", "Scale factors by direction against resolution")


def power_plot(result: HalfMapResult) -> str:
    """Return the fitted signal and noise powers against s, and the power measured."""
    shells = result.shells
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        for curve, name, colour, width, dashes in (
            (shells.rms_amplitude**2, "measured, mean of the half maps", FAINT, 1.4, "-"),
            (shells.signal_power, "signal, fitted", BLUE, 2.4, "-"),
            (shells.noise_power, "noise, fitted", VERMILION, 2.0, "--"),
        ):
            positive = np.where(curve > 0, curve, np.nan)
            axes.plot(
                *known_points(shells.s, positive),
                color=colour,
                linewidth=width,
                linestyle=dashes,
                label=name,
            )
        axes.axvline(1 / result.resolution, color=PURPLE, linewidth=1.2)
        if axes.get_lines() and np.isfinite(axes.dataLim.minposy):
            axes.set_yscale("log")
        axes.set_xlim(0, axis_end(shells.s))
        axes.set_ylabel("power per Fourier term")
        resolution_axis(axes, squared=False)
        legend_below(figure, axes, columns=2)
        return svg_of(figure, "power", "Signal and noise power against resolution")


def anisotropy_plot(result: HalfMapResult) -> str:
    """Return the anisotropy at the resolution given, as curves round the unit circle.

    Each curve is exp(±2π² uᵀU u / d²) for unit vectors u in the planes XY, XZ and YZ: relative
    amplitudes fall where U of the data is positive, scale factors grow where theirs is.
    """
    summary = result.anisotropy
    if summary is None:
        return ""
    angle = np.linspace(0, 2 * np.pi, 121)
    zero, cosine, sine = np.zeros_like(angle), np.cos(angle), np.sin(angle)
    planes = (
        ("X", "Y", np.stack([cosine, sine, zero])),
        ("X", "Z", np.stack([cosine, zero, sine])),
        ("Y", "Z", np.stack([zero, cosine, sine])),
    )
    curves = (
        ("fall_off", "amplitude relative to ideal", VERMILION, "-", -1),
        ("data", "amplitude of the data", ORANGE, "--", -1),
        ("scale_factors", "scale factor", BLUE, "-", 1),
    )
    with matplotlib.rc_context(PLOT_STYLE):
        figure = Figure(figsize=(7.6, 3.0), layout="constrained")
        all_axes = figure.subplots(1, 3)
        radii = {
            (plane, field): _radius(
                getattr(summary, field), vectors, sign * 2 * np.pi**2 / result.resolution**2
            )
            for plane, (_, _, vectors) in enumerate(planes)
            for field, _, _, _, sign in curves
        }
        known = np.concatenate([radius[np.isfinite(radius)] for radius in radii.values()])
        limit = 1.12 * max(1.0, float(known.max()) if known.size else 1.0)
        for plane, (horizontal, vertical, _) in enumerate(planes):
            axes = all_axes[plane]
            axes.plot(cosine, sine, color=FAINT, linewidth=1.2)
            for field, name, colour, dashes, _ in curves:
                radius = radii[plane, field]
                axes.plot(
                    radius * cosine,
                    radius * sine,
                    color=colour,
                    linestyle=dashes,
                    linewidth=1.8,
                    label=name if plane == 0 else None,
                )
            axes.set_xlim(-limit, limit)
            axes.set_ylim(-limit, limit)
            axes.set_aspect("equal")
            axes.set_xlabel(horizontal)
            axes.set_ylabel(vertical, rotation=0, labelpad=6)
            axes.set_xticks([-1, 0, 1])
            axes.set_yticks([-1, 0, 1])
            axes.spines["top"].set_visible(False)
        figure.legend(loc="outside upper center", ncols=3)
        return svg_of(
            figure, "anisotropy", "Anisotropy of amplitudes and scale factors by direction"
        )


def _radius(tensor: Tensor, vectors: FloatArray, factor: float) -> FloatArray:
    xx, yy, zz, xy, xz, yz = tensor.values
    x, y, z = vectors
    quadratic = xx * x**2 + yy * y**2 + zz * z**2 + 2 * (xy * x * y + xz * x * z + yz * y * z)
    # Limited, so that one wild tensor can't shrink all others to a dot.
    return np.asarray(np.exp(np.clip(factor * quadratic, -1.5, 1.5)))


def _least(curve: FloatArray) -> float:
    known = curve[np.isfinite(curve)]
    return float(known.min()) if known.size else 0.0
