"""What the HTML report shows of a half-map run."""

from __future__ import annotations

import numpy as np

from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.report.half_maps.plots import (
    anisotropy_plot,
    fsc_plot,
    guinier_plot,
)
from map_sharpening.report.half_maps.wording import (
    OVERALL_U,
    TENSORS,
    guinier_quality,
    principal_spread,
    resolution_reached,
    tensor_of,
)
from map_sharpening.report.local.filter_section import local_filter_section
from map_sharpening.report.local.resolution_section import local_resolution_section
from map_sharpening.report.parts.page import plot_section, side_by_side, tiles
from map_sharpening.report.parts.shell_plots import factor_sections
from map_sharpening.report.parts.shell_tables import NO_ANISOTROPY, shell_details, tensor_table
from map_sharpening.report.parts.slice_section import before_and_after
from map_sharpening.report.parts.slices import CentralSlices, central_slices
from map_sharpening.report.parts.wording import number


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
            if result.local_filter is None
            else [local_filter_section(result.sharpened, result.local_filter)]
        ),
        *(
            []
            if result.local_resolution is None
            else [local_resolution_section(result.local_resolution)]
        ),
        *factor_sections(result, "mean of the half maps"),
        _anisotropy_section(result),
    ]


def half_map_tables(result: HalfMapResult) -> list[str]:
    """Return what is long, as HTML that opens at a click: all shells."""
    return [shell_details(result.shells)]


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
        return NO_ANISOTROPY
    rows = [
        (wording.title, wording.legend, tensor_of(summary, wording))
        for wording in (OVERALL_U, *TENSORS)
    ]
    spread = principal_spread(summary.overall_u)
    return (
        "<section><h2>Anisotropy</h2>"
        "<p>U in Å² with standard errors (B = 8π²U). All rows after the first hold after the "
        f"removal of the overall U, whose largest and smallest principal values differ by "
        f"{number(spread, 3)} Å² (B: {number(8 * np.pi**2 * spread, 1)} Å²).</p>"
        f"{tensor_table(rows, 3)}"
        f'<div class="wide">{anisotropy_plot(result)}</div>'
        f'<p class="quiet">Relative size by direction at {result.resolution:.2f} Å, in the planes '
        "XY, XZ and YZ. On the grey circle a direction is as strong as the mean of all; outside "
        "it is stronger, inside weaker.</p></section>"
    )
