"""Two runs side by side: one camera, and their difference."""

from __future__ import annotations

import io

import numpy as np
import pytest
from finished_runs import blob, finished_run
from in_chromium import open_tab, page_of, served
from PIL import Image


def pictures(page):
    """Return the pixels of both views, once they stand still."""
    before = []
    while True:
        for place in (0, 1):
            page.locator('.map-view[data-state="ready"]').nth(place).wait_for()
        now = [page.locator(".map-view canvas").nth(place).screenshot() for place in (0, 1)]
        if now == before:
            return [np.asarray(Image.open(io.BytesIO(each)).convert("RGB")) for each in now]
        before = now
        page.wait_for_timeout(300)


def share_that_differs(one, other):
    """Return the share of pixels that differ; the rim depends on where the page is scrolled."""
    height, width = (min(a, b) for a, b in zip(one.shape[:2], other.shape[:2], strict=True))
    one, other = (each[3 : height - 3, 3 : width - 3].astype(int) for each in (one, other))
    return np.mean(np.abs(one - other).max(axis=2) > 24)


@pytest.fixture
def compared(tmp_path, chromium):
    finished_run(tmp_path, "one")
    other = blob() + 0.35 * np.roll(blob(), 4, axis=2)  # more where neither surface is
    finished_run(tmp_path, "two", other)
    size = {"width": 1000, "height": 800}
    with served(tmp_path) as server, page_of(chromium, server, viewport=size) as page:
        open_tab(page, "History")
        page.get_by_role("button", name="Compare").click()
        yield page


def test_both_maps_turn_together(compared):
    first, second = pictures(compared)
    box = compared.locator(".map-view canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    compared.mouse.move(x, y)
    compared.mouse.down()
    compared.mouse.move(x + 90, y + 40, steps=6)
    compared.mouse.up()
    compared.mouse.move(5, 5)
    now = pictures(compared)
    for was, turned in zip((first, second), now, strict=True):
        assert share_that_differs(was, turned) > 0.03


def test_long_names_leave_both_runs_in_view(compared):
    table = compared.locator(".table").first
    table.wait_for()
    table.locator("td").first.evaluate("it => { it.textContent = 'x'.repeat(230) + '_half1.mrc' }")
    assert table.evaluate("it => it.scrollWidth <= it.parentElement.clientWidth")
    widths = [cell.bounding_box()["width"] for cell in table.locator("td").all()[:2]]
    assert widths[0] == pytest.approx(widths[1], rel=0.05)


def test_the_difference_is_drawn_on_the_second_map_alone(compared):
    first, second = pictures(compared)
    switch = compared.get_by_role("switch", name="Difference, shown on the second map")
    slider = compared.get_by_label("Level of the difference in SD").locator("[tabindex]").first
    slider.focus()
    compared.keyboard.press("Home")
    with compared.expect_response(lambda answer: "/results/difference?" in answer.url):
        switch.click()
    compared.mouse.move(5, 5)
    now = pictures(compared)
    assert share_that_differs(now[0], first) < 0.01
    assert share_that_differs(now[1], second) > 0.01
    red, green, blue = (now[1][..., i].astype(int) for i in range(3))
    assert np.count_nonzero(green > np.maximum(red, blue) + 30) > 50
    switch.click()
    compared.mouse.move(5, 5)
    assert share_that_differs(pictures(compared)[1], second) < 0.01


def test_a_compared_run_is_run_again_with_changes(compared):
    compared.get_by_text("Correlation 0.").wait_for()
    compared.get_by_role("button", name="Run two again with changes").click()
    compared.get_by_role("tab", name="Parameters", selected=True).wait_for()
    compared.locator(".command", has_text="resolution=4").wait_for()
