"""The text log of a run by a model: one screen of results, then the tables."""

from __future__ import annotations

from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.local.filter_wording import local_filter_summary
from map_sharpening.report.model.wording import (
    FALL_OFF,
    agreement,
    atoms_in_map,
    bulk_solvent,
    completeness,
    fall_off,
    mask_description,
    model_error,
    spread,
    tensors,
)
from map_sharpening.report.parts.log_blocks import (
    LogParts,
    decimal_cells,
    explained,
    heading,
    shells_shown,
    significant_cells,
    table_lines,
    tensor_lines,
    thinned,
    wrapped,
)
from map_sharpening.report.parts.wording import number


def model_log_parts(result: ModelResult) -> LogParts:
    """Return what a microscopist reads after a run by a model."""
    return LogParts(
        "Sharpening of a map by shells with a model",
        _facts(result),
        _anisotropy(result),
        lambda: _shell_table(result),
    )


def _facts(result: ModelResult) -> list[tuple[str, str]]:
    return [
        ("Agreement with the model", f"{agreement(result)} (correlation above 0.5)"),
        ("Resolution given", f"{result.resolution:.2f} Å"),
        ("Finest term kept", f"{result.d_min:.2f} Å"),
        *explained("B of the signal", fall_off(result), FALL_OFF),
        *explained("Error of the model", *model_error(result)),
        *explained("Completeness", *completeness(result)),
        *explained("Bulk solvent", *bulk_solvent(result)),
        ("Atoms", atoms_in_map(result)),
        ("Mask", mask_description(result)),
        *(
            []
            if result.local_filter is None
            else explained(
                "Local filter",
                local_filter_summary(result.local_filter),
                "in the region of the model; elsewhere the global factors, "
                "in the solvent those that suit the whole box",
            )
        ),
        ("Contour level", f"{result.contour_level:.4g} (in units of the sharpened map)"),
    ]


def _anisotropy(result: ModelResult) -> str:
    title = heading("Anisotropy")
    found = tensors(result)
    if not found:
        return f"{title}\n  Not analysed: one scale factor per shell for all directions."
    lines = [title, "  B in Å² with standard errors; the mean over directions is taken off."]
    for name, legend, tensor in found:
        lines += ["", f"  {name}", f"  ({legend})", *tensor_lines(tensor, 1)]
        lines.append(f"  >> Largest minus smallest principal value: {spread(tensor)}.")
    return "\n".join(lines)


def _shell_table(result: ModelResult) -> str:
    shells = result.shells
    rows = thinned(shells.s.size)
    columns: list[tuple[str, list[str]]] = [
        ("d, Å", [number(value, 2) for value in shells.d[rows]]),
        ("terms", [str(int(value)) for value in shells.n_terms[rows]]),
        ("CC", decimal_cells(shells.correlation[rows])),
        ("smooth", decimal_cells(shells.smooth_correlation[rows])),
        ("expected", decimal_cells(shells.expected_correlation[rows])),
        ("accuracy", decimal_cells(shells.accuracy[rows])),
        ("amplitude", significant_cells(shells.rms_amplitude[rows])),
        ("ideal", significant_cells(shells.ideal[rows])),
        ("scale", significant_cells(shells.scale[rows])),
    ]
    legend = wrapped(
        "terms: Fourier terms, Friedel mates counted once. CC: correlation of map and model. "
        "smooth: without its scatter. expected: of a perfect map with this model. accuracy: "
        "smooth over expected, at most what half maps or solvent allow. amplitude: rms of the "
        "map. scale: mean factor applied. -: empty shell."
    )
    shown = shells_shown(len(rows), shells.s.size, "shells.csv")
    return "\n".join([heading("Shells"), shown, *legend, "", *table_lines(columns)])
