"""A run's model, mask and depth in 3-D, and what stands there when the view can't be drawn."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from alpha_carbons import alpha_carbons
from finished_runs import finished_run
from in_chromium import MILLISECONDS, open_tab, page_of, served
from test_maps_in_3d import READY, drawn, n_different, n_drawn

N_RESIDUES = 12
VOXEL_SIZE, MIDDLE = 3.0, 16.5  #: Å; of the ball that is the map


def write_helix(path: Path) -> None:
    """Write the middles of a helix's residues, inside the map."""
    angles = [math.radians(100 * i) for i in range(N_RESIDUES)]
    positions = [
        (
            MIDDLE + 2.3 * math.cos(angle),
            MIDDLE + 2.3 * math.sin(angle),
            MIDDLE + 1.5 * (i - N_RESIDUES / 2),
        )
        for i, angle in enumerate(angles)
    ]
    alpha_carbons(*positions).write_pdb(str(path))


@pytest.fixture
def page(tmp_path, chromium):
    write_helix(tmp_path / "helix.pdb")
    inputs = ["half1.mrc", "half2.mrc", "helix.pdb"]
    finished_run(tmp_path, "one", voxel_size=VOXEL_SIZE, inputs=inputs)
    size = {"width": 700, "height": 700}
    with served(tmp_path) as server, page_of(chromium, server, viewport=size) as page:
        with page.expect_response(lambda answer: "/results/model" in answer.url):
            open_tab(page, "Results")
        page.locator(READY).wait_for()
        yield page


def turn(page, name):
    page.get_by_role("switch", name=name, exact=True).click()


def test_ribbon_and_sticks_are_drawn_and_hidden(page):
    with_ribbon = drawn(page)
    turn(page, "Ribbon")
    alone = drawn(page)
    assert n_different(alone, with_ribbon) > 0.01 * len(alone)
    turn(page, "Sticks")
    assert n_different(drawn(page), alone) > 0.003 * len(alone)
    turn(page, "Sticks")
    assert n_different(drawn(page), alone) < 0.001 * len(alone)


def test_the_mask_is_a_ghost_round_the_map(page):
    without = drawn(page)
    turn(page, "Mask")
    ghost = drawn(page)
    assert n_drawn(ghost) > 1.02 * n_drawn(without)
    turn(page, "Mask")
    assert n_different(drawn(page), without) < 0.001 * len(without)


def test_depth_cuts_off_what_lies_in_front_and_behind(page):
    whole = drawn(page)
    depth = page.get_by_label("Depth shown").locator("[tabindex]").first
    for _ in range(18):
        depth.press("ArrowLeft")
    thin = drawn(page)
    assert n_drawn(thin) > 0
    assert n_different(thin, whole) > 0.05 * len(whole)
    for _ in range(18):
        depth.press("ArrowRight")
    assert n_different(drawn(page), whole) < 0.001 * len(whole)


def test_a_residue_is_gone_to_and_one_that_is_not_there_is_told(page):
    whole = drawn(page)
    residue = page.get_by_label("Residue", exact=True)
    for typed, told in (
        ("A 99", "helix.pdb has no residue 99 in chain A, whose numbers go from 1 to 12"),
        ("B 3", "helix.pdb has no chain B; its chains are A"),
        ("there", "'there' is not a residue; give chain and number, such as A 42"),
    ):
        residue.fill(typed)
        residue.press("Enter")
        page.get_by_text(told).wait_for()
    assert n_different(drawn(page), whole) < 0.001 * len(whole)
    residue.fill("A 3")
    residue.press("Enter")
    page.get_by_text("is not a residue").wait_for(state="detached")
    near = drawn(page)
    assert n_different(near, whole) > 0.1 * len(whole)
    page.get_by_role("button", name="Whole map").click()
    assert n_different(drawn(page), near) > 0.1 * len(whole)


@pytest.mark.parametrize("script", ["molstar.js", "viewer.js"])
def test_a_view_whose_script_does_not_arrive_says_so(finished, chromium, script):
    page = chromium.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.route(f"**/results/static/{script}", lambda route: route.abort())
    page.goto(finished.address)
    open_tab(page, "Results")
    page.locator('.map-view[data-state="failed"]', has_text="did not arrive").wait_for()
    open_tab(page, "History")
    page.unroute(f"**/results/static/{script}")  # it is asked for again by the next view
    open_tab(page, "Results")
    page.locator(READY).wait_for()
    page.close()


def test_slices_whose_script_does_not_arrive_say_so(finished, chromium):
    page = chromium.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.route("**/results/static/slices.js", lambda route: route.abort())
    page.goto(finished.address)
    open_tab(page, "Results")
    page.get_by_role("button", name="Open the quick look").click()
    page.get_by_text("The slices can't be shown: a script of this page did not arrive").wait_for()
    page.unroute("**/results/static/slices.js")  # it is asked for again by the next ones
    open_tab(page, "History")
    open_tab(page, "Results")
    page.get_by_role("button", name="Open the quick look").click()
    page.locator(".quick .slices-beside[data-shown]").wait_for()
    page.close()
