"""Advice names the maps that are there, and links to their files."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from b_factor_results import make_scan_result
from half_map_results import make_map, make_plain_result, make_result
from model_results import make_model_result

from map_sharpening.errors import GridMismatchError
from map_sharpening.maps.map_data import MapData, UnitCell
from map_sharpening.report import RunFacts
from map_sharpening.report.advice import advice_on, advice_section
from map_sharpening.report.html import html_report
from map_sharpening.report.parts.contents import mask_fact, mask_size

LINKS = {"sharpened_map": '<a href="./s.ccp4">s.ccp4</a>', "fsc": '<a href="./fsc.xml">f</a>'}


def modified(result, *, is_borne_out: bool):
    found = SimpleNamespace(is_borne_out=is_borne_out, contour_level=1.234)
    return replace(result, modification=found)


def test_the_sharpened_map_is_for_building_and_is_linked() -> None:
    html = advice_section(make_result(), LINKS)
    assert 'Build in <a href="./s.ccp4">s.ccp4</a>, contoured at 3.41.' in html
    assert 'the mask and <a href="./fsc.xml">f</a>' in html
    assert "<code>map_sharpening deposit</code>" in html
    assert "{" not in html
    assert 'href="#files"' in html


def test_without_files_the_maps_have_words() -> None:
    html = advice_section(make_plain_result(), {})
    assert "Build in the sharpened map" in html
    assert "the mask" not in html
    assert "<a " not in html


def test_models_are_fitted_into_coarse_maps() -> None:
    for result in (make_result(), make_scan_result(), make_model_result()):
        fine, coarse = (
            " ".join(advice_on(replace(result, resolution=d))).lower() for d in (6.0, 6.1)
        )
        assert "build in" in fine
        assert "fit models into" in coarse
        assert "build in" not in coarse


def test_the_modified_map_is_for_building_and_never_the_primary_one() -> None:
    texts = advice_on(modified(make_result(), is_borne_out=True))
    assert texts[0].startswith("Build in {modified_map}, contoured at 1.23,")
    assert any("never against {modified_map}" in text for text in texts)
    assert any("{modified_map} can only be an additional map" in text for text in texts)


def test_a_modified_map_that_is_not_borne_out_is_not_recommended() -> None:
    assert not any(
        "modified" in text for text in advice_on(modified(make_result(), is_borne_out=False))
    )


def test_an_uneven_map_gets_a_word_on_its_contour_level() -> None:
    result = make_result()
    for worst, is_told in ((3.2, False), (6.0, True)):
        statistics = SimpleNamespace(best=3.0, worst=worst)
        uneven = replace(result, local_resolution=SimpleNamespace(statistics=statistics))
        told = [text for text in advice_on(uneven) if "lower the contour level" in text]
        assert bool(told) is is_told


def test_one_map_is_better_sharpened_with_its_half_maps() -> None:
    for result in (make_scan_result(), make_model_result()):
        assert any("If you have the half maps" in text for text in advice_on(result))


def test_a_crystal_is_not_for_the_emdb() -> None:
    result = make_scan_result()
    position = replace(result.sharpened.position, space_group=19)
    crystal = replace(result, sharpened=replace(result.sharpened, position=position))
    assert not any("EMDB" in text for text in advice_on(crystal))


def test_a_mask_is_as_large_as_its_share_of_the_box() -> None:
    mask = MapData.from_array(np.ones((10, 20, 30), np.float32), (2.0, 1.0, 1.5))
    assert mask_size(mask, 0.5) == pytest.approx((9000, 9000 / 1.23))
    assert "9.0 nm³, the volume of 7.3 kDa of protein; more" in mask_fact(mask, 0.5, "more").note
    cell = UnitCell(60.0, 20.0, 15.0, 90.0, 90.0, 30.0)
    skewed = replace(mask, position=replace(mask.position, cell=cell))
    assert mask_size(skewed, 0.5)[0] == pytest.approx(4500)


def test_a_map_before_on_another_grid_is_refused() -> None:
    with pytest.raises(GridMismatchError, match="before sharpening, has shape"):
        html_report(
            make_result(), RunFacts("1"), before=make_map(20), parameters_text="", versions={}
        )
