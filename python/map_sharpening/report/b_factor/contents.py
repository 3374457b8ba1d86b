"""Facts and tables of B-factor sharpening, for log and report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from operator import attrgetter

import numpy as np

from map_sharpening.methods.b_factor.result import BFactorResult, Trial
from map_sharpening.methods.b_factor.scores import TARGETS
from map_sharpening.methods.b_factor.search.treated import most_b
from map_sharpening.methods.shared.direction import principal_spread, principal_values
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.report.local.facts import local_b_fact
from map_sharpening.report.parts.contents import (
    Column,
    Contents,
    Directions,
    Fact,
    Table,
    TensorRow,
    contour_fact,
    decimal_column,
    resolution_fact,
    significant_column,
    whole_column,
)
from map_sharpening.report.parts.wording import number, significant


def b_factor_contents(result: BFactorResult) -> Contents:
    """Return what a microscopist reads after B-factor sharpening."""
    tables = [trial_table(result, result.trials), *map(_shells, trials_by_shell(result))]
    return Contents(
        "B-factor sharpening of one map", list(_facts(result)), _directions(result), tables
    )


def target_name(result: BFactorResult) -> str:
    """Return what the trials were compared by."""
    target = result.options.score.residual_target
    return "adjusted surface area" if target == "adjusted_sa" else target


def has_regions(result: BFactorResult) -> bool:
    """Return whether the regions of any trial map were looked at."""
    return any(math.isfinite(trial.scores.sa_ratio) for trial in result.trials)


def trials_by_shell(result: BFactorResult) -> list[Trial]:
    """Return the best trial of each method that scales shell by shell."""
    groups = [
        [trial for trial in trials if trial.shell_scale is not None]
        for trials in result.trials_by_method.values()
    ]
    return [result.best_of(trials) for trials in groups if trials]


def signal_to_noise(result: BFactorResult) -> str:
    """Return how clear the maximum of the scan is; empty without a scan."""
    value = result.signal_to_noise
    if math.isnan(value):
        return ""
    found = "no scatter" if math.isinf(value) else number(value, 1)
    return f"signal to noise of the scan {found}"


def _facts(result: BFactorResult) -> Iterator[Fact]:
    yield _method(result)
    yield Fact("B applied, b_sharpen", *_applied(result))
    yield from _share_of_signal(result)
    yield _fall_off(result)
    if result.local is not None and result.local.varies:
        yield local_b_fact(result.local)
    yield _score(result)
    yield _region_weight(result)
    fraction = result.solvent_fraction
    solvent = "none" if fraction is None else f"{100 * fraction:.1f} %"
    yield Fact("Solvent", solvent, result.solvent_how)
    # A sharpened map has mean 0 and this standard deviation.
    in_sd = result.contour_level / result.options.output_scale_factor
    yield contour_fact(result.contour_level, f"; {number(in_sd, 2)} SD above the mean")
    yield resolution_fact(result.resolution, result.resolution_how, _data_kept(result))
    volume = result.volume
    corners = zip(volume.first, volume.last, strict=True)
    place = " x ".join(f"{first}-{last}" for first, last in corners)
    share = f"{100 * volume.share:.1f} % of the map, grid {place}; " if volume.share < 1 else ""
    yield Fact("Scored", volume.kind, share + volume.how)


def _method(result: BFactorResult) -> Fact:
    n_methods = len(result.trials_by_method)
    # Each run looks at the map as it is.
    methods = f", {n_methods} methods" if n_methods > 2 else ""
    n_trials = f"{len(result.trials)} trial{'s' if len(result.trials) != 1 else ''}"
    among = f"of {n_trials}{methods}" if result.options.is_search else "as given, no search"
    return Fact("Method", result.chosen.method, among)


def _share_of_signal(result: BFactorResult) -> Iterator[Fact]:
    if result.signal_share is not None:
        places = (3 * result.resolution, result.resolution)
        shares = (f"{number(result.signal_share.at(d), 2)} at {number(d, 2)} Å" for d in places)
        weighted = "terms are multiplied by the likely share of signal in them"
        yield Fact("Share of signal", ", ".join(shares), weighted)
    elif result.unweighted:
        yield Fact("Share of signal", "not used", result.unweighted)


def _fall_off(result: BFactorResult) -> Fact:
    varies = result.local is not None and result.local.varies
    is_nominal = math.isfinite(result.b_iso_nominal)
    b_iso_after = result.b_iso_nominal if is_nominal else result.b_iso_measured
    return Fact(
        "b_iso, before → after",
        f"{number(result.b_iso_before, 1)} → {number(b_iso_after, 1, '?')} Å²"
        if math.isfinite(result.b_iso_before)
        else "not known",
        f"nominal {number(result.b_iso_nominal, 1, 'none')}"
        f"{' without local differences' if varies else ''}, "
        f"measured {number(result.b_iso_measured, 1, 'not known')}",
    )


def _score(result: BFactorResult) -> Fact:
    after, before = map(result.score_of, (result.chosen.scores, result.unsharpened))
    scores = f" {number(after, 3)}, unsharpened {number(before, 3)}"
    is_scored = not (math.isnan(after) and math.isnan(before))
    found = target_name(result) + (scores if is_scored else " not known")
    return Fact("Score", found, signal_to_noise(result))


def _region_weight(result: BFactorResult) -> Fact:
    weight = result.region_weight
    if weight is None:
        return Fact("Region weight", "none", "regions were not counted")
    how, (low, high) = weight.how, (weight.lower_bound, weight.upper_bound)
    if math.isfinite(low) and math.isfinite(high):
        how += f", bounds {significant(low, 3)} to {significant(high, 3)}"
    return Fact("Region weight", significant(weight.value, 4), how)


def _data_kept(result: BFactorResult) -> str:
    chosen = result.chosen
    if chosen.method == "no_sharpening" and result.local is None:
        return "all data, as they were"
    kept = f"data kept to {number(result.d_min, 2)} Å"
    if result.d_min > result.options.applied.d_min_ratio * result.resolution * (1 + 1e-6):
        kept += ", where they end" if result.resolution_how == GIVEN else ""
    return kept if chosen.d_cut is None else f"d_cut {number(result.d_cut, 2)} Å, {kept}"


def _applied(result: BFactorResult) -> tuple[str, str]:
    """Return the B factor applied and what its sign means, or what was applied in its place."""
    trial = result.chosen
    curve = trial.resolution_dependent_b
    if curve is not None:
        factors = ", ".join(number(x, 2) for x in curve)
        return "by resolution", f"ln of the factor at three places: {factors}"
    if trial.shell_scale is not None:
        return "by shell", "the scale differs from shell to shell"
    if not math.isfinite(trial.b_sharpen):
        return "no single B", "not the same at all resolutions"
    applied = f"{number(trial.b_sharpen, 1)} Å²"
    if result.local is not None:
        everywhere = "everywhere, as the trial map selected has it"
        varies = result.local.varies
        return applied, "about which local ones were sought" if varies else everywhere
    means = "positive: sharpened" if trial.b_sharpen > 0 else "negative: blurred"
    if trial.b_sharpen == 0:
        means = "as it was" if trial.d_cut is None else "as it was, up to d_cut"
    return applied, means + _how_found(result)


def _how_found(result: BFactorResult) -> str:
    """Return what decided B, besides the score; empty if that alone did."""
    chosen = result.chosen
    if not result.options.is_search:
        return ""
    scored = [trial for trial in result.trials if trial.method == chosen.method]
    # B was found with the terms beyond d_cut blurred, also where they were kept in the end.
    cut = [trial for trial in scored if trial.d_cut is not None]
    best = max(cut or scored, key=lambda trial: result.score_of(trial.scores), default=chosen)
    fall_off = result.b_of_fall_off
    product = 0.0 if fall_off is None else best.b_sharpen * fall_off
    if fall_off is not None and product > 0 and math.isclose(chosen.b_sharpen**2, product):
        return (
            f"; the geometric mean of the best score's, {number(best.b_sharpen, 1)} Å², and the "
            f"fall-off's, {number(fall_off, 1)} Å², as the map seems to have been treated before"
        )
    if fall_off is not None and 0 < chosen.b_sharpen < fall_off < best.b_sharpen:
        return (
            f"; less than the best score's, {number(best.b_sharpen, 1)} Å², and the fall-off's, "
            f"{number(fall_off, 1)} Å², as the map seems to have been treated before"
            f"{_and_is_mostly_noise(result, chosen.b_sharpen, best, fall_off)}"
        )
    if fall_off is not None and chosen.b_sharpen == 0 > product:
        return (
            f"; the best score's, {number(best.b_sharpen, 1)} Å², and the fall-off's, "
            f"{number(fall_off, 1)} Å², have opposite signs: only terms beyond the resolution "
            "are blurred"
        )
    if chosen.b_sharpen == fall_off:
        return (
            f"; that of the map's fall-off, as the best score's, {number(best.b_sharpen, 1)} Å², "
            "blurs more and the map seems to have been treated before"
        )
    if result.was_treated and abs(chosen.b_sharpen) < abs(best.b_sharpen):
        return (
            f"; the one nearest to 0 that scores about as high as {number(best.b_sharpen, 1)} Å²,"
            " as the map seems to have been treated before"
        )
    share = result.signal_share
    if share is None or share.b_of_signal is None:
        return ""
    return _how_signal_decided(chosen.b_sharpen, best.b_sharpen, share.b_of_signal)


def _how_signal_decided(b: float, best: float, of_signal: float) -> str:
    """Return how B lies between that of the best score and that of the signal's fall-off."""
    middle = (best + of_signal) / 2
    is_mean = math.isclose(b, middle)
    if best < middle < b and not is_mean:
        return (
            f"; nearer to {number(of_signal, 1)} Å², the signal's fall-off, than to "
            f"{number(best, 1)} Å², which scores highest: a score that asks for so much "
            "less may be that of matter without detail, as of a belt of detergent"
        )
    if b == of_signal:
        return "; that of the signal's fall-off"
    if not is_mean:
        return ""
    return (
        f"; the mean of {number(best, 1)} Å², which scores highest, and "
        f"{number(of_signal, 1)} Å², the signal's fall-off"
    )


def _and_is_mostly_noise(result: BFactorResult, b: float, best: Trial, fall_off: float) -> str:
    """Return that the skewness shows little but noise, where that decided B."""
    most = most_b(best.b_sharpen, fall_off, result.score_of(best.scores))
    return " and is mostly noise" if math.isclose(b, most) else ""


def _directions(result: BFactorResult) -> Directions:
    title = "B tensor of the map given"
    # Where the fall-off could not be measured, the tensor is 0.
    if not (any(result.b_cart) and all(map(math.isfinite, result.b_cart))):
        return Directions(title, "Not measured: the map has no terms for the fit.")
    principal = ", ".join(number(value, 1) for value in principal_values(result.b_cart))
    apart = number(principal_spread(result.b_cart), 1)
    notes = [f"Principal values: {principal} Å², {apart} Å² apart."]
    done = "removed" if result.is_anisotropy_removed else "left in"
    return Directions(
        title,
        "B in Å², from the Wilson fit; positive: amplitudes fall off along this direction. b_iso "
        f"is the mean of X, Y, Z. The differences between directions were {done}.",
        [TensorRow("", result.b_cart, notes=notes)],
    )


#: Columns of numbers: where a trial has it, its unit, its heading in the log, decimals.
_NUMBERS = (
    ("b_iso", "Å², nominal", "b_iso", 1),
    ("b_sharpen", "Å², positive sharpens", "b_sharpen", 1),
    ("d_cut", "Å", "d_cut", 2),
    ("b_blur_hires", "Å², beyond d_cut", "blur", 0),
    ("scores.adjusted_sa", "surface less weighted regions", "adj. sa", 4),
    ("scores.skewness", "in the molecule", "skew", 3),
    ("scores.kurtosis", "3 for noise", "kurt.", 2),
    ("scores.sa_ratio", "surface over volume", "sa_ratio", 4),
    ("scores.normalized_regions", "per voxel aimed at", "", 5),
    ("scores.n_regions", "", "regions", 0),
    ("scores.level_in_sd", "contour above mean", "level", 3),
)
_NAMED = {path for path, *_ in _NUMBERS}
#: Scores without their own heading.
_OTHERS = tuple((f"scores.{n}", "", n, 3) for n in TARGETS if f"scores.{n}" not in _NAMED)


def trial_table(result: BFactorResult, trials: Sequence[Trial]) -> Table:
    """Return some trials as a table; the names are those of results.json.

    Left out is what no trial of the run has, and d_cut and b_blur_hires where all trials that
    have them share them.
    """
    columns = [Column("method", [trial.method for trial in trials], short="method")]
    for path, unit, short, decimals in (*_NUMBERS, *_OTHERS):
        name = path.rpartition(".")[2]
        values = (_value(trial, path) for trial in result.trials)
        known = {value for value in values if value is not None}
        is_shared = name in ("d_cut", "b_blur_hires") and len(known) == 1
        if not is_shared and any(map(math.isfinite, known)):
            cells = [number(_value(trial, path), decimals) for trial in trials]
            columns.append(Column(name, cells, unit, short))
    if any(trial.resolution_dependent_b for trial in result.trials):
        curves = [trial.resolution_dependent_b or () for trial in trials]
        cells = [" ".join(number(x, 2) for x in curve) or "-" for curve in curves]
        name, unit = "resolution_dependent_b", "ln of the factor at three places"
        columns.insert(3, Column(name, cells, unit, "ln factors"))
    legend = "Marked: chosen. b_iso, b_sharpen: nominal, Å². -: not measured, or there is none."
    if has_regions(result):
        legend += (
            " adjusted_sa (adj. sa): adjusted surface area, sa_ratio less region weight x "
            "normalized_regions. level: contour level, SD above the mean."
        )
    chosen = result.chosen_trial
    marked = next((i for i, trial in enumerate(trials) if trial is chosen), None)
    return Table("Trials", columns, legend, kind="trials", marked=marked)


def _value(trial: Trial, path: str) -> float | None:
    # A map that was not looked at has no number of regions, but says so by its surface.
    if path == "scores.n_regions" and math.isnan(trial.scores.sa_ratio):
        return None
    value: float | None = attrgetter(path)(trial)
    return value


def _shells(trial: Trial) -> Table:
    shells = trial.shell_scale
    assert shells is not None, "only trials by shell are asked for"
    with np.errstate(divide="ignore"):
        d = 1 / shells.s
    columns = [
        decimal_column("d", d, 2, unit="Å"),
        whole_column("terms", shells.n_terms),
        decimal_column("correlation", shells.correlation),
        decimal_column("weight", shells.weight),
        significant_column("rms amplitude", shells.rms),
        significant_column("rms wanted", shells.rms_reference),
        decimal_column("scale factor", shells.scale, 4),
    ]
    return Table(f"Shells, {trial.method}", columns)
