"""Scripts for Coot and ChimeraX use functions and commands that these programs document."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from map_sharpening.io.viewers import ViewerFiles, chimerax_script, coot_script

#: Of Coot's scripting reference, with the number of their arguments.
COOT = {
    "read_pdb": 1,
    "handle_read_ccp4_map": 2,
    "make_and_draw_map": 6,
    "average_map_py": 1,
    "difference_map": 3,
    "close_molecule": 1,
    "set_contour_level_absolute": 2,
    "set_contour_level_in_sigma": 2,
    "set_map_displayed": 2,
    "colour_map_by_other_map_py": 5,
    "set_rotation_centre": 3,
}
_SPEC = r"#\d+(,\d+)*"
_NUMBER = r"-?[\d.]+(e[+-]?\d+)?"
_CODE = r"#[0-9a-f]{6}([0-9a-f]{2})?"
_FILE = r"(\"[^\"]+\"|'[^']+')"
#: Of ChimeraX' user guide.
CHIMERAX = (
    rf"open {_FILE}( id \d+)?( name \w+)?",
    rf"volume add {_SPEC} scaleFactors {_NUMBER},{_NUMBER} modelId \d+",
    rf"volume {_SPEC} style surface (level|sdLevel) {_NUMBER} step 1( color {_CODE})?",
    rf"rename {_SPEC} \w+",
    rf"hide {_SPEC} models",
    rf"color sample {_SPEC} map {_SPEC} palette {_NUMBER},{_CODE}(:{_NUMBER},{_CODE})+",
    rf"key {_CODE}:{_NUMBER}( {_CODE}:{_NUMBER})+",
    "view",
)

ONE = ViewerFiles("out.ccp4", 1.0, input_maps=("a.mrc",), input_level=0.01)
HALVES = ViewerFiles(
    "out.ccp4",
    1.0,
    input_maps=("a.mrc", "b.mrc"),
    local_resolution="r.mrc",
    local_resolution_range=(2.0, 4.0),
    model="m.pdb",
    modified="m.ccp4",
    modified_level=2.0,
)
KINDS = {
    "one map": ONE,
    "half maps": HALVES,
    "supported": replace(
        HALVES,
        model=None,
        modification_support="s.mrc",
        support_range=(0.0, 0.1),
        middle=(1, 2, 3),
    ),
    "inverted": replace(HALVES, contour_level=-1e-9),
    "local B": replace(ONE, local_b="b.mrc", local_b_range=(-20.0, 60.0)),
    "crystal": replace(ONE, coefficients="c.mtz", model="m.cif"),
}


def arguments_of(text: str) -> int:
    """Return the number of arguments between the brackets that a text begins with."""
    depth, count = 0, 1
    for character in text:
        depth += (character in "([") - (character in ")]")
        if depth == 0:
            break
        count += character == "," and depth == 1
    return count


@pytest.mark.parametrize("files", KINDS.values(), ids=KINDS)
def test_coot_is_asked_for_documented_functions(files: ViewerFiles) -> None:
    text = coot_script(files)
    calls = re.finditer(r"(?:coot_function\(\"(\w+)\"\)|coot\.(\w+))(?=\()", text)
    found = [(call[1] or call[2], arguments_of(text[call.end() :])) for call in calls]
    assert found
    for name, n_arguments in found:
        assert COOT[name] == n_arguments, name


@pytest.mark.parametrize("files", KINDS.values(), ids=KINDS)
def test_chimerax_gets_documented_commands(files: ViewerFiles) -> None:
    for line in chimerax_script(files).splitlines():
        assert any(re.fullmatch(command, line) for command in CHIMERAX), line


def test_chimerax_opens_each_number_before_it_uses_it() -> None:
    known: set[str] = set()
    for line in chimerax_script(HALVES).splitlines():
        made = re.search(r"(?: id | modelId )(\d+)", line)
        spec = re.search(r"^(?:volume|volume add|rename|hide|color sample) #([\d,]+)", line)
        if spec:
            assert set(spec[1].split(",")) <= known, line
        if made:
            known.add(made[1])
    assert known == {"1", "2", "3", "4", "5", "6", "7"}
