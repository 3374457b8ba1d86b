"""A result as files (maps, tables, results.json), as a report, and as a screen of text."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from map_sharpening import _core
from map_sharpening.io import curves
from map_sharpening.io.maps import map_file_size, write_map
from map_sharpening.io.staging import StagedOutputs, write_binary_file, write_text_file
from map_sharpening.maps.grids import as_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.shown import Reported
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.presenting.facts import facts_of
from map_sharpening.presenting.maps_of import named_maps
from map_sharpening.presenting.others import map_of
from map_sharpening.report.contents import AnyResult
from map_sharpening.report.log import facts_text, log_text
from map_sharpening.report.results_json import RunFacts, results_text
from map_sharpening.runs.outputs import versions

_NO_PARAMETERS = "The result was made in Python; no parameter file was used."


def summary(result: Any) -> str:
    """Return the main results, and all warnings."""
    text = facts_text(*facts_of(result))
    warnings = [f"Warning: {warning}" for warning in result.warnings]
    return "\n".join([text.rstrip("\n"), *warnings, ""])


def save_result(
    result: Any, folder: str | os.PathLike[str], *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write all of a result into a folder, or nothing."""
    place = Path(folder)
    maps = named_maps(result)
    texts = _texts(result, tuple(maps))
    with StagedOutputs(overwrite=overwrite) as staged:
        sizes = {place / name: map_file_size(map_data) for name, (map_data, _) in maps.items()}
        staged.reserve({**sizes, **{place / name: 2_000_000 for name in texts}})
        for name, (map_data, labels) in maps.items():
            write_map(staged.temporary_path(place / name), map_data, labels_added=labels)
        for name, text in texts.items():
            write_text_file(staged.temporary_path(place / name), text())
        return tuple(staged.commit())


def report(
    result: AnyResult,
    path: str | os.PathLike[str],
    *,
    before: Any = None,
    overwrite: bool = False,
) -> Path:
    """Write the report of a result; before: a map as users give them, or none."""
    from map_sharpening.report.html import html_report

    text = html_report(
        result,
        RunFacts(_core.__version__),
        before=None if before is None else _as_given(before),
        parameters_text=_NO_PARAMETERS,
        versions=versions(),
    )
    with StagedOutputs(overwrite=overwrite) as staged:
        temporary, place = staged.temporary_path(path), Path(os.fsdecode(path))
        if place.suffix.lower() == ".pdf":
            from map_sharpening.presenting.printed import pdf_of

            write_binary_file(temporary, pdf_of(text, place))
        else:
            write_text_file(temporary, text)
        return staged.commit()[0]


def _as_given(before: Any) -> MapData:
    found = map_of(before, "before", None)
    return as_map(before, None, "before") if found is None else found[0]


def _texts(result: Any, maps: tuple[str, ...]) -> dict[str, Callable[[], str]]:
    texts: dict[str, Callable[[], str]] = {}
    if isinstance(result, HalfMapResult):
        texts["fsc.xml"] = lambda: curves.fsc_xml(result)
        texts["fsc.csv"] = lambda: curves.shells_csv(result)
    elif isinstance(result, ModelResult):
        texts["shells.csv"] = lambda: curves.shells_csv(result)
    elif isinstance(result, BFactorResult):
        texts["scores.csv"] = lambda: curves.scores_csv(result)
    is_reported = isinstance(result, Reported)
    if is_reported:
        texts["results.json"] = lambda: results_text(
            result, RunFacts(_core.__version__, outputs=(*maps, *texts))
        )
        texts["log.txt"] = lambda: log_text(result)
    else:
        texts["log.txt"] = lambda: summary(result)
    return texts
