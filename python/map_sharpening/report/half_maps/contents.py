"""Log and report of a run on half maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from map_sharpening.methods.half_maps.cautions import COARSEST_FOR_DIRECTIONS
from map_sharpening.methods.half_maps.result import HalfMapResult, ShellTable
from map_sharpening.methods.shared.option_groups import D_MIN_RATIO, GIVEN
from map_sharpening.report.local.facts import (
    change_fact,
    local_filter_fact,
    local_resolution_fact,
    support_fact,
)
from map_sharpening.report.parts.contents import (
    Column,
    Contents,
    Fact,
    Table,
    contour_fact,
    decimal_column,
    mask_fact,
    resolution_fact,
    shells_table,
)
from map_sharpening.report.parts.directions import directions_of
from map_sharpening.report.parts.wording import number

if TYPE_CHECKING:
    from map_sharpening.methods.half_maps.density_modification import DensityModification

#: Share of the resolution given by which the half maps' own must differ to be worth a word.
_NOTABLE_DIFFERENCE = 0.1


def half_map_contents(result: HalfMapResult) -> Contents:
    """Return what a microscopist reads after a half-map run."""
    return Contents(
        "Sharpening of two half maps by shells",
        list(_facts(result)),
        directions_of(result.anisotropy, "the differences of the half maps"),
        [
            _shells(result.shells),
            *([] if result.modification is None else [_modification(result.modification)]),
        ],
    )


def _better_resolution(result: HalfMapResult) -> str:
    """Return what to try where the half maps agree to another resolution than was given."""
    reached = result.resolution_0143
    if reached is None or abs(reached / result.resolution - 1) < _NOTABLE_DIFFERENCE:
        return ""
    digits = 0 if reached >= 10 else 1
    finer = "" if reached < result.resolution else "only "
    # A search goes on from one mask to the next, and need not end at that of the run.
    is_given = result.resolution_how == GIVEN
    who = "the half maps" if is_given else "in the mask of this run they"
    return (
        f"{who} agree {finer}to {number(reached, 2)} Å: try resolution={number(reached, digits)}"
    )


def _facts(result: HalfMapResult) -> Iterator[Fact]:
    for threshold, reached in ((0.143, result.resolution_0143), (0.5, result.resolution_05)):
        yield Fact(f"Resolution at FSC = {threshold:g}", _resolution(reached, result.shells))
    if result.local_filter is not None:
        yield local_filter_fact(result.local_filter)
    if result.local_resolution is not None:
        yield local_resolution_fact(result.local_resolution)
    better = _better_resolution(result)
    yield resolution_fact(result.resolution, result.resolution_how, better)
    further = f"beyond {D_MIN_RATIO:g} of this resolution, as the half maps agree further"
    why = further if result.reaches_further else ""
    yield Fact("Finest term kept", f"{result.d_min:.2f} Å", why)
    if result.anisotropy is None and result.d_min > COARSEST_FOR_DIRECTIONS:
        yield Fact(
            "Directions",
            "treated alike",
            f"coarser than {COARSEST_FOR_DIRECTIONS:g} Å, anisotropy can't be distinguished "
            "from the molecule's shape",
        )
    fit = result.guinier
    verdict = "poor fit, don't rely on it" if fit.is_poor else "good fit"
    yield Fact(
        "B applied",
        f"{number(result.b_applied, 1)} Å²",
        f"± {number(result.b_applied_error, 1)} Å²; fall-off relative to ideal amplitudes, "
        "positive sharpens",
    )
    yield Fact(
        "B of isotropic sharpening",
        f"{number(fit.b_sharpen, 1)} Å²",
        f"by a Guinier plot, not applied; {verdict}, correlation {number(fit.correlation, 3)}, "
        f"{number(fit.d_low, 1)} to {number(fit.d_high, 2)} Å",
    )
    beyond = result.randomised_from
    randomised = "" if beyond is None else f"phases randomised beyond {beyond:.2f} Å"
    yield mask_fact(result.mask, result.mask_fraction, randomised)
    yield contour_fact(result.contour_level)
    if result.modification is not None:
        yield from facts_of_modification(result.modification)


def facts_of_modification(modification: DensityModification) -> Iterator[Fact]:
    """Yield what was added, and on what evidence."""
    if not modification.is_borne_out:
        yield Fact("Density modification", "none", "not supported by the half maps; see warnings")
        return
    symmetry = modification.symmetry
    if symmetry is not None and symmetry.is_borne_out:
        yield Fact(
            "Symmetry in modified_map",
            f"{symmetry.copies} copies averaged",
            "as far as each half map confirms it for the other; where copies differ they are "
            f"kept apart: {100 * symmetry.kept_share:.0f} % of the change is made. To fit the "
            f"map, the symmetry was turned by {symmetry.turned_by:.2f}° and shifted by "
            f"{symmetry.shifted_by:.2f} Å",
        )
    yield Fact(
        "Density modification",
        f"{100 * modification.contribution_share:.0f} % of the map's rms added",
        "in modified_map, for building and viewing; it says nothing about resolution. Noise "
        f"alone would be changed by {100 * modification.null_share:.1f} % of its rms, a feature "
        f"of one half map by {100 * modification.one_sided_share:+.0f} %",
    )
    if modification.support is not None:
        yield change_fact(modification.support)
        yield support_fact(modification.support)
    if len(modification.extension) > 0:
        yield Fact(
            "Terms of modified_map",
            f"to {modification.extended_to:.2f} Å",
            "the finest are predicted, and each half map confirms those of the other: they "
            "sharpen atoms, but don't prove resolution",
        )
    yield Fact(
        "Contour level of modified_map", number(modification.contour_level, 3), "recommended"
    )


def _resolution(reached: float | None, shells: ShellTable) -> str:
    if reached is not None:
        return f"{reached:.2f} Å"
    known = np.isfinite(shells.fsc_corrected) & np.isfinite(shells.d)
    if not known.any():
        return "not known: no FSC"
    return f"no crossing down to {float(shells.d[known].min()):.2f} Å"


def _shells(shells: ShellTable) -> Table:
    return shells_table(
        shells,
        [
            decimal_column("FSC unmasked", shells.fsc_unmasked, short="unmasked"),
            decimal_column("FSC masked", shells.fsc_masked, short="masked"),
            decimal_column("FSC randomised", shells.fsc_randomised, short="random"),
            decimal_column("FSC corrected", shells.fsc_corrected, short="corrected"),
            decimal_column("C_ref", shells.c_ref, short="C_ref"),
        ],
        "unmasked, masked, random (masked maps with randomised phases), corrected: FSC. C_ref: "
        "sqrt(2 FSC / (1 + FSC)). amplitude: rms of the mean of the half maps.",
        "fsc.csv",
    )


def _modification(modification: DensityModification) -> Table:
    shells, symmetry = modification.shells, modification.symmetry
    of_copies: list[Column] = []
    on_copies = ""
    if symmetry is not None:
        of_copies = [
            decimal_column("factor before copies are added", symmetry.own, short="own"),
            decimal_column("factor of the mean of copies", symmetry.averaged, short="copies"),
        ]
        on_copies = (
            " own, copies: factors of the sharpened map and of the mean of its copies, before the "
            "positive part is taken; 1 and 0: as it was."
        )
    columns = [
        decimal_column("s", shells.s, 4, unit="Å⁻¹"),
        decimal_column("d", shells.d, 2, "d, Å", "Å"),
        decimal_column("signal share", shells.signal_share, short="signal"),
        *of_copies,
        decimal_column("factor of the map", shells.linear, short="map"),
        decimal_column("factor of its positive part", shells.positive, short="positive"),
        decimal_column("factor outside the mask", shells.outside, short="outside"),
        decimal_column("correlation before", shells.correlation_before, short="before"),
        decimal_column("correlation after", shells.correlation_after, short="after"),
    ]
    return Table(
        "Shells of density modification",
        columns,
        "Inside the mask. signal: share of the sharpened map's power. map, positive: factors of "
        "the sharpened map and of its positive part; 1 and 0: as it was. outside: factor of the "
        "map where the mask is 0. before, after: "
        f"correlation with the molecule's density, estimated from the other half map.{on_copies}",
    )
