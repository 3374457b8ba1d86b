"""postprocess.star, fsc.xml and fsc.csv say what the result says."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import pytest
import starfile
from b_factor_results import make_scan_result
from half_map_results import make_plain_result, make_result

from map_sharpening.errors import OutputError
from map_sharpening.io.curves import fsc_xml, postprocess_star, scores_csv, shells_csv
from map_sharpening.methods.half_maps.result import HalfMapResult, ShellTable

FSC = "rlnFourierShellCorrelation"


@pytest.fixture(scope="module")
def result() -> HalfMapResult:
    return make_result()


def read_star(folder: Path, result: HalfMapResult, **names: str) -> dict[str, Any]:
    chosen = {"half_1": "half1.mrc", "half_2": "half2.mrc", "sharpened": "out.ccp4", **names}
    path = folder / "postprocess.star"
    path.write_text(postprocess_star(result, **chosen), encoding="utf-8")
    blocks: dict[str, Any] = starfile.read(path, always_dict=True)
    return blocks


def test_star_has_relions_three_blocks(tmp_path, result):
    assert list(read_star(tmp_path, result)) == ["general", "fsc", "guinier"]


def test_star_b_factor_has_the_opposite_sign(tmp_path, result):
    general = read_star(tmp_path, result)["general"]
    assert general["rlnBfactorUsedForSharpening"] == pytest.approx(-result.guinier.b_sharpen)


def test_star_slope_is_a_quarter_of_the_b_factor(tmp_path, result):
    general = read_star(tmp_path, result)["general"]
    assert general["rlnFittedSlopeGuinierPlot"] == pytest.approx(
        general["rlnBfactorUsedForSharpening"] / 4
    )


def test_star_b_of_zero_is_not_minus_zero(result):
    flat = replace(result, guinier=replace(result.guinier, b_sharpen=0.0))
    assert " -0.000000" not in postprocess_star(flat, half_1="a", half_2="b", sharpened="c")


def test_star_final_resolution_is_that_at_0143(tmp_path, result):
    general = read_star(tmp_path, result)["general"]
    assert general["rlnFinalResolution"] == pytest.approx(result.resolution_0143)


def test_star_final_resolution_without_a_crossing_is_the_finest_shell(tmp_path):
    plain = make_plain_result()
    general = read_star(tmp_path, plain)["general"]
    assert general["rlnFinalResolution"] == pytest.approx(plain.shells.d[-1])


def test_star_particle_fraction_is_0476_over_the_mask_share(tmp_path, result):
    general = read_star(tmp_path, result)["general"]
    assert general["rlnParticleBoxFractionSolventMask"] == pytest.approx(
        0.476 / result.mask_fraction, rel=1e-5
    )


def test_star_shell_0_has_resolution_999(tmp_path, result):
    first = read_star(tmp_path, result)["fsc"].iloc[0]
    assert (first["rlnSpectralIndex"], first["rlnAngstromResolution"]) == (0, 999.0)


def test_star_shell_0_has_perfect_correlation(tmp_path, result):
    first = read_star(tmp_path, result)["fsc"].iloc[0]
    assert all(first[name] == 1.0 for name in first.index if FSC in name)


def test_star_row_i_lies_at_i_over_the_box_edge(tmp_path, result):
    table = read_star(tmp_path, result)["fsc"][1:]
    np.testing.assert_allclose(
        table["rlnAngstromResolution"],
        result.sharpened.box.a / table["rlnSpectralIndex"],
        rtol=1e-6,
    )


def test_star_spectral_index_has_no_gap(tmp_path, result):
    index = read_star(tmp_path, result)["fsc"]["rlnSpectralIndex"].to_numpy()
    np.testing.assert_array_equal(index, np.arange(index.size))


def test_star_has_as_many_rows_as_relion_reads_and_zeros_past_the_last_shell(tmp_path, result):
    table = read_star(tmp_path, result)["fsc"]
    assert len(table) == result.sharpened.values.shape[0] // 2 + 1
    beyond = 1 / table["rlnAngstromResolution"] > result.shells.s[-1] + 0.001
    assert beyond.any()
    assert not table.loc[beyond, "rlnFourierShellCorrelationCorrected"].any()


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("rlnFourierShellCorrelationCorrected", "fsc_corrected"),
        ("rlnFourierShellCorrelationUnmaskedMaps", "fsc_unmasked"),
        ("rlnFourierShellCorrelationMaskedMaps", "fsc_masked"),
        ("rlnCorrectedFourierShellCorrelationPhaseRandomizedMaskedMaps", "fsc_randomised"),
    ],
)
def test_star_shells_on_relions_grid_are_kept_as_they_are(tmp_path, result, label, name):
    edge = result.sharpened.box.a
    s = np.arange(1, 18) / edge
    shells = ShellTable(
        s=s,
        d=1 / s,
        n_terms=np.arange(17),
        **{
            field.name: getattr(result.shells, field.name)[5:22]
            for field in fields(ShellTable)
            if field.name not in {"s", "d", "n_terms"}
        },
    )
    table = read_star(tmp_path, replace(result, shells=shells))["fsc"]
    np.testing.assert_allclose(table[label][1:18], getattr(shells, name), atol=1e-6)


def test_star_has_no_nan_where_a_shell_is_empty(tmp_path, result):
    assert not read_star(tmp_path, result)["fsc"].isna().any().any()


def test_star_leaves_out_curves_that_do_not_exist(tmp_path):
    table = read_star(tmp_path, make_plain_result())["fsc"]
    assert "rlnFourierShellCorrelationMaskedMaps" not in table.columns


def test_star_particle_fsc_of_a_full_envelope_is_the_unmasked_fsc(tmp_path, result):
    full = replace(result, mask_fraction=0.476)
    table = read_star(tmp_path, full)["fsc"]
    np.testing.assert_allclose(
        table[f"{FSC}ParticleMaskFraction"],
        np.maximum(table[f"{FSC}UnmaskedMaps"], 0),
        atol=2e-6,
    )


def test_star_missing_guinier_values_are_minus_99(tmp_path, result):
    table = read_star(tmp_path, result)["guinier"]
    missing = np.isnan(result.guinier.ln_weighted)
    np.testing.assert_array_equal(table["rlnLogAmplitudesWeighted"] == -99, missing)


def test_star_of_a_fit_that_does_not_exist_has_no_nan(result):
    nan = float("nan")
    fit = replace(result.guinier, b_sharpen=nan, slope=nan, intercept=nan, correlation=nan)
    text = postprocess_star(
        replace(result, guinier=fit), half_1="a.mrc", half_2="b.mrc", sharpened="c.ccp4"
    )
    assert "nan" not in text


def test_star_guinier_abscissa_is_s_squared(tmp_path, result):
    table = read_star(tmp_path, result)["guinier"]
    np.testing.assert_allclose(table["rlnResolutionSquared"], result.guinier.s_squared, rtol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "with blank.mrc",
        "it's.mrc",
        "#1.mrc",
        "_a.mrc",
        "data_1.mrc",
        "a\\b.mrc",
        "a\\",
        ".",
        "?",
        "../a.mrc",
        "é.mrc",
    ],
)
def test_star_file_name_comes_back(tmp_path, result, name):
    label = "rlnUnfilteredMapHalf1"
    assert read_star(tmp_path, result, half_1=name)["general"][label] == name
    block = gemmi.cif.read(str(tmp_path / "postprocess.star"))["general"]
    assert gemmi.cif.as_string(block.find_value(f"_{label}")) == name


@pytest.mark.parametrize("name", ["a\nb.mrc", "a\x85b.mrc", "a\u2028b.mrc", "a\x1cb.mrc", "'\\a"])
def test_star_refuses_a_name_that_would_not_come_back(result, name):
    with pytest.raises(OutputError, match=r"can't be written in a STAR file"):
        postprocess_star(result, half_1=name, half_2="b", sharpened="c")


def test_star_refuses_a_table_without_any_fsc(result):
    empty = replace(result.shells, fsc_corrected=np.full(result.shells.s.shape, np.nan))
    with pytest.raises(OutputError, match="no FSC value at all"):
        postprocess_star(replace(result, shells=empty), half_1="a", half_2="b", sharpened="c")


def test_xml_holds_every_known_corrected_value(result):
    root = ElementTree.fromstring(fsc_xml(result))
    values = [float(y.text or "nan") for y in root.iter("y")]
    known = result.shells.fsc_corrected[np.isfinite(result.shells.fsc_corrected)]
    np.testing.assert_allclose(values, known, atol=1e-6)


def test_xml_keeps_to_the_schema_of_the_emdb(result):
    # Version 1.2: a corrected value may lie below -1, and no y may.
    low = replace(result.shells, fsc_corrected=np.linspace(-2.5, 1, len(result.shells.s)))
    root = ElementTree.fromstring(fsc_xml(replace(result, shells=low)))
    assert [[part.tag for part in point] for point in root] == [["x", "y"]] * len(low.s)
    assert {point.tag for point in root} == {"coordinate"}
    assert min(float(x.text) for x in root.iter("x")) >= 0
    values = [float(y.text) for y in root.iter("y")]
    np.testing.assert_allclose(values, np.maximum(low.fsc_corrected, -1), atol=1e-6)


def test_xml_x_is_one_over_d(result):
    root = ElementTree.fromstring(fsc_xml(result))
    known = np.isfinite(result.shells.fsc_corrected)
    x = [float(x.text or "nan") for x in root.iter("x")]
    np.testing.assert_allclose(x, 1 / result.shells.d[known], rtol=1e-5)


def test_xml_titles_are_those_emdb_knows(result):
    root = ElementTree.fromstring(fsc_xml(result))
    assert root.attrib == {
        "title": "Masked-corrected FSC",
        "xaxis": "Resolution (A-1)",
        "yaxis": "Correlation Coefficient",
    }


def test_xml_does_not_claim_a_mask_that_was_not_there():
    root = ElementTree.fromstring(fsc_xml(make_plain_result()))
    assert root.attrib["title"] == "Unmasked FSC"


def test_csv_header_names_every_column_of_the_shell_table(result):
    header = next(csv.reader(io.StringIO(shells_csv(result))))
    assert header == [field.name for field in fields(ShellTable)]


def test_csv_gives_the_shell_table_back(result):
    rows = list(csv.DictReader(io.StringIO(shells_csv(result))))
    for name in (field.name for field in fields(ShellTable)):
        column = [float(row[name]) if row[name] else np.nan for row in rows]
        np.testing.assert_allclose(column, getattr(result.shells, name), rtol=1e-8)


def test_csv_counts_are_whole_numbers(result):
    rows = csv.DictReader(io.StringIO(shells_csv(result)))
    assert [int(row["n_terms"]) for row in rows] == result.shells.n_terms.tolist()


def test_scores_mark_the_chosen_trial_though_it_was_scored_again() -> None:
    result = make_scan_result()
    again = replace(result, chosen=replace(result.chosen, scores=result.unsharpened))
    marks = [line.rpartition(",")[2] for line in scores_csv(again).splitlines()[1:]]
    assert [i for i, mark in enumerate(marks) if mark == "1"] == [result.chosen_place]
