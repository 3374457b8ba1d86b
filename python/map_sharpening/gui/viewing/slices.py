"""The pictures of the quick look's slices, which slices.js asks for while sliders move."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.gui.viewing.view import in_script

_AXES = "xyz"


class Slices:
    """Three pictures in one browser, of where two sliders stand."""

    def __init__(self, run: str) -> None:
        self._run = run

    def build(self) -> None:
        """Make the pictures, empty at first."""
        with ui.element("div").classes("slices-beside") as place:
            for axis in _AXES:
                picture = ui.element("canvas").props("width=128 height=128 role=img")
                picture.props(f'aria-label="Slice normal to {axis}"')
        note = ui.label("").classes("problem").props('role="status"')
        place.props(f"data-note={note.html_id}")
        self._id = place.html_id
        ui.run_javascript(_LOAD_SCRIPT)

    def follow(self, slider: ui.slider, name: str) -> None:
        """Have the pictures follow a slider of b or resolution, without the server between."""
        moved = f"(value) => window.quickSlices.at({in_script(self._id)}, {{ {name}: value }})"
        slider.on("update:model-value", js_handler=moved)

    def show(self, b_sharpen: float, resolution: float) -> None:
        """Show a place that may have been typed or clicked: a B in Å² and a resolution in Å."""
        place = in_script({"run": self._run, "b": b_sharpen, "resolution": resolution})
        ui.run_javascript(f"quickSlices.at({in_script(self._id)}, {place})")


_LOAD_SCRIPT = """
if (!window.quickSlices || window.quickSlices.hasFailed) {
  const waiting = [];
  window.quickSlices = { at: (...words) => waiting.push(words) };
  const tell = (id) => {
    const note = document.getElementById(document.getElementById(id)?.dataset.note);
    if (note) note.textContent = "The slices can't be shown: a script of this page did not " +
      "arrive. Load the page again.";
  };
  const script = document.createElement("script");
  script.src = "/results/static/slices.js";
  script.onload = () => { for (const words of waiting) window.quickSlices.at(...words); };
  script.onerror = () => {
    window.quickSlices = { hasFailed: true, at: tell };
    for (const [id] of waiting) tell(id);
  };
  document.head.append(script);
}
"""
