"""The columns that a map is made of, named by the user or chosen."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np
import pytest
from reflection_files import crystal, rich_file, write_fwt

from map_sharpening.errors import (
    ParameterError,
)
from map_sharpening.io.map_coefficients import read_map_coefficients


def labels_of(path: Path, labels: str | list[str] | None = None) -> tuple[str, ...]:
    return read_map_coefficients(path, labels)[1].labels


def scale_between(path: Path, labels: str, reference: Path) -> float:
    """Return how many times the one map is the other."""
    one, other = (read_map_coefficients(p, la)[0] for p, la in ((path, labels), (reference, None)))
    ratio = float((one.values * other.values).sum() / (other.values**2).sum())
    np.testing.assert_allclose(one.values, ratio * other.values, atol=1e-4 * other.values.std())
    return ratio


# Labels


@pytest.mark.parametrize(
    "labels",
    ["FP,SIGFP PHIB FOM", "FP,SIGFP,PHIB,FOM", "FOM PHIB FP", ["FP,SIGFP", "PHIB", "FOM"]],
)
def test_columns_are_told_apart_by_their_type(tmp_path: Path, labels: str | list[str]) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W FC:F PHIC:P")
    assert labels_of(path, labels) == ("FP", "PHIB", "FOM")


def test_a_weight_multiplies_the_amplitude(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W")
    reference = write_fwt(tmp_path / "b.mtz")
    assert scale_between(path, "FP,SIGFP PHIB FOM", reference) == pytest.approx(0.5)


def test_without_the_weight_the_amplitude_is_as_it_is(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W")
    reference = write_fwt(tmp_path / "b.mtz")
    assert scale_between(path, "FP,SIGFP PHIB", reference) == pytest.approx(1.0)


def test_weights_are_clamped_and_told(tmp_path: Path) -> None:
    n = len(crystal().indices)
    path = rich_file(tmp_path / "a.mtz", "FP:F PHIB:P FOM:W", FOM=np.full(n, 1.7))
    assert scale_between(path, "FP PHIB FOM", write_fwt(tmp_path / "b.mtz")) == pytest.approx(1.0)
    notes = read_map_coefficients(path, "FP PHIB FOM")[2]
    assert any(f"{n} weights FOM lie outside 0 to 1, as far as 1.7" in note for note in notes)


def test_a_missing_weight_drops_its_reflection(tmp_path: Path) -> None:
    n = len(crystal().indices)
    weights = np.where(np.arange(n) == 5, np.nan, 1.0)
    path = rich_file(tmp_path / "a.mtz", "FP:F PHIB:P FOM:W", FOM=weights)
    assert read_map_coefficients(path, "FP PHIB FOM")[1].n_reflections == n - 1


def test_a_signed_coefficient_keeps_its_sign(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=-crystal().amplitude)
    assert scale_between(path, "FWT,PHWT", write_fwt(tmp_path / "b.mtz")) == pytest.approx(-1.0)


def test_a_measured_amplitude_has_no_sign(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P", FP=-crystal().amplitude)
    reference = write_fwt(tmp_path / "b.mtz")
    assert scale_between(path, "FP,SIGFP PHIB", reference) == pytest.approx(1.0)


def test_the_start_of_a_label_is_enough(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "2FOFCWT_1:F PH2FOFCWT_1:P")
    assert labels_of(path, "2FOFCWT,PH2FOFCWT") == ("2FOFCWT_1", "PH2FOFCWT_1")
    assert any("PH2FOFCWT_1" in note for note in read_map_coefficients(path, "2F,PH")[2])


def test_a_full_label_goes_before_the_start_of_another(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FC_ALL:F PHIC_ALL:P FC:F PHIC:P")
    assert labels_of(path, "FC,PHIC") == ("FC", "PHIC")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("FX,PHWT", r"no column FX, it has FP, SIGFP, PHIB, FOM, FWT, PHWT, IMEAN; give"),
        ("F,PHWT", r"F fits 3 columns of a\.mtz: crystal/FP, crystal/FOM, .*; give one"),
        ("FWT", r"names 0 columns with a phase \(none\); expected one; the file has PHIB, PHWT"),
        ("FP,FWT,PHWT", r"names 2 columns with an amplitude \(FP, FWT\); expected one"),
        ("FP,SIGFP,SIGFP PHIB", r"names 2 columns with a sigma .* expected one at most"),
        ("IMEAN,PHWT", r"column IMEAN of a\.mtz has the type J; map_coeff_labels takes"),
        (" , ", r"map_coeff_labels is empty; expected labels such as FWT,PHWT"),
        ("H,PHWT", r"no column H, it has FP"),
    ],
)
def test_labels_that_do_not_fit_are_explained(tmp_path: Path, labels: str, message: str) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W FWT:F PHWT:P IMEAN:J")
    with pytest.raises(ParameterError, match=message) as caught:
        read_map_coefficients(path, labels)
    assert "\n" not in str(caught.value)


# Automatic choice

REFMAC = "FP:F SIGFP:Q FC:F PHIC:P FC_ALL:F PHIC_ALL:P FWT:F PHWT:P DELFWT:F PHDELWT:P FOM:W"


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        (REFMAC, ("FWT", "PHWT")),
        ("2FOFCWT:F PH2FOFCWT:P FWT:F PHIFWT:P", ("FWT", "PHIFWT")),
        ("FOFCWT:F PHFOFCWT:P 2FOFCWT:F PH2FOFCWT:P", ("2FOFCWT", "PH2FOFCWT")),
        ("2FOFCWT_1:F PH2FOFCWT_1:P F:F", ("2FOFCWT_1", "PH2FOFCWT_1")),
        (
            "2FOFCWT_no_fill:F PH2FOFCWT_no_fill:P 2FOFCWT:F PH2FOFCWT:P",
            ("2FOFCWT", "PH2FOFCWT"),
        ),
        ("F:F FDM:F PHIDM:P FOMDM:W", ("FDM", "PHIDM")),
        ("F:F parrot.F_phi.F:F parrot.F_phi.phi:P", ("parrot.F_phi.F", "parrot.F_phi.phi")),
        ("FP:F SIGFP:Q FC:F PHIC:P FMAP:F PHIMAP:P", ("FMAP", "PHIMAP")),
        ("FP:F PHIB:P FOM:W", ("FP", "PHIB", "FOM")),
        ("FP:F SIGFP:Q PHIB:P FOM:W", ("FP", "PHIB", "FOM")),
        ("FP:F SIGFP:Q FREE:I PHIB:P", ("FP", "PHIB")),
        ("FC:F PHIC:P DELFWT:F PHDELWT:P", ("FC", "PHIC")),
        ("DELFWT:F PHDELWT:P F:F SIGF:Q PHIB:P FOM:W", ("F", "PHIB", "FOM")),
    ],
)
def test_the_choice_without_labels(tmp_path: Path, columns: str, chosen: tuple[str, ...]) -> None:
    assert labels_of(rich_file(tmp_path / "a.mtz", columns)) == chosen


def test_the_choice_is_told(tmp_path: Path) -> None:
    notes = read_map_coefficients(write_fwt(tmp_path / "a.mtz"))[2]
    assert notes == ["a.mtz: map coefficients FWT, PHWT chosen"]


def test_choosing_calculated_coefficients_is_told(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FC:F PHIC:P")
    assert any("FC looks calculated from a model" in n for n in read_map_coefficients(path)[2])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("2FOFCWT_1:F PH2FOFCWT_1:P 2FOFCWT_2:F PH2FOFCWT_2:P", "2 sets .*2FOFCWT_1,PH2FOFCWT_1;"),
        ("F1:F PHI1:P F2:F PHI2:P", "2 sets .* of equal rank: F1,PHI1; F2,PHI2; choose one by"),
        ("FP:F SIGFP:Q PHIB:P FOM:W FOMB:W", "2 sets .*FP,PHIB,FOM; FP,PHIB,FOMB"),
        (
            "DELFWT:F PHDELWT:P",
            "difference or anomalous maps only, among DELFWT, PHDELWT; name them",
        ),
    ],
)
def test_an_unclear_choice_lists_the_candidates(
    tmp_path: Path, columns: str, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        read_map_coefficients(rich_file(tmp_path / "a.mtz", columns))


def test_columns_with_one_name_are_to_be_renamed(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P F2:F")
    mtz = gemmi.read_mtz_file(str(path))
    mtz.column_with_label("F2").label = "FWT"
    mtz.write_to_file(str(path))
    with pytest.raises(ParameterError, match=r"2 sets .* after renaming all others"):
        read_map_coefficients(path)
