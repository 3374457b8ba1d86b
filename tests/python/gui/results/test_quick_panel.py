"""The quick look of a run, without a browser."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import httpx
from fastapi import FastAPI
from finished_runs import SHAPE, blob, finished_run
from nicegui import ui
from visits import open_tab, until, visit

from map_sharpening.errors import ParameterError
from map_sharpening.gui.results import quick
from map_sharpening.gui.results import views as views_module
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.routes import add_results
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.state import RESOLUTION
from map_sharpening.gui.viewing.slices import Slices
from map_sharpening.gui.viewing.viewer import Viewer
from map_sharpening.io.maps import save_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import plane

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


RESULT = {
    "contour_level": 0.4,
    "resolution_angstrom": 4.0,
    "b_applied_angstrom_squared": 51.6,
}


@pytest.fixture
def run(state):
    """A run of half maps, which lie there."""
    for name in ("half1.mrc", "half2.mrc"):
        (state.folder.root / name).unlink()
        save_map(state.folder.root / name, MapData.from_array(blob(), 1.5))
    finished_run(state.folder.root, "one", result=RESULT)
    return "one"


def test_sliders_begin_where_the_run_was(state, run):
    found = quick.sliders(views_of(state), run)
    assert (found.b, found.resolution) == (52, 4.0)
    assert (found.b_ends, found.resolution_ends) == ((-100.0, 300.0), (3.0, 9.0))


def test_sliders_read_no_map_that_slices_have_open(state, run, monkeypatch):
    views, read = views_of(state), []
    real = Found.map
    monkeypatch.setattr(Found, "map", lambda it, what: read.append(what) or real(it, what))
    views.sliced(run, "sharpened")
    quick.sliders(views, run)
    assert read == ["sharpened"]


@pytest.mark.parametrize(("told", "expected"), [(2.7, 3.0), (2.999, 3.0), (50.0, 9.0)])
def test_sliders_begin_where_the_map_has_something_to_show(state, run, told, expected):
    result = {"contour_level": 0.4, "resolution_angstrom": told}
    finished_run(state.folder.root, "odd", result=result)
    views = views_of(state)
    found = quick.sliders(views, "odd")
    assert found.resolution == expected
    for resolution in (found.resolution, *found.resolution_ends):
        assert quick.at(views, "odd", found.b, resolution).map_data.values.any()


@pytest.mark.parametrize(
    ("b", "expected"), [(2432.6, (2433, (-1452, 4356))), (-1e9, (-161280, (-161280, 4356)))]
)
def test_the_slider_of_b_reaches_as_far_as_coarse_maps_need(state, run, b, expected):
    for name in ("half1.mrc", "half2.mrc"):
        (state.folder.root / name).unlink()
        save_map(state.folder.root / name, MapData.from_array(blob(), 12.0))
    result = {**RESULT, "resolution_angstrom": 33.0, "b_applied_angstrom_squared": b}
    finished_run(state.folder.root, "coarse", result=result, voxel_size=12.0)
    found = quick.sliders(views_of(state), "coarse")
    assert (found.b, found.b_ends) == expected


def test_a_run_that_chose_among_trials_begins_at_the_chosen_one(state, run):
    trials = [{"b_sharpen_angstrom_squared": b} for b in (10.0, 80.0)]
    result = {
        "contour_level": 0.4,
        "resolution_angstrom": 4.0,
        "trials": trials,
        "chosen_trial": 1,
    }
    finished_run(state.folder.root, "two", result=result)
    assert quick.sliders(views_of(state), "two").b == 80


def test_the_level_encloses_as_much_at_any_b(state, run):
    views = views_of(state)
    expected = np.count_nonzero(blob() > 0.4)
    for b in (-50.0, 100.0):
        moved = quick.at(views, run, b, 4.0)
        assert np.count_nonzero(moved.map_data.values > moved.level) == pytest.approx(
            expected, abs=8
        )


def test_a_resolution_that_the_grid_cannot_hold_is_told(state, run):
    with pytest.raises(ParameterError, match="Nyquist"):
        quick.at(views_of(state), run, 0.0, 1.0)


def test_what_the_page_asked_for_is_sent_and_not_made_again(state, run):
    views = views_of(state)
    asked = quick.view(views, run, 20.0, 4.0)
    assert quick.view(views, run, 20.0, 4.0) is asked
    assert quick.view(views, run, 30.0, 4.0).body != asked.body


def test_slices_are_pictures_that_change_with_b(state, run):
    views = views_of(state)
    one, other = (quick.slices(views, run, b, 4.0) for b in (0.0, 100.0))
    shapes = np.frombuffer(one[:12], "<u2").reshape(3, 2)
    assert shapes.tolist() == [[SHAPE[0], SHAPE[1]], [SHAPE[0], SHAPE[2]], [SHAPE[1], SHAPE[2]]]
    moved = quick.at(views, run, 0.0, 4.0).map_data
    place = 12
    for axis, (rows, columns) in zip("xyz", shapes.tolist(), strict=True):
        section = plane(moved, axis, 0.5)[::-1]  # first row on top
        grey = np.clip((section + 1) / 6, 0, 1) * 255  # from -1 to 5 SD
        sent = np.frombuffer(one[place : place + rows * columns], np.uint8)
        np.testing.assert_allclose(sent.reshape(rows, columns), grey, rtol=0, atol=0.51)
        assert sent.tobytes() != other[place : place + rows * columns]
        place += rows * columns
    assert place == len(one) == len(other)


def test_the_map_and_its_slices_are_sent(state, run):
    app = FastAPI()
    add_results(app, views_of(state))

    def get(kind, **words):
        async def ask():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as browser:
                return await browser.get(f"/results/quick/{kind}", params=words)

        return asyncio.run(ask())

    words = {"run": run, "b": "50", "resolution": "4"}
    assert len(get("map", **words).content) == 1024 + np.prod(SHAPE)
    assert get("slices", **words).content == quick.slices(views_of(state), run, 50.0, 4.0)
    for kind in ("map", "slices"):
        for number in ("nan", "inf", "1e9"):
            assert get(kind, **{**words, "b": number}).status_code == 404
            assert get(kind, **{**words, "resolution": number}).status_code == 404


@pytest.mark.slow
def test_what_is_looked_at_becomes_the_next_run(state, run):
    async def steps(user):
        open_tab(user, "Results")
        user.find("Open the quick look").click()
        await user.should_see("This run tried no values of B")
        (slider,) = user.find(marker="quick B", kind=ui.slider).elements
        with user:
            slider.set_value(120)
        user.find("Make this the run").click()
        await user.should_see("What matters first")

    draft = visit(state, steps).draft
    assert draft.values["b_factor_sharpening.map_modification.b_sharpen"] == "120"
    assert draft.values["sharpening.sharpening_method"] == "b-factor"
    assert draft.values[RESOLUTION] == "4"
    assert draft.fetched().extract().sharpening.sharpening_method == "b-factor"


def test_slices_follow_the_sliders_in_the_browser_and_what_is_typed_through_the_page(
    state, run, monkeypatch
):
    shown = []
    monkeypatch.setattr(Slices, "show", lambda _, *place: shown.append(place))

    async def steps(user):
        slider = await opened(user)
        await until(lambda: shown == [(52.0, 4.0)])
        (listener,) = (
            told for told in slider._event_listeners.values() if told.js_handler is not None
        )
        assert listener.type == "update:modelValue"
        assert "quickSlices.at(" in listener.js_handler
        assert "{ b: value }" in listener.js_handler
        label = "B (Å²), positive sharpens, as a number"
        (number,) = (
            each
            for each in user.find(kind=ui.number).elements
            if each.props.get("aria-label") == label
        )
        with user:
            number.set_value(70.12345)
        await until(lambda: shown[-1] == (70.123, 4.0))

    visit(state, steps)


def test_what_moves_while_the_map_is_read_is_shown(state, run, monkeypatch):
    places = shown_places(monkeypatch)
    real, is_first = quick.view, []

    def slow(views, name, b, resolution):
        if not is_first:
            is_first.append(b)
            moved.wait(10)
        return real(views, name, b, resolution)

    moved = threading.Event()
    monkeypatch.setattr(quick, "view", slow)

    async def steps(user):
        slider = await opened(user)
        await until(lambda: is_first)
        with user:
            slider.set_value(120)
        moved.set()
        await until(lambda: places)
        await user.should_not_see("Reading the map")

    visit(state, steps)
    assert is_first == [52]
    assert places == ["120"]


def test_places_that_were_left_meanwhile_are_not_looked_at(state, run, monkeypatch):
    places = shown_places(monkeypatch)
    real, moved, asked = quick.view, threading.Event(), []

    def slow(views, name, b, resolution):
        asked.append(b)
        if b == 100:
            moved.wait(10)
        return real(views, name, b, resolution)

    monkeypatch.setattr(quick, "view", slow)

    async def steps(user):
        slider = await opened(user)
        await until(lambda: places)
        for b in (100, 110, 120, 130):
            with user:
                slider.set_value(b)
            await until(lambda: 100 in asked)
        moved.set()
        await until(lambda: len(places) == 2)

    visit(state, steps)
    assert asked == [52, 100, 130]
    assert places == ["52", "130"]


def test_a_look_that_came_late_does_not_hide_a_newer_error(state, run, monkeypatch):
    places = shown_places(monkeypatch)
    real, moved = quick.view, threading.Event()

    def answer(views, name, b, resolution):
        if b == 120:
            moved.wait(10)
        if b == 130:
            raise ParameterError("no such look")
        return real(views, name, b, resolution)

    monkeypatch.setattr(quick, "view", answer)

    async def steps(user):
        slider = await opened(user)
        await until(lambda: places)
        with user:
            slider.set_value(120)
        with user:
            slider.set_value(130)
        moved.set()
        await user.should_see("no such look")

    visit(state, steps)
    assert places == ["52"]


def test_a_look_at_another_run_leaves_the_first_one_as_it_is(state, run, monkeypatch):
    finished_run(state.folder.root, "two", result={**RESULT, "resolution_angstrom": 5.0})
    views, made = views_of(state), []
    of = quick.QuickLook.of
    monkeypatch.setattr(quick.QuickLook, "of", lambda shown: made.append(shown) or of(shown))
    for b in (10.0, 20.0, 30.0):
        for name in ("one", "two"):
            quick.at(views, name, b, 4.0)
    assert len(made) == 2


def test_views_are_freed_with_the_state(state, run):
    views = weakref.ref(views_of(state))
    quick.at(views(), run, 10.0, 4.0)
    assert views() is not None
    views_module._OF_STATE.clear()
    gc.collect()
    assert views() is None


async def opened(user):
    """Open the quick look; return the slider of B."""
    open_tab(user, "Results")
    user.find("Open the quick look").click()
    await user.should_see(marker="quick B")
    (slider,) = user.find(marker="quick B", kind=ui.slider).elements
    return slider


def shown_places(monkeypatch):
    """The B of each map that the 3-D view was told to show."""
    places: list[str] = []

    def shown(viewer, name, view, address, *more, **words):
        places.append(parse_qs(urlsplit(address).query)["b"][0])

    monkeypatch.setattr(Viewer, "map", shown)
    return places
