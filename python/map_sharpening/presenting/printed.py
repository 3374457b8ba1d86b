"""A finished run's report as PDF, and its FSC as a picture."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from map_sharpening.errors import ResultsError
from map_sharpening.io.staging import StagedOutputs, write_binary_file
from map_sharpening.io.web.run_folder import RunFolder, read_report, read_run_folder
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.report.half_maps.pictures import FscCurves, plot_of_fsc
from map_sharpening.report.parts.figures import FIGURE_SIZE, PLOT_STYLE, CurvePlot
from map_sharpening.report.parts.plain_values import name_with_unit
from map_sharpening.report.results_json import SCHEMA

PDF, FSC = "report.pdf", "fsc.png"
_OTHERWISE = f"or print report.html from a browser; --png writes {FSC} alone"
_DOTS_PER_INCH = 300
#: What only a browser can use.
_LIVE = re.compile(r'<section id="viewer".*?</section>|<script>.*?</script>', re.DOTALL)


def print_report(
    folder: Path, wanted: Sequence[str] = (), *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write report.pdf, and fsc.png of a run on half maps, beside the report; return their names.

    Parameters
    ----------
    wanted : sequence of str
        Which of the two; none: those that there can be.
    overwrite : bool
        Whether files that are there may be replaced.

    Raises
    ------
    ResultsError
        If the folder lacks what is needed, or a library does.
    OutputError
        If a file can't be written, or is there already.
    """
    run = read_run_folder(folder, SCHEMA, Path)
    if not wanted:
        wanted = (PDF, FSC) if run.kind == "half maps" else (PDF,)
    makers: dict[str, Callable[[RunFolder], bytes]] = {PDF: _pdf, FSC: _fsc_picture}
    files = {folder / name: makers[name](run) for name in wanted}
    with StagedOutputs(overwrite=overwrite) as staged:
        staged.reserve({path: len(content) for path, content in files.items()})
        for path, content in files.items():
            write_binary_file(staged.temporary_path(path), content)
        return tuple(staged.commit())


def pdf_library(name: str = PDF, otherwise: str = _OTHERWISE) -> tuple[Any, Any]:
    """Return weasyprint's HTML and URLFetcher, for a file of this name.

    Raises
    ------
    ResultsError
        If weasyprint isn't installed or is too old, or the system lacks Pango; `otherwise` is
        what to do instead of installing it.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except ModuleNotFoundError as error:
        raise ResultsError(
            f"{name} needs {error.name}, which is not installed; pip install "
            f"'map-sharpening[pdf]', {otherwise}"
        ) from error
    except ImportError as error:  # which versions before 68 lack
        raise ResultsError(
            f"{name} needs weasyprint 68 or newer, and {metadata.version('weasyprint')} is "
            f"installed ({error}); pip install --upgrade 'map-sharpening[pdf]', {otherwise}"
        ) from error
    except OSError as error:  # of a library that pip can't bring
        raise ResultsError(
            f"{name} needs the library Pango of the system, which can't be loaded "
            f"({' '.join(str(error).split())[:120]}); install pango, {otherwise}"
        ) from error
    return HTML, URLFetcher


def _pdf(run: RunFolder) -> bytes:
    file = run.output("report.html")
    if file is None:
        raise ResultsError(f"{run.folder} has no report.html; run it again with report=True")
    return _pdf_of(read_report(file), file.path.parent, pdf_library())


def pdf_of(html: str, path: Path) -> bytes:
    """Return a report as the PDF that a path is to hold, with links relative to its folder."""
    otherwise = "or give a name that ends in .html, and print that from a browser"
    return _pdf_of(html, path.parent, pdf_library(path.name, otherwise))


def _pdf_of(html: str, folder: Path, library: tuple[Any, Any]) -> bytes:
    document, url_fetcher = library
    page = document(
        string=_LIVE.sub("", html),
        base_url=folder.resolve().as_uri() + "/",
        # The page brings all it needs, and a file is no reason to open others.
        url_fetcher=url_fetcher(allowed_protocols={"data"}),
    )
    made: bytes = page.write_pdf()
    return made


def _fsc_picture(run: RunFolder) -> bytes:
    if run.kind != "half maps":
        raise ResultsError(
            f"{run.folder} has no FSC of half maps for {FSC}: it was a run by {run.kind}"
        )
    try:
        shells = run.result["shells"]
        names = (name_with_unit(field.name) for field in fields(FscCurves))
        # Stacked, as they must be of one length.
        curves = FscCurves(*np.array([shells[name] for name in names], dtype=float))
        reached, nominal = (
            run.result[f"{name}_angstrom"] for name in ("resolution_0143", "resolution")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{run.folder / 'results.json'} has no FSC that can be drawn ({error}); run it again"
        ) from error
    # Earlier versions didn't say how.
    how = run.result.get("resolution_how", GIVEN)
    return _png(plot_of_fsc(curves, reached, nominal, how))


def _png(plot: CurvePlot) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    stream = io.BytesIO()
    with matplotlib.rc_context(PLOT_STYLE):
        figure = Figure(figsize=FIGURE_SIZE, layout="constrained")
        plot.draw(figure.add_subplot())
        legend: dict[str, Any] = {"loc": "outside lower center", "ncols": plot.legend_columns}
        figure.legend(**legend)
        figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH)
    return stream.getvalue()
