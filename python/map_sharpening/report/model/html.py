"""What the HTML report shows of a run by a model."""

from __future__ import annotations

from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.local.filter_section import local_filter_section
from map_sharpening.report.model.plots import correlation_plot, fall_off_plot, tensor_plot
from map_sharpening.report.model.wording import (
    ACCURACY,
    FALL_OFF,
    agreement,
    atoms_in_map,
    bulk_solvent,
    completeness,
    fall_off,
    model_error,
    spread,
    tensors,
)
from map_sharpening.report.parts.page import plot_section, side_by_side, tiles
from map_sharpening.report.parts.shell_plots import factor_sections
from map_sharpening.report.parts.shell_tables import NO_ANISOTROPY, shell_details, tensor_table
from map_sharpening.report.parts.slice_section import before_and_after
from map_sharpening.report.parts.slices import CentralSlices, central_slices

MODEL_STYLE = """
.tiles { grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); }
@media (max-width: 700px) { .tiles { grid-template-columns: repeat(2, 1fr); } }
@media print { .tiles { grid-template-columns: repeat(4, 1fr); gap: 6px; } }
"""


def model_sections(result: ModelResult, before: CentralSlices | None) -> list[str]:
    """Return the results as HTML: tiles, plots, slices.

    Parameters
    ----------
    result : ModelResult
        What the run found.
    before : CentralSlices or None
        Of the map given, or of the mean of the half maps.
    """
    mask = None if result.mask is None else central_slices(result.mask)
    return [
        _tiles(result),
        *side_by_side(
            plot_section("Agreement with the model", correlation_plot(result), ACCURACY),
            plot_section(
                "Fall-off of amplitudes",
                fall_off_plot(result),
                "Each curve is moved to a mean of 0 from 10 Å to the resolution. The steeper, the "
                "more blurred; what stands above the signal is noise.",
            ),
        ),
        before_and_after(
            before,
            central_slices(result.sharpened),
            before_is=result.source_name,
            mask=mask,
        ),
        *(
            []
            if result.local_filter is None
            else [local_filter_section(result.sharpened, result.local_filter)]
        ),
        *factor_sections(result, "the map before"),
        _anisotropy_section(result),
    ]


def model_tables(result: ModelResult) -> list[str]:
    """Return what is long, as HTML that opens at a click: all shells."""
    return [shell_details(result.shells)]


def _tiles(result: ModelResult) -> str:
    has_mask = result.mask is not None
    facts = [
        ("Agreement to CC 0.5", agreement(result), f"given: {result.resolution:.2f} Å"),
        ("B of the signal", fall_off(result), FALL_OFF),
        ("Error of the model", *model_error(result)),
        ("Completeness", *completeness(result)),
        ("Bulk solvent", *bulk_solvent(result)),
        (
            "Mask",
            f"{100 * result.mask_fraction:.1f} %" if has_mask else "none",
            f"of the box; {atoms_in_map(result)}" if has_mask else "statistics of the whole box",
        ),
        ("Finest term kept", f"{result.d_min:.2f} Å", "whatever the model"),
        ("Contour level", f"{result.contour_level:.4g}", "in units of the sharpened map"),
    ]
    return tiles(facts)


def _anisotropy_section(result: ModelResult) -> str:
    found = tensors(result)
    if not found:
        return NO_ANISOTROPY
    return (
        "<section><h2>Anisotropy</h2>"
        "<p>B in Å² with standard errors, without the mean over directions. The signal's largest "
        f"and smallest principal values differ by {spread(found[0][2])}.</p>"
        f"{tensor_table(found, 1)}"
        f'<div class="wide">{tensor_plot(result)}</div>'
        f'<p class="quiet">Relative amplitude by direction at {result.resolution:.2f} Å; on the '
        "grey circle a direction is as strong as the mean of all.</p></section>"
    )
