"""What the map in 3-D can be coloured by, and what its colours mean."""

from __future__ import annotations

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from finished_runs import blob, finished_run
from nicegui import ui
from visits import open_tab, until, visit

from map_sharpening.errors import ResultsError
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.viewing.viewer import Viewer
from map_sharpening.io.maps import save_map
from map_sharpening.io.viewers import PALETTE
from map_sharpening.maps.map_data import MapData

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

LOCAL_B = {
    "local": {"b_sharpen_min_angstrom_squared": -20.0, "b_sharpen_max_angstrom_squared": 60.0}
}
SHELLS = {"s_per_angstrom": [], "signal_share": []}
SUPPORT = {
    "modification": {
        "support": {"support_range": [-0.01, 0.07]},
        "shells": {**SHELLS, "correlation_before": [], "correlation_after": []},
    }
}
LOCAL_RESOLUTION = {
    "local_resolution": {
        "statistics": {
            "best_angstrom": 2.0,
            "worst_angstrom": 4.0,
            "palette_range_angstrom": [2.0, 4.0],
            "histogram": [0.5, 0.5],
            "histogram_edges_angstrom": [2.0, 3.0, 4.0],
        }
    }
}
FILES = ("local_resolution_map.mrc", "local_b_sharpen.mrc", "modification_support.mrc")


@pytest.fixture
def make(state):
    """Make a run whose results say what is given, and which has all maps."""

    def make(**result):
        outputs = ["sharpened_map.ccp4", "mask.mrc", *FILES]
        told = {"contour_level": 0.4, "resolution_angstrom": 4.0, **result}
        folder = finished_run(state.folder.root, "one", outputs=outputs, result=told)
        for file in FILES:
            save_map(folder / file, MapData.from_array(blob() / 20, 1.5))
        return views_of(state).found("one")

    return make


def test_what_a_run_has_to_colour_by_is_found_with_its_limits(make):
    found = make(**LOCAL_B, **SUPPORT)
    assert found.colourings == ["local B", "support of modification"]
    assert found.colour_limits("support of modification") == (-0.01, 0.07)
    assert found.colour_limits("local B") == (-20.0, 60.0)
    with pytest.raises(ResultsError, match="has no local resolution to colour by"):
        found.colour_limits("local resolution")


def test_one_local_resolution_everywhere_colours_nothing(make):
    one = {"best_angstrom": 28.18, "worst_angstrom": 28.18, "palette_range_angstrom": [28.1, 28.3]}
    assert make(local_resolution={"statistics": one}).colourings == []


def test_without_an_added_part_there_is_no_support(make):
    assert make(modification={"support": None, "shells": {}}).colourings == []


def colour_by_support(user):
    (choice,) = (
        each
        for each in user.find(kind=ui.toggle).elements
        if "support of modification" in each.options
    )
    with user:
        choice.set_value("support of modification")


def visited(state, monkeypatch, steps):
    """Take steps on the results; return what the 3-D view was told to colour by."""
    told = []

    def do(viewer, name, *words):
        if name == "colour":
            told.append(words[1])

    monkeypatch.setattr(Viewer, "do", do)

    async def on_results(user):
        open_tab(user, "Results")
        await steps(user, told)

    visit(state, on_results)
    return told


@pytest.mark.slow
def test_the_map_is_coloured_by_support_where_that_is_chosen(state, make, monkeypatch):
    make(**LOCAL_B, **SUPPORT)

    async def steps(user, told):
        await user.should_see("Colour by local B")
        await user.should_see("-20.00 Å²")
        await until(lambda: told)
        colour_by_support(user)
        await user.should_see("Colour by support of modification")
        await user.should_see("0.070")
        await user.should_see("blue is best")
        await until(lambda: told[-1].get("map") == "support of modification")

    told = visited(state, monkeypatch, steps)
    assert told[0]["map"] == "local B"
    assert told[0]["colours"] == list(PALETTE)
    assert told[-1]["colours"] == list(PALETTE[::-1])
    assert told[-1]["low"] < 0 < told[-1]["high"]


def test_what_was_lit_is_not_where_another_quantity_is_chosen(state, make, monkeypatch):
    make(**LOCAL_RESOLUTION, **SUPPORT)

    async def steps(user, told):
        await until(lambda: told)
        (ends,) = user.find(kind=ui.range).elements
        whole = dict(ends.value)
        with user:
            ends.set_value({"min": 2.5, "max": 3.0})
        await until(lambda: len(told[-1]["colours"]) != len(PALETTE))
        colour_by_support(user)
        await until(lambda: told[-1].get("map") == "support of modification")
        assert ends.value == whole

    told = visited(state, monkeypatch, steps)
    assert told[-1]["colours"] == list(PALETTE[::-1])


def test_support_alone_colours_nothing_until_it_is_asked_for(state, make, monkeypatch):
    make(**SUPPORT)

    async def steps(user, told):
        await until(lambda: told)
        assert "map" not in told[-1]
        (switch,) = (
            each
            for each in user.find(kind=ui.switch).elements
            if each.text == "Colour by support of modification"
        )
        with user:
            switch.set_value(True)
        await until(lambda: "map" in told[-1])

    visited(state, monkeypatch, steps)
