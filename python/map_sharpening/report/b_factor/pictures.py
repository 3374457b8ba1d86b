"""What the HTML report draws of B-factor sharpening."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from map_sharpening.maps.arrays import FloatArray, median
from map_sharpening.methods.b_factor.result import BFactorResult, Trial
from map_sharpening.methods.b_factor.scores import Scores
from map_sharpening.report.b_factor.contents import (
    has_regions,
    signal_to_noise,
    target_name,
    trial_table,
    trials_by_shell,
)
from map_sharpening.report.drawing import Axes, SvgFigure
from map_sharpening.report.local.pictures import local_b_section
from map_sharpening.report.parts.figures import (
    BLACK,
    BLUE,
    FIGURE_SIZE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Curve,
    CurvePlot,
    between,
    known_points,
    limit_y,
    new_figure,
    with_legend_below,
)
from map_sharpening.report.parts.page import plot_section, side_by_side, table
from map_sharpening.report.parts.slice_section import before_and_after
from map_sharpening.report.parts.slices import CentralSlices
from map_sharpening.report.parts.wording import number

_FEWEST_OF_A_SCAN = 3
_CURVE_STYLES = (
    (BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (VERMILION, ":"), (PURPLE, "-"), (SKY, "--"),
)  # fmt: skip
_POINT_STYLES = ((VERMILION, "D"), (GREEN, "s"), (PURPLE, "^"), (SKY, "v"), (ORANGE, "P"))
_LN_ROUNDING = math.log(2.0**-24)  #: of single precision


def b_factor_sections(result: BFactorResult, before: CentralSlices | None) -> list[str]:
    """Return plots, the best trials and slices as HTML; before: the map given."""
    noise = signal_to_noise(result)
    caption = f"Each point is one trial map; the higher its {target_name(result)}, the better."
    caption += f" {noise.capitalize()}." if noise else ""
    wilson = wilson_plot(result)
    plots = [
        plot_section("Score by b_iso", _score_plot(result), caption),
        plot_section(
            "Wilson plot",
            "" if wilson is None else wilson.svg(),
            "Nominal b_iso is the map's own b_iso less b_sharpen; measured b_iso is a new Wilson "
            "fit of the sharpened map up to the resolution, and differs from the nominal one "
            "where the change was not the same B factor all the way there.",
        ),
        plot_section(
            "Surface and regions",
            _parts_plot(result),
            "Their difference is the adjusted surface area: detail counts for a map, pieces "
            "count against it. Dashed: unsharpened; vertical line: chosen.",
        ),
    ]
    for trial in trials_by_shell(result):
        plots += _shell_sections(trial)
    plots = [plot for plot in plots if plot]
    best = trial_table(result, [result.best_of(x) for x in result.trials_by_method.values()])
    return [
        *side_by_side(*plots[:2]),
        f"<section><h2>Best of each method</h2>{table(best)}"
        f'<p class="quiet">{escape(best.legend)}</p></section>',
        before_and_after(before, result.sharpened, "the map given"),
        local_b_section(result),
        *side_by_side(*plots[2:]),
    ]


def _shell_sections(trial: Trial) -> list[str]:
    """Return correlation, weight and scale by shell against s."""
    shells = trial.shell_scale
    assert shells is not None, "only trials by shell are asked for"
    facts = {
        "error of the model": f"{number(shells.rmsd, 2, '')} Å",
        "share of the molecule in the model": number(shells.fraction_complete, 2, ""),
    }
    found = ", ".join(f"{name} {value}" for name, value in facts.items() if value.strip(" Å"))
    correlation = CurvePlot(
        name=f"correlation-{trial.method}",
        description=f"Correlation and weight by shell, {trial.method}",
        x=shells.s,
        curves=(
            Curve(shells.correlation, "correlation", ORANGE, dashes="--"),
            Curve(shells.weight, "weight", BLUE),
        ),
        y_label="correlation, weight",
        finish=lambda axes: axes.set_ylim(top=1.05),
    ).svg()
    scale = CurvePlot(
        name=f"scale-{trial.method}",
        description=f"Scale factor by shell, {trial.method}",
        x=shells.s,
        curves=(Curve(shells.scale, "scale", BLUE, 2.4),),
        y_label="scale factor / largest",
        finish=lambda axes: axes.set_ylim(bottom=0),
    ).svg()
    return [
        plot_section(
            f"Correlation by shell, {trial.method}",
            correlation,
            "The weight is the share of a shell's amplitude that is taken as signal."
            + (f" Found: {found}." if found else ""),
        ),
        plot_section(
            f"Scale by shell, {trial.method}",
            scale,
            "Weight times the rms amplitude wanted over that of the map, largest 1.",
        ),
    ]


def wilson_plot(result: BFactorResult) -> CurvePlot | None:
    """Return ln mean squared amplitude against s², before and after; None without values."""
    plot = result.wilson_plot
    ln_before, ln_after = (_from_its_first(ln) for ln in (plot.ln_before, plot.ln_after))
    difference = ln_before - ln_after
    known = np.isfinite(difference)
    if not known.any():
        return None
    # The two maps' scales differ; they are drawn to meet at their coarsest shell.
    shift = float(difference[known][0])
    moved = f", moved by {shift:+.1f}" if abs(shift) >= 0.05 else ""
    before, after = number(result.b_iso_before, 1), number(result.b_iso_measured, 1, "not known")
    curves = (
        Curve(ln_before, f"before, b_iso {before} Å²", BLACK),
        Curve(ln_after + shift, f"sharpened, b_iso {after} Å²{moved}", BLUE, 2.4),
    )

    def finish(axes: Axes) -> None:
        if abs(result.d_cut - result.resolution) > 0.005:
            label, place = f"d_cut, {result.d_cut:.2f} Å", result.d_cut**-2
            axes.axvline(place, color=ORANGE, linewidth=1.2, linestyle="--", label=label)
        limit_y(axes, [curve.values for curve in curves])

    return CurvePlot(
        name="wilson",
        description="Logarithm of the mean squared amplitude before and after",
        x=plot.s_squared,
        curves=curves,
        y_label="ln(mean |F|²)",
        squared=True,
        resolution=result.resolution,
        resolution_how=result.resolution_how,
        finish=finish,
    )


def _from_its_first(ln_power: FloatArray) -> FloatArray:
    """Return ln mean squared amplitude without the coarsest shells that have but rounding errors.

    Coefficients of a crystal may begin far from the origin: the map has nothing there.
    """
    known = ln_power[np.isfinite(ln_power)]
    is_there = ln_power >= (known.max() + _LN_ROUNDING if known.size else 0.0)
    return np.where(np.logical_or.accumulate(is_there), ln_power, np.nan)


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
    for method, trials in result.trials_by_method.items():
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


def _score_plot(result: BFactorResult) -> str:
    """Return the score against b_iso for each method; empty if no values of b_iso were tried."""
    figure, axes = new_figure()
    if not draw_scores(axes, result):
        return ""
    with_legend_below(figure, axes, columns=2)
    return figure.svg("score", f"Score of the trials, {target_name(result)}, by b_iso")


def draw_scores(axes: Axes, result: BFactorResult) -> bool:
    """Draw the score against b_iso for each method; say whether any values were tried."""
    scans = _scans(result)
    if not scans:
        return False
    score = result.score_of
    before = _draw_scans(axes, scans, score, result)
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
    return True


def _parts_plot(result: BFactorResult) -> str:
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
    figure = SvgFigure(*FIGURE_SIZE)
    upper = figure.add(0.8, 0.12, 0.16, 2.28)
    lower = figure.add(0.8, 1.76, 0.16, 0.56)
    upper.has_x_numbers = False
    for axes, (name, value) in zip((upper, lower), parts, strict=True):
        _draw_scans(axes, scans, value, result)
        if math.isfinite(result.chosen.b_iso):
            axes.axvline(result.chosen.b_iso, color=BLACK, linewidth=1.1)
        axes.set_ylabel(name)
        axes.spines["top"].set_visible(False)
    ends = [axes.get_xlim() for axes in (upper, lower)]
    for axes in (upper, lower):
        axes.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
    lower.set_xlabel("b_iso of the trial, nominal (Å²)")
    lower.set_ylim(bottom=0)
    with_legend_below(figure, upper, columns=2)
    return figure.svg("parts", "Surface ratio and weighted regions of the trials by b_iso")


def _limit_scores(axes: Axes, curves: list[FloatArray], before: float) -> None:
    """Leave out scores so low that they would flatten the curves near their maximum."""
    scores = np.concatenate(curves)
    if not scores.size:
        return
    best = scores.max()
    lowest = best - 4 * (best - median(scores))
    if math.isfinite(before):
        lowest = min(lowest, before - 0.1 * (best - before))
    if scores.min() < lowest < best:
        axes.set_ylim(bottom=float(lowest))


def _draw_scans(
    axes: Axes, scans: list[_Scan], value: Callable[[Scores], float], result: BFactorResult
) -> float:
    """Draw a value of all trials and that of the unsharpened map, which is returned."""
    before = value(result.unsharpened)
    if math.isfinite(before):
        style = (0, (4, 3))
        axes.axhline(before, color=INK, linewidth=1.1, linestyle=style, label="unsharpened")
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
    return before


def _draw_single_methods(axes: Axes, result: BFactorResult, scans: list[_Scan]) -> None:
    """Mark the best trial of each method that has no curve: by its b_iso, or as a line."""
    scanned = {trial.method for scan in scans for trial in scan.trials}
    others = [
        result.best_of(trials)
        for method, trials in result.trials_by_method.items()
        if method not in scanned and method != "no_sharpening"
    ]
    chosen = result.chosen_trial
    for i, trial in enumerate(others):
        score = result.score_of(trial.scores)
        colour, marker = _POINT_STYLES[i % len(_POINT_STYLES)]
        if not math.isfinite(score):
            continue
        if math.isfinite(trial.b_iso):
            axes.plot([trial.b_iso], [score], marker, color=colour, label=trial.method)
        else:
            name = f"{trial.method}, {'chosen' if trial is chosen else 'best'}"
            axes.axhline(score, color=colour, linestyle=(0, (1, 1.5)), label=name)


def _b_iso_axis(axes: Axes, b_iso_before: float) -> None:
    axes.set_xlabel(between("sharper", "b_iso of the trial, nominal (Å²)", "more blurred"))
    if not math.isfinite(b_iso_before):
        axes.spines["top"].set_visible(False)
        return

    def other(b: Any) -> Any:
        return b_iso_before - b

    top = axes.secondary_xaxis("top", functions=(other, other))
    top.set_xlabel("b_sharpen (Å²)")
