"""A running ChimeraX asked through its REST port, here a small server that answers as it does."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from map_sharpening.errors import ResultsError
from map_sharpening.io.web.viewer_programs import open_in_chimerax

DONE = "map_sharpening: opened"
POLLED = 0.01  #: seconds until a server sees that it is to end; by default, half of one


class Port(http.server.HTTPServer):
    """What a running ChimeraX has.

    It does commands one after another and sends what they tell, as text or as JSON; after an
    error, told like anything else, it does no more.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.told = "Opened half1.mrc as #5, grid size 32,32,32"
        self.error = ""
        self.is_json = False
        self.answer: tuple[int, str] | None = None  #: in place of all this

    def does(self, commands: list[str]) -> str:
        told = [self.told]
        for command in commands:
            if self.error:
                break
            if command.startswith("echo "):
                told.append(command.removeprefix("echo "))
        if self.is_json:
            error = {"type": "UserError", "message": self.error} if self.error else None
            return json.dumps({"error": error, "log messages": {"note": told}})
        return "\n".join([*told, *([self.error] if self.error else []), ""])


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Port

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        status, body = self.server.answer or (200, self.server.does(query["command"]))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def chimerax() -> Iterator[Port]:
    server = Port()
    thread = threading.Thread(target=server.serve_forever, args=(POLLED,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_chimerax_is_asked_to_open_the_script(chimerax, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    open_in_chimerax(chimerax.server_port, Path("/a b/c'd & e;+%/open_in_chimerax.cxc"))
    (asked,) = chimerax.asked
    place, _, query = asked.partition("?")
    assert place == "/run"
    assert urllib.parse.parse_qs(query) == {
        "command": ['open "/a b/c\'d & e;+%/open_in_chimerax.cxc"', f"echo {DONE}"]
    }


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize(
    "error", ["No such file/path: /x.cxc", "Unrecognized file suffix '.ccp5'", "Missing argument"]
)
def test_an_error_is_told_in_the_words_of_chimerax(chimerax, is_json, error):
    chimerax.error, chimerax.is_json = error, is_json
    with pytest.raises(ResultsError, match=f"did not open the script: {error}$"):
        open_in_chimerax(chimerax.server_port, Path("/x.cxc"))
    assert len(chimerax.asked) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((500, ""), "did not open the script: status 500"),
        ((302, ""), "status 302"),
        ((200, ""), "it gave no reason"),
        ((200, "hello, I am another program"), "another program"),
        ((200, "Error running startup:\nValueError: no map\nSee the log"), "ValueError: no map"),
        ((200, json.dumps({"error": {"type": "UserError"}})), "UserError"),
        ((200, json.dumps({"error": "no file"})), "no file"),
        ((200, json.dumps([1])), "1"),
    ],
)
def test_what_is_no_success_is_told(chimerax, answer, message):
    chimerax.answer = answer
    with pytest.raises(ResultsError, match=message):
        open_in_chimerax(chimerax.server_port, Path("/x.cxc"))


@pytest.mark.parametrize("is_json", [False, True])
def test_text_about_errors_is_no_error(chimerax, is_json):
    chimerax.told, chimerax.is_json = "Error bars are drawn\n" * 9999, is_json
    open_in_chimerax(chimerax.server_port, Path("/x.cxc"))


def test_no_chimerax_at_a_port_is_told(chimerax):
    port = chimerax.server_port
    chimerax.shutdown()
    chimerax.server_close()
    with pytest.raises(ResultsError, match=f"{port} does not answer; type .*start port {port}"):
        open_in_chimerax(port, Path("/x.cxc"))
