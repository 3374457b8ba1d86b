"""The map of density modification is opened in the viewers' scripts, at its own level."""

from __future__ import annotations

from dataclasses import replace

import pytest

from map_sharpening.errors import OutputError
from map_sharpening.io.viewers import ViewerFiles, chimerax_script, coot_script, pymol_script

PLAIN = ViewerFiles("out.ccp4", 1.25)
MODIFIED = replace(PLAIN, modified="mod 1.ccp4", modified_level=2.5)


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


@pytest.mark.parametrize("script", [chimerax_script, coot_script, pymol_script])
def test_without_it_nothing_of_it_is_named(script):
    assert "modified" not in script(PLAIN)


@pytest.mark.parametrize("level", [None, float("nan")])
def test_it_needs_a_level(level):
    with pytest.raises(OutputError, match="modified_level"):
        replace(PLAIN, modified="m.ccp4", modified_level=level)
