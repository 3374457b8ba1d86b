"""The map of density modification is opened in the viewers' scripts, at its own level."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from map_sharpening.errors import OutputError
from map_sharpening.io.viewers import ViewerFiles, chimerax_script, coot_script, pymol_script

PLAIN = ViewerFiles("out.ccp4", 1.25)
MODIFIED = replace(PLAIN, modified="mod 1.ccp4", modified_level=2.5)
SUPPORT = {"modification_support": "sup 1.mrc", "support_range": (-0.02, 0.1)}


def test_chimerax_has_it_hidden_at_its_level():
    lines = chimerax_script(MODIFIED).splitlines()
    assert 'open "mod 1.ccp4" id 7 name modified' in lines
    assert "volume #7 style surface level 2.5 step 1 color #ff9900" in lines
    assert "volume #2 style surface level 1.25 step 1" in lines
    assert "hide #7 models" in lines


def test_pymol_has_it_disabled_at_its_level():
    lines = pymol_script(MODIFIED).splitlines()
    assert '/cmd.load(os.path.join(here, \'mod 1.ccp4\'), "modified", format="ccp4")' in lines
    assert "isosurface modified_surface, modified, 2.5" in lines
    assert "disable modified_surface" in lines


def test_coot_has_it_undisplayed_at_its_level():
    text = coot_script(MODIFIED)
    assert "os.path.join(here, 'mod 1.ccp4'), 0)" in text
    assert 'coot_function("set_contour_level_absolute")(modified, 2.5)\n' in text
    assert 'coot_function("set_map_displayed")(modified, 0)\n' in text


def test_chimerax_colours_it_by_its_support():
    lines = chimerax_script(replace(MODIFIED, **SUPPORT)).splitlines()
    assert 'open "sup 1.mrc" id 8 name modification_support' in lines
    coloured = (
        "color sample #7 map #8 palette "
        "-0.02,#ff0000:0.01,#ffdd00:0.04,#00cc00:0.07,#00ffff:0.1,#0000ff"
    )
    assert lines.index("volume #7 style surface level 2.5 step 1 color #ff9900") < lines.index(
        coloured
    )
    assert "hide #7,8 models" in lines


def test_pymol_colours_it_by_its_support():
    lines = pymol_script(replace(MODIFIED, **SUPPORT)).splitlines()
    assert (
        "ramp_new modification_support_ramp, modification_support, "
        "[-0.02, 0.01, 0.04, 0.07, 0.1], [red, yellow, green, cyan, blue]"
    ) in lines
    assert "set surface_color, modification_support_ramp, modified_surface" in lines


def test_coot_1_colours_it_by_its_support(monkeypatch):
    calls = []

    class Coot:
        def __getattr__(self, name):
            return lambda *words: calls.append((name, words)) or len(calls)

    monkeypatch.setitem(sys.modules, "coot", Coot())
    script = coot_script(replace(MODIFIED, **SUPPORT))
    exec(compile(script, "open_in_coot.py", "exec"), {"__file__": "/scripts/open_in_coot.py"})
    name, (modified, support, start, step, colours) = calls[-1]
    assert name == "colour_map_by_other_map_py"
    read = [calls[number - 1][1][0] for number in (modified, support)]
    assert read == ["/scripts/mod 1.ccp4", "/scripts/sup 1.mrc"]
    assert ("set_map_displayed", (support, 0)) in calls
    # Poorest first, which is red.
    assert (start, start + step * len(colours)) == pytest.approx((-0.02, 0.1))
    assert colours[0][0] > 0.9 > colours[0][2] == 0
    assert colours[-1][2] > 0.9 > colours[-1][0] == 0


def test_support_without_the_map_that_it_colours_is_not_opened():
    for script in (chimerax_script, coot_script, pymol_script):
        assert "support" not in script(replace(PLAIN, **SUPPORT))


@pytest.mark.parametrize("limits", [None, (0.1, 0.1), (0.0, float("inf"))])
def test_support_needs_a_range(limits):
    with pytest.raises(OutputError, match="support_range"):
        replace(MODIFIED, modification_support="sup.mrc", support_range=limits)


@pytest.mark.parametrize("script", [chimerax_script, coot_script, pymol_script])
def test_without_it_nothing_of_it_is_named(script):
    assert "modified" not in script(PLAIN)


@pytest.mark.parametrize("level", [None, float("nan")])
def test_it_needs_a_level(level):
    with pytest.raises(OutputError, match="modified_level"):
        replace(PLAIN, modified="m.ccp4", modified_level=level)
