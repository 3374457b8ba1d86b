"""The HTML report: one file that needs no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import PurePath

from map_sharpening.maps.map_data import MapData
from map_sharpening.report.advice import advice_section
from map_sharpening.report.contents import AnyResult, contents_of
from map_sharpening.report.half_maps.pictures import half_map_directions, half_map_sections
from map_sharpening.report.parts.page import (
    details,
    directions_section,
    files_and_versions,
    header,
    linked,
    list_section,
    page,
    table,
    tiles,
    timing_section,
)
from map_sharpening.report.parts.slices import (
    CentralSlices,
    central_slices,
    central_slices_of_mean,
)
from map_sharpening.report.results_json import RunFacts
from map_sharpening.report.views.aside import drawn_aside
from map_sharpening.report.views.viewer import viewer_script
from map_sharpening.report.views.views_of_map import views_of_map


def html_report(
    result: AnyResult,
    facts: RunFacts,
    *,
    before: MapData | tuple[MapData, MapData] | CentralSlices | None,
    parameters_text: str,
    versions: Mapping[str, str],
    places: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
    threads: int = 0,
) -> str:
    """Return the report as the text of one HTML file.

    The same arguments give the same bytes: no clock is read.

    Parameters
    ----------
    before : MapData, (MapData, MapData), CentralSlices or None
        The map before sharpening: the map given, or two half maps, whose mean is shown. Only
        slices are copied.
    parameters_text : str
        All parameters used, as the parameter file has them.
    places : mapping of str to str, optional
        Where outputs lie, seen from the report, by their names: they become links.
    roles : mapping of str to str, optional
        Names of the outputs that advice is about, by their roles; see `advice.ROLES`.
    threads : int
        1: parts are drawn one after the other, not at once.
    """
    contents = contents_of(result)
    slices: CentralSlices | None
    if isinstance(before, MapData):
        slices, maps = central_slices(before), [before]
    elif isinstance(before, tuple):
        slices, maps = central_slices_of_mean(*before), list(before)
    else:
        slices, maps = before, []
    lie = places or {}
    links = {
        role: linked(PurePath(name).name, lie[name])
        for role, name in (roles or {}).items()
        if name in facts.outputs and name in lie
    }
    advice = advice_section(result, links)
    with drawn_aside(threads, views_of_map, result, maps, advice, threads) as views:
        sections, directions = _sections_and_directions(result, slices)
    date = [facts.date] if facts.date else []
    kind = [contents.title] if facts.title else []
    heading = facts.title or contents.title
    return page(
        heading,
        [
            header(heading, [*kind, *facts.inputs, *date]),
            list_section(result.warnings, "warning", 'class="warnings" role="alert"'),
            list_section(facts.notes, "note", 'class="notes"'),
            tiles(contents.facts),
            *views(),
            *sections,
            directions_section(contents.directions, directions),
            timing_section(result.seconds),
            *(
                details(f"All {long.n_rows} {long.title.lower()}", table(long))
                for long in contents.tables
            ),
            details("Parameters used", f"<pre>{escape(parameters_text)}</pre>"),
            details(
                "Files and versions",
                files_and_versions(facts.inputs, facts.outputs, versions, lie),
            ),
        ],
        viewer_script(),
    )


def _sections_and_directions(
    result: AnyResult, before: CentralSlices | None
) -> tuple[list[str], str]:
    if result.kind == "half maps":
        return half_map_sections(result, before), half_map_directions(result)
    # Loaded only for results of their kind.
    if result.kind == "model":
        from map_sharpening.report.model.pictures import model_directions, model_sections

        return model_sections(result, before), model_directions(result)
    from map_sharpening.report.b_factor.pictures import b_factor_sections

    return b_factor_sections(result, before), ""
