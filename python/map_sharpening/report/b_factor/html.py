"""What the HTML report shows of B-factor sharpening."""

from __future__ import annotations

from html import escape

import numpy as np

from map_sharpening.methods.b_factor.result import BFactorResult, LocalBFactor, Trial
from map_sharpening.report.b_factor.plots import (
    local_b_plot,
    score_parts_plot,
    score_plot,
    shell_correlation_plot,
    shell_scale_plot,
    wilson_plot,
)
from map_sharpening.report.b_factor.wording import (
    NOMINAL_AND_MEASURED,
    anisotropy_removed,
    b_applied,
    b_applied_means,
    b_iso_after,
    b_iso_change,
    best_of,
    chosen_trial,
    contour_in_sd,
    data_kept,
    has_regions,
    is_tensor_known,
    local_range,
    method_chosen,
    region_weight,
    scores_before_and_after,
    signal_to_noise,
    solvent,
    target_name,
    trial_columns,
    trials_by_method,
    working_volume,
)
from map_sharpening.report.parts.page import details, plot_section, side_by_side, table, tiles
from map_sharpening.report.parts.slice_pictures import coloured_slice_pictures
from map_sharpening.report.parts.slice_section import before_and_after, slice_grid
from map_sharpening.report.parts.slices import CentralSlices, central_slices
from map_sharpening.report.parts.wording import (
    TENSOR_HEADINGS,
    number,
    principal_values,
    significant,
)

_LONGEST_HEADING = 12  #: characters; longer ones may be broken after each word

B_FACTOR_STYLE = """
.tiles { grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); }
.two > section:last-child:nth-child(odd) { grid-column: 1 / -1; }
.trials { font-size: 0.84rem; min-width: 100%; }
.trials th, .trials td { padding: 4px 8px; }
.trials td:first-child, .trials th:first-child { text-align: left; }
.trials thead span { display: block; font-weight: 400; color: #59636c; font-size: 0.85em; }
.trials tr.chosen td { background: #e8f1f8; font-weight: 600; }
svg.slice.coloured .bar { paint-order: stroke; stroke: #000; stroke-width: 2px;
  vector-effect: non-scaling-stroke; }
@media (max-width: 700px) {
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .single .pair { grid-template-columns: 1fr; }
}
@media print {
  .tiles { grid-template-columns: repeat(4, 1fr); gap: 6px; }
  .trials { font-size: 7pt; }
  .trials th, .trials td { padding: 1px 3px; }
}
"""


def b_factor_sections(result: BFactorResult, before: CentralSlices | None) -> list[str]:
    """Return the results as HTML: tiles, plots, slices.

    Parameters
    ----------
    result : BFactorResult
        What the run found.
    before : CentralSlices or None
        Of the map given.
    """
    plots = [section for section in _plot_sections(result) if section]
    slices = before_and_after(before, central_slices(result.sharpened), before_is="the map given")
    return [
        _tiles(result),
        *side_by_side(*plots[:2]),
        _best_section(result),
        slices,
        "" if result.local is None else _local_section(result, result.local),
        *(side_by_side(*plots[2:]) if plots[2:] else []),
    ]


def b_factor_tables(result: BFactorResult) -> list[str]:
    """Return what is long, as HTML that opens at a click: all trials, all shells."""
    trials = list(result.trials)
    tables = [details(f"All {len(trials)} trials", _trial_table(result, trials))]
    for trial in _trials_by_shell(result):
        tables.append(_shell_details(trial))
    return tables


def _tiles(result: BFactorResult) -> str:
    chosen = result.chosen
    weight, weight_how = region_weight(result)
    volume, volume_how = working_volume(result)
    b_means = b_applied_means(result)
    facts = [
        (
            "Method chosen",
            chosen.method,
            f"{method_chosen(result)}; {scores_before_and_after(result)}",
        ),
        ("B applied, b_sharpen", b_applied(chosen), b_means),
        ("b_iso, before → after", b_iso_change(result), b_iso_after(result)),
        (
            "Contour level",
            f"{result.contour_level:.4g}",
            f"in units of the sharpened map; {contour_in_sd(result)}",
        ),
        ("Solvent", solvent(result), result.solvent_how),
        ("Weight of regions", weight, weight_how),
        ("Resolution given", f"{result.resolution:.2f} Å", data_kept(result)),
        ("Scored", volume, volume_how),
    ]
    return tiles(facts)


def _plot_sections(result: BFactorResult) -> list[str]:
    """Return sections in the order in which a reader wants them; empty ones have no data."""
    score, parts, wilson = score_plot(result), score_parts_plot(result), wilson_plot(result)
    sections = []
    if score:
        noise = signal_to_noise(result)
        caption = f"Each point is one trial map; the higher its {target_name(result)}, the better."
        if noise:
            caption += f" Signal to noise of the scan: {noise}."
        sections.append(plot_section("Score by b_iso", score, caption))
    if wilson:
        sections.append(plot_section("Wilson plot", wilson, NOMINAL_AND_MEASURED))
    if parts:
        sections.append(
            plot_section(
                "Surface and regions",
                parts,
                "Their difference is the adjusted surface area: detail counts for a map, pieces "
                "count against it. Dashed: unsharpened; vertical line: chosen.",
            )
        )
    for trial in _trials_by_shell(result):
        sections += _shell_sections(trial)
    sections.append(_anisotropy_section(result))
    return sections


def _best_section(result: BFactorResult) -> str:
    best = [best_of(result, trials) for trials in trials_by_method(result).values()]
    legend = "Shaded: chosen. –: not looked at, or there is none."
    if has_regions(result):
        legend = f"adjusted_sa = sa_ratio − weight of regions × normalized_regions. {legend}"
    return (
        f"<section><h2>Best of each method</h2>{_trial_table(result, best)}"
        f'<p class="quiet">{legend}</p></section>'
    )


def _trial_table(result: BFactorResult, trials: list[Trial]) -> str:
    chosen = chosen_trial(result)
    columns = trial_columns(result, trials)
    headings = "".join(_trial_heading(name, means) for name, means, _ in columns)
    rows = []
    for i, trial in enumerate(trials):
        kind = ' class="chosen"' if trial is chosen else ""
        cells = "".join(f"<td>{escape(_dash(column[i]))}</td>" for _, _, column in columns)
        rows.append(f"<tr{kind}>{cells}</tr>")
    return (
        f'<div class="scroll"><table class="trials"><thead><tr>{headings}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _trial_heading(name: str, means: str) -> str:
    heading = escape(name)
    if len(name) > _LONGEST_HEADING:
        heading = heading.replace("_", "_<wbr>")
    explained = f"<span>{escape(means)}</span>" if means else ""
    return f"<th scope='col'>{heading}{explained}</th>"


def _dash(cell: str) -> str:
    return "–" if cell == "-" else cell


def _anisotropy_section(result: BFactorResult) -> str:
    title = "<section><h2>B tensor of the map given</h2>"
    note = escape(anisotropy_removed(result))
    if not is_tensor_known(result):
        return f"{title}<p>{note}</p></section>"
    low, middle, high = principal_values(result.b_cart)
    headings = "".join(f"<th scope='col'>{name}</th>" for name in TENSOR_HEADINGS)
    cells = "".join(f"<td>{number(value, 1)}</td>" for value in result.b_cart)
    return (
        f"{title}"
        '<div class="scroll"><table><thead><tr>'
        f"{headings}</tr></thead><tbody><tr>{cells}</tr></tbody></table></div>"
        f"<p>Principal values {number(low, 1)}, {number(middle, 1)} and {number(high, 1)} Å², "
        f"{number(high - low, 1)} Å² apart.</p>"
        '<p class="quiet">In Å², from the Wilson fit; positive: amplitudes fall off along this '
        "direction. The mean of X, Y and Z is b_iso. "
        f"{note}</p></section>"
    )


def _trials_by_shell(result: BFactorResult) -> list[Trial]:
    """Return the best trial of each method that scales shell by shell."""
    groups = [
        [trial for trial in trials if trial.shell_scale is not None]
        for trials in trials_by_method(result).values()
    ]
    return [best_of(result, trials) for trials in groups if trials]


def _shell_sections(trial: Trial) -> list[str]:
    shells = trial.shell_scale
    assert shells is not None, "only trials by shell are asked for"
    facts = []
    if shells.rmsd is not None:
        facts.append(f"error of the model {number(shells.rmsd, 2)} Å")
    if shells.fraction_complete is not None:
        facts.append(f"share of the molecule in the model {number(shells.fraction_complete, 2)}")
    found = f" Found: {', '.join(facts)}." if facts else ""
    return [
        plot_section(
            f"Correlation by shell, {trial.method}",
            shell_correlation_plot(shells, trial.method),
            f"The weight is the share of a shell's amplitude that is taken as signal.{found}",
        ),
        plot_section(
            f"Scale by shell, {trial.method}",
            shell_scale_plot(shells, trial.method),
            "Weight times the rms amplitude wanted over that of the map, largest 1.",
        ),
    ]


def _shell_details(trial: Trial) -> str:
    shells = trial.shell_scale
    assert shells is not None, "only trials by shell are asked for"
    columns = {
        "d, Å": [number(1 / s if s > 0 else None, 2, "–") for s in shells.s],
        "terms": [str(int(n)) for n in shells.n_terms],
        "correlation": [number(float(x), 3, "–") for x in shells.correlation],
        "weight": [number(float(x), 3, "–") for x in shells.weight],
        "rms amplitude": [_digits(float(x)) for x in shells.rms],
        "rms wanted": [_digits(float(x)) for x in shells.rms_reference],
        "scale factor": [number(float(x), 4, "–") for x in shells.scale],
    }
    rows = list(zip(*columns.values(), strict=True))
    return details(
        f"All {shells.s.size} shells, {trial.method}", table(list(columns), rows, "shells")
    )


def _digits(value: float) -> str:
    return significant(value, 4, "–")


def _local_section(result: BFactorResult, local: LocalBFactor) -> str:
    values = local.b_sharpen.values
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    # A histogram and a colour scale need some width.
    limits = (low, high) if high - low > 1e-3 else (low - 0.5, high + 0.5)
    pictures = coloured_slice_pictures(central_slices(local.b_sharpen), limits, "local b_sharpen")
    n_tiles = len(local.b_sharpen_of_tiles)
    return (
        '<section class="single"><h2>Local B factor</h2>'
        f"{slice_grid([('local b_sharpen', pictures)])}"
        f'<div class="wide">{local_b_plot(local.b_sharpen, limits, result.chosen.b_sharpen)}</div>'
        f'<p class="quiet">b_sharpen at each place, {escape(local_range(local))}, from {n_tiles} '
        f"tiles smoothed over {number(local.smoothing_radius, 1)} Å; bright places were sharpened "
        "most.</p></section>"
    )
