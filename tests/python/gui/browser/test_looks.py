"""Each screen: it fits its width, in both schemes, and axe-core finds no serious fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_chromium import (
    PANEL_OF_MAPS,
    PANEL_OF_RUN,
    keep_picture,
    open_tab,
    page_of,
    pick,
    words_of,
)
from PIL import Image

PICTURES = Path(__file__).parents[4] / "docs" / "pictures" / "gui"
SCREENS = ("Inputs", "Parameters", "Runs", "Results", "History")


def contrast(one, two):
    """Return the ratio of the luminances of two colours, as WCAG 2 defines it."""

    def luminance(colour):
        shares = [int(part) / 255 for part in colour.strip("rgba()").split(",")[:3]]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return sum(w * s for w, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, bright = sorted((luminance(one), luminance(two)))
    return (bright + 0.05) / (dark + 0.05)


def faults(page):
    """Return what axe-core calls serious or critical, each with the element it is about."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the extra [gui-test]"
    )
    # It takes what lies behind a panel that stays in view for the paper of this button.
    found = axe.Axe().run(page, context={"exclude": [[".run"]]}).response["violations"]
    return [
        (fault["id"], node["html"][:150], node["failureSummary"][:200])
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_screen_fits_is_read_aloud_and_has_contrast(finished, chromium, width, scheme):
    size = {"width": width, "height": 844}
    looks = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    found = {}
    with page_of(chromium, finished, **looks) as page:
        if not page.locator(".file").count():
            pick(page)
        page.locator(".slice svg").nth(5).wait_for()
        for name in SCREENS:
            open_tab(page, name)
            if name == "Results":
                page.locator('.map-view[data-state="ready"]').wait_for()
                page.get_by_role("button", name="Open the quick look").click()
                page.locator('.map-view[data-state="ready"]').nth(1).wait_for()
                for panel in ("Shells of resolution", "Log"):
                    page.get_by_role("button", name=panel).click()
            if name in ("Inputs", "Parameters"):
                page.locator(".plan").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            if name == "History":
                assert page.get_by_label("Notes").first.bounding_box()["width"] > 150
            keep_picture(page, name)
            found[name] = faults(page)
        open_tab(page, "Inputs")
        page.locator(".run").wait_for()
        ink, ground = (
            page.locator(".run").evaluate(f"it => getComputedStyle(it).{name}")
            for name in ("color", "backgroundColor")
        )
        assert contrast(ink, ground) >= 4.5
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        is_dark = sum(int(part) for part in paper.strip("rgb()").split(",")) < 200
        assert is_dark is (scheme == "dark")
    assert {name: those for name, those in found.items() if those} == {}


def test_the_keyboard_alone_reaches_all_and_shows_where_it_is(finished, chromium):
    with page_of(chromium, finished) as page:
        page.locator(".browser .entry").first.wait_for()
        seen = {}
        for _ in range(60):
            page.keyboard.press("Tab")
            name, ring = page.evaluate(
                "(() => { const it = document.activeElement;"
                " const is = it.matches('button, [role=tab]');"
                " return [is ? it.innerText : '', getComputedStyle(it).boxShadow]; })()"
            )
            seen[name.strip()] = ring
        seen.pop("", None)
        assert {"Inputs", "Add"} <= set(seen)
        assert any("half1.mrc" in name for name in seen)
        assert "none" not in seen.values()


def test_a_long_name_makes_no_screen_wider_and_is_seen_to_its_end(finished, chromium):
    name = 230 * "x" + "_half1.mrc"
    looks = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
    with page_of(chromium, finished, **looks) as page:
        page.locator(".browser .entry").first.wait_for()
        for tab, names in (("Inputs", ".entry-name"), ("Results", ".nicegui-link")):
            open_tab(page, tab)
            shown = page.locator(names).last
            shown.wait_for()
            shown.evaluate("(it, name) => { it.textContent = name }", name)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
            assert shown.evaluate("it => getComputedStyle(it).textAlign") in ("left", "start"), tab
            # Its lines break: nothing of it lies beyond its own edge.
            assert shown.evaluate("it => it.scrollWidth <= it.parentElement.clientWidth"), tab


#: Adds up how far things move that the user did not just move, as browsers measure it.
WATCH = """() => {
  window.jumped = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) jumped += each.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""


def test_hardly_anything_jumps_while_a_screen_fills(finished, chromium):
    with page_of(chromium, finished) as page:
        page.evaluate(WATCH)
        if not page.locator(".file").count():
            pick(page)
        page.locator(".slice svg").nth(5).wait_for()
        page.locator(".plan", has_text="Grid").wait_for()
        for name in SCREENS:
            if name != "Inputs":
                page.evaluate("jumped = 0")
                open_tab(page, name)
            if name == "Results":
                page.locator('.map-view[data-state="ready"]').wait_for()
            page.wait_for_timeout(1000)
            assert page.evaluate("jumped") < 0.1, name  # what browsers call good


def test_plots_tell_the_values_under_the_mouse(finished, chromium):
    with page_of(chromium, finished) as page:
        open_tab(page, "Results")
        panel = page.locator(".panel").filter(has=page.get_by_text("Agreement by resolution"))
        plot = panel.locator(".nicegui-echart").last
        plot.scroll_into_view_if_needed()
        plot.locator("canvas").wait_for()
        plot.hover()
        told = panel.last.get_by_text("corrected")  # the legend is drawn, the values are text
        told.wait_for()
        assert "Å" in plot.inner_text()


def test_how_far_a_run_is_does_not_lie_over_its_name(finished, chromium):
    with page_of(chromium, finished, viewport={"width": 390, "height": 844}) as page:
        open_tab(page, "Runs")
        card = page.locator(".run-card").first
        card.wait_for()
        card.locator(".state").evaluate(
            "it => { it.textContent = 'Checking the inputs '.repeat(2) }"
        )
        name = card.locator(".heading")
        assert name.evaluate("it => it.scrollWidth <= it.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_message_and_what_closes_it_can_be_read(finished, chromium, scheme):
    looks = {"color_scheme": scheme, "reduced_motion": "reduce"}
    with page_of(chromium, finished, **looks) as page:
        page.locator("input[type=file]").first.set_input_files(
            [{"name": "\u202emap.mrc", "mimeType": "", "buffer": b"x"}]
        )
        message = page.locator(".q-notification")
        message.wait_for()
        paper = message.evaluate("it => getComputedStyle(it).backgroundColor")
        for part in (".q-notification__message", "button .q-btn__content"):
            ink = message.locator(part).evaluate("it => getComputedStyle(it).color")
            assert contrast(ink, paper) >= 4.5, part
        message.get_by_role("button", name="Close").click()
        message.wait_for(state="detached")


@pytest.mark.parametrize(
    ("name", "screen", "panel"),
    [("inputs", "Inputs", PANEL_OF_RUN), ("results", "Results", PANEL_OF_MAPS)],
)
def test_pictures_of_the_manual_show_the_words_of_the_page(
    finished, chromium, name, screen, panel
):
    """Else make them anew, by docs/scripts/interface_pictures.py."""
    with page_of(chromium, finished) as page:
        if not page.locator(".file").count():
            pick(page)
        page.locator(".plan", has_text="Grid").wait_for()
        open_tab(page, screen)
        page.locator(panel).first.wait_for()
        now = words_of(page, panel)
    with Image.open(PICTURES / f"{name}.png") as picture:
        drawn = picture.text["words"].splitlines()
    assert "Resolution in Å" in drawn or "Contour level" in drawn
    assert set(drawn) - set(now) <= {"Density modified"}  # which this run has not
