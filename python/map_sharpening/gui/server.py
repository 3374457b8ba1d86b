"""What is served: the page, the files of the folder, and who is let in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse, Response
from nicegui import ui

from map_sharpening.gui.entrance import Entrance
from map_sharpening.gui.files.apart import close_all
from map_sharpening.gui.inputs import recognise
from map_sharpening.gui.options import Options
from map_sharpening.gui.pages import register
from map_sharpening.gui.results.routes import add_results
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.safety import FILE_POLICY, LOCAL_NAMES, Guard, report_policy
from map_sharpening.gui.state import State

#: Browser and server look for a sign of life of each other this often, and notice after 1.2 times
#: as long that none came: long enough for a browser that is busy with a large map.
_SIGNS_OF_LIFE_SECONDS = 50.0


def serve(options: Options, entrance: Entrance, say: Callable[[str], None]) -> int:
    """Serve the interface until it is interrupted; return the exit status.

    Raises
    ------
    MapSharpeningError
        If the folder can't be used.
    """
    state = State(options.root)
    os.chdir(state.folder.root)  # where the commands that are shown are given
    for text in recognise(state, state.draft, [str(path) for path in options.files]):
        say(f"Note         {text}")
    app = make_app(
        state,
        token=entrance.token,
        port=entrance.port,
        host=options.host,
        is_encrypted=options.certificate is not None,
    )
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    # uvicorn raises the signal again once all is closed; the runs continue.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[entrance.listening])
    close_all()
    return 0


def make_app(
    state: State, *, token: str, port: int, host: str = "127.0.0.1", is_encrypted: bool = False
) -> Guard:
    """Return the whole application, guarded."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_files(app, state)
    add_results(app, views_of(state))
    register(state)
    ui.run_with(
        app,
        title="map_sharpening",
        dark=None,
        language="en-US",
        reconnect_timeout=_SIGNS_OF_LIFE_SECONDS,
        show_welcome_message=False,
        favicon=_ICON,
        # At NiceGUI's level 9 its own files take 2.5 times as long, and are 4 % smaller.
        gzip_middleware_factory=lambda inner: GZipMiddleware(inner, compresslevel=4),
    )
    return Guard(
        app,
        token=token,
        port=port,
        names={*LOCAL_NAMES, host},
        upload_limit=state.upload_limit,
        is_encrypted=is_encrypted,
    )


def add_files(app: FastAPI, state: State) -> None:
    """Serve the files of the folder, to look at or to download."""

    @app.get("/files/{name:path}")
    def file(name: str) -> Response:
        path = state.folder.resolve(name)  # what it raises is answered as in `add_results`
        if not path.is_file():
            raise HTTPException(404, f"{name} is not a file")
        return file_response(path)


def file_response(path: Path) -> Response:
    """Return a file: reports and pictures to look at, all else to download."""
    is_shown = path.suffix in {".html", ".png", ".txt", ".json", ".eff", ".log"}
    policy = report_policy() if path.suffix == ".html" else FILE_POLICY
    return FileResponse(
        path,
        filename=path.name,
        content_disposition_type="inline" if is_shown else "attachment",
        media_type={".eff": "text/plain", ".log": "text/plain"}.get(path.suffix),
        headers={"content-security-policy": policy, "cache-control": "no-cache"},
    )


_ICON = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7"
fill="#14517a"/><path d="M5 21c4 0 4-3 6-3s2 6 5 6 3-16 5-16 2 11 6 11" fill="none"
stroke="#fff" stroke-width="2.4" stroke-linecap="round"/></svg>"""
