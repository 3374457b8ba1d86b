"""Two runs compared, without a browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from finished_runs import SHAPE, blob, finished_run
from nicegui import ui
from visits import open_tab, visit

from map_sharpening.errors import GridMismatchError
from map_sharpening.gui.files.answers import agreement_of_runs
from map_sharpening.gui.files.apart import Apart
from map_sharpening.gui.history import Account, pair_to_compare
from map_sharpening.gui.results.comparison import Row, agreement, figure_rows, parameter_rows
from map_sharpening.gui.results.side_by_side import lie_together
from map_sharpening.gui.results.tables import table
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.state import RESOLUTION
from map_sharpening.gui.viewing.view import View
from map_sharpening.gui.viewing.viewer import Viewer

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


class Here(Apart):
    """Answers in this process what another one is asked elsewhere in these tests."""

    def ask(self, question, *words):
        assert question == "agreement"
        return agreement_of_runs(words)


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


@pytest.mark.slow
def test_maps_that_differ_in_scale_alone_agree(state, two):
    correlation, chart = agreement(views_of(state), "one", "two", Apart())
    assert correlation == pytest.approx(1, abs=1e-5)
    assert chart["series"][0]["data"][0][1] == pytest.approx(1, abs=1e-5)
    view = views_of(state).difference_view("one", "two")
    assert view.standard_deviation < 1e-5


@pytest.mark.parametrize(
    ("resolutions", "finest"), [((4.0, 6.0), 3.6), ((6.0, 5.0), 4.5), ((3.1, 4.0), 3.0)]
)
def test_agreement_is_told_a_little_beyond_the_better_resolution(state, resolutions, finest):
    for name, resolution in zip(("a", "b"), resolutions, strict=True):
        noise = np.random.default_rng(len(name)).normal(size=SHAPE).astype(np.float32)
        result = {"contour_level": 0.4, "resolution_angstrom": resolution}
        finished_run(state.folder.root, name, noise, result=result)
    _, chart = agreement(views_of(state), "a", "b", Here())
    s = [x for x, _ in chart["series"][0]["data"]]
    step = s[1] - s[0]
    assert 1 / finest - step <= s[-1] <= 1 / finest + step / 2


def test_there_is_no_correlation_where_a_map_has_nothing(state):
    noise = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    terms = np.fft.rfftn(noise)
    h = [np.fft.fftfreq(n, 1.5) for n in SHAPE[:2]] + [np.fft.rfftfreq(SHAPE[2], 1.5)]
    s = np.sqrt(sum(axis**2 for axis in np.ix_(*h)))
    band = np.fft.irfftn(np.where((s > 1 / 14) & (s < 1 / 5), terms, 0), SHAPE)
    finished_run(state.folder.root, "whole", noise)
    finished_run(state.folder.root, "band", band.astype(np.float32))
    _, chart = agreement(views_of(state), "whole", "band", Here())
    told = {1 / x for x, _ in chart["series"][0]["data"]}
    assert min(told) > 4.3
    assert max(told) < 14
    assert len(told) >= 2


def test_the_notes_of_both_runs_are_told(state, two):
    state.annotate(two[1], notes="the one for the paper")

    async def steps(user):
        open_tab(user, "History")
        await user.should_see("Notes on two: the one for the paper")
        await user.should_not_see("Notes on one")

    def compared(shell):
        shell.compared = ("one", "two")

    visit(state, steps, compared)


def test_tables_are_reached_by_the_keyboard_and_each_column_has_a_heading(state, two):
    async def steps(user):
        open_tab(user, "History")
        await user.should_see("What was found")
        tables = [
            each for each in user.find(kind=ui.html).elements if each.props["tag"] == "table"
        ]
        assert len(tables) == 2
        for each in tables:
            place = each.parent_slot.parent
            assert str(place.props["tabindex"]) == "0"
            assert place.props["role"] == "region"
            assert place.props["aria-label"].endswith("of both runs")
        content = "".join(each.content for each in tables)
        labels = re.findall(r'<th scope="col">(.*?)</th>', content)
        assert {"Parameter", "Figure"} <= set(labels)
        assert "" not in labels

    def compared(shell):
        shell.compared = ("one", "two")

    visit(state, steps, compared)


def test_cells_of_a_table_are_text(state):
    async def steps(user):
        with user, user.client:
            table("a table", ["<b>one</b>"], [(["<img src=x onerror=alert(1)>", "a & b"], True)])
        (shown,) = user.find(kind=ui.html).elements
        assert shown.content == (
            '<thead><tr><th scope="col">&lt;b&gt;one&lt;/b&gt;</th></tr></thead>'
            '<tbody><tr class="differs"><th scope="row">&lt;img src=x onerror=alert(1)&gt;</th>'
            "<td>a &amp; b</td></tr></tbody>"
        )

    visit(state, steps)


def test_maps_on_other_grids_are_told_with_their_runs(state, two):
    finished_run(state.folder.root, "three", voxel_size=2.0)
    with pytest.raises(GridMismatchError, match=r"three.*one"):
        agreement(views_of(state), "one", "three", Apart())


def test_a_comparison_begins_with_runs_of_the_same_map():
    of = {"d": ("a.mrc", "m.pdb"), "c": ("x.mrc",), "b": ("a.mrc",), "a": ("a.mrc", "m.pdb")}
    accounts = {
        name: Account(tuple(("File", file) for file in files), {}) for name, files in of.items()
    }
    assert pair_to_compare(accounts) == ("b", "d")
    del accounts["d"]
    assert pair_to_compare(accounts) == ("a", "b")  # none is like the newest
    del accounts["a"]
    assert pair_to_compare(accounts) == ("b", "c")


@pytest.mark.parametrize(("x", "are"), [(0.0, True), (4.0, True), (6.0, False)])
def test_maps_that_lie_apart_have_a_camera_each(x, are):
    def view(place, radius):
        return View(b"", 1.0, 0.0, 1.0, 3.0, 9.0, 1, False, (place, 0.0, 0.0), radius)

    assert lie_together(view(0.0, 10.0), view(x, 30.0)) is are


@pytest.mark.slow
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


def test_no_view_waits_for_a_map_that_has_gone(state, two, monkeypatch):
    (two[1].folder / "sharpened_map.ccp4").unlink()
    views, given_up = [], []
    monkeypatch.setattr(Viewer, "build", lambda viewer, label, **_: views.append(viewer))
    monkeypatch.setattr(Viewer, "nothing", lambda viewer: given_up.append(viewer))

    def look(shell):
        shell.compared = ("one", "two")

    async def steps(user):
        open_tab(user, "History")
        await user.should_see("has no sharpened map that can be opened", retries=50)

    visit(state, steps, before=look)
    assert given_up == views[1:]
    assert len(given_up) == 1


def test_a_run_that_has_gone_meanwhile_is_told(state, two):
    def look(shell):
        shell.compared = ("one", "gone")

    async def steps(user):
        open_tab(user, "History")
        await user.should_see("gone can't be opened")
        user.find("All runs").click()
        await user.should_see("Run again with changes")

    visit(state, steps, before=look)
