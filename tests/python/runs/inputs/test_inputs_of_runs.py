"""What a run makes of inputs and outputs that are given beside those it needs."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from half_map_files import write_mrc
from model_files import write_model

from map_sharpening.errors import ParameterError
from map_sharpening.io.maps import read_map
from map_sharpening.io.reflections import write_map_coefficients
from map_sharpening.run import plan_run, run
from map_sharpening.runs.b_factor import BFactorPlan
from map_sharpening.runs.half_maps import HalfMapPlan
from map_sharpening.runs.model import ModelPlan
from map_sharpening.simulation.simulate import SimulatedHalfMaps

#: A label that every kind of run refuses.
_PART = "extract_unique"


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "model.cif")


@pytest.mark.slow
def test_viewers_load_the_model_beside_half_maps(
    half_files: tuple[Path, Path], model_file: Path, tmp_path: Path
) -> None:
    first, second = half_files
    words = [f"half_map={first}", f"half_map={second}", "resolution=4", "report=False"]
    plan = plan_run([*words, f"model={model_file}", f"output_directory={tmp_path}"])
    assert isinstance(plan, HalfMapPlan)
    assert model_file in plan.input_files
    assert any("viewers' scripts" in note for note in plan.notes)
    run([*words, f"model={model_file}", f"output_directory={tmp_path}"])
    for script in ("open_in_chimerax.cxc", "open_in_coot.py", "open_in_pymol.pml"):
        assert model_file.name in (tmp_path / script).read_text("utf-8")


def test_single_map_with_a_model_is_sharpened_by_the_model(
    half_files: tuple[Path, Path], model_file: Path
) -> None:
    plan = plan_run([f"full_map={half_files[0]}", f"model={model_file}", "resolution=4"])
    assert isinstance(plan, ModelPlan)


@pytest.mark.parametrize(
    ("words", "n_files"), [([], 1), (["shifted_map_file=None"], 0)], ids=["default", "None"]
)
def test_shifted_map_can_be_switched_off(
    words: list[str], n_files: int, simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    path = write_mrc(tmp_path / "a.mrc", simulated.half_1.values, start=(3, 0, 0))
    plan = plan_run([f"full_map={path}", "resolution=4", *words])
    assert [file.name for file in plan.outputs].count("shifted_map.ccp4") == n_files
    assert any("shifted_map.ccp4" in note for note in plan.notes) == bool(n_files)


def test_no_methods_leave_the_map_unsharpened(half_files: tuple[Path, Path]) -> None:
    words = [f"full_map={half_files[0]}", "resolution=4", "auto_sharpen_methods=None"]
    plan = plan_run(words)
    assert isinstance(plan, BFactorPlan)
    assert plan.options.methods == ("no_sharpening",)


def twofold(folder: Path, centre: float) -> Path:
    """Write the operators of two copies about an axis along z, at a centre in x and y (Å)."""
    symmetry = folder / "two.ncs_spec"
    symmetry.write_text(
        "new_ncs_group\n"
        "new_operator\nrota_matrix 1 0 0\nrota_matrix 0 1 0\nrota_matrix 0 0 1\n"
        "tran_orth 0 0 0\ncenter_orth 10 10 10\n"
        "new_operator\nrota_matrix -1 0 0\nrota_matrix 0 -1 0\nrota_matrix 0 0 1\n"
        f"tran_orth {2 * centre} {2 * centre} 0\ncenter_orth 74 74 10\n"
    )
    return symmetry


def test_copies_that_contradict_the_symmetry_file_are_told(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    symmetry = twofold(tmp_path, 42)
    words = [f"full_map={half_files[0]}", "resolution=4", f"ncs_file={symmetry}"]
    warnings = plan_run([*words, "local_sharpen=True", "ncs_copies=3"]).warnings
    assert any("ncs_copies is 3" in text and "2 copies" in text for text in warnings)
    warnings = plan_run([*words, "local_sharpen=True", "ncs_copies=2"]).warnings
    assert not any("ncs_copies is" in text for text in warnings)


@pytest.mark.parametrize(
    ("start", "centre", "is_told"),
    [(0, 42, False), (-28, 0, False), (0, 442, True), (-28, 42, True)],
)
def test_a_symmetry_of_another_frame_is_told(
    start: int, centre: float, is_told: bool, half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    symmetry = twofold(tmp_path, centre)
    values = read_map(half_files[0])[0].values  # twofold about z
    placed = write_mrc(tmp_path / "placed.mrc", values, start=(start, start, start))
    words = [f"full_map={placed}", "resolution=4", f"ncs_file={symmetry}", "local_sharpen=True"]
    told = [text for text in plan_run(words).warnings if "takes the strongest density" in text]
    assert len(told) == (1 if is_told else 0)
    # By its ORIGIN, which is 0, the moved map would lie where the symmetry is.
    assert all(("give map_origin=origin" in text) == (start != 0) for text in told)
    of_crystal = plan_run([*words, "is_crystal=True"]).warnings
    assert not [text for text in of_crystal if "takes the strongest density" in text]


def test_the_map_of_a_crystal_repeats_whatever_is_given(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / "a.mtz"
    write_map_coefficients(path, read_map(half_files[0])[0], 4.0)
    words = [f"mtz_in={path}", "wrapping=False"]
    plan = plan_run(words)
    assert isinstance(plan, BFactorPlan)
    assert plan.inputs.maps.wrapping
    assert any("wrapping is False, but" in text for text in plan.warnings)
    plan = plan_run([*words, "is_crystal=False"])
    assert isinstance(plan, BFactorPlan)
    assert not plan.inputs.maps.wrapping
    assert not any("wrapping" in text for text in plan.warnings)


@pytest.mark.slow
def test_coot_opens_the_coefficients_that_were_given(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / 'a "b".mtz'
    write_map_coefficients(path, read_map(half_files[0])[0], 4.0)
    out = tmp_path / "out"
    run([f"mtz_in={path}", "report=False", f"output.output_directory={out}"])
    opened = []

    def coot(name: str, *given: object) -> int:
        opened.append((name, *given))
        return len(opened)

    names = ("make_and_draw_map", "set_map_displayed")
    names += ("set_contour_level_absolute", "set_contour_level_in_sigma", "set_rotation_centre")
    script = out / "open_in_coot.py"
    functions = {name: partial(coot, name) for name in names}
    exec(script.read_text(encoding="utf-8"), {**functions, "__file__": str(script)})
    maps = [call for call in opened if call[0] == "make_and_draw_map"]
    given, sharpened = ((Path(str(call[1])).resolve(), *call[2:]) for call in maps)
    assert given == (path.resolve(), "FWT", "PHWT", "", 0, 0)
    assert sharpened == (out.resolve() / "sharpened_map_coeffs.mtz", "FWT", "PHWT", "", 0, 0)


@pytest.mark.parametrize("kind", ["half maps", "model", "b-factor"])
def test_ignoring_labels_that_no_map_has_is_told(
    kind: str, half_files: tuple[Path, Path], model_file: Path, tmp_path: Path
) -> None:
    labelled = write_mrc(tmp_path / "part.mrc", read_map(half_files[0])[0].values, labels=[_PART])
    other = [f"half_map={half_files[1]}"] if kind == "half maps" else []
    name = "half_map" if kind == "half maps" else "full_map"
    words = [*other, "resolution=4", "ignore_map_labels=True"]
    words += [f"model={model_file}"] if kind == "model" else []
    found = plan_run([f"{name}={half_files[0]}", *words]).warnings
    (told,) = (text for text in found if "ignore_map_labels" in text)
    assert "no effect in this run" in told
    assert half_files[0].name in told
    needed = plan_run([f"{name}={labelled}", *words]).warnings
    assert not any("ignore_map_labels" in text for text in needed)


@pytest.mark.parametrize("between", [",", " ", "; "])
def test_two_half_maps_under_one_keyword_are_told_how_to_be_given(
    between: str, half_files: tuple[Path, Path]
) -> None:
    first, second = half_files
    told = f"give half_map={first} and half_map={second}"
    with pytest.raises(ParameterError, match=re.escape(told)):
        plan_run([f"half_map={first}{between}{second}", "resolution=4"])


@pytest.mark.parametrize("method", ["shells", "b-factor"])
def test_a_half_map_that_is_not_there_is_named_with_its_keyword(
    method: str, half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    missing = tmp_path / "nowhere.mrc"
    with pytest.raises(
        ParameterError, match=r"half_map is .*nowhere.mrc, and there is no file of"
    ):
        plan_run([f"half_map={missing}", "resolution=4", f"sharpening_method={method}"])
