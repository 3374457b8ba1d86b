"""The element in which viewer.js draws maps, its messages, and waiting for what it draws."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, ParamSpec, TypeVar

from nicegui import run as background
from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.viewing.view import View, in_script
from map_sharpening.io.web.molstar_files import molstar_file

Made = TypeVar("Made")
Given = ParamSpec("Given")

_NUMBERS = count(1)
_STYLE = """
.map-view { position: relative; width: 100%; height: 560px; border-radius: 8px; overflow: hidden; }
.map-view.small { height: 420px; }
.map-view-inner { position: absolute; inset: 0; }
.map-view-text { position: absolute; left: 12px; bottom: 8px; z-index: 2; margin: 0; }
.map-view .msp-viewport-controls, .map-view .msp-plugin-init-error { display: none; }
.map-view .msp-plugin, .map-view .msp-viewport { background: transparent; }
.map-view .msp-plugin, .map-view .msp-plugin .msp-layout-standard { border: 0; }
@media (max-width: 600px) { .map-view, .map-view.small { height: 380px; } }
"""


class Viewer:
    """A 3-D view in one browser."""

    def __init__(self) -> None:
        self.id = f"map-view-{next(_NUMBERS)}"

    def build(self, label: str, *, is_small: bool = False) -> None:
        """Make the element, with what screen readers call it.

        Raises
        ------
        ResultsError
            If Mol* is missing, or is another one than was tested.
        """
        molstar_file("molstar.js")
        molstar_file("molstar.css")
        ui.add_css(_STYLE)
        # Scripts that a page of this kind gets later would not run: they are asked for by name.
        self._element = ui.html(
            f'<div id="{self.id}" class="map-view{" small" * is_small}">'
            '<p class="map-view-text quiet" role="status">Loading the 3-D view …</p></div>',
            sanitize=False,
        )
        self._element.classes("w-full").props["aria-label"] = label
        self._element.props("role=img")

    def nothing(self) -> None:
        """Say that nothing will be drawn, unless the page was left; a note says why not."""
        if self._element.is_deleted:
            return
        text = in_script("There is nothing to show.")
        ui.run_javascript(
            f'document.querySelector("#{self.id} .map-view-text").textContent = {text}'
        )

    def do(self, name: str, *values: Any) -> None:
        """Have viewer.js do something."""
        words = ", ".join(in_script(value) for value in (self.id, name, *values))
        ui.run_javascript(f"mapView.do({words})")

    def map(self, name: str, view: View, address: str, colour: str, **more: Any) -> None:
        """Have a map drawn at its level, by a name that later words use."""
        options = {
            "label": f"{name} map",
            "url": address,
            "level": view.number_of(view.level),
            "sphere": {"center": view.centre, "radius": view.radius},
            "colour": colour,
        }
        self.do("map", name, options | more)


async def made_or_noted(
    note: ui.label, make: Callable[Given, Made], *given: Given.args, **named: Given.kwargs
) -> Made | None:
    """Return what a function makes while the page goes on.

    None: a label says why there is nothing, or the server is being stopped, or the page was left.
    """
    made = None
    try:
        made = await background.io_bound(make, *given, **named)
    except (MapSharpeningError, OSError) as error:
        if not note.is_deleted:
            note.set_text(str(error))
    return None if note.is_deleted else made


def load_scripts() -> None:
    """Have the browser load Mol* and viewer.js, if it has not yet."""
    ui.run_javascript(_LOAD_SCRIPTS)


_LOAD_SCRIPTS = """
if (!window.mapView || window.mapView.hasFailed) {
  const waiting = [];
  window.mapView = { do: (...words) => waiting.push(words) };
  const style = document.createElement("link");
  style.rel = "stylesheet"; style.href = "/results/static/molstar.css";
  document.head.append(style);
  const load = (name) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = "/results/static/" + name; script.onload = done; script.onerror = failed;
    document.head.append(script);
  });
  load("molstar.js").then(() => load("viewer.js")).then(() => {
    for (const words of waiting) window.mapView.do(...words);
  }).catch(() => {
    const tell = (id) => {
      const place = document.getElementById(id);
      if (!place) return;
      place.dataset.state = "failed";
      place.querySelector(".map-view-text").textContent = "The 3-D view can't be shown: a " +
        "script of this page did not arrive. Load the page again; the maps can be downloaded.";
    };
    window.mapView = { hasFailed: true, do: tell };
    for (const [id] of waiting) tell(id);
  });
}
"""
