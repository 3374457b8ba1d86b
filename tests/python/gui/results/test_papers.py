"""Report, log and shells of a run, without a browser."""

from __future__ import annotations

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from finished_runs import finished_run
from nicegui import ui
from visits import open_tab, visit

from map_sharpening.gui.results.papers import lines_with, shell_rows

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

SHELLS = {
    "s_per_angstrom": [0.1, 0.2],
    "d_angstrom": [10.0, 5.0],
    "n_terms": [12, 340],
    "fsc_corrected": [0.99876, None],
    "scale": [1.0, 123456.0],
}


def test_shells_are_a_table_with_the_columns_that_are_there():
    headings, rows = shell_rows({"result": {"shells": SHELLS}})
    assert headings == ["d (Å)", "Terms", "FSC, corrected", "Factor"]
    assert rows == [["10", "12", "0.999", "1"], ["5", "340", "–", "1.235e+05"]]


@pytest.mark.parametrize("result", [{}, {"shells": None}])
def test_a_run_without_shells_has_no_table(result):
    assert shell_rows({"result": result}) == ([], [])


def test_a_search_keeps_lines_in_any_case_with_their_numbers():
    text = "Mask made\nresolution 3.1\nRESOLUTION at 0.5\n"
    assert lines_with(text, " Resolution ") == "2: resolution 3.1\n3: RESOLUTION at 0.5"
    assert lines_with(text, "B factor") == "No line has 'B factor'."
    assert lines_with(text, "") == text


LINK = '<a href="./a.mrc" target="_blank" rel="noopener">a.mrc</a>'


def test_report_and_log_are_in_the_page_and_can_do_nothing(state):
    finished_run(
        state.folder.root,
        "one",
        files={
            "report.html": f"<script>alert(1)</script>{LINK}",
            "log.txt": "first <b>line</b>\nsecond",
        },
        result={"contour_level": 0.4, "shells": SHELLS},
    )

    async def steps(user):
        open_tab(user, "Results")
        await user.should_see("Report")
        await user.should_see("first <b>line</b>")
        await user.should_see("FSC, corrected")
        user.find("Search the log").type("second")
        await user.should_see("2: second")
        await user.should_not_see("first <b>line</b>")
        (frame,) = (e for e in user.client.elements.values() if e.tag == "iframe")
        assert frame.props["sandbox"] == ""
        assert "srcdoc" not in frame.props  # nothing is read before it is opened
        (place,) = user.find(kind=ui.expansion, content="Report").elements
        with user:
            place.set_value(True)
        assert frame.props["srcdoc"] == "<script>alert(1)</script>a.mrc"

    visit(state, steps)
