"""The text log of a half-map run: one screen of results, then the tables."""

from __future__ import annotations

import textwrap

import numpy as np

from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.report.half_maps.wording import (
    OVERALL_U,
    TENSORS,
    TensorWording,
    guinier_quality,
    mask_description,
    principal_spread,
    resolution_reached,
    tensor_of,
)
from map_sharpening.report.local.filter_wording import local_filter_summary
from map_sharpening.report.local.resolution_wording import local_resolution_range
from map_sharpening.report.parts.log_blocks import (
    LOG_WIDTH,
    LogParts,
    decimal_cells,
    heading,
    shells_shown,
    significant_cells,
    table_lines,
    tensor_lines,
    thinned,
    wrapped,
)
from map_sharpening.report.parts.wording import number


def half_map_log_parts(result: HalfMapResult) -> LogParts:
    """Return what a microscopist reads after a half-map run."""
    return LogParts(
        "Sharpening of two half maps by shells",
        _facts(result),
        _anisotropy(result),
        lambda: _shell_table(result),
    )


def _facts(result: HalfMapResult) -> list[tuple[str, str]]:
    return [
        ("Resolution at FSC = 0.143", resolution_reached(result, 0.143)),
        ("Resolution at FSC = 0.5", resolution_reached(result, 0.5)),
        *(
            []
            if result.local_filter is None
            else [("Local filter", local_filter_summary(result.local_filter))]
        ),
        *(
            []
            if result.local_resolution is None
            else [("Local resolution", local_resolution_range(result.local_resolution))]
        ),
        ("Resolution given", f"{result.resolution:.2f} Å"),
        ("Finest term kept", f"{result.d_min:.2f} Å"),
        (
            "B of isotropic sharpening",
            f"{number(result.guinier.b_sharpen, 1)} Å² (positive sharpens)",
        ),
        ("", guinier_quality(result)),
        ("Mask", mask_description(result)),
        ("Contour level", f"{result.contour_level:.4g} (in units of the sharpened map)"),
    ]


def _anisotropy(result: HalfMapResult) -> str:
    title = heading("Anisotropy")
    summary = result.anisotropy
    if summary is None:
        return f"{title}\n  Not analysed: one scale factor per shell for all directions."
    spread = principal_spread(summary.overall_u)
    lines = [title, "  All values are U in Å² with their standard errors (B = 8 π² U)."]
    for wording in (OVERALL_U, *TENSORS):
        tensor = tensor_of(summary, wording)
        lines += ["", f"  {wording.title}", f"  ({wording.legend})"]
        lines += tensor_lines(tensor, 3)
        lines += _note(wording)
        if wording is OVERALL_U:
            lines.append(
                f"  >> Largest minus smallest principal value: {number(spread, 3)} Å² "
                f"(B {number(8 * np.pi**2 * spread, 1)} Å²)."
            )
    return "\n".join(lines)


def _note(wording: TensorWording) -> list[str]:
    return textwrap.wrap(
        wording.note, LOG_WIDTH, initial_indent="  >> ", subsequent_indent="  >> "
    )


def _shell_table(result: HalfMapResult) -> str:
    shells = result.shells
    rows = thinned(shells.s.size)
    columns: list[tuple[str, list[str]]] = [
        ("d, Å", [number(value, 2) for value in shells.d[rows]]),
        ("terms", [str(int(value)) for value in shells.n_terms[rows]]),
        ("unmasked", decimal_cells(shells.fsc_unmasked[rows])),
        ("masked", decimal_cells(shells.fsc_masked[rows])),
        ("random", decimal_cells(shells.fsc_randomised[rows])),
        ("corrected", decimal_cells(shells.fsc_corrected[rows])),
        ("C_ref", decimal_cells(shells.c_ref[rows])),
        ("amplitude", significant_cells(shells.rms_amplitude[rows])),
        ("ideal", significant_cells(shells.ideal[rows])),
        ("scale", significant_cells(shells.scale[rows])),
    ]
    header, *lines = table_lines(columns)
    # Over the first of the four correlations.
    over = " " * header.index("unmasked") + "FSC"
    shown = shells_shown(len(rows), shells.s.size, "fsc.csv")
    legend = wrapped(
        "terms: Fourier terms, Friedel mates counted once. random: masked maps with randomised "
        "phases. C_ref: sqrt(2 FSC / (1 + FSC)). amplitude: rms of the mean of the half maps. "
        "scale: mean factor applied. -: empty shell."
    )
    return "\n".join([heading("Shells"), shown, *legend, "", over, header, *lines])
