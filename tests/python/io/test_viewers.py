"""Scripts for viewers open what the run wrote, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from map_sharpening.errors import OutputError
from map_sharpening.io.viewers import ViewerFiles, chimerax_script, coot_script, pymol_script

FOLDER = PurePosixPath("/data/my run")
ALL_FILES = ViewerFiles(
    sharpened=FOLDER / "sharpened_map.ccp4",
    contour_level=1.85,
    input_map=FOLDER / "input.mrc",
    input_level=0.0123,
    local_resolution=FOLDER / "local_resolution_map.ccp4",
    local_resolution_range=(2.5, 6.5),
    model=FOLDER / "model.cif",
)
ONE_FILE = ViewerFiles(sharpened=FOLDER / "sharpened_map.ccp4", contour_level=1.85)
WINDOWS_PATH = PureWindowsPath("C:\\new\\table.ccp4")
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
    exec(compile(text, "open_in_coot.py", "exec"), scope)
    return commands.calls


def pymol_loads(text: str) -> list[str]:
    loads = [line[1:] for line in text.splitlines() if line.startswith("/cmd.load")]
    return [ast.literal_eval(ast.parse(line, mode="eval").body.args[0]) for line in loads]


def chimerax_opens(text: str) -> list[str]:
    opens = [line for line in text.splitlines() if line.startswith("open ")]
    found = [re.match(r"""open (["'])(.*?)\1(\s|$)""", line) for line in opens]
    return [match.group(2) for match in found if match]


@pytest.mark.parametrize("script", SCRIPTS)
def test_all_files_of_the_run_are_named(script):
    text = script(ALL_FILES)
    for name in ("sharpened_map.ccp4", "input.mrc", "local_resolution_map.ccp4", "model.cif"):
        assert f"/data/my run/{name}" in text


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_file_is_named_that_the_run_has_not(script):
    assert re.findall(r"/data/my run/([\w.]+)", script(ONE_FILE)) == ["sharpened_map.ccp4"]


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
    assert "key blue:2.5 cyan:3.5 lime:4.5 gold:5.5 red:6.5\n" in chimerax_script(ALL_FILES)


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
    exec(compile(coot_script(ALL_FILES), "open_in_coot.py", "exec"), {})
    names = [name for name, _ in coot.calls]
    assert names[-1] == "colour_map_by_other_map_py"
    sharpened, local_resolution, start, step, colours = coot.calls[-1][1]
    opened = [a[0] for name, a in coot.calls if name == "handle_read_ccp4_map"]
    assert [opened[-2], opened[-1]] == [str(ALL_FILES.sharpened), str(ALL_FILES.local_resolution)]
    assert coot.calls[sharpened - 1][1][0] == str(ALL_FILES.sharpened)
    assert coot.calls[local_resolution - 1][1][0] == str(ALL_FILES.local_resolution)
    assert (start, step * len(colours)) == pytest.approx((2.5, 4.0))
    assert colours[0][2] > 0.9
    assert colours[0][0] == 0
    assert colours[-1][0] > 0.9
    assert colours[-1][2] == 0


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
            FOLDER / "out.ccp4",
            1.0,
            local_resolution=FOLDER / "local.ccp4",
            local_resolution_range=limits,
        )


def test_chimerax_shows_an_input_of_unknown_level_by_its_deviation():
    files = ViewerFiles(FOLDER / "out.ccp4", 1.0, input_map=FOLDER / "in.mrc")
    assert "volume #1 style surface sdLevel 3 " in chimerax_script(files)


def test_coot_0_9_reads_every_file_with_global_functions():
    read = [arguments[0] for name, arguments in run_coot(coot_script(ALL_FILES)) if "read" in name]
    assert read == [
        "/data/my run/model.cif",
        "/data/my run/input.mrc",
        "/data/my run/sharpened_map.ccp4",
        "/data/my run/local_resolution_map.ccp4",
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
    assert run_coot(coot_script(files))[0][1][0] == "C:\\new\\table.ccp4"


def test_windows_backslashes_survive_in_pymol():
    assert pymol_loads(pymol_script(ViewerFiles(WINDOWS_PATH, 1.0))) == ["C:\\new\\table.ccp4"]


def test_chimerax_paths_have_no_escapes():
    assert 'open "C:\\new\\table.ccp4" id 2' in chimerax_script(ViewerFiles(WINDOWS_PATH, 1.0))


@pytest.mark.slow
@given(name=printable.filter(lambda name: "/" not in name and name not in {".", ".."}))
@examples(60)
def test_any_printable_name_comes_back_from_coot_and_pymol(name):
    files = ViewerFiles(FOLDER / name, 1.0)
    assert run_coot(coot_script(files))[0][1][0] == str(FOLDER / name)
    assert pymol_loads(pymol_script(files)) == [str(FOLDER / name)]


@pytest.mark.parametrize("mark", [";", "#"])
def test_pymol_load_has_no_mark_that_pymol_splits_at(mark):
    text = pymol_script(ViewerFiles(FOLDER / f"a{mark}b.ccp4", 1.0))
    assert mark not in next(line for line in text.splitlines() if "cmd.load" in line)


@pytest.mark.parametrize("name", ["it's.ccp4", 'a"b.ccp4', 'a" b.ccp4', "a' b.ccp4", "a;b.ccp4"])
def test_quotes_in_a_name_come_back_from_chimerax(name):
    files = ViewerFiles(FOLDER / name, 1.0)
    assert chimerax_opens(chimerax_script(files)) == [str(FOLDER / name)]


@pytest.mark.parametrize("name", ["a\nclose all", "a\" b' c"])
def test_chimerax_refuses_a_name_it_cannot_quote(name):
    with pytest.raises(OutputError, match="can't be written in a ChimeraX script"):
        chimerax_script(ViewerFiles(FOLDER / name, 1.0))


def test_relative_path_is_refused():
    with pytest.raises(OutputError, match=r"sharpened is 'out\.ccp4', a relative path"):
        ViewerFiles(PurePosixPath("out.ccp4"), 1.0)


def test_local_resolution_needs_its_range():
    with pytest.raises(OutputError, match="local_resolution_range is None"):
        ViewerFiles(FOLDER / "a", 1.0, local_resolution=FOLDER / "b")


def test_contour_level_must_be_finite():
    with pytest.raises(OutputError, match="contour_level is nan"):
        ViewerFiles(FOLDER / "a", float("nan"))
