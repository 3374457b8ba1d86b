"""What is timed: a visit to the page, and what a user does there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.interface.measured import Measured

_MILLISECONDS = 180_000  #: that a step may take at most
_QUIET = 1.0  #: seconds without anything drawn: after the map come its colours
_N_STEPS = 6  #: of the slider
_FIGURE = "Resolution at FSC = 0.143"
_READY = '.map-view[data-state="ready"]'


class NoPageError(Exception):
    """The server ended before it told where its page is."""


@dataclass(frozen=True)
class Visit:
    """A server that was just started, and its page."""

    page: Any
    process: subprocess.Popen[str]
    folder: Path
    begun: float  #: when the command was given
    address_after: float  #: seconds until it told the address

    @classmethod
    @contextmanager
    def of(cls, browser: Any, folder: Path) -> Iterator[Visit]:
        """Give the command, and open the page as soon as its address is known."""
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(_MILLISECONDS)
        # An installed package has its bytecode; one in a work tree writes it at the first visit.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "map_sharpening", "gui", "--no-browser"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            address = _address(process)
            address_after = time.perf_counter() - begun
            page.goto(address)
            yield cls(page, process, folder, begun, address_after)
        finally:
            context.close()
            process.send_signal(signal.SIGTERM)
            process.communicate()

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the server so far."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self, name: str) -> float:
        """Return the server's memory: VmRSS now, VmHWM at most."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+)", text)
        assert found is not None, "Linux tells it"
        return int(found[1]) / 1000


def usable_page(visit: Visit, measured: Measured) -> None:
    """From the command to a page that can be clicked."""
    visit.page.locator(".entry").first.wait_for()
    measured.add("page usable after the command", time.perf_counter() - visit.begun)
    measured.add("address told after the command", visit.address_after)
    answered = visit.page.evaluate(_ANSWERED) / 1000 - (time.time() - time.perf_counter())
    measured.add("page answered after the command", answered - visit.begun)
    measured.add("page: processor time of the server", visit.cpu_seconds)
    measured.add("memory of the server at the start", visit.megabytes("VmRSS"))


def result_after_run(visit: Visit, measured: Measured) -> None:
    """From the end of a run to its figures, and to its coloured map."""
    page = visit.page
    if not page.locator(".filename").count():
        page.locator(".entry", has_text="half1.mrc").click()
    page.locator(".plan").wait_for()
    page.locator(".proposal", has_text="Proposed").wait_for()
    names = {path.name for path in visit.folder.iterdir()}
    page.evaluate(_WATCH_FIGURES, _FIGURE)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("tab", name="Results", selected=True).wait_for()
    page.wait_for_function("window.painted")
    figures = page.evaluate("painted") / 1000
    cpu = visit.cpu_seconds
    drawn = _quiet(page, 0)
    (made,) = {path.name for path in visit.folder.iterdir()} - names
    end = (visit.folder / made / "run.progress").stat().st_mtime
    measured.add("figures on the screen after the run's end", figures - end)
    measured.add("map on the screen after the run's end", drawn - end)
    measured.add("map: processor time of the server", visit.cpu_seconds - cpu)
    measured.add("memory of the server after a result", visit.megabytes("VmRSS"))
    measured.add("memory of the server at most", visit.megabytes("VmHWM"))


def slider_steps(visit: Visit, measured: Measured) -> None:
    """Each step of the slider of B in the quick look of a run."""
    page = visit.page
    page.get_by_role("tab", name="Results", exact=True).click()
    _quiet(page, 0)
    page.get_by_role("button", name="Open the quick look").click()
    slider = page.get_by_label("B (Å²), positive sharpens", exact=True).locator("[tabindex]").first
    page.locator(".quick .slices-beside[data-shown]").wait_for()
    _quiet(page, 1)
    page.evaluate(_WATCH)
    slider.focus()
    for _ in range(_N_STEPS):
        page.evaluate(_IDLE)
        cpu = visit.cpu_seconds
        page.evaluate("watched.start()")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("watched.slices !== null")
        measured.add("slider: slices changed", page.evaluate("watched.slices"))
        page.wait_for_function("watched.drawn !== null")
        measured.add("slider: surface changed", page.evaluate("watched.drawn"))
        measured.add("slider: processor time of the server", 1000 * (visit.cpu_seconds - cpu))
        _quiet(page, 1)
    run = page.evaluate(_RUN)
    for b in range(_N_STEPS):
        measured.add("slider: map from the server", page.evaluate(_FETCH, [run, 3.5 + b]))
    measured.add("memory of the server at most", visit.megabytes("VmHWM"))


def _quiet(page: Any, view: int) -> float:
    """Wait until a 3-D view has been drawn and nothing more comes; return when it was."""
    while True:
        page.locator(_READY).nth(view).wait_for()
        drawn = time.time()
        while page.locator(_READY).count() > view:
            if time.time() - drawn > _QUIET:
                return drawn
            page.wait_for_timeout(50)


def _address(process: subprocess.Popen[str]) -> str:
    """Wait until a server tells the address of its page."""
    assert process.stdout is not None, "a pipe"
    line = next((line for line in process.stdout if line.startswith("Page ")), None)
    if line is None:
        raise NoPageError(
            f"the server ended with exit status {process.wait()} before it told the address of "
            f"its page; what it wrote to the standard error is above"
        )
    return line.split()[1]


# When the page began to come, in milliseconds since 1970.
_ANSWERED = """() => performance.timeOrigin
  + performance.getEntriesByType("navigation")[0].responseStart"""
# Until frames come quickly again: the surface before is drawn for long after it is made.
_IDLE = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let quick = 0, last = performance.now(); quick < 5; ) {
    const now = (await frame(), performance.now());
    quick = now - last < 100 ? quick + 1 : 0;
    last = now;
  }
}"""
# When a text has come and was painted, in milliseconds since 1970.
_WATCH_FIGURES = """(text) => {
  window.painted = null;
  const watcher = new MutationObserver(() => {
    if (!document.body.innerText.includes(text)) return;
    watcher.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = Date.now(); }));
  });
  watcher.observe(document.body, { childList: true, subtree: true });
}"""
_RUN = """() => {
  const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  const name = "/results/deposition?run=";
  return decodeURIComponent(links.find((link) => link?.startsWith(name)).slice(name.length));
}"""
_FETCH = """async ([run, b]) => {
  const begun = performance.now();
  const found = await fetch(`/results/quick/map?run=${run}&b=${b}&resolution=3.5`);
  await found.arrayBuffer();
  return performance.now() - begun;
}"""
# From the key to pictures that are painted, and to a surface that stands still.
_WATCH = """() => {
  const place = document.querySelector(".quick");
  const slices = place.querySelector(".slices-beside");
  window.watched = {
    start() {
      this.slices = this.drawn = this.begun = null;
      this.isBusy = false;
    },
  };
  document.addEventListener("keydown", () => { watched.begun = performance.now(); }, true);
  const since = () => performance.now() - watched.begun;
  new MutationObserver(() => {
    if (watched.begun !== null) requestAnimationFrame(() => { watched.slices ??= since(); });
  }).observe(slices, { attributes: true, attributeFilter: ["data-shown"] });
  const view = place.querySelector(".map-view");
  new MutationObserver(() => {
    if (view.dataset.state === "busy") watched.isBusy = true;
    else if (watched.isBusy && watched.begun !== null) watched.drawn = since();
  }).observe(view, { attributes: true, attributeFilter: ["data-state"] });
}"""
