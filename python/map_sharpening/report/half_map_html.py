"""What the HTML report shows of a half-map run."""

from __future__ import annotations

from dataclasses import fields
from html import escape

import numpy as np

from map_sharpening.methods.half_map_result import HalfMapResult, ShellTable, Tensor
from map_sharpening.report.half_map_plots import (
    anisotropy_plot,
    fsc_plot,
    guinier_plot,
    power_plot,
    scale_plot,
)
from map_sharpening.report.half_map_wording import (
    OVERALL_U,
    TENSORS,
    guinier_quality,
    principal_spread,
    resolution_reached,
    tensor_of,
)
from map_sharpening.report.local_resolution_section import local_resolution_section
from map_sharpening.report.page import details, plot_section, side_by_side, table, tiles
from map_sharpening.report.slice_section import before_and_after
from map_sharpening.report.slices import CentralSlices, central_slices
from map_sharpening.report.wording import TENSOR_HEADINGS, number, significant

_SHELL_HEADINGS = {
    "s": "s, Å⁻¹",
    "d": "d, Å",
    "n_terms": "terms",
    "fsc_unmasked": "FSC unmasked",
    "fsc_masked": "FSC masked",
    "fsc_randomised": "FSC randomised",
    "fsc_corrected": "FSC corrected",
    "c_ref": "C_ref",
    "rms_amplitude": "rms amplitude",
    "signal_power": "signal power",
    "noise_power": "noise power",
    "ideal": "ideal amplitude",
    "scale": "scale factor",
}
_FIXED_DECIMALS = {
    "s": 4,
    "d": 2,
    "fsc_unmasked": 3,
    "fsc_masked": 3,
    "fsc_randomised": 3,
    "fsc_corrected": 3,
    "c_ref": 3,
}


def half_map_sections(result: HalfMapResult, before: CentralSlices | None) -> list[str]:
    """Return the results as HTML: tiles, plots, slices.

    Parameters
    ----------
    result : HalfMapResult
        What the run found.
    before : CentralSlices or None
        Of the mean of the half maps.
    """
    mask = None if result.mask is None else central_slices(result.mask)
    return [
        _tiles(result),
        *side_by_side(
            plot_section(
                "Fourier shell correlation",
                fsc_plot(result),
                "Corrected: masked FSC without the correlation that the mask itself makes."
                if result.mask is not None
                else "Statistics of the whole box: there is no mask to correct for.",
            ),
            plot_section(
                "Guinier plot",
                guinier_plot(result),
                f"B of isotropic sharpening: {guinier_quality(result)}.",
            ),
        ),
        before_and_after(
            before,
            central_slices(result.sharpened),
            before_is="mean of the half maps",
            mask=mask,
        ),
        *(
            []
            if result.local_resolution is None
            else [local_resolution_section(result.local_resolution)]
        ),
        *side_by_side(
            plot_section(
                "Scale factors",
                scale_plot(result),
                "Factors applied along single directions; the vertical line is the resolution "
                "given.",
            ),
            plot_section(
                "Signal and noise",
                power_plot(result),
                "A term is kept as far as its signal stands above its noise.",
            ),
        ),
        _anisotropy_section(result),
    ]


def half_map_tables(result: HalfMapResult) -> list[str]:
    """Return what is long, as HTML that opens at a click: all shells."""
    return [_shell_details(result.shells)]


def _tiles(result: HalfMapResult) -> str:
    fit = result.guinier
    facts = [
        (
            "Resolution, FSC 0.143",
            resolution_reached(result, 0.143),
            f"given: {result.resolution:.2f} Å",
        ),
        ("Resolution, FSC 0.5", resolution_reached(result, 0.5), f"kept to {result.d_min:.2f} Å"),
        (
            "B of isotropic sharpening",
            f"{number(fit.b_sharpen, 1)} Å²",
            "poor fit, don't rely on it" if fit.is_poor else "positive sharpens; good fit",
        ),
        (
            "Mask",
            "none" if result.mask is None else f"{100 * result.mask_fraction:.1f} %",
            "statistics of the whole box" if result.mask is None else "of the box",
        ),
        ("Contour level", f"{result.contour_level:.4g}", "in units of the sharpened map"),
    ]
    return tiles(facts)


def _anisotropy_section(result: HalfMapResult) -> str:
    summary = result.anisotropy
    if summary is None:
        return (
            "<section><h2>Anisotropy</h2><p>Not analysed: one scale factor per shell for all "
            "directions.</p></section>"
        )
    rows = []
    for wording in (OVERALL_U, *TENSORS):
        tensor = tensor_of(summary, wording)
        rows.append(
            f"<tr><th scope='row'>{escape(wording.title)}<span>{escape(wording.legend)}</span>"
            f"</th>{_tensor_cells(tensor)}</tr>"
        )
    headings = "".join(f"<th scope='col'>{name}</th>" for name in TENSOR_HEADINGS)
    spread = principal_spread(summary.overall_u)
    return (
        "<section><h2>Anisotropy</h2>"
        "<p>U in Å² with standard errors (B = 8π²U). All rows after the first hold after the "
        f"removal of the overall U, whose largest and smallest principal values differ by "
        f"{number(spread, 3)} Å² (B: {number(8 * np.pi**2 * spread, 1)} Å²).</p>"
        f'<div class="scroll"><table class="tensors"><thead><tr><th></th>{headings}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        f'<div class="wide">{anisotropy_plot(result)}</div>'
        f'<p class="quiet">Relative size by direction at {result.resolution:.2f} Å, in the planes '
        "XY, XZ and YZ. On the grey circle a direction is as strong as the mean of all; outside "
        "it is stronger, inside weaker.</p></section>"
    )


def _tensor_cells(tensor: Tensor) -> str:
    return "".join(
        f'<td>{number(value, 3)}<br><span class="error">± {number(error, 3)}</span></td>'
        for value, error in zip(tensor.values, tensor.standard_errors, strict=True)
    )


def _shell_details(shells: ShellTable) -> str:
    names = [field.name for field in fields(shells)]
    columns = [_shell_cells(name, np.asarray(getattr(shells, name))) for name in names]
    cells = list(zip(*columns, strict=True))
    headings = [_SHELL_HEADINGS[name] for name in names]
    return details(f"All {shells.s.size} shells", table(headings, cells, "shells"))


def _shell_cells(
    name: str, values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> list[str]:
    if name == "n_terms":
        return [str(int(value)) for value in values.tolist()]
    decimals = _FIXED_DECIMALS.get(name)
    numbers = [float(value) for value in values.tolist()]
    if decimals is not None:
        return [number(value, decimals, "–") for value in numbers]
    return [significant(value, 4, "–") for value in numbers]
