"""A run with density modification: what it writes and says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import mrcfile
import numpy as np
import pytest
from half_map_run import words

from map_sharpening import MapSharpeningError
from map_sharpening.run import RunOutcome, plan_run, run
from map_sharpening.runs.half_maps import label_of_modified


@pytest.fixture(scope="module")
def outcome(half_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    folder = tmp_path_factory.mktemp("modified")
    return run(
        words(
            half_files,
            folder,
            "density_modification=True",
            "report=True",
            "sharpen_all_maps=False",
        )
    )


def folder_of(outcome: RunOutcome) -> Path:
    return next(path for path in outcome.files if path.name == "modified_map.ccp4").parent


def values_of(path: Path) -> np.ndarray:
    with mrcfile.open(path, permissive=True) as file:
        return np.array(file.data)


def test_the_modified_map_is_the_sharpened_one_and_what_was_added(outcome: RunOutcome) -> None:
    folder = folder_of(outcome)
    modified, sharpened, added = (
        values_of(folder / name)
        for name in ("modified_map.ccp4", "sharpened_map.ccp4", "modified_minus_sharpened.mrc")
    )
    np.testing.assert_allclose(modified, sharpened + added, atol=1e-5)
    assert added.std() > 0.02 * sharpened.std()
    assert not (folder / "sharpened_map_1.ccp4").exists()


def test_its_label_says_what_it_is_for(outcome: RunOutcome) -> None:
    with mrcfile.open(folder_of(outcome) / "modified_map.ccp4", permissive=True) as file:
        assert any("DENSITY MODIFIED" in label for label in file.get_labels())
    kept = replace(outcome.result.modification, is_borne_out=False)
    assert label_of_modified(kept).endswith("not modified: the sharpened map")


def test_log_report_and_results_tell_of_it(outcome: RunOutcome) -> None:
    folder = folder_of(outcome)
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    told = found["result"]["modification"]
    assert told["is_borne_out"] is True
    assert 0 <= told["null_share"] <= 0.02
    assert -1 < told["one_sided_share"] <= 0.05
    assert len(told["shells"]["positive"]) == len(told["shells"]["s_per_angstrom"])
    assert len(told["shells"]["outside"]) == len(told["shells"]["positive"])
    assert told["extended_to_angstrom"] <= found["result"]["d_min_angstrom"]
    is_extended = bool(told["extension"])
    assert is_extended == (told["extended_to_angstrom"] < found["result"]["d_min_angstrom"])
    names = [fact["name"] for fact in found["facts"]]
    assert "Density modification" in names
    assert ("Terms of modified_map" in names) == is_extended
    for name in ("log.txt", "report.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "Density modification" in text
        assert "says nothing about resolution" in " ".join(text.split())


def test_support_is_written_and_told_of(outcome: RunOutcome) -> None:
    folder = folder_of(outcome)
    values, mask = (values_of(folder / f"{name}.mrc") for name in ("modification_support", "mask"))
    assert not values[mask == 0].any()
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    told = found["result"]["modification"]["support"]
    assert told["support"]["50"] == pytest.approx(np.median(values[mask > 0.5]), abs=0.02)
    assert 0 < told["change"]["5"] < told["change"]["50"] < told["change"]["95"] < 1
    assert sum(told["support_histogram"]) == pytest.approx(1)
    names = [fact["name"] for fact in found["facts"]]
    assert "Support by region" in names
    assert "Change by region" in names
    assert "Support of density modification" in (folder / "report.html").read_text("utf-8")
    script = (folder / "open_in_chimerax.cxc").read_text(encoding="utf-8")
    assert "color sample #7 map #8" in script


def test_support_can_be_given_a_name(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    named = "modification_support_map_file=mine.mrc"
    run(words(half_files, tmp_path, "density_modification=True", named))
    assert (tmp_path / "mine.mrc").exists()


def test_without_it_nothing_of_it_is_written(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    plain = run(words(half_files, tmp_path, "local_resolution_map=False"))
    assert not [path for path in plain.files if path.name.startswith("modif")]


def test_its_names_without_it_are_warned_of(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = run(
        words(half_files, tmp_path, "modified_map_file=mine.mrc", "local_resolution_map=False")
    )
    assert any("modified_map_file" in warning for warning in outcome.result.warnings)


def test_it_is_refused_without_half_maps(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    words_of_one = [
        f"full_map={half_files[0]}",
        "resolution=4",
        "density_modification=True",
        f"output_directory={tmp_path}",
    ]
    try:
        warnings = run(words_of_one).result.warnings
    except MapSharpeningError as error:
        warnings = (str(error),)
    assert any("density_modification" in warning for warning in warnings)


def test_the_viewers_scripts_open_it_at_its_own_level(outcome: RunOutcome) -> None:
    folder = folder_of(outcome)
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    level = found["result"]["modification"]["contour_level"]
    text = (folder / "open_in_pymol.pml").read_text(encoding="utf-8")
    assert "os.path.join(here, 'modified_map.ccp4')" in text
    assert f"isosurface modified_surface, modified, {level:.6g}\n" in text


#: An operator of an .ncs_spec file.
IDENTITY = (
    "new_operator\nrota_matrix 1 0 0\nrota_matrix 0 1 0\nrota_matrix 0 0 1\ntran_orth 0 0 0\n"
)


def symmetry_file(folder: Path, centre: float, *, more: str = "") -> Path:
    """Write half a turn about an axis along z, at a centre in x and y (Å)."""
    path = folder / "two.ncs_spec"
    path.write_text(
        f"new_ncs_group\n{IDENTITY}"
        "new_operator\nrota_matrix -1 0 0\nrota_matrix 0 -1 0\nrota_matrix 0 0 1\n"
        f"tran_orth {2 * centre} {2 * centre} 0\n{more}"
    )
    return path


@pytest.mark.slow
def test_symmetry_is_used_and_told(
    half_files: tuple[Path, Path], tmp_path: Path, outcome: RunOutcome
) -> None:
    # Their molecule has this symmetry, their noise has not.
    with mrcfile.open(half_files[0], permissive=True) as file:
        centre = float(file.voxel_size.x) * file.data.shape[0] / 2
    symmetry = symmetry_file(tmp_path, centre)
    run(
        words(
            half_files,
            tmp_path / "out",
            "density_modification=True",
            f"ncs_file={symmetry}",
            "report=True",
        )
    )
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    told = found["result"]["modification"]
    used = told["symmetry"]
    assert used["copies"] == 2
    assert used["is_borne_out"] is True
    assert 0 < used["kept_share"] <= 1
    for name in ("own", "averaged", "correlation_before", "correlation_after"):
        assert len(used[name]) == len(told["shells"]["s_per_angstrom"])
    assert sum(used["correlation_after"]) > sum(used["correlation_before"])
    plain = json.loads((folder_of(outcome) / "results.json").read_text(encoding="utf-8"))
    without = plain["result"]["modification"]
    assert without["symmetry"] is None
    assert told["contribution_share"] != without["contribution_share"]
    assert "Symmetry in modified_map" in [fact["name"] for fact in found["facts"]]
    for name in ("log.txt", "report.html"):
        assert "2 copies averaged" in (tmp_path / "out" / name).read_text(encoding="utf-8")
    assert str(symmetry) in (tmp_path / "out" / "log.txt").read_text(encoding="utf-8")


def test_symmetry_of_more_than_one_group_is_refused(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    symmetry = symmetry_file(tmp_path, 42, more=f"new_ncs_group\n{IDENTITY}")
    given = words(
        half_files, tmp_path / "out", "density_modification=True", f"ncs_file={symmetry}"
    )
    with pytest.raises(
        MapSharpeningError, match=r"two\.ncs_spec has 2 groups with different operators"
    ):
        run(given)


def test_a_symmetry_file_of_one_copy_is_named(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    symmetry = tmp_path / "one.ncs_spec"
    symmetry.write_text(f"new_ncs_group\n{IDENTITY}")
    given = words(
        half_files, tmp_path / "out", "density_modification=True", f"ncs_file={symmetry}"
    )
    plan = plan_run(given)
    assert "one.ncs_spec describes one copy only: there is nothing to average" in plan.warnings


def test_symmetry_without_density_modification_is_warned_of(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    given = words(half_files, tmp_path / "out", f"ncs_file={symmetry_file(tmp_path, 42)}")
    told = run([*given, "local_resolution_map=False"]).result.warnings
    assert [text for text in told if "ncs_file" in text and "density_modification" in text]
