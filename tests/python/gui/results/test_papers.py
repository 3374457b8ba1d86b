"""Report, log and shells of a run, without a browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import httpx
from fastapi import FastAPI
from finished_runs import finished_run
from nicegui import ui
from nicegui.testing.user_interaction import UserInteraction
from visits import open_tab, visit

from map_sharpening.gui.results.papers import lines_with, shell_rows
from map_sharpening.gui.results.routes import add_results
from map_sharpening.gui.results.views import views_of
from map_sharpening.report.views.viewer import viewer_script

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


def test_report_and_log_are_in_the_page(state):
    finished_run(
        state.folder.root,
        "one",
        files={"report.html": LINK, "log.txt": "first <b>line</b>\nsecond"},
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
        assert frame.props["sandbox"] == "allow-scripts"  # not allow-same-origin
        assert "src" not in frame.props  # nothing is read before it is opened
        (place,) = user.find(kind=ui.expansion, content="Report").elements
        with user:
            place.set_value(True)
        assert frame.props["src"] == "/results/report?run=one"

    visit(state, steps)


def asked(state, run):
    app = FastAPI()
    add_results(app, views_of(state))

    async def ask():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as browser:
            return await browser.get("/results/report", params={"run": run})

    return asyncio.run(ask())


def test_the_figures_come_first_then_warnings_and_notes(state):
    names = ("Resolution", "B", "Mask", "Sharpness", "Score", "Sign", "Memory")
    facts = [{"name": name, "value": f"{name} <1>", "note": f"of {name}"} for name in names]
    told = {"facts": facts, "warnings": ["The mask is <i>tight</i>."], "notes": ["A note."]}
    finished_run(state.folder.root, "sharpened_1", **told)

    async def steps(user):
        open_tab(user, "Results")
        await user.should_see("Warnings: 1")
        labels = sorted(user.find(kind=ui.label).elements, key=lambda each: each.id)
        shown = [each.text for each in labels]
        in_order = [text for name in names[:-1] for text in (f"{name} <1>", f"of {name}")]
        in_order += ["Memory: Memory <1> (of Memory)", "Warnings: 1", *told["warnings"], "A note."]
        places = [shown.index(text) for text in (*in_order, "Maps", "Files")]
        assert places == sorted(places)

    visit(state, steps)


def test_files_are_there_to_save_and_what_the_emdb_wants_as_one(state):
    files = {"fsc.xml": "<fsc/>", "used_parameters.eff": "a = 1"}
    finished_run(state.folder.root, "sharpened_1", files=files)
    half_maps = "half1.mrc, half2.mrc"  # as they were given

    async def steps(user):
        open_tab(user, "Results")
        name = f"For the EMDB, as a zip: sharpened_map.ccp4, mask.mrc, fsc.xml, {half_maps}"
        links = {each.text: each.props["href"] for each in user.find(kind=ui.link).elements}
        assert links[name] == "/results/deposition?run=sharpened_1"
        for file in ("sharpened_map.ccp4", "mask.mrc", *files):
            assert links[file] == f"/files/sharpened_1/{file}"

    visit(state, steps)


def test_the_report_of_a_frame_may_run_the_script_of_reports_alone(state):
    finished_run(state.folder.root, "one", files={"report.html": f"<b>hello</b>{LINK}"})
    answer = asked(state, "one")
    assert answer.text == "<b>hello</b>a.mrc"
    assert answer.headers["content-type"].startswith("text/html")
    parts = [part.split() for part in answer.headers["content-security-policy"].split(";")]
    policy = {name: values for name, *values in parts}
    script = viewer_script().encode()
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    assert policy == {
        "sandbox": ["allow-scripts", "allow-downloads"],
        "default-src": ["'none'"],
        "script-src": [f"'sha256-{digest}'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "frame-ancestors": ["'self'"],
    }


def test_a_report_that_is_missing_is_told_in_the_frame(state):
    finished_run(state.folder.root, "one")
    answer = asked(state, "one")
    assert (answer.status_code, answer.text) == (404, "one has no report that can be opened")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_slices_of_two_maps_lie_side_by_side_at_one_place(state):
    finished_run(state.folder.root, "one")

    def shown(user):
        found = (urlsplit(each.source).query for each in user.find(kind=ui.image).elements)
        asked = [parse_qs(query) for query in found]
        assert len({(words["axis"][0], words["share"][0]) for words in asked}) == 1
        return sorted(words["what"][0] for words in asked)

    async def steps(user):
        open_tab(user, "Results")
        await user.should_see("Slices")
        assert shown(user) == ["before", "sharpened"]
        await user.should_see("Before")
        (choice,) = (e for e in user.find(kind=ui.select).elements if e.label == "Map")
        for chosen, beside in (("mask", "sharpened"), ("before", "sharpened")):
            with user:
                choice.set_value(chosen)
            assert shown(user) == [chosen, beside]

    visit(state, steps)


def test_a_slice_that_does_not_come_is_told_until_another_is_chosen(state):
    finished_run(state.folder.root, "one")

    async def steps(user):
        open_tab(user, "Results")
        await user.should_see("Slices")
        picture = next(e for e in user.find(kind=ui.image).elements if "what=before" in e.source)
        UserInteraction(user, {picture}, None).trigger("error")
        await user.should_see("Before: this map can't be opened any more.")
        (choice,) = (e for e in user.find(kind=ui.select).elements if e.label == "Map")
        with user:
            choice.set_value("mask")
        await user.should_not_see("can't be opened any more")

    visit(state, steps)
