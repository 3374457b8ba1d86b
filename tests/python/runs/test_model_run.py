"""A whole run by shells with a model: what it writes, where that lies, what is refused."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

import gemmi
import mrcfile
import numpy as np
import pytest
from examples import of_fast_suite
from half_map_files import RESOLUTION, SHAPE, write_mrc
from model_files import EDGE, write_model
from real_data import DATA, needs_data
from refusals import Refused, require_refusal
from written import OF_EVERY_RUN, labels_of, names, values_of

from map_sharpening.errors import (
    GridMismatchError,
    MapValueError,
    ModelFileError,
    ParameterError,
)
from map_sharpening.io.recognise import read_parameter_file
from map_sharpening.parameters.reading import read_words
from map_sharpening.run import RunOutcome, plan_run, run
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps

OF_THE_MAP = {*OF_EVERY_RUN, "mask.mrc", "shells.csv"}
OF_HALF_MAPS = {"sharpened_map_1.ccp4", "sharpened_map_2.ccp4"}


@dataclass(frozen=True)
class Files:
    folder: Path
    full: Path
    model: Path
    halves: tuple[Path, Path]

    def by_model(self, out: Path, *more: str) -> list[str]:
        """Return the words of a run on the full map, without a report."""
        return [f"full_map={self.full}", *self.common(out, *more)]

    def of_halves(self, out: Path, *more: str) -> list[str]:
        return [*(f"half_map={path}" for path in self.halves), *self.common(out, *more)]

    def common(self, out: Path, *more: str) -> list[str]:
        return [
            f"model={self.model}",
            "model_sharpen=True",
            f"resolution={RESOLUTION}",
            f"output_directory={out}",
            "report=False",
            *more,
        ]


@pytest.fixture(scope="module")
def files(
    simulated: SimulatedHalfMaps,
    half_files: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Files:
    folder = tmp_path_factory.mktemp("by_model")
    full = write_mrc(folder / "full.mrc", simulated.mean.values)
    return Files(folder, full, write_model(folder / "model.cif"), half_files)


@dataclass(frozen=True)
class Finished:
    folder: Path
    outcome: RunOutcome


@pytest.fixture(scope="module")
def finished(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished") / "out"
    return Finished(folder, run([*files.by_model(folder), "report=True"], date="2020-01-01"))


@pytest.fixture(scope="module")
def of_halves(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("of_halves") / "out"
    return Finished(folder, run(files.of_halves(folder)))


# What is written


def test_all_outputs_are_written_and_nothing_else(finished: Finished) -> None:
    assert names(finished.folder) == OF_THE_MAP


def test_half_maps_are_written_too(of_halves: Finished) -> None:
    assert names(of_halves.folder) == (OF_THE_MAP | OF_HALF_MAPS) - {"report.html"}


@pytest.mark.slow
def test_half_maps_are_left_out_where_not_wanted(files: Files, tmp_path: Path) -> None:
    run(files.of_halves(tmp_path, "sharpen_all_maps=False"))
    assert not names(tmp_path) & OF_HALF_MAPS


@pytest.mark.parametrize("name", sorted({"sharpened_map.ccp4", "mask.mrc"} | OF_HALF_MAPS))
def test_map_passes_the_validator(of_halves: Finished, name: str) -> None:
    assert mrcfile.validate(of_halves.folder / name, print_file=io.StringIO())


def test_sharpened_map_is_nearer_to_the_truth(
    finished: Finished, simulated: SimulatedHalfMaps
) -> None:
    sharpened = finished.outcome.result.sharpened
    before, after = (
        correlations(each, simulated.truth, simulated.near_atoms, simulated.d_min).near_atoms
        for each in (simulated.mean, sharpened)
    )
    assert after > before + 0.02


@pytest.mark.slow
def test_mean_of_half_maps_is_sharpened_where_there_is_no_full_map(
    files: Files, of_halves: Finished, tmp_path: Path
) -> None:
    run(files.of_halves(tmp_path, f"full_map={files.full}"))
    np.testing.assert_allclose(
        values_of(tmp_path / "sharpened_map.ccp4"),
        values_of(of_halves.folder / "sharpened_map.ccp4"),
        atol=1e-4,
    )


def test_half_maps_tell_the_error_of_the_model(of_halves: Finished) -> None:
    assert "estimated from the half maps" in of_halves.outcome.log


def test_label_tells_what_was_done(finished: Finished) -> None:
    said, *others = labels_of(finished.folder / "sharpened_map.ccp4")[-3:]
    result = finished.outcome.result
    assert f"shells by model b_sharpen={result.b_sharpen:.1f} rmsd=1.00" in said
    assert others == ["map_is_sharpened", "no_wrapping_outside_cell"]


@pytest.mark.parametrize("name", sorted(OF_HALF_MAPS))
def test_sharpened_half_maps_are_labelled_not_for_deposition(
    of_halves: Finished, name: str
) -> None:
    assert "SHARPENED HALF MAP - NOT FOR DEPOSITION" in labels_of(of_halves.folder / name)


def test_coefficients_are_those_of_the_map(finished: Finished) -> None:
    mtz = gemmi.read_mtz_file(str(finished.folder / "sharpened_map_coeffs.mtz"))
    grid = mtz.transform_f_phi_to_map("FWT", "PHWT", exact_size=SHAPE)
    sharpened = finished.outcome.result.sharpened.values
    np.testing.assert_allclose(np.asarray(grid.array).T, sharpened, atol=5e-3)


def test_table_holds_each_shell(finished: Finished) -> None:
    rows = list(csv.DictReader(io.StringIO((finished.folder / "shells.csv").read_text())))
    shells = finished.outcome.result.shells
    assert len(rows) == len(shells.s)
    assert float(rows[5]["accuracy"]) == pytest.approx(shells.accuracy[5])


def test_viewers_open_the_model(finished: Finished, files: Files) -> None:
    for name in ("open_in_chimerax.cxc", "open_in_coot.py", "open_in_pymol.pml"):
        seen_from_there = os.path.relpath(files.model, finished.folder)
        assert seen_from_there in (finished.folder / name).read_text("utf-8")


def test_log_names_inputs_and_error(finished: Finished, files: Files) -> None:
    log = (finished.folder / "log.txt").read_text("utf-8")
    assert str(files.model) in log
    assert "assumed, 0.25 times the resolution" in log


@pytest.mark.slow
def test_used_parameters_give_the_same_bytes(finished: Finished, tmp_path: Path) -> None:
    used = read_parameter_file(finished.folder / "used_parameters.eff")
    run(read_words([f"output_directory={tmp_path}", "report=False"], files=[used]))
    for name in ("sharpened_map.ccp4", "mask.mrc", "shells.csv"):
        assert (tmp_path / name).read_bytes() == (finished.folder / name).read_bytes()


@pytest.mark.slow
def test_partner_that_was_found_is_in_the_used_parameters(files: Files, tmp_path: Path) -> None:
    run([f"half_map={files.halves[0]}", *files.common(tmp_path)])
    assert str(files.halves[1]) in (tmp_path / "used_parameters.eff").read_text("utf-8")


def test_planning_writes_nothing(files: Files, tmp_path: Path) -> None:
    plan_run(files.by_model(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


# Options


@pytest.mark.slow
def test_whole_box_writes_no_mask(files: Files, tmp_path: Path) -> None:
    outcome = run(files.by_model(tmp_path, "mask=False"))
    assert outcome.result.mask is None
    assert "mask.mrc" not in names(tmp_path)


@pytest.mark.slow
def test_mask_atoms_false_means_the_whole_box(files: Files, tmp_path: Path) -> None:
    assert run(files.by_model(tmp_path, "mask_atoms=False")).result.mask is None


@pytest.mark.slow
def test_mask_given_is_used(files: Files, finished: Finished, tmp_path: Path) -> None:
    mask = finished.folder / "mask.mrc"
    run(files.by_model(tmp_path, f"mask={mask}"))
    first = values_of(finished.folder / "sharpened_map.ccp4")
    np.testing.assert_allclose(values_of(tmp_path / "sharpened_map.ccp4"), first, atol=1e-5)


@pytest.mark.parametrize(
    ("word", "name", "value"),
    [
        ("rmsd=0.4", "rmsd", 0.4),
        pytest.param("rmsd_resolution_factor=0.1", "rmsd", 0.4, marks=pytest.mark.slow),
        pytest.param(
            "map_modification.fraction_complete=0.7",
            "fraction_complete",
            0.7,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_is_said_of_the_model_is_used(
    files: Files, tmp_path: Path, word: str, name: str, value: float
) -> None:
    result = run(files.by_model(tmp_path, word)).result
    assert getattr(result, name) == pytest.approx(value)


@pytest.mark.slow
def test_isotropic_run_has_no_tensors(files: Files, tmp_path: Path) -> None:
    assert run(files.by_model(tmp_path, "anisotropic_sharpen=False")).result.signal_b is None


@pytest.mark.slow
def test_output_scale_factor_is_the_standard_deviation(files: Files, tmp_path: Path) -> None:
    run(files.by_model(tmp_path, "output_scale_factor=5"))
    sd = values_of(tmp_path / "sharpened_map.ccp4").std(dtype=np.float64)
    assert sd == pytest.approx(5, rel=1e-4)


# Where it lies, and the cell of the model


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"start": (4, -2, 6)}, marks=pytest.mark.slow),
        {"origin": (6.0, -3.0, 9.0)},
    ],
)
def test_map_elsewhere_gives_the_same_density_in_its_place(
    files: Files, finished: Finished, tmp_path: Path, header: dict[str, tuple[float, ...]]
) -> None:
    moved = write_mrc(tmp_path / "moved.mrc", values_of(files.full), **header)  # type: ignore[arg-type]
    model = write_model(tmp_path / "moved.cif", shift=(6, -3, 9))
    words = files.common(tmp_path / "out")
    run([f"full_map={moved}", *words, f"model={model}"])
    written = tmp_path / "out" / "sharpened_map.ccp4"
    first = values_of(finished.folder / "sharpened_map.ccp4")
    np.testing.assert_allclose(values_of(written), first, atol=2e-3)
    with mrcfile.open(written, header_only=True) as one, mrcfile.open(moved) as other:
        for word in ("nxstart", "nystart", "nzstart", "origin", "cella"):
            assert one.header[word] == other.header[word]


@pytest.mark.parametrize("method", of_fast_suite(["shells", "b-factor"], "shells"))
@pytest.mark.parametrize("ignored", [False, True])
def test_cell_of_another_map_is_refused_unless_ignored(
    files: Files, tmp_path: Path, ignored: bool, method: str
) -> None:
    model = write_model(tmp_path / "other.cif", (100, 101, 102, 90, 90, 90))
    words = files.by_model(tmp_path / "out", f"sharpening_method={method}")
    words.append(f"model={model}")
    if ignored:
        plan_run([*words, "ignore_symmetry_conflicts=True"])
        return
    with pytest.raises(ModelFileError, match=r"100 101 102 90 90 90 .*84 84 84.*=True"):
        plan_run(words)


def test_model_with_the_cell_of_the_map_is_taken(files: Files, tmp_path: Path) -> None:
    model = write_model(tmp_path / "same.cif", (EDGE * 1.004, EDGE, EDGE, 90, 90, 90.5))
    plan_run([*files.by_model(tmp_path / "out"), f"model={model}"])


@pytest.mark.slow
def test_model_may_keep_the_cell_of_the_whole_map_or_of_the_box_cut_out(
    files: Files, tmp_path: Path
) -> None:
    part = values_of(files.full)[:48, :50, :52]
    box = write_mrc(tmp_path / "box.mrc", part, sampling=SHAPE)
    cells = [(EDGE, EDGE, EDGE, 90, 90, 90), (78.0, 75.0, 72.0, 90, 90, 90)]
    for number, cell in enumerate(cells):
        model = write_model(tmp_path / f"{number}.cif", cell)
        words = files.common(tmp_path / "out")
        plan_run([f"full_map={box}", *words, f"model={model}"])


# What is refused, with nothing written


@pytest.fixture(scope="module")
def bad(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    write_model(folder / "model.cif")
    write_model(folder / "elsewhere.cif", shift=(500, 0, 0))
    (folder / "empty.pdb").write_text("END\n")
    values = values_of(files.full)
    write_mrc(folder / "map.mrc", values)
    write_mrc(folder / "small.mrc", values[:40])
    noise = np.random.default_rng(3).standard_normal(SHAPE, dtype=np.float32)
    write_mrc(folder / "noise.mrc", noise)
    write_mrc(folder / "density.mrc", values * np.float32(1e3))
    return folder


REFUSED = {
    "no_model": Refused(["full_map=map.mrc"], ParameterError, "model_sharpen is True.*no model"),
    "no_map": Refused(["model=model.cif"], ParameterError, "model_sharpen is True.*no map"),
    "no_such_model": Refused(
        ["full_map=map.mrc", "model=missing.pdb"], FileNotFoundError, "missing.pdb"
    ),
    "model_without_atoms": Refused(
        ["full_map=map.mrc", "model=empty.pdb"], ModelFileError, "empty.pdb holds no atoms"
    ),
    "model_elsewhere": Refused(
        ["full_map=map.mrc", "model=elsewhere.cif"],
        ModelFileError,
        "elsewhere.cif has none of its .* atoms in the box of map.mrc",
    ),
    "map_of_noise": Refused(
        ["full_map=noise.mrc", "model=model.cif"], MapValueError, "does not fit the map"
    ),
    "half_maps_on_another_grid": Refused(
        ["full_map=map.mrc", "half_map=small.mrc", "half_map=noise.mrc", "model=model.cif"],
        GridMismatchError,
        "small.mrc has shape",
    ),
    "mask_on_another_grid": Refused(
        ["full_map=map.mrc", "model=model.cif", "mask=small.mrc"],
        GridMismatchError,
        "small.mrc has shape",
    ),
    "mask_that_is_none": Refused(
        ["full_map=map.mrc", "model=model.cif", "mask=density.mrc"],
        MapValueError,
        "a mask has values",
    ),
    "completeness_of_0": Refused(
        ["full_map=map.mrc", "model=model.cif", "map_modification.fraction_complete=0"],
        ParameterError,
        "fraction_complete",
    ),
    "few_shells": Refused(
        ["full_map=map.mrc", "model=model.cif", "n_bins=2"],
        ParameterError,
        'n_bins is "2"; expected',
    ),
    "two_outputs_of_one_name": Refused(
        ["full_map=map.mrc", "model=model.cif", "output.mask_file=shells.csv"],
        ParameterError,
        "two outputs would be written",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_and_leaves_nothing(
    bad: Path, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bad)
    common = ["model_sharpen=True", f"resolution={RESOLUTION}"]
    require_refusal(REFUSED[case], bad, common, tmp_path / "out")


def test_missing_resolution_is_told(bad: Path, tmp_path: Path) -> None:
    words = [f"full_map={bad / 'map.mrc'}", f"model={bad / 'model.cif'}", "model_sharpen=True"]
    with pytest.raises(ParameterError, match="resolution is missing"):
        plan_run([*words, f"output_directory={tmp_path}"])


@pytest.mark.slow
@needs_data
def test_in_a_part_of_a_crystal_mates_count_as_molecule(tmp_path: Path) -> None:
    # 4217 atoms fill the part of the cell that the map is; 2827 of the model's lie outside.
    odd = DATA / "odd"
    words = [f"full_map={odd / '1mru.map'}", f"model={odd / '1mru.pdb.gz'}", "resolution=3"]
    common = ["report=False", f"output_directory={tmp_path}"]
    for given, told in (("is_crystal=None", 0), ("is_crystal=False", 2)):
        plan = plan_run(read_words([*words, *common, given]))
        outcome = run(read_words([*words, *common, given]))
        doubts = [
            text
            for text in {*plan.warnings, *outcome.result.warnings}
            if "are outside" in text or "is outside the" in text
        ]
        assert len(doubts) == told
