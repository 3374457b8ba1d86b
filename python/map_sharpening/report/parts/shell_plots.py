"""Plots that runs by shells share: scale factors, signal and noise, directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.shared.direction import Tensor
from map_sharpening.report.drawing import Axes, SvgFigure
from map_sharpening.report.drawing.ticks import Ticks
from map_sharpening.report.parts.figures import (
    BLACK,
    BLUE,
    FAINT,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Curve,
    CurvePlot,
    powers_of_ten,
)
from map_sharpening.report.parts.page import plot_section, side_by_side

if TYPE_CHECKING:
    from map_sharpening.methods.model.result import ModelResult

#: Lowest power shown, as share of the lowest measured.
_LEAST_POWER = 1e-2

ScaledResult: TypeAlias = "HalfMapResult | ModelResult"


def factor_sections(result: ScaledResult, before: str) -> list[str]:
    """Return the sections of factors by direction and of signal and noise, side by side."""
    return side_by_side(
        plot_section(
            "Scale factors",
            scale_plot(result).svg(),
            "Factors applied along single directions; the vertical line is the resolution.",
        ),
        plot_section(
            "Signal and noise",
            power_plot(result, before).svg(),
            "Terms are kept as far as their signal rises above the noise.",
        ),
    )


def scale_plot(result: ScaledResult) -> CurvePlot:
    """Return the factors by direction against s, relative to the largest radial mean."""
    shells, directional = result.shells, result.directional_scale
    known = shells.scale[np.isfinite(shells.scale)]
    unit = float(known.max()) if known.size and known.max() > 0 else 1.0
    styles = [
        (BLUE, "-"), (VERMILION, "-"), (GREEN, "-"),
        (SKY, "--"), (SKY, ":"), (ORANGE, "--"), (ORANGE, ":"), (PURPLE, "--"), (PURPLE, ":"),
    ]  # fmt: skip
    named = zip(directional.names, directional.scale, cycle(styles), strict=False)
    curves = [Curve(curve / unit, name, c, 1.4, dashes) for name, curve, (c, dashes) in named]
    return CurvePlot(
        name="scale",
        description="Scale factors by direction against resolution",
        x=shells.s,
        curves=[*curves, Curve(shells.scale / unit, "mean", BLACK, 2.6)],
        y_label="scale factor / largest mean factor",
        resolution=result.resolution,
        resolution_how=result.resolution_how,
        finish=lambda axes: axes.set_ylim(bottom=0),
        legend_columns=4,
    )


def power_plot(result: ScaledResult, measured: str) -> CurvePlot:
    """Return the fitted signal and noise powers against s, and the power measured."""
    shells = result.shells
    power = shells.rms_amplitude**2
    curves = (
        Curve(power, f"measured, {measured}", FAINT, 1.4),
        Curve(shells.signal_power, "signal, fitted", BLUE, 2.4),
        Curve(shells.noise_power, "noise, fitted", VERMILION, 2.0, "--"),
    )

    def finish(axes: Axes) -> None:
        drawn = np.concatenate([curve.values for curve in curves])
        drawn = drawn[np.isfinite(drawn) & (drawn > 0)]
        if drawn.size:
            powers_of_ten(axes)
            known = power[np.isfinite(power) & (power > 0)]
            if known.size:
                # A signal far below the noise is a guess.
                axes.set_ylim(bottom=max(_LEAST_POWER * known.min(), drawn.min()))

    return CurvePlot(
        name="power",
        description="Signal and noise power against resolution",
        x=shells.s,
        curves=[replace(c, values=np.where(c.values > 0, c.values, np.nan)) for c in curves],
        y_label="power per Fourier term",
        resolution=result.resolution,
        resolution_how=result.resolution_how,
        finish=finish,
    )


@dataclass(frozen=True)
class DirectionCurve:
    """exp(factor uᵀT u) for unit vectors u."""

    tensor: Tensor
    factor: float  #: 1/Å²
    name: str
    colour: str
    dashes: str


def direction_plot(
    result: ScaledResult, curves: Sequence[DirectionCurve], description: str
) -> str:
    """Return curves of directions round the unit circle, in the planes XY, XZ and YZ."""
    angle = np.linspace(0, 2 * np.pi, 121)
    zero, cosine, sine = np.zeros_like(angle), np.cos(angle), np.sin(angle)
    planes = (
        ("X", "Y", np.stack([cosine, sine, zero])),
        ("X", "Z", np.stack([cosine, zero, sine])),
        ("Y", "Z", np.stack([zero, cosine, sine])),
    )
    radii = [
        [_radius(curve.tensor, vectors, curve.factor) for curve in curves]
        for _, _, vectors in planes
    ]
    known = np.array(radii)[np.isfinite(radii)]
    limit = 1.12 * max(1.0, float(known.max()) if known.size else 1.0)
    figure = SvgFigure(7.6, 3.0)
    for plane, (horizontal, vertical, _) in enumerate(planes):
        axes = figure.add(0.5 + 2.5 * plane, 0.35, 0.1 + 2.5 * (2 - plane), 0.65)
        axes.plot(cosine, sine, color=FAINT, linewidth=1.2)
        for curve, radius in zip(curves, radii[plane], strict=True):
            axes.plot(
                radius * cosine,
                radius * sine,
                color=curve.colour,
                linestyle=curve.dashes,
                linewidth=1.8,
                label=curve.name if plane == 0 else None,
            )
        axes.set_xlim(-limit, limit)
        axes.set_ylim(-limit, limit)
        axes.set_xlabel(horizontal)
        axes.set_ylabel(vertical)
        axes.x_ticks = axes.y_ticks = Ticks((-1, 0, 1), ("−1", "0", "1"))
        axes.spines["top"].set_visible(False)
    figure.legend(figure.axes[0], 3, bottom=figure.height - 0.16 * 72)
    picture = figure.svg("anisotropy", description)
    return (
        f'<div class="wide">{picture}</div><p class="quiet">Relative size by direction at '
        f"{result.resolution:.2f} Å, in the planes XY, XZ and YZ. On the grey circle a direction "
        "is as strong as the mean of all; outside it is stronger, inside weaker.</p>"
    )


def _radius(tensor: Tensor, vectors: FloatArray, factor: float) -> FloatArray:
    xx, yy, zz, xy, xz, yz = tensor.values
    x, y, z = vectors
    quadratic = xx * x**2 + yy * y**2 + zz * z**2 + 2 * (xy * x * y + xz * x * z + yz * y * z)
    # Limited, so that one wild tensor can't shrink all others to a dot.
    return np.asarray(np.exp(np.clip(factor * quadratic, -1.5, 1.5)))
