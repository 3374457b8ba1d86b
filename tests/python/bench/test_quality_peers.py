"""Other programs of the benchmark: how they are called, and what is said when they are absent."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.quality.case_files import CaseFiles, read_map, write_map
from bench.quality.cases import CASES
from bench.quality.errors import ProgramFailedError, ProgramMissingError
from bench.quality.programs.more_peers import emda, occupy
from bench.quality.programs.program import Tools
from map_sharpening.maps.map_data import MapData

BOX = 32
VOXEL = 1.5  # Å
NO_TOOLS = Tools(peer_python=None, relion=None, servalcat=None, emda=None, occupy_python=None)
PROGRAMS = {program.name: program for program in (*emda.PROGRAMS, *occupy.PROGRAMS)}

#: Stands for another program: notes its words, and copies one of its inputs to its output.
STAND_IN = """#!{python}
import json, pathlib, shutil, sys
words = sys.argv[1:]
pathlib.Path({notes!r}).write_text(json.dumps(words))
given, made = ({given}), ({made})
if made:
    shutil.copy(given, made)
"""


def stand_in(path: Path, given: str, made: str) -> tuple[str, Path]:
    """Write an executable that copies the file `given` to `made`; return it and its notes."""
    notes = path.with_suffix(".json")
    path.write_text(
        STAND_IN.format(python=sys.executable, notes=str(notes), given=given, made=made)
    )
    path.chmod(0o755)
    return str(path), notes


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CaseFiles:
    """Return a case of a blob and noise."""
    folder = tmp_path_factory.mktemp("case")
    random = np.random.default_rng(3)
    axis = np.arange(BOX) - BOX / 2
    squares = axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2
    blob = np.exp(-squares / 40) * (1 + 0.5 * random.normal(size=(BOX, BOX, BOX)))
    for name in ("half_1.mrc", "half_2.mrc"):
        noise = 0.02 * random.normal(size=(BOX, BOX, BOX))
        write_map(folder / name, MapData.from_array((blob + noise).astype(np.float32), VOXEL))
    return CaseFiles(CASES[0], folder, 3.0, folder / "model.cif")


def value_after(option: str, words: list[str]) -> str:
    return words[words.index(option) + 1]


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_an_absent_program_is_told(name: str, files: CaseFiles, tmp_path: Path) -> None:
    option = "--emda" if name.startswith("emda") else "--occupy-python"
    with pytest.raises(ProgramMissingError, match=f"give {option}"):
        PROGRAMS[name].make_map(files, NO_TOOLS, tmp_path)


@pytest.mark.parametrize(("name", "kind"), [("emda", "1"), ("emda_anisotropic", "2")])
def test_emda_is_given_both_halves_and_our_mask(
    name: str, kind: str, files: CaseFiles, tmp_path: Path
) -> None:
    option = "words[words.index('{}') + 1]".format
    command, notes = stand_in(tmp_path / "emda", option("--h2"), option("--out"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    made = PROGRAMS[name].make_map(files, dataclasses.replace(NO_TOOLS, emda=command), scratch)
    words = json.loads(notes.read_text())
    assert words[0] == "bestmap"
    assert value_after("--h1", words) == str(files.half_1.resolve())
    assert value_after("--mod", words) == kind
    assert read_map(Path(value_after("--msk", words))).values.max() == pytest.approx(1.0)
    np.testing.assert_array_equal(made.values, read_map(files.half_2).values)


def test_emda_without_a_map_has_failed(files: CaseFiles, tmp_path: Path) -> None:
    command, _ = stand_in(tmp_path / "emda", "None", "None")
    with pytest.raises(ProgramFailedError, match=r"wrote no bestmap\.mrc"):
        PROGRAMS["emda"].make_map(files, dataclasses.replace(NO_TOOLS, emda=command), tmp_path)


def test_occupy_amplifies_what_relion_sharpened(files: CaseFiles, tmp_path: Path) -> None:
    relion, _ = stand_in(tmp_path / "relion", "words[words.index('--i') + 1]", "'relion.mrc'")
    python, notes = stand_in(
        tmp_path / "python", "words[words.index('--input-map') + 1]", "'ampl_2.0_sharpened.mrc'"
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    made = PROGRAMS["occupy"].make_map(
        files, dataclasses.replace(NO_TOOLS, relion=relion, occupy_python=python), scratch
    )
    words = json.loads(notes.read_text())
    assert Path(words[0]).is_file()
    assert value_after("--amplify", words) == "2.0"
    np.testing.assert_array_equal(made.values, read_map(files.half_1).values)


def test_occupy_is_run_without_the_module_of_its_window(tmp_path: Path) -> None:
    package = tmp_path / "occupy_lib"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "occupy_gui.py").write_text("raise ImportError('no display')\n")
    (package / "occupy.py").write_text(
        "import sys\nfrom occupy_lib import occupy_gui\ndef app():\n    print(sys.argv[1:])\n"
    )
    script = Path(occupy.__file__).parent / "occupy_script.py"
    done = subprocess.run(
        [sys.executable, script, "--amplify", "2.0"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['--amplify', '2.0']"
