"""What the browser requests besides the page: maps, models, slices, the drawing script, zips."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import BinaryIO

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)

from map_sharpening.errors import MapSharpeningError, ResultsError
from map_sharpening.gui.results import quick
from map_sharpening.gui.results.found import COLOURINGS
from map_sharpening.gui.results.views import Views
from map_sharpening.gui.safety import report_policy
from map_sharpening.io.web.molstar_files import molstar_file
from map_sharpening.io.web.run_folder import read_report, zip_of
from map_sharpening.io.web.view_model import model_text
from map_sharpening.io.web.viewer_programs import write_viewer_zip, zip_name
from map_sharpening.maps.view import plane

_A_DAY = {"cache-control": "private, max-age=86400"}
_PART = 1 << 20  #: bytes of a file that are sent at a time
_FRESH = {"cache-control": "no-cache"}
_LINK = re.compile(r'<a href="[^"]*" target="_blank" rel="noopener">(.*?)</a>')
_SD_OF_DIFFERENCE = 4  #: that are black and white; no difference is grey


def add_results(app: FastAPI, views: Views) -> None:
    """Serve what the screens show besides text, of results and of inputs."""

    @app.exception_handler(MapSharpeningError)
    def not_found(_: Request, error: MapSharpeningError) -> Response:
        return JSONResponse({"detail": str(error)}, 404)

    @app.get("/results/static/{name}")
    def static(name: str) -> Response:
        if name in ("viewer.js", "slices.js"):
            text = (files("map_sharpening.gui.results") / "static" / name).read_bytes()
            return Response(text, media_type="text/javascript", headers=_FRESH)
        if name in ("molstar.js", "molstar.css"):
            return FileResponse(molstar_file(name), headers=_A_DAY)
        raise HTTPException(404, "there is no such file")

    _add_inputs(app, views)
    _add_maps(app, views)
    _add_documents(app, views)


def _add_inputs(app: FastAPI, views: Views) -> None:
    @app.get("/inputs/map")
    def map_of_input(name: str, labels: str = "", model: str = "") -> Response:
        return _binary(views.given(name, labels, model).body)

    @app.get("/inputs/model")
    def model_of_input(name: str) -> Response:
        return PlainTextResponse(model_text(views.folder.resolve(name)), headers=_FRESH)


def _add_maps(app: FastAPI, views: Views) -> None:
    """Serve the maps of runs, whole or in slices, and their models."""

    @app.get("/results/map")
    def map_of_run(run: str, what: str) -> Response:
        return _binary(views.view(run, what).body)

    @app.get("/results/difference")
    def difference(run: str, other: str) -> Response:
        return _binary(views.difference_view(run, other).body)

    @app.get("/results/quick/map")
    def quick_map(run: str, b: float, resolution: float) -> Response:
        return _binary(quick.view(views, run, b, resolution).body)

    @app.get("/results/quick/slices")
    def quick_slices(run: str, b: float, resolution: float) -> Response:
        return _binary(quick.slices(views, run, b, resolution))

    @app.get("/results/model")
    def model(run: str) -> Response:
        file = views.found(run).model
        if file is None:
            raise HTTPException(404, "the model can't be opened")
        return PlainTextResponse(model_text(file.path), headers=_FRESH)

    @app.get("/results/slice")
    def slice_picture(run: str, what: str, axis: str, share: float, other: str = "") -> Response:
        if axis not in ("x", "y", "z") or not 0 <= share <= 1:
            raise HTTPException(422, "axis is x, y or z; share goes from 0 to 1")
        png = _slice(views, run, what, axis, share, other)
        return Response(png, media_type="image/png", headers=_FRESH)


def _add_documents(app: FastAPI, views: Views) -> None:
    """Serve reports, and files to save as zips."""

    @app.get("/results/report")
    def report(run: str) -> Response:
        headers = {
            **_FRESH,
            "content-security-policy": f"{report_policy()}; frame-ancestors 'self'",
            "x-frame-options": "SAMEORIGIN",
        }
        try:
            text = _report(views, run)
        except MapSharpeningError as error:  # said in the frame
            return PlainTextResponse(str(error), 404, headers=headers)
        return HTMLResponse(text, headers=headers)

    @app.get("/results/deposition")
    def deposition(run: str) -> Response:
        found = views.found(run)
        return _zip(zip_name(run, "deposition"), lambda place: zip_of(found.deposition(), place))

    @app.get("/results/viewer_files")
    def files_for_viewers(run: str) -> Response:
        found = views.found(run)
        root, folder = views.folder.root, found.run.folder
        return _zip(
            zip_name(run, "viewers"),
            lambda place: write_viewer_zip(found.for_viewers(), root, folder, place),
        )


def _zip(name: str, write: Callable[[BinaryIO], None]) -> Response:
    """Return what a function writes, as a file to save."""
    place = tempfile.TemporaryFile()  # noqa: SIM115  closed below, or once it was sent
    try:
        write(place)
    except BaseException:
        place.close()
        raise
    size = place.tell()
    place.seek(0)

    def parts() -> Iterator[bytes]:
        with place:
            yield from iter(lambda: place.read(_PART), b"")

    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-length": str(size),
    }
    return StreamingResponse(parts(), media_type="application/zip", headers=headers)


def _report(views: Views, run: str) -> str:
    file = views.found(run).file("report")
    if file is None:
        raise ResultsError(f"{run} has no report that can be opened")
    # Links to files lead nowhere from its frame; Files on the screen has them.
    return _LINK.sub(r"\1", read_report(file))


def _slice(views: Views, run: str, what: str, axis: str, share: float, other: str) -> bytes:
    # It loads the reports: the first page needn't wait for them.
    from map_sharpening.report.parts.slice_pictures import coloured_plane_png, plane_png

    if what == "difference":
        map_data = views.difference(run, other).map_data
        limit = _SD_OF_DIFFERENCE * float(map_data.values.std(dtype=float))
        return plane_png(plane(map_data, axis, share), -limit, limit)
    sliced = views.sliced(run, what)
    values = sliced.plane(axis, share)
    if what in COLOURINGS:
        return coloured_plane_png(values, views.found(run).colour_limits(what))
    return plane_png(values, *sliced.grey)


def _binary(body: bytes) -> Response:
    return Response(body, media_type="application/octet-stream", headers=_FRESH)
