"""Curves of B-factor sharpening as SVG pictures with text that stays text."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.result import BFactorResult, Scores, Trial
from map_sharpening.methods.shared.shell_scaling import ShellScale
from map_sharpening.report.b_factor.wording import (
    best_of,
    chosen_trial,
    has_regions,
    score_of,
    target_name,
    trials_by_method,
)
from map_sharpening.report.parts.coloured_histogram import coloured_histogram
from map_sharpening.report.parts.figures import (
    BLACK,
    BLUE,
    FIGURE_SIZE,
    GREEN,
    INK,
    ORANGE,
    PLOT_STYLE,
    PURPLE,
    SKY,
    VERMILION,
    axis_end,
    known_points,
    legend_below,
    limit_y,
    new_figure,
    resolution_axis,
    svg_of,
)
from map_sharpening.report.parts.wording import number

_FEWEST_OF_A_SCAN = 3
_CURVE_STYLES = (
    (BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (VERMILION, ":"), (PURPLE, "-"), (SKY, "--"),
)  # fmt: skip
_POINT_STYLES = ((VERMILION, "D"), (GREEN, "s"), (PURPLE, "^"), (SKY, "v"), (ORANGE, "P"))
_N_BINS = 48


@dataclass(frozen=True)
class _Scan:
    """Trials that differ in b_iso alone, from the sharpest to the most blurred."""

    name: str
    trials: list[Trial]

    def curve(self, value: Callable[[Scores], float]) -> tuple[FloatArray, FloatArray]:
        b_iso = np.array([trial.b_iso for trial in self.trials])
        values = np.array([value(trial.scores) for trial in self.trials])
        return known_points(b_iso, values)


def _scans(result: BFactorResult) -> list[_Scan]:
    found = []
    for method, trials in trials_by_method(result).items():
        groups: dict[tuple[float | None, float | None], list[Trial]] = {}
        for trial in trials:
            if math.isfinite(trial.b_iso):
                groups.setdefault((trial.d_cut, trial.b_blur_hires), []).append(trial)
        long = {key: group for key, group in groups.items() if len(group) >= _FEWEST_OF_A_SCAN}
        for (d_cut, blur), group in long.items():
            name = method
            if len(long) > 1:
                name += f", d_cut {number(d_cut, 2)} Å, blur {number(blur, 0)} Å²"
            found.append(_Scan(name, sorted(group, key=lambda trial: trial.b_iso)))
    return found


def score_plot(result: BFactorResult) -> str:
    """Return the score against b_iso for each method; empty if no values of b_iso were tried."""
    scans = _scans(result)
    if not scans:
        return ""

    def score(scores: Scores) -> float:
        return score_of(result, scores)

    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        before = score(result.unsharpened)
        if math.isfinite(before):
            axes.axhline(
                before, color=INK, linewidth=1.1, linestyle=(0, (4, 3)), label="unsharpened"
            )
        _draw_scans(axes, scans, score)
        _draw_single_methods(axes, result, scans)
        chosen = score(result.chosen.scores)
        if math.isfinite(chosen) and math.isfinite(result.chosen.b_iso):
            axes.plot(
                [result.chosen.b_iso],
                [chosen],
                "o",
                color="none",
                markeredgecolor=BLACK,
                markeredgewidth=1.8,
                markersize=12,
                label=f"chosen, b_iso {number(result.chosen.b_iso, 1)} Å²",
            )
        _limit_scores(axes, [scan.curve(score)[1] for scan in scans], before)
        axes.set_ylabel(target_name(result))
        _b_iso_axis(axes, result.b_iso_before)
        legend_below(figure, axes, columns=2)
        return svg_of(figure, "score", f"Score of the trials, {target_name(result)}, by b_iso")


def score_parts_plot(result: BFactorResult) -> str:
    """Return surface and regions, whose difference is the score; empty if not looked at."""
    scans = _scans(result)
    if not (scans and has_regions(result)):
        return ""
    weight = 1.0 if result.region_weight is None else result.region_weight.value
    regions_name = "regions" if result.region_weight is None else "weight x regions"
    parts: tuple[tuple[str, Callable[[Scores], float]], ...] = (
        ("surface ratio", lambda scores: scores.sa_ratio),
        (regions_name, lambda scores: weight * scores.normalized_regions),
    )
    with matplotlib.rc_context(PLOT_STYLE):
        figure = Figure(figsize=FIGURE_SIZE, layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True)
        for axes, (name, value) in zip((upper, lower), parts, strict=True):
            _draw_scans(axes, scans, value)
            before = value(result.unsharpened)
            if math.isfinite(before):
                axes.axhline(before, color=INK, linewidth=1.1, linestyle=(0, (4, 3)))
            if math.isfinite(result.chosen.b_iso):
                axes.axvline(result.chosen.b_iso, color=BLACK, linewidth=1.1)
            axes.set_ylabel(name)
            axes.spines["top"].set_visible(False)
        lower.set_xlabel("b_iso of the trial, nominal (Å²)")
        lower.set_ylim(bottom=0)
        legend_below(figure, upper, columns=2)
        return svg_of(figure, "parts", "Surface ratio and weighted regions of the trials by b_iso")


def _limit_scores(axes: Axes, curves: list[FloatArray], before: float) -> None:
    """Leave out scores so low that they would flatten the curves near their maximum."""
    scores = np.concatenate(curves)
    if not scores.size:
        return
    best = scores.max()
    lowest = best - 4 * (best - np.median(scores))
    if math.isfinite(before):
        lowest = min(lowest, before - 0.1 * (best - before))
    if scores.min() < lowest < best:
        axes.set_ylim(bottom=float(lowest))


def _draw_scans(axes: Axes, scans: list[_Scan], value: Callable[[Scores], float]) -> None:
    for i, scan in enumerate(scans):
        colour, dashes = _CURVE_STYLES[i % len(_CURVE_STYLES)]
        axes.plot(
            *scan.curve(value),
            color=colour,
            linestyle=dashes,
            marker="o",
            markersize=3.5,
            label=scan.name,
        )


def _draw_single_methods(axes: Axes, result: BFactorResult, scans: list[_Scan]) -> None:
    """Mark the best trial of each method that has no curve: by its b_iso, or as a line."""
    scanned = {trial.method for scan in scans for trial in scan.trials}
    others = [
        best_of(result, trials)
        for method, trials in trials_by_method(result).items()
        if method not in scanned and method != "no_sharpening"
    ]
    chosen = chosen_trial(result)
    for i, trial in enumerate(others):
        score = score_of(result, trial.scores)
        colour, marker = _POINT_STYLES[i % len(_POINT_STYLES)]
        if not math.isfinite(score):
            continue
        if math.isfinite(trial.b_iso):
            axes.plot([trial.b_iso], [score], marker, color=colour, label=trial.method)
        else:
            name = f"{trial.method}, {'chosen' if trial is chosen else 'best'}"
            axes.axhline(score, color=colour, linestyle=(0, (1, 1.5)), label=name)


def _between(left: str, name: str, right: str) -> str:
    """Return an axis's name between what its two directions mean."""
    wide = "\N{EM SPACE}"  # SVG makes one of several common spaces
    return f"← {left}{wide}{name}{wide}{right} →"


def _b_iso_axis(axes: Axes, b_iso_before: float) -> None:
    axes.set_xlabel(_between("sharper", "b_iso of the trial, nominal (Å²)", "more blurred"))
    if not math.isfinite(b_iso_before):
        axes.spines["top"].set_visible(False)
        return

    def other(b: Any) -> Any:
        return b_iso_before - b

    top = axes.secondary_xaxis("top", functions=(other, other))
    top.set_xlabel("b_sharpen (Å²)")


def wilson_plot(result: BFactorResult) -> str:
    """Return ln mean squared amplitude against s², before and after; empty without values."""
    plot = result.wilson_plot
    difference = plot.ln_before - plot.ln_after
    known = np.isfinite(difference)
    if not known.any():
        return ""
    # The two maps' scales differ; they are drawn to meet at their coarsest shell.
    shift = float(difference[known][0])
    moved = f", moved by {shift:+.1f}" if abs(shift) >= 0.05 else ""
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        axes.plot(
            *known_points(plot.s_squared, plot.ln_before),
            color=BLACK,
            label=f"before, b_iso {number(result.b_iso_before, 1)} Å²",
        )
        axes.plot(
            *known_points(plot.s_squared, plot.ln_after + shift),
            color=BLUE,
            linewidth=2.4,
            label=f"sharpened, b_iso {number(result.b_iso_measured, 1, 'not known')} Å²{moved}",
        )
        axes.axvline(
            1 / result.resolution**2,
            color=PURPLE,
            linewidth=1.2,
            label=f"resolution given, {result.resolution:.2f} Å",
        )
        if abs(result.d_cut - result.resolution) > 0.005:
            axes.axvline(
                1 / result.d_cut**2,
                color=ORANGE,
                linewidth=1.2,
                linestyle="--",
                label=f"d_cut, {result.d_cut:.2f} Å",
            )
        limit_y(axes, [plot.ln_before, plot.ln_after + shift])
        axes.set_xlim(0, axis_end(plot.s_squared))
        axes.set_ylabel("ln(mean |F|²)")
        resolution_axis(axes, squared=True)
        legend_below(figure, axes, columns=2)
        return svg_of(figure, "wilson", "Logarithm of the mean squared amplitude before and after")


def shell_correlation_plot(shells: ShellScale, method: str) -> str:
    """Return correlation and weight by shell against s."""
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        for curve, name, colour, dashes in (
            (shells.correlation, "correlation", ORANGE, "--"),
            (shells.weight, "weight", BLUE, "-"),
        ):
            if np.isfinite(curve).any():
                axes.plot(
                    *known_points(shells.s, curve), color=colour, linestyle=dashes, label=name
                )
        axes.set_xlim(0, axis_end(shells.s))
        axes.set_ylim(top=1.05)
        axes.set_ylabel("correlation, weight")
        resolution_axis(axes, squared=False)
        legend_below(figure, axes, columns=2)
        return svg_of(
            figure, f"correlation-{method}", f"Correlation and weight by shell, {method}"
        )


def shell_scale_plot(shells: ShellScale, method: str) -> str:
    """Return the scale by shell against s."""
    with matplotlib.rc_context(PLOT_STYLE):
        figure, axes = new_figure()
        axes.plot(*known_points(shells.s, shells.scale), color=BLUE, linewidth=2.4, label="scale")
        axes.set_xlim(0, axis_end(shells.s))
        axes.set_ylim(bottom=0)
        axes.set_ylabel("scale factor / largest")
        resolution_axis(axes, squared=False)
        return svg_of(figure, f"scale-{method}", f"Scale factor by shell, {method}")


def local_b_plot(b_map: MapData, limits: tuple[float, float], overall: float) -> str:
    """Return how much of the map has which B: a histogram in the colours of the slices."""
    values = b_map.values[np.isfinite(b_map.values)]
    edges = np.linspace(*limits, _N_BINS + 1)
    counts, _ = np.histogram(values, bins=edges)
    return coloured_histogram(
        edges,
        100 * counts / max(values.size, 1),
        limits,
        mark=(overall, f"whole map, {number(overall, 1)} Å²"),
        x_label=_between("more blurred", "local b_sharpen (Å²)", "sharper"),
        y_label="share of the map (%)",
        name="local",
        description="Histogram of the local B factor, and its colours",
    )
