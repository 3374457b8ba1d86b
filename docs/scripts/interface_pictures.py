"""Make docs/pictures/gui: inputs and results in the browser, two runs compared, a narrow window.

Inputs and results are those of the demo, simulated haemoglobin; compared is EMD-3488, sharpened
without and with its model. A picture's file says which words it shows, so that tests can find one
that has become old. Run in an environment with the extra `gui-test`, and with `chromium` on PATH:

    python docs/scripts/interface_pictures.py emd_3488.mrc 5ni1.cif
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

from map_sharpening.gui import inputs
from map_sharpening.gui.state import RESOLUTION, Draft, State
from map_sharpening.simulation.demo import write_demo_files

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "python" / "gui" / "browser"))
from in_chromium import (  # noqa: E402
    ARGUMENTS,
    CHROMIUM,
    PANEL_OF_MAPS,
    PANEL_OF_RUN,
    Server,
    open_tab,
    pick,
    served,
    words_of,
)

PICTURES = REPOSITORY / "docs" / "pictures" / "gui"
HEADER = 56  #: pixels above the part of the page that is shown
#: Sizes of windows in pixels.
CHOSEN, WIDE, COMPARED, NARROW = (1280, 860), (1280, 1130), (1280, 680), (390, 844)


def main(emd_3488: str, model: str) -> None:
    """Run, and draw each picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name) / "haemoglobin"
        root.mkdir()
        make_runs(root, Path(emd_3488), Path(model))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        with served(root) as server:
            draw(browser, server, choose, {"inputs": CHOSEN}, PANEL_OF_RUN)
            draw(browser, server, compare, {"compare": COMPARED})
            draw(browser, server, open_results, {"results": WIDE, "narrow": NARROW})
        browser.close()


def make_runs(root: Path, emd_3488: Path, model: Path) -> None:
    """Sharpen EMD-3488 alone and with its model, and the demo's half maps place by place."""
    shutil.copy(emd_3488, root / "emd_3488.mrc")
    shutil.copy(model, root / f"5ni1{model.suffix}")
    write_demo_files(root)
    given, with_model = ["emd_3488.mrc"], ["emd_3488.mrc", f"5ni1{model.suffix}"]
    local = {"sharpening.local_sharpen": "True", "sharpening.density_modification": "True"}
    run(root, "EMD-3488 alone", given, "3.2", {})
    run(root, "EMD-3488 with its model", with_model, "3.2", {"sharpening.model_sharpen": "True"})
    run(root, "Local and density modified", ["half1.mrc", "half2.mrc"], "3", local)


def run(root: Path, title: str, names: list[str], resolution: str, words: dict[str, str]) -> None:
    """Run as the interface does, and wait for the end."""
    state, draft = State(root), Draft()
    inputs.recognise(state, draft, names)
    draft.values = {**words, RESOLUTION: resolution}
    now = state.add_run(draft, title=title)
    while not now.is_over:
        time.sleep(0.1)
        now = state.run(now.name) or now
    if now.stage != "done":
        raise RuntimeError(f"the run '{title}' ended as {now.stage}: {now.log()}")


def choose(page: Any) -> None:
    """Choose the demo's half maps."""
    pick(page)
    page.locator(".slice svg").nth(5).wait_for()


def open_results(page: Any) -> None:
    """Open the last run."""
    open_tab(page, "Results")


def compare(page: Any) -> None:
    """Open two runs side by side."""
    open_tab(page, "History")
    page.get_by_role("button", name="Compare").click()


def draw(
    browser: Any,
    server: Server,
    go: Callable[[Any], None],
    sizes: dict[str, tuple[int, int]],
    panel: str = PANEL_OF_MAPS,
) -> None:
    """Draw a panel, and what is beside it, at each size of the window, with few colours."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.set_viewport_size(dict(zip(("width", "height"), next(iter(sizes.values())), strict=True)))
    page.goto(server.address)
    go(page)
    for name, (width, height) in sizes.items():
        page.set_viewport_size({"width": width, "height": height})
        shown = page.locator(panel)
        shown.wait_for()
        page.mouse.move(1, height // 2)  # over nothing
        picture = Image.open(io.BytesIO(settled(page, shown))).convert("RGB")
        words = PngInfo()
        words.add_itxt("words", "\n".join(words_of(page, panel)))
        file = PICTURES / f"{name}.png"
        with_few_colours(picture).save(file, optimize=True, pnginfo=words)
    page.close()


def settled(page: Any, shown: Any) -> bytes:
    """Return a picture with what is shown on top, once two in a row are alike."""
    before, now = b"", b"-"
    while before != now:
        page.wait_for_timeout(2500)  # after the map come its colours
        for view in page.locator(".map-view").all():
            view.and_(page.locator('[data-state="ready"]')).wait_for()
        page.evaluate("window.scrollTo(0, 0)")
        top = shown.evaluate("it => it.getBoundingClientRect().top")
        if top > 2 * HEADER:
            page.evaluate("top => window.scrollTo(0, top)", top - HEADER)
        page.wait_for_timeout(500)
        before, now = now, page.screenshot()
    return now


def with_few_colours(picture: Image.Image) -> Image.Image:
    """Return a picture in 256 colours, dithered so that the colour bar has no steps."""
    few = picture.quantize(palette=picture.quantize(256))
    palette = few.getpalette() or []
    colours = [palette[i : i + 3] for i in range(0, len(palette), 3)]
    # What is nearly white is white paper: Pillow looks colours up four levels at a time.
    few.putpalette([v for each in colours for v in ([255] * 3 if min(each) > 249 else each)])
    return few


if __name__ == "__main__":
    main(*sys.argv[1:])
