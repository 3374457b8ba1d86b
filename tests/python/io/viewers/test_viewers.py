"""Scripts for viewers open what the run wrote, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import replace
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from map_sharpening.errors import OutputError
from map_sharpening.io.viewers import ViewerFiles, chimerax_script, coot_script, pymol_script

FOLDER = "../my run"
ALL_FILES = ViewerFiles(
    sharpened=f"{FOLDER}/sharpened_map.ccp4",
    contour_level=1.85,
    input_maps=(f"{FOLDER}/input.mrc",),
    input_level=0.0123,
    local_resolution=f"{FOLDER}/local_resolution_map.mrc",
    local_resolution_range=(2.5, 6.5),
    model=f"{FOLDER}/model.cif",
)
ONE_FILE = ViewerFiles(sharpened=f"{FOLDER}/sharpened_map.ccp4", contour_level=1.85)
WINDOWS_PATH = "C:\\new\\table.ccp4"
SCRIPT = "/scripts/open_in_coot.py"
SCRIPTS = (chimerax_script, coot_script, pymol_script)

printable = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20
)


class RecordingCommands:
    """Notes the calls that a script makes."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def record(*arguments: Any, **_: Any) -> int:
            self.calls.append((name, arguments))
            return len(self.calls)

        return record


def run_coot(text: str) -> list[tuple[str, tuple[Any, ...]]]:
    commands = RecordingCommands()
    names = set(re.findall(r'coot_function\("(\w+)"\)', text))
    scope: dict[str, Any] = {name: getattr(commands, name) for name in names}
    scope["__file__"] = SCRIPT
    exec(compile(text, "open_in_coot.py", "exec"), scope)
    return commands.calls


def pymol_loads(text: str) -> list[str]:
    loads = [line[1:] for line in text.splitlines() if line.startswith("/cmd.load")]
    joins = [ast.parse(line, mode="eval").body.args[0] for line in loads]
    assert {ast.unparse(join.func) for join in joins} == {"os.path.join"}
    return [ast.literal_eval(join.args[1]) for join in joins]


def chimerax_opens(text: str) -> list[str]:
    opens = [line for line in text.splitlines() if line.startswith("open ")]
    found = [re.match(r"""open (["'])(.*?)\1(\s|$)""", line) for line in opens]
    return [match.group(2) for match in found if match]


@pytest.mark.parametrize("script", SCRIPTS)
def test_all_files_of_the_run_are_named(script):
    text = script(ALL_FILES)
    for name in ("sharpened_map.ccp4", "input.mrc", "local_resolution_map.mrc", "model.cif"):
        assert f"../my run/{name}" in text


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_file_is_named_that_the_run_has_not(script):
    assert re.findall(r"../my run/([\w.]+)", script(ONE_FILE)) == ["sharpened_map.ccp4"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_contour_level_is_given(script):
    assert "1.85" in script(ONE_FILE)


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_ends_with_a_line_end(script):
    assert script(ONE_FILE).endswith("\n")


def test_chimerax_hides_and_colours_only_what_it_opened():
    numbers = set(re.findall(r"#(\d)", chimerax_script(ONE_FILE)))
    assert numbers == {"2"}


def test_chimerax_colours_the_sharpened_map_by_local_resolution():
    assert (
        "color sample #2 map #3 palette "
        "2.5,#0000ff:3.5,#00ffff:4.5,#00cc00:5.5,#ffdd00:6.5,#ff0000"
    ) in chimerax_script(ALL_FILES)


def test_chimerax_has_a_key_for_the_local_resolution():
    assert "key #0000ff:2.5 #00ffff:3.5 #00cc00:4.5 #ffdd00:5.5 #ff0000:6.5\n" in chimerax_script(
        ALL_FILES
    )


def test_colours_of_values_that_hardly_differ_are_told_apart():
    text = chimerax_script(replace(ALL_FILES, local_resolution_range=(28.08, 28.28)))
    assert "28.08,#0000ff:28.13,#00ffff:28.18,#00cc00:28.23,#ffdd00:28.28,#ff0000" in text
    assert "key #0000ff:28.08 #00ffff:28.13 #00cc00:28.18 #ffdd00:28.23 #ff0000:28.28\n" in text


def test_pymol_colours_the_sharpened_map_by_local_resolution():
    text = pymol_script(ALL_FILES)
    assert (
        "ramp_new local_resolution_ramp, local_resolution, [2.5, 3.5, 4.5, 5.5, 6.5], "
        "[blue, cyan, green, yellow, red]"
    ) in text
    assert text.index("isosurface sharpened_surface") < text.index("set surface_color")


def test_coot_1_colours_the_sharpened_map_by_local_resolution(monkeypatch):
    coot = RecordingCommands()
    monkeypatch.setitem(sys.modules, "coot", coot)
    exec(compile(coot_script(ALL_FILES), "open_in_coot.py", "exec"), {"__file__": SCRIPT})
    names = [name for name, _ in coot.calls]
    assert names[-1] == "colour_map_by_other_map_py"
    sharpened, negative, start, step, colours = coot.calls[-1][1]
    local_resolution, again, factor = coot.calls[negative - 1][1]
    assert coot.calls[negative - 1][0] == "difference_map"
    assert (local_resolution, factor) == (again, 2.0)
    read = "/scripts/../my run/"
    assert coot.calls[sharpened - 1][1][0] == f"{read}sharpened_map.ccp4"
    assert coot.calls[local_resolution - 1][1][0] == f"{read}local_resolution_map.mrc"
    # Coot's own ramp goes from red up to blue: along the negatives worst comes first.
    assert (start, start + step * len(colours)) == pytest.approx((-6.5, -2.5))
    assert colours[0][0] > 0.9
    assert colours[0][2] == 0
    assert colours[-1][2] > 0.9
    assert colours[-1][0] == 0


def test_coot_begins_at_the_molecule_where_there_is_no_model():
    at = replace(ONE_FILE, middle=(191.234567, -3.0, 0.5))
    assert run_coot(coot_script(at))[-1] == ("set_rotation_centre", (191.23, -3.0, 0.5))
    for files in (ONE_FILE, replace(at, model="m.pdb")):
        assert "set_rotation_centre" not in coot_script(files)


def test_coot_0_9_draws_the_local_resolution_not_at_all():
    calls = run_coot(coot_script(ALL_FILES))
    assert calls[-1] == ("set_map_displayed", (len(calls) - 1, 0))


@pytest.mark.parametrize("script", SCRIPTS)
def test_without_a_local_resolution_map_nothing_is_coloured_by_it(script):
    text = script(ONE_FILE)
    assert not any(word in text for word in ("color sample", "key ", "ramp", "by_other_map"))


@pytest.mark.parametrize("limits", [None, (3.0, 3.0), (6.0, 3.0), (0.0, 3.0), (2.0, float("inf"))])
def test_a_palette_without_a_span_is_refused(limits):
    with pytest.raises(OutputError, match="local_resolution_range is"):
        ViewerFiles(
            f"{FOLDER}/out.ccp4",
            1.0,
            local_resolution=f"{FOLDER}/local.ccp4",
            local_resolution_range=limits,
        )


def test_chimerax_shows_an_input_of_unknown_level_by_its_deviation():
    files = ViewerFiles(f"{FOLDER}/out.ccp4", 1.0, input_maps=(f"{FOLDER}/in.mrc",))
    assert "volume #1 style surface sdLevel 3 " in chimerax_script(files)


def test_coot_0_9_reads_every_file_with_global_functions():
    read = [arguments[0] for name, arguments in run_coot(coot_script(ALL_FILES)) if "read" in name]
    assert read == [
        *(
            f"/scripts/../my run/{name}"
            for name in (
                "model.cif",
                "input.mrc",
                "sharpened_map.ccp4",
                "local_resolution_map.mrc",
            )
        )
    ]


def test_coot_maps_are_no_difference_maps():
    calls = run_coot(coot_script(ALL_FILES))
    assert {a[1] for name, a in calls if name == "handle_read_ccp4_map"} == {0}


def test_coot_sets_the_level_of_the_sharpened_map():
    calls = run_coot(coot_script(ONE_FILE))
    assert ("set_contour_level_absolute", (1, 1.85)) in calls


def test_coot_script_names_its_encoding_for_python_2():
    assert coot_script(ONE_FILE).splitlines()[0] == "# -*- coding: utf-8 -*-"


def test_pymol_does_not_rescale_maps():
    text = pymol_script(ALL_FILES)
    assert text.index("set normalize_ccp4_maps, off") < text.index("cmd.load")


def test_pymol_names_the_format_of_maps():
    assert pymol_script(ALL_FILES).count('format="ccp4"') == 3


def test_windows_backslashes_survive_in_coot():
    files = ViewerFiles(WINDOWS_PATH, 1.0)
    assert run_coot(coot_script(files))[0][1][0] == f"/scripts/{WINDOWS_PATH}"


def test_windows_backslashes_survive_in_pymol():
    assert pymol_loads(pymol_script(ViewerFiles(WINDOWS_PATH, 1.0))) == ["C:\\new\\table.ccp4"]


def test_chimerax_paths_have_no_escapes():
    assert 'open "C:\\new\\table.ccp4" id 2' in chimerax_script(ViewerFiles(WINDOWS_PATH, 1.0))


@pytest.mark.slow
@given(name=printable.filter(lambda name: "/" not in name and name not in {".", ".."}))
@examples(60)
def test_any_printable_name_comes_back_from_coot_and_pymol(name):
    files = ViewerFiles(f"{FOLDER}/{name}", 1.0)
    assert run_coot(coot_script(files))[0][1][0] == f"/scripts/{FOLDER}/{name}"
    assert pymol_loads(pymol_script(files)) == [f"{FOLDER}/{name}"]


@pytest.mark.parametrize("mark", [";", "#"])
def test_pymol_load_has_no_mark_that_pymol_splits_at(mark):
    text = pymol_script(ViewerFiles(f"{FOLDER}/a{mark}b.ccp4", 1.0))
    assert mark not in next(line for line in text.splitlines() if "cmd.load" in line)


@pytest.mark.parametrize("name", ["it's.ccp4", 'a"b.ccp4', 'a" b.ccp4', "a' b.ccp4", "a;b.ccp4"])
def test_quotes_in_a_name_come_back_from_chimerax(name):
    files = ViewerFiles(f"{FOLDER}/{name}", 1.0)
    assert chimerax_opens(chimerax_script(files)) == [f"{FOLDER}/{name}"]


@pytest.mark.parametrize("name", ["a\nclose all", "a\" b' c"])
def test_chimerax_refuses_a_name_it_cannot_quote(name):
    with pytest.raises(OutputError, match="can't be written in a ChimeraX script"):
        chimerax_script(ViewerFiles(f"{FOLDER}/{name}", 1.0))


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\x0b", "\x1c", "\n", "\r"])
def test_no_separator_in_a_name_splits_a_line(mark):
    files = ViewerFiles(f"a{mark}b.ccp4", 1.0)
    plain = ViewerFiles("ab.ccp4", 1.0)
    for script in (coot_script, pymol_script):
        assert len(script(files).splitlines()) == len(script(plain).splitlines())
    assert run_coot(coot_script(files))[0][1][0] == f"/scripts/a{mark}b.ccp4"
    assert pymol_loads(pymol_script(files)) == [f"a{mark}b.ccp4"]
    with pytest.raises(OutputError, match="can't be written in a ChimeraX script"):
        chimerax_script(files)


HALVES = ViewerFiles("out.ccp4", 1.0, input_maps=("../a.mrc", "../b.mrc"))


def test_of_half_maps_the_mean_is_shown():
    text = chimerax_script(HALVES)
    assert chimerax_opens(text) == ["../a.mrc", "../b.mrc", "out.ccp4"]
    assert "volume add #5,6 scaleFactors 0.5,0.5 modelId 1\n" in text
    assert "map_set input_map, average, half_1 half_2\n" in pymol_script(HALVES)
    calls = run_coot(coot_script(HALVES))
    assert ("average_map_py", ([[1, 1.0], [2, 1.0]],)) in calls


def test_local_b_colours_the_surface():
    files = ViewerFiles("out.ccp4", 1.0, local_b="b.mrc", local_b_range=(-20.0, 60.0))
    assert "map #3 palette -20,#0000ff:0,#00ffff:20,#00cc00" in chimerax_script(files)
    assert "ramp_new local_b_ramp, local_b, [-20, 0, 20, 40, 60]" in pymol_script(files)
    with pytest.raises(OutputError, match="local_b_range is None"):
        ViewerFiles("out.ccp4", 1.0, local_b="b.mrc")


def test_coot_makes_a_crystals_map_from_its_coefficients():
    files = ViewerFiles("out.ccp4", 1.0, model="m.pdb", coefficients="c.mtz")
    names = [name for name, _ in run_coot(coot_script(files))]
    assert "handle_read_ccp4_map" not in names
    call = dict(run_coot(coot_script(files)))["make_and_draw_map"]
    assert call == ("/scripts/c.mtz", "FWT", "PHWT", "", 0, 0)
    assert "isomesh sharpened_mesh, sharpened, 1, input_model, 3, 1, 3\n" in pymol_script(files)


def test_a_colon_names_no_database_for_chimerax():
    assert 'open "./pdb:x.mrc" id 2' in chimerax_script(ViewerFiles("pdb:x.mrc", 1.0))


def test_local_resolution_needs_its_range():
    with pytest.raises(OutputError, match="local_resolution_range is None"):
        ViewerFiles(f"{FOLDER}/a", 1.0, local_resolution=f"{FOLDER}/b")


def test_contour_level_must_be_finite():
    with pytest.raises(OutputError, match="contour_level is nan"):
        ViewerFiles(f"{FOLDER}/a", float("nan"))
