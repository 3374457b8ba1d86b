"""Phases in radians, in turns and counted on, weights in percent, datasets, blocks of CIF."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from reflection_files import CELLS, Crystal, crystal, mtz_with, rich_file

from map_sharpening.errors import MapFileError, MapValueError, ParameterError
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.recognise import kind_of_file


@pytest.fixture(scope="module")
def made() -> Crystal:
    return crystal()


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> npt.NDArray[np.float32]:
    return values_of(rich_file(tmp_path_factory.mktemp("right") / "a.mtz", "FWT:F PHWT:P"))


def values_of(path: Path, labels: str | None = None) -> npt.NDArray[np.float32]:
    return read_map_coefficients(path, labels)[0].values


def told_of(path: Path) -> tuple[str, ...]:
    return read_map_coefficients(path)[1].warnings


@pytest.mark.parametrize("lowest", [-180, 0])
def test_phases_in_radians_are_taken_for_what_they_are(
    lowest: float, made: Crystal, right: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    phases = np.radians((made.phase - lowest) % 360 + lowest)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", PHWT=phases)
    np.testing.assert_allclose(values_of(path), right, atol=1e-5)
    (told,) = told_of(path)
    assert "a.mtz: the phases PHWT go from" in told
    assert "radians" in told


@pytest.mark.parametrize(("lowest", "unit"), [(0, 360), (-180, 360), (-180, 180)])
def test_phases_in_turns_are_refused(
    lowest: float, unit: float, made: Crystal, tmp_path: Path
) -> None:
    phases = ((made.phase - lowest) % 360 + lowest) / unit
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", PHWT=phases)
    with pytest.raises(MapValueError, match=r"a.mtz has phases PHWT from .* nor radians; .*360"):
        read_map_coefficients(path)


def test_turns_that_were_counted_on_are_no_flags(
    made: Crystal, right: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    turned = made.phase + 360 * (made.indices @ (3, 5, 7))
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", PHWT=turned)
    np.testing.assert_allclose(values_of(path), right, atol=1e-4)
    assert told_of(path) == ()


def test_one_phase_for_all_is_refused(made: Crystal, tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", PHWT=np.zeros(len(made.phase)))
    with pytest.raises(MapValueError, match=r"a.mtz has the phase 0 in PHWT for all reflections"):
        read_map_coefficients(path)


def test_weights_in_percent_are_shares(made: Crystal, tmp_path: Path) -> None:
    share = np.random.default_rng(1).uniform(0.1, 1, len(made.phase))
    columns = "FP:F SIGFP:Q PHIB:P FOM:W"
    percent = rich_file(tmp_path / "a.mtz", columns, FOM=100 * share)
    expected = values_of(rich_file(tmp_path / "b.mtz", columns, FOM=share))
    np.testing.assert_allclose(values_of(percent), expected, atol=1e-5)
    (told,) = told_of(percent)
    assert "read as percent" in told


def test_one_amplitude_far_above_all_others_means_missing(made: Crystal, tmp_path: Path) -> None:
    is_missing = np.arange(len(made.phase)) % 10 == 3
    flagged, absent = (
        rich_file(tmp_path / name, "FWT:F PHWT:P", FWT=np.where(is_missing, flag, made.amplitude))
        for name, flag in (("a.mtz", 9999.0), ("b.mtz", np.nan))
    )
    np.testing.assert_allclose(values_of(flagged), values_of(absent), atol=1e-6)
    (told,) = told_of(flagged)
    assert f"{is_missing.sum()} of {len(is_missing)} reflections have values" in told


def test_equal_mates_of_a_strong_reflection_are_no_flags(made: Crystal, tmp_path: Path) -> None:
    amplitudes = made.amplitude.copy()
    n_mates = max(3, len(amplitudes) // 1000 + 1)
    amplitudes[5 : 5 + n_mates] = 3 * amplitudes.max()
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=amplitudes)
    assert told_of(path) == ()
    assert read_map_coefficients(path)[1].n_reflections == len(amplitudes)


def test_phases_that_32_bits_can_not_hold_are_no_turns(made: Crystal, tmp_path: Path) -> None:
    phases = made.phase.copy()
    phases[:40] = np.linspace(1e8, 1e12, 40)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", PHWT=phases)
    (told,) = told_of(path)
    assert f"40 of {len(phases)} reflections have values that mean missing" in told


def test_weights_of_99_mean_missing_beside_shares(made: Crystal, tmp_path: Path) -> None:
    columns = "FP:F SIGFP:Q PHIB:P FOM:W"
    share = np.random.default_rng(1).uniform(0.1, 1, len(made.phase))
    share[::5] = 99
    (told,) = told_of(rich_file(tmp_path / "a.mtz", columns, FOM=share))
    assert f"{len(share[::5])} of {len(share)} reflections have values that mean missing" in told


def test_weights_in_percent_may_mostly_be_low(made: Crystal, tmp_path: Path) -> None:
    columns = "FP:F SIGFP:Q PHIB:P FOM:W"
    share = np.full(len(made.phase), 0.01)
    share[::4] = np.linspace(0.05, 0.95, len(share[::4]))
    percent = rich_file(tmp_path / "a.mtz", columns, FOM=100 * share)
    expected = values_of(rich_file(tmp_path / "b.mtz", columns, FOM=share))
    np.testing.assert_allclose(values_of(percent), expected, atol=1e-5)


def test_a_reflection_that_outweighs_all_others_is_named(made: Crystal, tmp_path: Path) -> None:
    amplitudes = made.amplitude.copy()
    amplitudes[17] = 1e7
    (told,) = told_of(rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=amplitudes))
    h, k, l = made.indices[17]  # noqa: E741
    assert f"the reflection {h} {k} {l} has 1e+07 in FWT, and 100%" in told


@pytest.mark.parametrize("labels", ["{}/FWT {}/PHWT", "/*/{}/FWT,/*/{}/PHWT", "/*/{}/[FWT,PHWT]"])
def test_the_dataset_tells_labels_apart(labels: str, made: Crystal, tmp_path: Path) -> None:
    mtz = mtz_with({"FWT": ("F", made.amplitude), "PHWT": ("P", made.phase)}, made.indices)
    second = mtz.add_dataset("second")
    second.cell = mtz.cell
    data = np.array(mtz.array)
    for label, kind in (("FWT", "F"), ("PHWT", "P")):
        mtz.add_column(label, kind, dataset_id=second.id)
    mtz.set_data(np.column_stack([data, made.amplitude**2, made.phase]).astype(np.float32))
    path = tmp_path / "two.mtz"
    mtz.write_to_file(str(path))
    with pytest.raises(ParameterError, match=r"crystal/FWT,crystal/PHWT; second/FWT,second/PHWT"):
        read_map_coefficients(path)
    for name, amplitude in (("crystal", made.amplitude), ("second", made.amplitude**2)):
        alone = rich_file(tmp_path / "alone.mtz", "FWT:F PHWT:P", FWT=amplitude)
        found = values_of(path, labels.replace("{}", name))
        np.testing.assert_allclose(found, values_of(alone), atol=1e-6)


def cif(made: Crystal, name: str, *tags: str) -> str:
    """Return a block of the coefficients, the amplitudes under all tags but the last."""
    edges = zip(
        ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"),
        CELLS["P 21 21 21"],
        strict=True,
    )
    columns = [*(f"index_{axis}" for axis in "hkl"), *tags]
    rows = zip(made.indices, made.amplitude, made.phase, strict=True)
    return "\n".join(
        [
            f"data_{name}",
            *(f"_cell.{word} {number}" for word, number in edges),
            "_symmetry.space_group_name_H-M 'P 21 21 21'",
            "loop_",
            *(f"_refln.{column}" for column in columns),
            *(
                " ".join([*map(str, hkl), *[f"{f:.6f}"] * (len(tags) - 1), f"{p:.4f}"])
                for hkl, f, p in rows
            ),
            "",
        ]
    )


def test_of_several_blocks_that_of_the_map_is_read(
    made: Crystal, right: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    path = tmp_path / "sf.cif"
    first = cif(made, "model", "F_calc", "phase_calc")
    path.write_text(first + cif(made, "map", "pdbx_FWT", "pdbx_PHWT"))
    map_data, info, _ = read_map_coefficients(path)
    assert info.labels == ("FWT", "PHWT")
    np.testing.assert_allclose(map_data.values, right, atol=1e-4)


@pytest.mark.parametrize("tags", [("pdbx_FWT", "pdbx_PHWT"), ("F_calc", "phase_calc")])
def test_coefficients_in_several_blocks_are_refused(
    tags: tuple[str, str], made: Crystal, tmp_path: Path
) -> None:
    path = tmp_path / "sf.cif"
    raw = cif(made, "raw", "F_meas_au", "F_meas_sigma_au")
    path.write_text(raw + cif(made, "one", *tags) + cif(made, "two", *tags))
    with pytest.raises(MapFileError, match=r"sf.cif has .* in 2 blocks \(data_one, data_two\);"):
        read_map_coefficients(path)


def test_names_of_a_cif_file_may_be_in_capitals(
    made: Crystal, right: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    path = tmp_path / "sf.cif"
    path.write_text(cif(made, "map", "pdbx_FWT", "pdbx_PHWT").replace("_refln.p", "_REFLN.P"))
    assert kind_of_file(path) == "reflections"
    np.testing.assert_allclose(values_of(path), right, atol=1e-4)


def test_a_block_without_amplitudes_and_phases_says_what_it_has(
    made: Crystal, tmp_path: Path
) -> None:
    path = tmp_path / "sf.cif"
    path.write_text(cif(made, "map", "A_calc_au", "B_calc_au"))
    with pytest.raises(MapFileError, match=r"in data_map, but .*A_calc_au, B_calc_au; expected"):
        read_map_coefficients(path)


def test_measured_phases_of_a_cif_file_are_read(
    made: Crystal, right: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    path = tmp_path / "sf.cif"
    path.write_bytes(
        codecs.BOM_UTF8 + cif(made, "mir", "F_meas_au", "F_meas_sigma_au", "phase_meas").encode()
    )
    map_data, info, _ = read_map_coefficients(path)
    assert info.labels == ("FP", "PHIM")
    np.testing.assert_allclose(map_data.values, right, atol=1e-4)


@pytest.mark.parametrize(
    ("tags", "are_used"),
    [(("F_meas_au", "phase_calc"), False), (("pdbx_FWT", "pdbx_PHWT"), True)],
)
def test_reflections_marked_as_not_to_be_used_are_left_out_or_told(
    tags: tuple[str, str], are_used: bool, made: Crystal, tmp_path: Path
) -> None:
    marks = np.resize(list("ooofoxo<o-oholo"), len(made.phase))
    lines = cif(made, "map", *tags, "status").splitlines()
    first = len(lines) - len(marks)
    names, lines = lines[:first], lines[first:]
    rows = [" ".join(line.split()[:3]) for line in lines]
    numbers = zip(rows, made.amplitude, made.phase, marks, strict=True)
    lines = [f"{row} {f:.6f} {p:.4f} {mark}" for row, f, p, mark in numbers]
    path = tmp_path / "sf.cif"
    path.write_text("\n".join([*names, *lines, ""]))
    found, info, notes = read_map_coefficients(path)
    is_kept = np.full(len(marks), True) if are_used else np.isin(marks, list("of"))
    kept = Crystal(made.indices[is_kept], made.amplitude[is_kept], made.phase[is_kept])
    path.write_text(cif(kept, "map", *tags))
    np.testing.assert_allclose(found.values, values_of(path), atol=1e-5)
    assert info.warnings == ()
    told = "\n".join(notes)
    for mark, word in {"x": "unreliable", "<": "too weak", "-": "systematically absent"}.items():
        assert f"{np.count_nonzero(marks == mark)} {mark}, {word}" in told
    assert ("they are left out" in told) is not are_used
    n_free = np.count_nonzero(marks == "f")
    assert (f"{n_free} of {len(marks)} reflections are of the free set" in told) is not are_used


@pytest.mark.parametrize("marks", ["x", "<-ox"])
def test_a_column_of_an_mtz_file_that_is_named_status_marks_nothing(
    marks: str, made: Crystal, right: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    codes = np.resize([ord(mark) for mark in marks], len(made.phase))
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P STATUS:I", STATUS=codes)
    found, info, notes = read_map_coefficients(path)
    np.testing.assert_allclose(found.values, right, atol=1e-5)
    assert not [text for text in (*notes, *info.warnings) if "status" in text.lower()]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("_symmetry.Int_Tables_number 19", None),
        ("_space_group.IT_number 19", None),
        ("_space_group.name_H-M_alt 'P 21 21 21'", None),
        ("_symmetry.space_group_name_H-M 'P 99'", "the space group P 99, which is unknown; set"),
        ("_symmetry.Int_Tables_number 999", "the space group 999, which is unknown; set"),
        ("", "no space group; set that of the crystal in data_map, as _symmetry.space"),
    ],
)
def test_the_space_group_of_cif_may_be_stated_by_any_tag(
    stated: str,
    expected: str | None,
    made: Crystal,
    right: npt.NDArray[np.float32],
    tmp_path: Path,
) -> None:
    path = tmp_path / "sf.cif"
    usual = "_symmetry.space_group_name_H-M 'P 21 21 21'"
    path.write_text(cif(made, "map", "pdbx_FWT", "pdbx_PHWT").replace(usual, stated))
    if expected is None:
        np.testing.assert_allclose(values_of(path), right, atol=1e-5)
        return
    with pytest.raises(MapFileError, match=f"sf.cif has {expected}"):
        values_of(path)


def test_a_file_in_which_all_reflections_are_marked_says_so(made: Crystal, tmp_path: Path) -> None:
    path = tmp_path / "sf.cif"
    lines = cif(made, "map", "F_meas_au", "phase_calc").splitlines()
    at = lines.index("_refln.phase_calc")
    rows = [f"{line} x" for line in lines[at + 1 :]]
    undefined = [row[:-1] + "1" for row in rows[:7]]
    path.write_text("\n".join([*lines[: at + 1], "_refln.status", *undefined, *rows[7:], ""]))
    told = "\n".join(read_map_coefficients(path)[2])
    assert f"7 of {len(rows)} reflections have marks in _refln.status that mmCIF" in told
    assert "define (1); they are used" in told
    path.write_text("\n".join([*lines[: at + 1], "_refln.status", *rows, ""]))
    said = f"in FP, PHIC but {len(rows)} marked as not to be used in _refln.status; name other"
    with pytest.raises(MapFileError, match=said):
        values_of(path)
