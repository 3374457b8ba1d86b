"""The report as a file in Chromium: maps are looked through by mouse and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from half_map_results import make_map, make_result
from in_chromium import MILLISECONDS, keep_picture
from test_looks import faults

from map_sharpening.maps.map_data import MapData
from map_sharpening.report import RunFacts
from map_sharpening.report.html import html_report

BEFORE = make_map(noise=1.0)
RESULT = make_result()


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    text = html_report(
        RESULT, RunFacts(version="0.1"), before=BEFORE, parameters_text="a = 1", versions={}
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def opened(chromium: Any, report: Path, **looks: Any) -> Iterator[Any]:
    """Open the page; nothing else may be asked for, and nothing complain."""
    asked, wrong = [], []
    context = chromium.new_context(**looks)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: wrong.append(said.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(report.as_uri())
    if looks.get("java_script_enabled", True):
        page.locator('#viewer[data-state="ready"]').wait_for()
    yield page
    context.close()
    outside = [url for url in asked if not url.startswith("data:")]
    assert (outside, wrong) == ([report.as_uri()], [])


def told(page: Any) -> dict[str, str]:
    cells = page.locator("#viewer dl > div")
    return {
        cell.locator("dt").inner_text(): cell.locator("dd").inner_text() for cell in cells.all()
    }


def point_told(page: Any) -> tuple[int, int, int]:
    x, y, z = (int(part) for part in told(page)["grid point"].split(", "))
    return z, y, x


def picture(page: Any) -> str:
    return str(page.locator("#viewer canvas").evaluate("it => it.toDataURL()"))


def value_and_room(text: str) -> tuple[float, float]:
    """Return a number, and by how much it may be wrong: some of its last digit, and 1 %."""
    found = re.match(r"-?\d+(?:\.(\d+))?", text)
    assert found is not None, text
    return float(found[0]), 6 * 10.0 ** -len(found[1] or "") + 0.01 * abs(float(found[0]))


def assert_true_values(page: Any, before: MapData) -> None:
    z, y, x = point_told(page)
    for name, of_map in (("before", before), ("sharpened", RESULT.sharpened)):
        value, room = value_and_room(told(page)[name])
        assert abs(value - of_map.values[z, y, x]) <= room, (name, z, y, x)
        assert room < 0.1 * of_map.values.std(), name


def test_values_under_the_mouse_are_those_of_the_maps(chromium, report) -> None:
    with opened(chromium, report, viewport={"width": 1280, "height": 1000}) as page:
        canvas, slider = page.locator("#viewer canvas"), page.locator("#viewer input[type=range]")
        canvas.scroll_into_view_if_needed()
        last = int(slider.get_attribute("max"))
        seen = set()
        for section, (share_x, share_y) in zip(
            (0, last // 3, last), ((0.1, 0.2), (0.52, 0.48), (0.97, 0.9)), strict=True
        ):
            slider.fill(str(section))
            box = canvas.bounding_box()
            page.mouse.move(box["x"] + share_x * box["width"], box["y"] + share_y * box["height"])
            assert_true_values(page, BEFORE)
            z, y, x = point_told(page)
            columns, rows = (int(v) for v in RESULT.sharpened.values.shape[:0:-1])
            assert x < columns
            assert y < rows
            place = [
                f"{n * step:.1f}"
                for n, step in zip((x, y, z), RESULT.sharpened.voxel_size, strict=True)
            ]
            assert told(page)["x, y, z (Å)"] == ", ".join(place)
            seen.add((z, y, x))
        (_, low_y, low_x), *_, (_, high_y, high_x) = sorted(seen)
        assert low_x < high_x  # x to the right
        assert low_y > high_y  # y up, and the second place is further down
        keep_picture(page)


def test_the_section_changes_with_the_slider_and_back(chromium, report) -> None:
    with opened(chromium, report) as page:
        slider = page.get_by_label("Section along z")
        first, name = picture(page), page.locator(".place").inner_text()
        slider.focus()
        page.keyboard.press("ArrowRight")
        assert picture(page) != first
        assert page.locator(".place").inner_text() != name
        assert slider.get_attribute("aria-valuetext") == page.locator(".place").inner_text()
        page.keyboard.press("ArrowLeft")
        assert picture(page) == first


def test_before_and_after_are_swapped_by_button_key_and_choice(chromium, report) -> None:
    with opened(chromium, report) as page:
        after = picture(page)
        page.get_by_role("button", name="Swap").click()
        before = picture(page)
        assert before != after
        assert page.get_by_role("radio", name="before").is_checked()
        page.locator("#viewer canvas").focus()
        page.keyboard.press("s")
        assert picture(page) == after
        page.get_by_role("radio", name="before").check()
        assert picture(page) == before
        page.get_by_label("outline of the mask").uncheck()
        assert picture(page) != before


def test_keys_alone_reach_every_value(chromium, report) -> None:
    with opened(chromium, report) as page:
        page.locator("#viewer canvas").focus()
        z, y, x = point_told(page)
        for key in ("ArrowRight", "ArrowRight", "ArrowUp", "PageUp"):
            page.keyboard.press(key)
        assert point_told(page)[1:] == (y + 1, x + 2)
        assert point_told(page)[0] > z
        assert_true_values(page, BEFORE)


@pytest.mark.parametrize(("axis", "right", "up"), [("x", "y", "z"), ("y", "x", "z")])
def test_the_direction_is_chosen_by_button_and_key(chromium, report, axis, right, up) -> None:
    place = {"z": 0, "y": 1, "x": 2}
    with opened(chromium, report) as page:
        first, point = picture(page), point_told(page)
        page.get_by_role("radio", name=axis, exact=True).check()
        turned = picture(page)
        assert turned != first
        assert abs(point_told(page)[place[axis]] - point[place[axis]]) <= 2
        canvas = page.locator("#viewer canvas")
        assert f"{right} to the right and {up} up" in canvas.get_attribute("aria-label")
        assert page.get_by_label(f"Section along {axis}").is_visible()
        assert page.locator(".place").inner_text().split(", ")[1].startswith(f"{axis} = ")
        canvas.focus()
        before = point_told(page)
        for key in ("ArrowRight", "ArrowUp", "ArrowUp", "PageDown"):
            page.keyboard.press(key)
        after = point_told(page)
        assert after[place[right]] == before[place[right]] + 1
        assert after[place[up]] == before[place[up]] + 2
        assert after[place[axis]] < before[place[axis]]
        assert_true_values(page, BEFORE)
        keep_picture(page, axis)
        page.keyboard.press("z")
        assert page.get_by_role("radio", name="z", exact=True).is_checked()
        assert_true_values(page, BEFORE)
        page.keyboard.press(axis)
        assert page.get_by_role("radio", name=axis, exact=True).is_checked()


def test_without_scripts_the_slices_are_there_and_nothing_empty(chromium, report) -> None:
    with opened(chromium, report, java_script_enabled=False) as page:
        assert not page.locator("#viewer").is_visible()
        assert page.locator("svg.slice").count() == 6
        assert page.locator("svg.slice").first.is_visible()
        assert page.locator(".surface img").is_visible()


def test_paper_shows_slices_and_no_viewer_whatever_the_scheme(chromium, report) -> None:
    with opened(chromium, report, color_scheme="dark") as page:
        page.emulate_media(media="print")
        assert not page.locator("#viewer").is_visible()
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        ink = page.evaluate("getComputedStyle(document.body).color")
        assert paper == "rgb(255, 255, 255)"
        assert sum(int(part) for part in re.findall(r"\d+", ink)) < 200


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_is_read_aloud_and_has_contrast(chromium, report, width, scheme) -> None:
    looks = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    with opened(chromium, report, **looks) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        is_dark = np.mean([int(part) for part in re.findall(r"\d+", paper)]) < 128
        assert is_dark == (scheme == "dark")
        keep_picture(page, f"{scheme}-{width}")
        assert faults(page) == []


def test_printed_slices_are_small_enough_to_share_a_page_and_keep_their_shape(chromium, report):
    with opened(chromium, report, viewport={"width": 700, "height": 1000}) as page:
        page.emulate_media(media="print")
        shapes = page.locator("svg.slice").evaluate_all(
            "all => all.map(it => { const box = it.getBoundingClientRect(),"
            " own = it.viewBox.baseVal; return [box.width, box.height, own.width / own.height] })"
        )
        assert len(shapes) == 6
        for width, height, ratio in shapes:
            assert 60 < height < 43 / 25.4 * 96 + 1
            assert width == pytest.approx(height * ratio, abs=1)
