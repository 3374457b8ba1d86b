"""The quick look of a run, without a browser."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import httpx
from fastapi import FastAPI
from finished_runs import SHAPE, blob, finished_run
from nicegui import ui
from visits import open_tab, visit

from map_sharpening.errors import ParameterError
from map_sharpening.gui.results import quick
from map_sharpening.gui.results.routes import add_results
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.state import RESOLUTION
from map_sharpening.io.maps import save_map
from map_sharpening.maps.map_data import MapData

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def run(state):
    """A run of half maps, which lie there."""
    for name in ("half1.mrc", "half2.mrc"):
        (state.folder.root / name).unlink()
        save_map(state.folder.root / name, MapData.from_array(blob(), 1.5))
    result = {
        "contour_level": 0.4,
        "resolution_angstrom": 4.0,
        "b_applied_angstrom_squared": 51.6,
    }
    finished_run(state.folder.root, "one", result=result)
    return "one"


def test_sliders_begin_where_the_run_was(state, run):
    found = views_of(state).found(run)
    assert quick.begin(found) == (52, 4.0)
    assert quick.limits(found) == {"B": (-100.0, 300.0), "resolution": (3.0, 9.0)}


def test_a_run_that_chose_among_trials_begins_at_the_chosen_one(state, run):
    trials = [{"b_sharpen_angstrom_squared": b} for b in (10.0, 80.0)]
    result = {
        "contour_level": 0.4,
        "resolution_angstrom": 4.0,
        "trials": trials,
        "chosen_trial": 1,
    }
    finished_run(state.folder.root, "two", result=result)
    assert quick.begin(views_of(state).found("two")) == (80, 4.0)


def test_the_level_encloses_as_much_at_any_b(state, run):
    looks = quick.quick_looks_of(views_of(state))
    expected = np.count_nonzero(blob() > 0.4)
    for b in (-50.0, 100.0):
        moved = looks.at(run, b, 4.0)
        assert np.count_nonzero(moved.map_data.values > moved.level) == pytest.approx(
            expected, abs=8
        )


def test_a_resolution_that_the_grid_cannot_hold_is_told(state, run):
    with pytest.raises(ParameterError, match="Nyquist"):
        quick.quick_looks_of(views_of(state)).at(run, 0.0, 1.0)


def test_map_and_slices_are_sent(state, run):
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
    assert get("slice", axis="y", **words).content.startswith(b"\x89PNG")
    assert get("slice", axis="q", **words).status_code == 422
    for number in ("nan", "inf", "1e9"):
        assert get("map", **{**words, "b": number}).status_code == 404
        assert get("map", **{**words, "resolution": number}).status_code == 404


def test_what_is_looked_at_becomes_the_next_run(state, run):
    async def steps(user):
        open_tab(user, "Results")
        user.find("Open the quick look").click()
        await user.should_see("This run has no trials of B")
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
