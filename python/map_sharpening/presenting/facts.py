"""The main facts about a result of any kind, those without a report of their own too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from map_sharpening.errors import ResultsError
from map_sharpening.maps.shown import Reported
from map_sharpening.methods.external_map import ExternalMapResult
from map_sharpening.methods.half_maps.density_modification import DensityModification
from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.report.contents import contents_of
from map_sharpening.report.half_maps.contents import facts_of_modification
from map_sharpening.report.local.facts import local_resolution_fact
from map_sharpening.report.parts.contents import Fact, contour_fact, resolution_fact
from map_sharpening.report.parts.wording import number


def facts_of(result: Any) -> tuple[str, list[Fact]]:
    """Return a title and the main facts.

    Raises
    ------
    ResultsError
        If it is no result.
    """
    if isinstance(result, Reported):
        contents = contents_of(result)  # type: ignore[arg-type]  # those that have a report
        return contents.title, list(contents.facts)
    if isinstance(result, LocalResolutionResult):
        return "Local resolution of two half maps", list(_of_local_resolution(result))
    if isinstance(result, DensityModification):
        return "Density modification of two half maps", list(facts_of_modification(result))
    if isinstance(result, ExternalMapResult):
        return "Scaling of one map by the shells of another", list(_of_external_map(result))
    raise ResultsError(
        f"an object of type {type(result).__name__} is no result; expected what a function such "
        "as sharpen_half_maps returned"
    )


def _of_local_resolution(result: LocalResolutionResult) -> Iterator[Fact]:
    yield local_resolution_fact(result)
    yield Fact(
        "Measured",
        f"where the local FSC falls below {result.threshold:g}",
        f"in {result.n_windows} spheres of {number(result.window, 1)} Å",
    )
    finest, coarsest = number(result.fine_limit, 2), number(result.coarse_limit, 1)
    yield Fact("Limits", f"{finest} to {coarsest} Å", "values beyond are set to these")


def _of_external_map(result: ExternalMapResult) -> Iterator[Fact]:
    yield resolution_fact(result.resolution, GIVEN)
    yield Fact("Finest term kept", f"{result.d_min:.2f} Å")
    yield contour_fact(result.contour_level)
