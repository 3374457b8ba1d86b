"""Words for a run of B-factor sharpening that the log and the HTML report share."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from map_sharpening.methods.b_factor.result import BFactorResult, LocalBFactor, Scores, Trial
from map_sharpening.report.parts.wording import number, significant

_TARGET_NAMES = {"adjusted_sa": "adjusted surface area"}

NOMINAL_AND_MEASURED = (
    "Nominal b_iso is the map's own b_iso less b_sharpen; measured b_iso is a new Wilson fit of "
    "the sharpened map up to the resolution, and differs from the nominal one where the change "
    "was not the same B factor all the way there."
)


def target_name(result: BFactorResult) -> str:
    """Return what the trials were compared by."""
    target = result.options.score.residual_target
    return _TARGET_NAMES.get(target, target)


def score_of(result: BFactorResult, scores: Scores) -> float:
    """Return the score that trials were compared by; NaN if it was not found."""
    value: float = getattr(scores, result.options.score.residual_target)
    return value


def trials_by_method(result: BFactorResult) -> dict[str, list[Trial]]:
    """Return the trials of each method, both in the order in which they were made."""
    groups: dict[str, list[Trial]] = {}
    for trial in result.trials:
        groups.setdefault(trial.method, []).append(trial)
    return groups


def chosen_place(result: BFactorResult) -> int | None:
    """Return the index of the chosen trial among all; None if it is not one of them."""
    for i, trial in enumerate(result.trials):
        if trial is result.chosen:
            return i
    key = _identity(result.chosen)
    for i, trial in enumerate(result.trials):
        if _identity(trial) == key:
            return i
    return None


def chosen_trial(result: BFactorResult) -> Trial | None:
    """Return the chosen one of the trials; None if it is not one of them."""
    place = chosen_place(result)
    return None if place is None else result.trials[place]


def _identity(trial: Trial) -> tuple[object, ...]:
    # NaN differs from itself, its text does not.
    return (
        trial.method,
        str(trial.b_sharpen),
        trial.resolution_dependent_b,
        trial.d_cut,
        trial.b_blur_hires,
    )


def best_of(result: BFactorResult, trials: list[Trial]) -> Trial:
    """Return the chosen trial if it is among these, else the one that scores highest."""
    chosen = chosen_trial(result)

    def rank(trial: Trial) -> tuple[bool, float]:
        score = score_of(result, trial.scores)
        return trial is chosen, -math.inf if math.isnan(score) else score

    return max(trials, key=rank)


def method_chosen(result: BFactorResult) -> str:
    """Return among how many trials and methods the chosen one was found."""
    if not result.options.is_search:
        return "as given, no search"
    n_methods, n_trials = len(trials_by_method(result)), len(result.trials)
    trials = f"of {n_trials} trials"
    # Each run looks at the map as it is.
    return f"{trials}, {n_methods} methods" if n_methods > 2 else trials


def b_applied(trial: Trial) -> str:
    """Return the B factor applied, or what was applied in its place."""
    if math.isfinite(trial.b_sharpen):
        return f"{number(trial.b_sharpen, 1)} Å²"
    if trial.resolution_dependent_b is not None:
        return "by resolution"
    return "by shell" if trial.shell_scale is not None else "no single B"


def b_applied_means(result: BFactorResult) -> str:
    """Return what the sign of the B factor applied means, or the curve in its place."""
    trial = result.chosen
    if result.local is not None and not result.local.varies:
        return "everywhere, as the trial map selected has it"
    if result.local is not None:
        return f"about which local ones were sought: {local_range(result.local)}"
    curve = trial.resolution_dependent_b
    if curve is not None:
        return f"ln of the factor at three places: {', '.join(number(x, 2) for x in curve)}"
    if trial.shell_scale is not None:
        return "the scale differs from shell to shell"
    if not math.isfinite(trial.b_sharpen):
        return "not the same at all resolutions"
    if trial.b_sharpen == 0:
        return "as it was" if trial.d_cut is None else "as it was, up to d_cut"
    return "positive: sharpened" if trial.b_sharpen > 0 else "negative: blurred"


def scores_before_and_after(result: BFactorResult) -> str:
    """Return the chosen trial's score and that of the map as it was."""
    after = score_of(result, result.chosen.scores)
    before = score_of(result, result.unsharpened)
    if math.isnan(after) and math.isnan(before):
        return f"{target_name(result)} not known"
    return f"{target_name(result)} {number(after, 3)}, unsharpened {number(before, 3)}"


def b_iso_change(result: BFactorResult) -> str:
    """Return b_iso before and after, the measured one if a nominal one does not exist."""
    if not math.isfinite(result.b_iso_before):
        return "not known"
    is_nominal = math.isfinite(result.b_iso_nominal)
    after = result.b_iso_nominal if is_nominal else result.b_iso_measured
    return f"{number(result.b_iso_before, 1)} → {number(after, 1, '?')} Å²"


def b_iso_after(result: BFactorResult) -> str:
    """Return the b_iso that the map should have now, and that it has."""
    nominal = number(result.b_iso_nominal, 1, "none")
    if result.local is not None and result.local.varies:
        nominal += " without local differences"
    measured = number(result.b_iso_measured, 1, "not known")
    return f"nominal {nominal}, measured {measured}"


def solvent(result: BFactorResult) -> str:
    """Return the solvent fraction, or that there is none."""
    fraction = result.solvent_fraction
    return "none" if fraction is None else f"{100 * fraction:.1f} %"


def contour_in_sd(result: BFactorResult) -> str:
    """Return the contour level in standard deviations above the mean."""
    # A sharpened map has mean 0 and this standard deviation.
    in_sd = result.contour_level / result.options.output_scale_factor
    return f"{number(in_sd, 2)} SD above the mean"


def data_kept(result: BFactorResult) -> str:
    """Return where sharpening and where the data end."""
    if result.chosen.method == "no_sharpening" and result.local is None:
        return "all data, as they were"
    if result.chosen.d_cut is None:
        return f"data kept to {number(result.d_min, 2)} Å"
    return f"d_cut {number(result.d_cut, 2)} Å, data kept to {number(result.d_min, 2)} Å"


def region_weight(result: BFactorResult) -> tuple[str, str]:
    """Return the weight of the regions, and how it came about."""
    weight = result.region_weight
    if weight is None:
        return "none", "regions were not counted"
    how = weight.how
    if math.isfinite(weight.lower_bound) and math.isfinite(weight.upper_bound):
        how += f", bounds {significant(weight.lower_bound, 3)} to "
        how += significant(weight.upper_bound, 3)
    return significant(weight.value, 4), how


def working_volume(result: BFactorResult) -> tuple[str, str]:
    """Return what was scored, and why."""
    volume = result.volume
    if volume.share >= 1:
        return volume.kind, volume.how
    place = " x ".join(
        f"{first}-{last}" for first, last in zip(volume.first, volume.last, strict=True)
    )
    return volume.kind, f"{100 * volume.share:.1f} % of the map, grid {place}; {volume.how}"


def is_tensor_known(result: BFactorResult) -> bool:
    """Return whether the map's fall-off could be measured; where not, the tensor is 0."""
    return any(result.b_cart) and all(map(math.isfinite, result.b_cart))


def anisotropy_removed(result: BFactorResult) -> str:
    """Return in a sentence what became of the map's anisotropy."""
    if not is_tensor_known(result):
        return "Not measured: the map has no terms for the fit."
    done = "removed" if result.options.applied.remove_aniso else "left in"
    return f"The differences between directions were {done}."


def local_range(local: LocalBFactor) -> str:
    """Return the lowest and the highest local B factor."""
    values = local.b_sharpen.values
    known = values[np.isfinite(values)]
    if not known.size:
        return "not known"
    return f"{number(float(known.min()), 1)} to {number(float(known.max()), 1)} Å²"


def signal_to_noise(result: BFactorResult) -> str:
    """Return how clear the maximum of the scan is; empty without a scan."""
    value = result.signal_to_noise
    if math.isnan(value):
        return ""
    return "no scatter" if math.isinf(value) else number(value, 1)


def has_regions(result: BFactorResult) -> bool:
    """Return whether the regions of any trial map were looked at."""
    return any(math.isfinite(trial.scores.sa_ratio) for trial in result.trials)


_Cell = Callable[[Trial], str]


def trial_columns(result: BFactorResult, trials: list[Trial]) -> list[tuple[str, str, list[str]]]:
    """Return the table of trials by column: name, explanation, cells.

    The names are those of the JSON summary. Left out is what no trial has, and d_cut and
    b_blur_hires where all trials that have them share them.
    """
    columns: list[tuple[str, str, _Cell]] = [
        ("method", "", lambda trial: trial.method),
        ("b_iso", "Å², nominal", lambda trial: number(trial.b_iso, 1)),
        ("b_sharpen", "Å², positive sharpens", lambda trial: number(trial.b_sharpen, 1)),
        ("resolution_dependent_b", "ln of the factor at three places", _curve_cell),
    ]
    if len({trial.d_cut for trial in result.trials} - {None}) > 1:
        columns.append(("d_cut", "Å", lambda trial: number(trial.d_cut, 2)))
    if len({trial.b_blur_hires for trial in result.trials} - {None}) > 1:
        columns.append(
            ("b_blur_hires", "Å², beyond d_cut", lambda trial: number(trial.b_blur_hires, 0))
        )
    columns += [
        (
            "adjusted_sa",
            "surface less weighted regions",
            lambda trial: number(trial.scores.adjusted_sa, 4),
        ),
        ("skewness", "in the molecule", lambda trial: number(trial.scores.skewness, 3)),
        ("kurtosis", "3 for noise", lambda trial: number(trial.scores.kurtosis, 2)),
        ("sa_ratio", "surface over volume", lambda trial: number(trial.scores.sa_ratio, 4)),
        (
            "normalized_regions",
            "per voxel aimed at",
            lambda trial: number(trial.scores.normalized_regions, 5),
        ),
        ("n_regions", "", _n_regions_cell),
        ("level_in_sd", "contour above mean", lambda trial: number(trial.scores.level_in_sd, 3)),
    ]
    return [
        (name, means, [cell(trial) for trial in trials])
        for name, means, cell in columns
        if any(cell(trial) != "-" for trial in result.trials)
    ]


def _curve_cell(trial: Trial) -> str:
    curve = trial.resolution_dependent_b
    return "-" if curve is None else " ".join(number(part, 2) for part in curve)


def _n_regions_cell(trial: Trial) -> str:
    # A map that was not looked at has none either, but says so by its surface.
    return "-" if math.isnan(trial.scores.sa_ratio) else str(trial.scores.n_regions)
