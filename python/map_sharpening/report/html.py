"""The HTML report: one file that needs no network, no script and no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.b_factor.html import B_FACTOR_STYLE, b_factor_sections, b_factor_tables
from map_sharpening.report.half_maps.html import half_map_sections, half_map_tables
from map_sharpening.report.model.html import MODEL_STYLE, model_sections, model_tables
from map_sharpening.report.parts.page import (
    details,
    files_and_versions,
    header,
    page,
    timing_section,
    warnings_section,
)
from map_sharpening.report.parts.slices import CentralSlices, central_slices


def html_report(
    result: HalfMapResult | ModelResult | BFactorResult,
    *,
    input_mean: MapData | CentralSlices | None,
    parameters_text: str,
    versions: Mapping[str, str],
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    title: str | None = None,
    date: str | None = None,
) -> str:
    """Return the report as the text of one HTML file.

    The same arguments give the same bytes: no clock is read.

    Parameters
    ----------
    result : HalfMapResult, ModelResult or BFactorResult
        What the run found.
    input_mean : MapData, CentralSlices or None
        The map before sharpening, for its slices: the mean of the half maps, or the map given.
        Only slices are copied.
    parameters_text : str
        All parameters used, as the parameter file has them.
    versions : mapping of str to str
        Versions of the program and its libraries.
    inputs, outputs : sequence of str
        Names of the files read and written.
    title : str or None
        Heading of the page; None: what was done.
    date : str or None
        When the run was made, printed as given.
    """
    before = central_slices(input_mean) if isinstance(input_mean, MapData) else input_mean
    if isinstance(result, BFactorResult):
        heading = "B-factor sharpening of one map"
        sections, tables = b_factor_sections(result, before), b_factor_tables(result)
        style = B_FACTOR_STYLE
    elif isinstance(result, ModelResult):
        heading = "Sharpening of a map with a model"
        sections, tables = model_sections(result, before), model_tables(result)
        style = MODEL_STYLE
    else:
        heading = "Sharpening of two half maps"
        sections, tables = half_map_sections(result, before), half_map_tables(result)
        style = ""
    heading = heading if title is None else title
    return page(
        heading,
        [
            header(heading, inputs, date),
            warnings_section(result.warnings),
            *sections,
            timing_section(result.seconds),
            *tables,
            details("Parameters used", f"<pre>{escape(parameters_text)}</pre>"),
            details("Files and versions", files_and_versions(inputs, outputs, versions)),
        ],
        extra_style=style,
    )
