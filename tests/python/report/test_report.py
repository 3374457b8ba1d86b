"""Log, HTML report and JSON summary render a result truly."""

from __future__ import annotations

import base64
import io
import json
import re
import tracemalloc
from dataclasses import fields, replace

import html_page
import numpy as np
import pytest
from half_map_results import make_map, make_plain_result, make_result, make_shells
from html_page import (
    Page,
    require_links_that_lead_somewhere,
    require_no_nan,
    require_nothing_from_elsewhere,
    require_own_script_only,
)
from PIL import Image

from map_sharpening.errors import GridMismatchError
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.shared.direction import Tensor, principal_spread
from map_sharpening.report import log_text, result_values
from map_sharpening.report.parts.page import files_and_versions
from map_sharpening.report.parts.plain_values import name_with_unit
from map_sharpening.report.parts.slice_pictures import slice_pictures
from map_sharpening.report.parts.slices import (
    CentralSlices,
    central_slices,
    central_slices_of_mean,
)
from map_sharpening.report.parts.wording import number

FACTS = {"inputs": ("half1.mrc", "half<2>.mrc"), "title": "<b>x</b>"}


def render(result: HalfMapResult, **more) -> str:
    return html_page.render(result, **{**FACTS, **more})


@pytest.fixture(scope="module")
def result() -> HalfMapResult:
    return make_result()


@pytest.fixture(scope="module")
def page_text(result: HalfMapResult) -> str:
    return render(result)


@pytest.fixture(scope="module")
def page(page_text: str) -> Page:
    return Page(page_text)


@pytest.fixture(scope="module")
def log(result: HalfMapResult) -> str:
    return log_text(result, outputs=["sharpened_map.ccp4"])


# --- log


def test_log_summary_fits_on_one_screen(log):
    assert log.index("Anisotropy") > 0
    assert len(log[: log.index("Anisotropy\n---")].splitlines()) <= 24


def test_log_lines_fit_100_columns(log):
    assert max(map(len, log.splitlines())) <= 100


@pytest.mark.parametrize(
    "fact", ["3.24 Å", "3.65 Å", "3.20 Å", "92.5 Å²", "good fit", "4.90 Å", "3.41", "map.ccp4"]
)
def test_log_summary_states(log, fact):
    assert fact in log[: log.index("Anisotropy\n---")]


def test_log_repeats_every_warning(log, result):
    assert result.warnings[0] in log


def test_log_names_the_tensor_elements_in_the_documented_order(log):
    assert log.count("(      X,       Y,       Z,      XY,      XZ,      YZ)") == 5


def test_log_prints_tensors_with_three_decimals(log):
    assert "( -0.119,  -0.067,   0.186,  -0.013,   0.031,   0.064)" in log


def test_log_prints_standard_errors(log):
    assert "+- (  0.011,   0.012,   0.013,   0.006,   0.007,   0.008)" in log


def test_log_overall_u_comes_before_what_is_left_of_it(log):
    titles = ["Overall U", "fall-off of the data", "of the data\n", "uncertainties\n", "factors\n"]
    places = [log.index(title) for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("title", "legend"),
    [
        ("Anisotropy of the data", "amplitudes fall off more"),
        ("Anisotropy of the uncertainties", "uncertainties decrease more"),
        ("Anisotropy of the scale factors", "scale factors increase more"),
    ],
)
def test_log_legend_of_signs(log, title, legend):
    after = log[log.index(title) + len(title) :]
    assert after.splitlines()[1] == f"  (positive: {legend} along this direction)"


def test_log_says_when_anisotropy_was_not_analysed():
    assert "Not analysed" in log_text(make_plain_result())


def test_log_says_when_the_fsc_never_falls():
    assert "no crossing down to 2.72 Å" in log_text(make_plain_result())


def test_log_says_when_b_is_not_to_be_relied_on():
    assert "poor fit" in log_text(make_plain_result())


@pytest.mark.parametrize("n_shells", [1, 2, 39, 40, 41, 500])
def test_log_shows_at_most_40_shells_with_both_ends(result, n_shells):
    shells = make_shells(max(n_shells, 5))
    shells = replace(
        shells,
        **{field.name: getattr(shells, field.name)[:n_shells] for field in fields(shells)},
    )
    text = log_text(replace(result, shells=shells))
    table = text[text.index("d, Å") :].split("\n\n")[0].splitlines()[1:]
    shown = [float(line.split()[0]) for line in table]
    assert len(shown) == min(n_shells, 40)
    assert (shown[0], shown[-1]) == (
        pytest.approx(shells.d[0], abs=0.005),
        pytest.approx(shells.d[n_shells - 1], abs=0.005),
    )


def test_log_shows_an_empty_shell_as_dashes(result):
    shells = result.shells
    few = replace(
        shells, **{field.name: getattr(shells, field.name)[:10] for field in fields(shells)}
    )
    line = next(
        line
        for line in log_text(replace(result, shells=few)).splitlines()
        if line.split()[:2] == [f"{few.d[4]:.2f}", "0"]
    )
    assert set(line.split()[2:]) == {"-"}


def test_log_has_no_nan(log):
    assert "nan" not in log.lower()


# --- wording


@pytest.mark.parametrize(
    ("value", "text"), [(-0.0004, "0.000"), (-0.001, "-0.001"), (1.0, "1.000"), (None, "-")]
)
def test_number_has_no_negative_zero(value, text):
    assert number(value, 3) == text


def test_principal_spread_does_not_change_when_the_axes_turn():
    # 45 degrees about z turn diag(1, 3, 0) into off-diagonal -1.
    turned = Tensor((2.0, 2.0, 0.0, -1.0, 0.0, 0.0), (0.0,) * 6)
    assert principal_spread(turned.values) == pytest.approx(3.0)


# --- HTML


def test_page_closes_every_tag(page):
    assert (page.open, page.unbalanced) == ([], [])


def test_page_asks_nothing_of_the_network(page_text):
    require_nothing_from_elsewhere(page_text)


def test_only_the_script_of_the_page_itself_may_run(page_text):
    require_own_script_only(page_text)


def test_page_links_within_itself_lead_somewhere(page_text):
    require_links_that_lead_somewhere(page_text)


def test_page_escapes_all_text(page_text):
    for raw in ("half<2>", "<noise>", "<given>", "<b>"):
        assert raw not in page_text


def test_page_shows_what_was_escaped(page):
    text = "".join(page.texts)
    assert all(raw in text for raw in ("half<2>.mrc", "& more", "<b>x</b>"))


def test_page_has_warnings_before_results(page_text):
    assert page_text.index('role="alert"') < page_text.index('class="tiles"')


@pytest.mark.slow
def test_page_has_no_warning_box_without_warnings(result):
    assert 'role="alert"' not in render(replace(result, warnings=()))


@pytest.mark.slow
def test_page_of_pure_noise_leaves_room_below_one_and_a_half_megabytes(result):
    # Noise is what PNG packs worst; 600 pixels are thinned to the largest picture there is.
    noise = np.random.default_rng(0).normal(size=(600, 600)).astype(np.float32)
    slices = CentralSlices(x=noise, y=noise.T, z=noise[::-1], voxel_size=(1.0, 1.0, 1.0))
    many = replace(result, shells=make_shells(400))
    empty = replace(many, directional_scale=make_plain_result().directional_scale)
    page, bare = render(empty, before=slices), render(empty, before=None)
    assert len(page) + (len(page) - len(bare)) < 1_500_000


@pytest.mark.slow
def test_page_is_the_same_bytes_twice(result, page_text):
    assert render(result) == page_text


@pytest.mark.slow
def test_page_holds_a_date_only_if_given(result, page_text):
    assert "2031-05-06" in render(result, date="2031-05-06")
    assert re.search(r"20\d\d-\d\d-\d\d", page_text) is None


def test_page_has_every_shell(page_text, result):
    details = page_text[page_text.index("shells</summary>") :]
    rows = details[: details.index("</table>")].count("<tr>") - 1
    assert rows == result.shells.s.size


def test_page_has_no_nan(page):
    require_no_nan(page)


def test_page_draws_six_slices(page_text):
    assert page_text.count('<svg class="slice"') == 6


@pytest.mark.slow
def test_page_without_an_input_draws_three_slices(result):
    assert render(result, before=None).count('<svg class="slice"') == 3


def test_page_outlines_the_mask_on_every_slice(page_text):
    assert page_text.count('class="outline"') == 6


@pytest.mark.slow
def test_page_without_mask_draws_no_outline():
    assert 'class="outline"' not in render(make_plain_result())


@pytest.mark.slow
def test_page_takes_slices_in_place_of_a_map(result, page_text):
    of_slices = render(result, before=central_slices(make_map(noise=1.0)))
    pictures = [re.findall('<svg class="slice".*?</svg>', text) for text in (of_slices, page_text)]
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) == 6


@pytest.mark.slow
def test_page_can_be_made_of_a_plain_result():
    assert "Not analysed" in render(make_plain_result())


@pytest.mark.slow
def test_page_survives_shells_that_are_all_empty(result):
    nothing = np.full(result.shells.s.shape, np.nan)
    names = [
        field.name for field in fields(result.shells) if field.name not in {"s", "d", "n_terms"}
    ]
    shells = replace(result.shells, **dict.fromkeys(names, nothing))
    unknown = replace(result, shells=shells, resolution_0143=None, resolution_05=None)
    assert "not known: no FSC" in render(unknown)


@pytest.mark.slow
def test_page_survives_a_guinier_fit_that_does_not_exist(result):
    nan = float("nan")
    fit = replace(
        result.guinier, b_sharpen=nan, slope=nan, intercept=nan, correlation=nan, is_poor=True
    )
    assert "poor fit" in render(replace(result, guinier=fit))


@pytest.mark.slow
def test_files_are_links_where_they_lie_beside_the_page() -> None:
    text = files_and_versions(
        ["half<1>.mrc"],
        ["out/a map.ccp4", "b.mrc"],
        {"numpy": "2 & more"},
        {"out/a map.ccp4": "a map.ccp4"},
    )
    assert '<a href="./a%20map.ccp4" target="_blank" rel="noopener">out/a map.ccp4</a>' in text
    assert text.count("<a ") == 1
    assert "half&lt;1&gt;.mrc" in text
    assert "2 &amp; more" in text
    assert 'href="../sub/b%23.mrc"' in files_and_versions([], ["b"], {}, {"b": "../sub/b#.mrc"})


# --- slices


def numbered_map() -> MapData:
    return MapData.from_array(np.arange(4 * 6 * 8).reshape(4, 6, 8), (1.0, 2.0, 3.0))


def test_slices_are_those_through_the_middle():
    source = numbered_map()
    slices = central_slices(source)
    np.testing.assert_array_equal(slices.z, source.values[2])
    np.testing.assert_array_equal(slices.y, source.values[:, 3, :])
    np.testing.assert_array_equal(slices.x, source.values[:, :, 4])


def test_slices_copy_nothing_but_themselves():
    source = MapData.from_array(np.zeros((128, 128, 128), np.float32), 1.0)
    tracemalloc.start()
    central_slices(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.1 * source.values.nbytes


def test_slices_of_a_mean_are_the_mean_of_the_slices():
    half_1, half_2 = make_map(16, seed=1), make_map(16, seed=2)
    mean = half_1.with_values((half_1.values + half_2.values) / np.float32(2))
    np.testing.assert_array_equal(central_slices_of_mean(half_1, half_2).x, central_slices(mean).x)


def test_slices_of_a_mean_need_one_grid():
    with pytest.raises(GridMismatchError, match=r"shape \(18, 18, 18\).*\(16, 16, 16\)"):
        central_slices_of_mean(make_map(16), make_map(18))


def test_picture_has_the_slices_size_in_angstroms():
    # 8 * 1 Å along x, 6 * 2 Å along y.
    assert (
        'viewBox="0 0 8.00 12.00"'
        in slice_pictures(central_slices(numbered_map()), None, "a")["z"]
    )


def decode_png(svg: str) -> np.ndarray:
    match = re.search(r"base64,([^\"]+)", svg)
    assert match is not None
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(match.group(1)))))


def test_picture_has_y_upwards():
    values = np.zeros((8, 8, 8), np.float32)
    values[:, 0, :] = 1.0
    picture = decode_png(
        slice_pictures(central_slices(MapData.from_array(values, 1)), None, "a")["z"]
    )
    assert picture[-1].min() == 255
    assert picture[:-1].max() == 0


def test_picture_of_a_constant_map_is_grey():
    flat = MapData.from_array(np.ones((8, 8, 8)), 1.0)
    assert set(decode_png(slice_pictures(central_slices(flat), None, "a")["x"]).ravel()) == {127}


def test_large_picture_is_thinned_by_means():
    checks = (np.indices((2, 640)).sum(axis=0) % 2).astype(np.float32)
    slices = CentralSlices(x=checks, y=checks, z=checks, voxel_size=(1.0, 1.0, 1.0))
    picture = decode_png(slice_pictures(slices, None, "a")["z"])
    assert picture.shape == (1, 214)


# --- JSON


def test_json_is_strict(result):
    json.dumps(result_values(result), allow_nan=False)


def test_json_comes_back(result):
    summary = result_values(result)
    assert json.loads(json.dumps(summary)) == summary


def test_json_has_every_shell_column(result):
    names = [name_with_unit(field.name) for field in fields(result.shells)]
    assert list(result_values(result)["shells"]) == names
    assert {"s_per_angstrom", "d_angstrom", "fsc_corrected"} <= set(names)


def test_json_empty_shell_is_none(result):
    assert result_values(result)["shells"]["fsc_corrected"][4] is None


def test_json_has_the_tensors(result):
    anisotropy = result_values(result)["anisotropy"]
    assert anisotropy["data_angstrom_squared"]["values"] == list(result.anisotropy.data.values)


def test_json_of_a_plain_result_has_no_tensors():
    assert result_values(make_plain_result())["anisotropy"] is None
