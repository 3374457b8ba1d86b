"""Parameter files as Phenix writes them: files in data_manager, names relative to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from map_sharpening.cli import main
from map_sharpening.errors import ParameterError
from map_sharpening.io.maps import write_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.parameters.data_manager import managed_files, without_use
from map_sharpening.parameters.kind_of_run import require_available
from map_sharpening.parameters.reading import read_words
from map_sharpening.phil import Fetched, ParameterText

PHENIX = """
job_title = as Phenix writes it
data_manager {
  real_map {
    file = "half 1.mrc"
    type = *half_map full_map
  }
  real_map_files = "half 1.mrc" half2.mrc
  default_real_map = "half 1.mrc"
  model { file = None
    type = x_ray *electron }
  phil_files = run.eff
  map_coefficients { user_selected_labels = "FWT,PHIFWT" }
}
map_sharpening { crystal_info { resolution = 3.2 } }
gui { phenix_window = 3 }
"""


def read(text: str, folder: Path | str = "") -> Fetched:
    return read_words(files=[ParameterText(text, "run.eff", str(folder))])


def test_each_file_is_named_once_with_its_line() -> None:
    files = managed_files(read(PHENIX))
    assert [file.name for file in files] == ["half 1.mrc", "half2.mrc"]
    assert files[0].where == "run.eff, line 5: data_manager.real_map.file"
    assert files[1].where == "run.eff, line 8: data_manager.real_map_files"


def test_a_file_that_a_parameter_or_the_command_line_names_is_not_named_again() -> None:
    named = PHENIX + 'input_files.map_model.half_map = "./half 1.mrc"\n'
    assert [file.name for file in managed_files(read(named))] == ["half2.mrc"]
    assert managed_files(read(named), given=[Path("half2.mrc")]) == []


def test_columns_are_taken_unless_they_are_given() -> None:
    assert read(PHENIX).extract().input_files.map_coeff_labels == ("FWT,PHIFWT",)
    given = read(PHENIX + "input_files.map_coeff_labels = F,PHI\n")
    assert given.extract().input_files.map_coeff_labels == ("F,PHI",)


def test_columns_are_those_of_the_last_file_that_names_any() -> None:
    def text(labels: str, name: str, folder: str = "") -> ParameterText:
        scope = f"data_manager.map_coefficients {{ user_selected_labels = {labels} }}"
        return ParameterText(f"{scope}\n", name, folder)

    def labels(*files: ParameterText) -> tuple[str, ...] | None:
        found: tuple[str, ...] | None = read_words(files=files).extract()[
            "input_files.map_coeff_labels"
        ]
        return found

    first, both = text("FWT,PHIFWT", "a.eff"), text("FP,SIGFP PHIB", "b.eff")
    assert labels(first, both) == ("FP,SIGFP", "PHIB")
    assert labels(both, first) == ("FWT,PHIFWT",)
    assert labels(first, text("None", "c.eff")) == ("FWT,PHIFWT",)
    assert labels(text("A,B", "a.eff", "x"), text("C,D", "a.eff", "y")) == ("C,D",)


def test_what_has_no_effect_is_told() -> None:
    (warning,) = without_use(read(PHENIX))
    assert warning.startswith("run.eff: data_manager.real_map.type, data_manager.model.type, ")
    assert "gui.phenix_window have no effect" in warning
    assert "file," not in warning
    assert without_use(read("resolution = 3\n".replace("res", "crystal_info.res"))) == []


def test_scopes_that_are_not_of_phenix_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"run\.eff, line 1: there is no parameter"):
        read("data_manger { real_map_files = a.mrc }")


def test_a_name_is_of_the_working_folder_and_else_of_the_parameter_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, working = tmp_path / "beside", tmp_path / "working"
    for folder, names in ((beside, ("a.mrc", "b.mrc")), (working, ("a.mrc",))):
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(b"")
    monkeypatch.chdir(working)
    text = (
        "".join(f"input_files.map_model.half_map = {name}.mrc\n" for name in "abc")
        + "sharpening.mask = False\noutput.mask_file = b.mrc\n"
    )
    params = read(text, beside).extract()
    assert params.input_files.map_model.half_map == ("a.mrc", str(beside / "b.mrc"), "c.mrc")
    assert params.sharpening.mask == "False"
    assert params.output.mask_file == "b.mrc"
    (file,) = managed_files(read("data_manager.real_map_files = b.mrc", beside))
    assert file.name == str(beside / "b.mrc")
    for folder in ("out", "runs/out"):  # as results that were moved with their inputs
        params = read(text, beside / folder).extract()
        assert params.input_files.map_model.half_map[1] == str(beside / "b.mrc")


def write_halves(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("half 1.mrc", "half2.mrc"):
        values = rng.normal(size=(24, 24, 24)).astype(np.float32)
        write_map(folder / name, MapData.from_array(values, 1.0))


def test_it_runs_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_halves(tmp_path)
    (tmp_path / "run.eff").write_text(PHENIX.replace("gui", "!gui"), encoding="utf-8")
    assert main(["run.eff", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "half 1.mrc" in told
    assert "half2.mrc" in told
    assert "data_manager.real_map.type" in told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("real_map_files = away.mrc", "run.eff, line 1: data_manager.real_map_files is away.mrc;"),
        ("model_files = a.pdb b.pdb", "data_manager.model_files is b.pdb, and input_files."),
        ("model_files = run.eff", "is run.eff; expected a map, model, "),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    atom = "ATOM      1  CA  ALA A   1       1.000   2.000   3.000  1.00 10.00           C\n"
    for name in ("a.pdb", "b.pdb"):
        (tmp_path / name).write_text(atom, encoding="utf-8")
    (tmp_path / "run.eff").write_text(f"data_manager {{ {line} }}\n", encoding="utf-8")
    assert main(["run.eff", "--dry-run"]) != 0
    assert message in capsys.readouterr().err


def test_names_of_outputs_as_phenix_makes_them_are_told_to_be_ignored() -> None:
    text = "output {\n  prefix = first\n  suffix = _b\n  serial = 3\n}\n"
    read = read_words(files=[ParameterText(text, "run.eff")])
    told = require_available(read)
    for name, value in {"prefix": "first", "suffix": "_b", "serial": 3}.items():
        assert read.values[f"output.{name}"] == value
        assert sum(f"output.{name} = {value} is ignored" in line for line in told) == 1
