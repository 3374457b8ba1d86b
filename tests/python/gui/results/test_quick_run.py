"""The run that a quick look prepares gives the map that was looked at."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from map_sharpening import cli
from map_sharpening.gui.history import draft_of
from map_sharpening.gui.inputs import recognise
from map_sharpening.gui.results import quick
from map_sharpening.io.maps import read_map
from map_sharpening.io.web import run_records
from map_sharpening.maps.grids import mean_of_half_maps
from map_sharpening.methods.b_factor.quick_look import QuickLook

HALVES = ("half_map=half1.mrc", "half_map=half2.mrc")
B_FACTOR = "sharpening_method=b-factor"


def prepared(state, *words):
    """The draft that a quick look of a run with these words gives."""
    folder = state.folder.root / "old"
    folder.mkdir()
    run_records.write_record(folder, run_records.RunRecord((*HALVES, *words), stage="started"))
    draft, names = draft_of(state.run("old"), is_anew=True)
    draft.values.update(quick.values_of(60.0, 4.5))
    recognise(state, draft, names)
    return draft


@pytest.mark.parametrize(
    "words",
    [
        ("local_sharpen=True", "density_modification=True", "mask=half1.mrc"),
        (B_FACTOR, "b_iso=80", "d_min_ratio=0.5", "pseudo_likelihood=True", "iterate=True"),
        (B_FACTOR, "resolution_dependent_b=1,2,3"),
        ("b_factor_sharpening_crystal_info.resolution=7",),
    ],
)
def test_nothing_of_how_the_other_run_sharpened_is_kept(state, words):
    assert prepared(state, *words).values == quick.values_of(60.0, 4.5)


def test_what_says_where_the_data_lie_and_how_the_work_is_done_is_kept(state):
    kept = ("voxel_size=1.25", "wrapping=False", "is_crystal=False", "nproc=1")
    draft = prepared(state, *kept)
    texts = [word.rpartition("=")[0].rpartition(".")[2] for word in draft.words()]
    assert {"voxel_size", "wrapping", "is_crystal", "nproc"} <= set(texts)
    assert [file.name for file in draft.inputs] == ["half1.mrc", "half2.mrc"]


@pytest.mark.slow
def test_the_map_made_is_the_one_that_was_looked_at(state):
    draft = prepared(state, B_FACTOR, "b_iso=80", "d_min_ratio=0.6", "pseudo_likelihood=True")
    words = [*draft.words(), "output_directory=new", "report=False", "nproc=1"]
    assert cli.main(words) == 0
    root = state.folder.root
    made = read_map(root / "new" / "sharpened_map.ccp4")[0].values
    halves = (read_map(root / name)[0] for name in ("half1.mrc", "half2.mrc"))
    look = QuickLook.of(mean_of_half_maps(*halves)).at(60.0, 4.5).values
    expected = made / made.std()
    assert look == pytest.approx(expected, abs=2e-3), np.abs(look - expected).max()
