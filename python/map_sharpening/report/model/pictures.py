"""What the HTML report draws of a run by a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.drawing import Axes
from map_sharpening.report.local.pictures import local_filter_section
from map_sharpening.report.parts.figures import (
    BLACK,
    BLUE,
    FAINT,
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

_FALL_OFF_FROM = 0.1  #: 1/Å, of the range in which curves are moved to meet


def model_sections(result: ModelResult, before: CentralSlices | None) -> list[str]:
    """Return plots and slices as HTML; before: the map given, or the mean of the half maps."""
    return [
        *side_by_side(
            plot_section(
                "Agreement with the model",
                correlation_plot(result).svg(),
                "Accuracy: the correlation over that of a perfect map with a model of this error "
                "and completeness, at most what the noise of half maps or solvent allows. Its "
                "square is the share of the map's power that is signal.",
            ),
            plot_section(
                "Fall-off of amplitudes",
                fall_off_plot(result).svg(),
                "Each curve is shifted to a mean of 0 from 10 Å to the resolution. The steeper, "
                "the more blurred; whatever is above the signal is noise.",
            ),
        ),
        before_and_after(before, result.sharpened, result.source_name, result.mask),
        local_filter_section(result.sharpened, result.local_filter),
        *factor_sections(result, "the map before"),
    ]


def model_directions(result: ModelResult) -> str:
    """Return the amplitudes of signal and noise by direction, at the resolution given.

    Each curve is exp(-uᵀB u / 4d²) for unit vectors u; empty for isotropic runs.
    """
    exponent = -0.25 / result.resolution**2
    curves = [
        DirectionCurve(tensor, exponent, name, colour, dashes)
        for tensor, name, colour, dashes in (
            (result.signal_b, "signal", BLUE, "-"),
            (result.noise_b, "noise", VERMILION, "--"),
        )
        if tensor is not None
    ]
    description = "Anisotropy of signal and noise by direction"
    return direction_plot(result, curves, description) if curves else ""


def correlation_plot(result: ModelResult) -> CurvePlot:
    """Return the correlation of map and model against s, and the accuracy that follows."""
    shells = result.shells
    return CurvePlot(
        name="correlation",
        description="Correlation of map and model against resolution",
        x=shells.s,
        curves=(
            Curve(shells.correlation, "map and model", FAINT, dashes="none", marker="o"),
            Curve(shells.expected_correlation, "of a perfect map", ORANGE, 1.4, "--"),
            Curve(shells.smooth_correlation, "map and model, smooth", BLUE, 2.4),
            Curve(shells.accuracy, "accuracy", VERMILION, 1.8, "-."),
        ),
        y_label="correlation",
        thresholds=(0.5,),
        crossing=(result.resolution_05, 0.5),
        resolution=result.resolution,
        resolution_how=result.resolution_how,
        finish=lambda axes: limit_correlations(axes, shells.correlation),
        legend_columns=3,
    )


def fall_off_plot(result: ModelResult) -> CurvePlot:
    """Return ln amplitude against s² of the map before and after, of its signal and the ideal."""
    shells = result.shells
    fitted = (shells.s > _FALL_OFF_FROM) & (shells.s < 1 / result.resolution)

    def moved(curve: Curve) -> Curve:
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = np.where(curve.values > 0, np.log(curve.values), np.nan)
        inside = logarithm[fitted & np.isfinite(logarithm)]
        return replace(curve, values=logarithm - (inside.mean() if inside.size else 0.0))

    with np.errstate(invalid="ignore"):
        signal: FloatArray = np.sqrt(shells.signal_power)
    curves = [
        moved(curve)
        for curve in (
            Curve(shells.rms_amplitude, "the map before", BLACK),
            Curve(signal, "its signal", ORANGE, dashes="--"),
            Curve(shells.rms_amplitude * shells.scale, "sharpened", BLUE, 2.4),
            Curve(shells.ideal, "the model at rest", VERMILION, 1.8, ":"),
        )
    ]

    def finish(axes: Axes) -> None:
        limit_y(axes, [curve.values[shells.s < 1.05 / result.resolution] for curve in curves])

    return CurvePlot(
        name="fall-off",
        description="Logarithm of the amplitudes against squared resolution",
        x=shells.s**2,
        curves=curves,
        y_label="ln(rms amplitude), moved",
        squared=True,
        resolution=result.resolution,
        resolution_how=result.resolution_how,
        finish=finish,
    )
