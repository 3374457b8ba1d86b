"""The text log of B-factor sharpening: one screen of results, then the table of trials."""

from __future__ import annotations

from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.report.b_factor.wording import (
    anisotropy_removed,
    b_applied,
    b_applied_means,
    b_iso_after,
    b_iso_change,
    chosen_place,
    contour_in_sd,
    data_kept,
    has_regions,
    is_tensor_known,
    method_chosen,
    region_weight,
    scores_before_and_after,
    signal_to_noise,
    solvent,
    trial_columns,
    working_volume,
)
from map_sharpening.report.parts.log_blocks import (
    LogParts,
    explained,
    heading,
    table_lines,
)
from map_sharpening.report.parts.wording import TENSOR_HEADINGS, number, principal_values

#: What fits the width of a log; the JSON summary has all.
_COLUMNS = {
    "method": "method",
    "b_iso": "b_iso",
    "b_sharpen": "b_sharpen",
    "resolution_dependent_b": "ln factors",
    "d_cut": "d_cut",
    "b_blur_hires": "blur",
    "adjusted_sa": "adj. sa",
    "skewness": "skew",
    "kurtosis": "kurt.",
    "sa_ratio": "sa_ratio",
    "n_regions": "regions",
    "level_in_sd": "level",
}


def b_factor_log_parts(result: BFactorResult) -> LogParts:
    """Return what a microscopist reads after B-factor sharpening."""
    return LogParts(
        "B-factor sharpening of one map",
        _facts(result),
        _anisotropy(result),
        lambda: _trials(result),
    )


def _facts(result: BFactorResult) -> list[tuple[str, str]]:
    chosen = result.chosen
    weight, weight_how = region_weight(result)
    volume, volume_how = working_volume(result)
    noise = signal_to_noise(result)
    return [
        *explained("Method", chosen.method, method_chosen(result)),
        *explained("B applied, b_sharpen", b_applied(chosen), b_applied_means(result)),
        *explained("b_iso", b_iso_change(result), b_iso_after(result)),
        ("Score", scores_before_and_after(result)),
        *([("", f"signal to noise of the scan {noise}")] if noise else []),
        *explained("Region weight", weight, weight_how),
        *explained("Solvent", solvent(result), result.solvent_how),
        (
            "Contour level",
            f"{result.contour_level:.4g} in units of the sharpened map, {contour_in_sd(result)}",
        ),
        ("Resolution given", f"{result.resolution:.2f} Å; {data_kept(result)}"),
        *explained("Scored", volume, volume_how),
    ]


def _anisotropy(result: BFactorResult) -> str:
    title = heading("B tensor of the map given")
    if not is_tensor_known(result):
        return f"{title}\n  {anisotropy_removed(result)}"
    names = "".join(f"{name:>9}" for name in TENSOR_HEADINGS)
    values = "".join(f"{number(value, 1):>9}" for value in result.b_cart)
    principal = ", ".join(number(value, 1) for value in principal_values(result.b_cart))
    return "\n".join(
        [
            title,
            "  B in Å²; positive: amplitudes fall off along this direction.",
            f"  b_iso is the mean of X, Y, Z. {anisotropy_removed(result)}",
            "",
            f"  {names}",
            f"  {values}",
            f"  Principal values: {principal}",
        ]
    )


def _trials(result: BFactorResult) -> str:
    columns = [
        (_COLUMNS[name], cells)
        for name, _, cells in trial_columns(result, list(result.trials))
        if name in _COLUMNS
    ]
    header, *lines = table_lines(columns, left=1)
    place = chosen_place(result)
    marked = [f"> {line[2:]}" if i == place else line for i, line in enumerate(lines)]
    legend = ["  >: chosen. b_iso, b_sharpen: nominal, Å². -: not looked at, or there is none."]
    if has_regions(result):
        legend += [
            "  adj. sa: adjusted surface area, sa_ratio less weighted regions.",
            "  level: contour level, SD above the mean.",
        ]
    return "\n".join([heading("Trials"), *legend, "", header, *marked])
