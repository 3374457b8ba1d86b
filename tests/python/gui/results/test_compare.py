"""Two runs compared, without a browser."""

from __future__ import annotations

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from finished_runs import blob, finished_run
from nicegui import ui
from visits import open_tab, visit

from map_sharpening.errors import GridMismatchError
from map_sharpening.gui.results.comparison import Row, agreement, figure_rows, parameter_rows
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.state import RESOLUTION

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def two(state):
    root = state.folder.root
    finished_run(root, "one")
    facts = [{"name": "Resolution", "value": "2.9 Å", "note": ""}]
    finished_run(
        root, "two", 3 * blob() + 1, words=("local_sharpen=True",), facts=facts, warnings=["w"]
    )
    return state.run("one"), state.run("two")


def test_parameters_that_differ_stand_beside_each_other(two):
    assert parameter_rows(*two) == [Row("Local sharpening", "False", "True")]


def test_a_figure_that_one_run_has_not_is_a_dash():
    first = {"facts": [{"name": "B", "value": "80"}], "warnings": []}
    second = {"facts": [{"name": "C", "value": "3"}], "warnings": ["w"]}
    rows = figure_rows(first, second)
    assert [(row.name, row.first, row.second) for row in rows] == [
        ("B", "80", "–"),
        ("C", "–", "3"),
        ("Warnings", "0", "1"),
    ]
    assert all(row.differs for row in rows)


def test_maps_that_differ_in_scale_alone_agree(state, two):
    correlation, chart = agreement(views_of(state), "one", "two")
    assert correlation == pytest.approx(1, abs=1e-5)
    assert chart["series"][0]["data"][0][1] == pytest.approx(1, abs=1e-5)
    view = views_of(state).difference_view("one", "two")
    assert view.standard_deviation < 1e-5


def test_maps_on_other_grids_are_told_with_their_runs(state, two):
    finished_run(state.folder.root, "three", voxel_size=2.0)
    with pytest.raises(GridMismatchError, match=r"three.*one"):
        agreement(views_of(state), "one", "three")


def test_two_runs_are_chosen_compared_and_one_is_run_again(state, two):
    async def steps(user):
        open_tab(user, "History")
        user.find(kind=ui.button, content="Compare").click()
        await user.should_see("Local sharpening")
        await user.should_see("2.9 Å")
        await user.should_see("Agreement of the two maps")
        await user.should_see("Correlation 1.0000", retries=50)
        user.find("Run two again with changes").click()
        await user.should_see("What matters first")

    shell = visit(state, steps)
    assert shell.draft.values[RESOLUTION] == "4"
    assert shell.draft.values["sharpening.local_sharpen"] == "True"


def test_a_run_that_has_gone_meanwhile_is_told(state, two):
    def look(shell):
        shell.compared = ("one", "gone")

    async def steps(user):
        open_tab(user, "History")
        await user.should_see("gone can't be opened")
        user.find("All runs").click()
        await user.should_see("Run again with changes")

    visit(state, steps, before=look)
