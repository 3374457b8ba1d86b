"""The maps in 3-D: something is drawn, and colour, level and swap change what."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from in_chromium import open_tab, page_of, pick
from PIL import Image

STORED = Path(__file__).with_name("coloured_map.png")
READY = '.map-view[data-state="ready"]'


def drawn(page):
    """Return the pixels of the view as hue, saturation, value, once it stands still.

    They are the canvas's own: on the screen the page's header may lie over it.
    """
    before = ""
    while True:
        page.locator(READY).wait_for()
        now = page.locator(".map-view canvas").evaluate("it => it.toDataURL()")
        if now == before:
            picture = Image.open(io.BytesIO(base64.b64decode(now.partition(",")[2])))
            return np.asarray(picture.convert("RGB").convert("HSV")).reshape(-1, 3)
        before = now
        page.wait_for_timeout(300)


def n_drawn(pixels):
    """Return how many pixels are not the white paper."""
    return np.count_nonzero((pixels[:, 2] < 255) | (pixels[:, 1] > 0))


def n_different(one, other):
    """Return how many pixels differ by more than their rims."""
    assert len(one) == len(other)
    return np.count_nonzero(np.abs(one[:, 2].astype(int) - other[:, 2]) > 24)


def hues(pixels):
    """Return the share of each of twelve hues among coloured pixels."""
    coloured = pixels[(pixels[:, 1] > 50) & (pixels[:, 2] > 60)]
    counts, _ = np.histogram(coloured[:, 0], bins=12, range=(0, 256))
    return counts / max(1, len(coloured))


@pytest.fixture
def page(finished, chromium):
    with page_of(chromium, finished, viewport={"width": 700, "height": 700}) as page:
        open_tab(page, "Results")
        page.locator(READY).wait_for()
        yield page


def test_colour_by_local_resolution_and_the_level_change_the_picture(page):
    coloured = drawn(page)
    assert n_drawn(coloured) > 0.05 * len(coloured)
    assert np.count_nonzero(hues(coloured) > 0.03) >= 3
    page.get_by_role("switch", name="Colour by").click()
    plain = drawn(page)
    share = hues(plain)
    assert share[6:8].sum() > 0.95  # blue alone
    assert n_drawn(plain) == pytest.approx(n_drawn(coloured), rel=0.001)  # one surface
    slider = page.get_by_label("Contour level")
    text = page.get_by_text("SD)").first
    was = text.inner_text()
    slider.locator("[tabindex]").first.focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    page.get_by_text(was).wait_for(state="detached")
    assert n_drawn(drawn(page)) < 0.9 * n_drawn(plain)


def shares(pixels):
    """Return how hues and brightness are distributed among what is drawn, and how much is."""
    is_drawn = (pixels[:, 2] < 255) | (pixels[:, 1] > 0)
    bright, _ = np.histogram(pixels[is_drawn, 2], bins=8, range=(0, 256))
    return hues(pixels), bright / is_drawn.sum(), is_drawn.mean()


def test_the_picture_is_that_which_was_stored(page):
    """Looked at when it was stored; by its histograms, as drivers round a little differently."""
    with Image.open(STORED) as picture:
        stored = np.asarray(picture.convert("RGB").convert("HSV")).reshape(-1, 3)
    (hue, bright, share), (its_hue, its_bright, its_share) = shares(drawn(page)), shares(stored)
    assert np.abs(hue - its_hue).sum() < 0.1
    assert np.abs(bright - its_bright).sum() < 0.1
    assert share == pytest.approx(its_share, rel=0.03)
    bar = page.get_by_role("img", name="local resolution from")
    assert bar.get_attribute("aria-label").endswith("Å")
    page.get_by_role("switch", name="Colour by").click()
    assert np.abs(shares(drawn(page))[0] - its_hue).sum() > 0.5


def test_the_map_before_is_shown_by_a_key(page):
    after = drawn(page)
    page.keyboard.press("b")
    page.get_by_role("button", name="Before", pressed=True).wait_for()
    before = drawn(page)
    assert np.abs(hues(before) - hues(after)).sum() > 0.5
    assert n_drawn(before) > 0.5 * n_drawn(after)  # the camera stays
    page.keyboard.press("b")
    page.get_by_role("button", name="After", pressed=True).wait_for()
    assert n_different(drawn(page), after) < 0.01 * len(after)


def in_histogram(page, share):
    """Return a place in the histogram, at a share of its width, in the window."""
    chart = page.locator(".nicegui-echart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    return box["x"] + share * box["width"], box["y"] + 0.4 * box["height"]


def test_a_range_dragged_in_the_histogram_lights_up(page):
    coloured = drawn(page)
    slider = page.get_by_label("Range of local resolution that lights up")
    all_of_it = slider.get_attribute("aria-valuetext")
    for _ in range(60):  # until the chart, which may be there before it listens, has taken it
        page.mouse.move(*in_histogram(page, 0.3))
        page.mouse.down()
        page.mouse.move(*in_histogram(page, 0.5), steps=5)
        page.mouse.up()
        page.wait_for_timeout(500)
        if slider.get_attribute("aria-valuetext") != all_of_it:
            break
    assert slider.get_attribute("aria-valuetext") != all_of_it
    lit = drawn(page)
    is_lit = (np.abs(lit[:, 0].astype(int) - 28) < 8) & (lit[:, 1] > 120)  # the one bright colour
    assert np.count_nonzero(is_lit) > 0.02 * n_drawn(lit)
    assert hues(lit)[2:].sum() < 0.3  # and grey, which is a little blue
    assert n_drawn(lit) == pytest.approx(n_drawn(coloured), rel=0.001)
    page.mouse.click(*in_histogram(page, 0.9))
    page.wait_for_function(
        "was => document.querySelector('[aria-valuetext*=Å]').ariaValueText === was", arg=all_of_it
    )
    assert n_different(drawn(page), coloured) < 0.01 * len(coloured)


def test_a_given_map_is_drawn_before_any_run(finished, chromium):
    with page_of(chromium, finished, viewport={"width": 900, "height": 700}) as page:
        if not page.locator(".file").count():
            pick(page)
        page.get_by_role("button", name="Show in 3-D").first.click()
        low = drawn(page)
        assert n_drawn(low) > 0.05 * len(low)
        slider = page.get_by_label("Contour level")
        slider.locator("[tabindex]").first.focus()
        for _ in range(40):
            page.keyboard.press("ArrowRight")
        page.get_by_text("(3.00 SD)").wait_for(state="detached")
        assert n_drawn(drawn(page)) < 0.9 * n_drawn(low)
        page.get_by_role("button", name="Hide the 3-D view").click()
        page.locator(".map-view").wait_for(state="detached")


def test_slices_of_the_quick_look_follow_slider_and_number(page):
    pictures = """[...document.querySelectorAll(".quick .slices-beside canvas")].map(
      (picture) => picture.toDataURL())"""

    def moved(before):
        page.wait_for_function(
            f"(before) => {pictures}.every((picture, n) => picture !== before[n])", arg=before
        )
        return page.evaluate(pictures)

    page.get_by_role("button", name="Open the quick look").click()
    page.locator(".quick .slices-beside[data-shown]").wait_for()
    at_first = page.evaluate(pictures)
    assert len(set(at_first)) == 3
    pixels = page.evaluate(
        """() => { const it = document.querySelector(".quick .slices-beside canvas");
          const { data } = it.getContext("2d").getImageData(0, 0, it.width, it.height);
          return [...data]; }"""
    )
    red, green, blue, opacity = np.array(pixels).reshape(-1, 4).T
    assert np.array_equal(red, green)
    assert np.array_equal(red, blue)
    assert len(set(red)) > 20  # greys, of density and solvent
    assert set(opacity) == {255}
    page.evaluate(
        """() => { window.asked = [];
          for (const [of, name] of [[window, "fetch"], [socket, "emit"]]) {
            const real = of[name].bind(of);
            of[name] = (...words) => { asked.push(name); return real(...words); };
          } }"""
    )
    label = "B (Å²), positive sharpens"
    page.get_by_label(label, exact=True).locator("[tabindex]").first.press("PageUp")
    farther = moved(at_first)
    # The server's answer, for which the page is gone through, must not stand before the slices.
    assert page.evaluate("asked[0]") == "fetch"
    page.get_by_label(f"{label}, as a number").fill("12.5")
    assert moved(farther) != at_first
