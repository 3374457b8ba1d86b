"""What the HTML report draws of a half-map run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.methods.half_maps.result import HalfMapResult, ShellTable
from map_sharpening.report.drawing import Axes
from map_sharpening.report.local.pictures import (
    local_filter_section,
    local_resolution_section,
    support_section,
)
from map_sharpening.report.parts.figures import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    Curve,
    CurvePlot,
    limit_correlations,
    limit_y,
)
from map_sharpening.report.parts.page import plot_section, side_by_side
from map_sharpening.report.parts.shell_plots import DirectionCurve, direction_plot, factor_sections
from map_sharpening.report.parts.slice_section import before_and_after
from map_sharpening.report.parts.slices import CentralSlices
from map_sharpening.report.parts.wording import number

if TYPE_CHECKING:
    from map_sharpening.methods.half_maps.density_modification import DensityModification


def half_map_sections(result: HalfMapResult, before: CentralSlices | None) -> list[str]:
    """Return plots and slices as HTML; before sharpening there was the mean of the half maps."""
    return [
        *side_by_side(
            plot_section(
                "Fourier shell correlation",
                fsc_plot(result).svg(),
                "Corrected: masked FSC without the correlation that the mask itself makes."
                if result.mask is not None
                else "Statistics of the whole box: there is no mask to correct for.",
            ),
            plot_section(
                "Guinier plot",
                guinier_plot(result).svg(),
                "The slope of the fitted line is the B of isotropic sharpening.",
            ),
        ),
        *_modification_sections(result),
        before_and_after(before, result.sharpened, "mean of the half maps", result.mask),
        local_filter_section(result.sharpened, result.local_filter),
        local_resolution_section(result.local_resolution),
        support_section(result.modification_support),
        *factor_sections(result, "mean of the half maps"),
    ]


def _modification_sections(result: HalfMapResult) -> list[str]:
    if result.modification is None:
        return []
    shells = result.modification.shells
    known = shells.signal_share > 0
    before, after = (
        np.where(known, values, np.nan)
        for values in (shells.correlation_before, shells.correlation_after)
    )
    plot = CurvePlot(
        name="modification",
        description=(
            "Correlation with the molecule's density before and after density modification"
        ),
        x=shells.s,
        curves=(
            Curve(before, "sharpened map", ORANGE, 1.4, "--"),
            Curve(after, "modified map", BLUE, 2.4),
        ),
        y_label="correlation with the density",
        resolution=result.resolution,
        resolution_how=result.resolution_how,
        finish=lambda axes: limit_correlations(axes, before, after),
    ).svg()
    factors = _factors_of_modification(result, result.modification)
    return side_by_side(
        plot_section(
            "Density modification",
            plot,
            "Each half map judged by the other, inside the mask. The modified map is for "
            "building and viewing: say so if you publish it, and don't estimate a resolution "
            "from it.",
        ),
        plot_section(
            "What it is made of",
            factors,
            "Inside the mask, the modified map is both times their factors, less so where density "
            "is strong; 1 and 0 leave it as it was. Half its magnitude predicts what is finer "
            "than the sharpened map.",
        ),
    )


def _factors_of_modification(result: HalfMapResult, modification: DensityModification) -> str:
    shells, extension = modification.shells, modification.extension
    further = shells.s[-1] + (np.arange(len(extension)) + 1) * (shells.s[1] - shells.s[0])
    unknown = np.full(len(extension), np.nan)
    curves = [
        Curve(np.append(values, unknown), name, colour, width, dashes)
        for values, name, colour, width, dashes in (
            (shells.linear, "sharpened map", ORANGE, 1.4, "--"),
            (shells.positive, "its positive part", BLUE, 2.4, "-"),
            (shells.outside, "sharpened map outside the mask", GREEN, 1.4, "-."),
        )
    ]
    if len(extension) > 0:
        before = np.full(len(shells.s), np.nan)
        curves.append(
            Curve(np.append(before, extension), "half its magnitude", VERMILION, 2.4, ":")
        )
    return CurvePlot(
        name="modification_factors",
        description=(
            "Factors of the sharpened map, of its positive part, and outside the mask, against "
            "resolution"
        ),
        x=np.append(shells.s, further),
        curves=tuple(curves),
        y_label="factor",
        resolution=result.resolution,
        resolution_how=result.resolution_how,
        finish=lambda axes: limit_y(axes, [curve.values for curve in curves]),
    ).svg()


def half_map_directions(result: HalfMapResult) -> str:
    """Return the anisotropy at the resolution given, as curves round the unit circle.

    Each curve is exp(±2π² uᵀU u / d²) for unit vectors u: relative amplitudes fall where U of
    the data is positive, scale factors grow where theirs is.
    """
    summary = result.anisotropy
    if summary is None:
        return ""
    exponent = 2 * np.pi**2 / result.resolution**2
    curves = (
        DirectionCurve(summary.fall_off, -exponent, "amplitude relative to ideal", VERMILION, "-"),
        DirectionCurve(summary.data, -exponent, "amplitude of the data", ORANGE, "--"),
        DirectionCurve(summary.scale_factors, exponent, "scale factor", BLUE, "-"),
    )
    description = "Anisotropy of amplitudes and scale factors by direction"
    return direction_plot(result, curves, description)


@dataclass(frozen=True)
class FscCurves:
    """The four FSC curves by shell, those of results.json too; s in 1/Å."""

    s: FloatArray
    fsc_unmasked: FloatArray
    fsc_masked: FloatArray
    fsc_randomised: FloatArray
    fsc_corrected: FloatArray


def fsc_plot(result: HalfMapResult) -> CurvePlot:
    """Return the four FSC curves against s, with the thresholds and an axis in Å."""
    reached, nominal = result.resolution_0143, result.resolution
    return plot_of_fsc(result.shells, reached, nominal, result.resolution_how)


def plot_of_fsc(
    shells: ShellTable | FscCurves,
    resolution_0143: float | None,
    resolution: float,
    resolution_how: str,
) -> CurvePlot:
    """Return the same of curves alone.

    Parameters
    ----------
    shells : ShellTable or FscCurves
        A table of shells, or those of its columns that are drawn.
    resolution_0143 : float or None
        Å, where the corrected curve falls below 0.143; None: nowhere.
    resolution : float
        Å, nominal.
    resolution_how : str
        Given, or where it was found.
    """
    return CurvePlot(
        name="fsc",
        description="Fourier shell correlation against resolution",
        x=shells.s,
        curves=(
            Curve(shells.fsc_unmasked, "unmasked", GREEN, 1.4, "-."),
            Curve(shells.fsc_masked, "masked", ORANGE, 1.4, "--"),
            Curve(shells.fsc_randomised, "masked, phases randomised", VERMILION, 1.4, ":"),
            Curve(shells.fsc_corrected, "corrected", BLUE, 2.4),
        ),
        y_label="Fourier shell correlation",
        thresholds=(0.143, 0.5),
        crossing=(resolution_0143, 0.143),
        resolution=resolution,
        resolution_how=resolution_how,
        finish=lambda axes: limit_correlations(axes, shells.fsc_unmasked, shells.fsc_corrected),
        legend_columns=3,
    )


def guinier_plot(result: HalfMapResult) -> CurvePlot:
    """Return ln amplitude against s² before and after, with the fitted line and its range."""
    fit = result.guinier
    low, high = 1 / fit.d_low**2, 1 / fit.d_high**2
    in_range = (fit.s_squared >= low) & (fit.s_squared <= high)
    difference = fit.ln_original - fit.ln_sharpened
    shared = difference[in_range & np.isfinite(difference)]
    # The two maps' scales differ; they are drawn to meet where the fit begins.
    shift = float(shared[0]) if shared.size else 0.0
    curves = (
        Curve(fit.ln_original, "mean of the half maps", BLACK),
        Curve(fit.ln_weighted, "the same, weighted by C_ref", ORANGE, dashes="--"),
        Curve(fit.ln_sharpened + shift, f"sharpened, moved by {shift:+.1f}", BLUE, 2.4),
    )
    poor = " (poor)" if fit.is_poor else ""

    def finish(axes: Axes) -> None:
        axes.axvspan(low, high, color="#eef3f7", zorder=0, label="fit range", linewidth=0)
        axes.plot(
            [low, high],
            [fit.intercept + fit.slope * end for end in (low, high)],
            color=VERMILION,
            linewidth=2,
            linestyle=(0, (1, 1)),
            label=f"fitted line, B = {number(fit.b_sharpen, 1)} Å²{poor}",
        )
        limit_y(axes, [curve.values for curve in curves])

    return CurvePlot(
        name="guinier",
        description="Logarithm of the amplitudes against squared resolution",
        x=fit.s_squared,
        curves=curves,
        y_label="ln(rms amplitude)",
        squared=True,
        finish=finish,
    )
