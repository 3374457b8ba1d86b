"""Results tell, save, report and draw themselves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from blob_maps import STEP, blob_halves
from matplotlib.axes import Axes

import map_sharpening
from map_sharpening import HalfMapResult, MapData, MapSharpeningError, outer

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def halves() -> tuple[MapData, MapData]:
    first, second = (
        MapData.from_array(values, STEP, name=name)
        for values, name in zip(blob_halves(), ("<one>.mrc", "two.mrc"), strict=True)
    )
    return first, second


@pytest.fixture(scope="module")
def result(halves: tuple[MapData, MapData]) -> HalfMapResult:
    return map_sharpening.sharpen_half_maps(*halves, resolution=4, sharpen_all_maps=True)


def test_a_result_is_told_in_a_line(result: HalfMapResult) -> None:
    text = repr(result)
    maps = "sharpened sharpened_half_1 sharpened_half_2 mask"
    assert text.startswith(f"HalfMapResult(maps={maps} of shape {result.sharpened.values.shape}, ")
    assert "resolution=4" in text
    assert "warning" not in text
    assert "2 warnings" in repr(replace(result, warnings=("one", "two")))
    assert len(text) < 400
    assert "array" not in text


def test_a_summary_is_a_screen_with_all_warnings(result: HalfMapResult) -> None:
    told = replace(result, warnings=("half maps are odd", "so is the mask"))
    text = told.summary()
    assert len(text.splitlines()) < 60
    assert "Contour level" in text
    for warning in told.warnings:
        assert f"Warning: {warning}" in text


def test_a_result_is_saved_whole_or_not_at_all(result: HalfMapResult, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    files = result.save(folder)
    assert {file.name for file in files} == {
        "sharpened_map.ccp4",
        "sharpened_map_1.ccp4",
        "sharpened_map_2.ccp4",
        "mask.mrc",
        "fsc.xml",
        "fsc.csv",
        "results.json",
        "log.txt",
    }
    assert {file.name for file in folder.iterdir()} == {file.name for file in files}
    back = map_sharpening.read_map(folder / "sharpened_map.ccp4")[0]
    np.testing.assert_array_equal(back.values, result.sharpened.values)
    half = map_sharpening.read_map(folder / "sharpened_map_1.ccp4")[0]
    assert any("NOT FOR DEPOSITION" in label for label in half.position.labels)
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert found["kind"] == "half maps"
    assert "sharpened_map.ccp4" in found["outputs"]

    (folder / "log.txt").write_text("mine")
    (folder / "mask.mrc").unlink()
    with pytest.raises(MapSharpeningError, match="exists; expected a new file"):
        result.save(folder)
    assert not (folder / "mask.mrc").exists()
    assert (folder / "log.txt").read_text() == "mine"
    result.save(folder, overwrite=True)
    assert (folder / "mask.mrc").exists()


@pytest.mark.slow
def test_a_report_shows_the_map_before_if_it_is_given(
    result: HalfMapResult, halves: tuple[MapData, MapData], tmp_path: Path
) -> None:
    path = result.report(tmp_path / "report.html", before=halves[0])
    assert ">before: " in path.read_text(encoding="utf-8")
    alone = result.report(tmp_path / "alone.html").read_text(encoding="utf-8")
    assert ">before: " not in alone
    with pytest.raises(MapSharpeningError, match="exists; expected a new file"):
        result.report(path)


@pytest.mark.parametrize("name", ["fsc", "guinier", "scale_factors", "signal_and_noise"])
def test_plots_return_axes_with_the_curves_of_the_report(name: str, result: HalfMapResult) -> None:
    from matplotlib import pyplot

    axes = getattr(result.plot, name)()
    assert isinstance(axes, Axes)
    assert axes.get_legend() is not None
    given = pyplot.figure().subplots()
    assert getattr(result.plot, name)(ax=given) is given
    assert len(given.get_lines()) == len(axes.get_lines()) > 2
    pyplot.close("all")


def test_the_fsc_drawn_is_that_of_the_result(result: HalfMapResult) -> None:
    from matplotlib import pyplot

    lines = {line.get_label(): line for line in result.plot.fsc().get_lines()}
    corrected = next(line for name, line in lines.items() if str(name).startswith("corrected"))
    known = np.isfinite(result.shells.fsc_corrected)
    np.testing.assert_array_equal(corrected.get_xdata(), result.shells.s[known])
    np.testing.assert_array_equal(corrected.get_ydata(), result.shells.fsc_corrected[known])
    pyplot.close("all")


def test_notebooks_show_maps_and_results_without_anything_from_elsewhere(
    result: HalfMapResult, halves: tuple[MapData, MapData]
) -> None:
    shown = {"map": halves[0]._repr_html_(), "result": result._repr_html_()}
    for html in shown.values():
        assert html.count("<svg") == 3
        addresses = re.findall(r'(?:href|src)="([^"]{0,12})', html)
        assert addresses
        assert all(address.startswith("data:image/") for address in addresses)
        assert "<script" not in html
        assert len(html) < 400_000
    assert "&lt;one&gt;.mrc" in shown["map"]
    assert "<one>" not in shown["map"]
    assert "Contour level" in shown["result"]


@pytest.mark.slow
def test_other_results_tell_and_save_themselves(
    halves: tuple[MapData, MapData], tmp_path: Path
) -> None:
    found = map_sharpening.local_resolution(*halves, resolution=4)
    assert repr(found).startswith("LocalResolutionResult(maps=map mask of shape (")
    told = found.summary()
    assert f"best {found.statistics.best:.2f}, median {found.statistics.median:.2f}" in told
    assert f"below 0.143 (in {found.n_windows} spheres of 60.0 Å)" in told
    assert "<th>Local resolution</th>" in found._repr_html_()
    names = {file.name for file in found.save(tmp_path / "local")}
    assert names == {"local_resolution_map.mrc", "log.txt"}
    assert found._repr_html_().count("<svg") == 3
    with pytest.raises(MapSharpeningError, match="LocalResolutionResult has no plots"):
        _ = found.plot

    trial = map_sharpening.sharpen_by_b_factor(halves[0], resolution=4, b_iso=0.0)
    assert {"scores.csv", "results.json"} <= {f.name for f in trial.save(tmp_path / "trial")}
    assert isinstance(trial.plot.wilson(), Axes)
    with pytest.raises(MapSharpeningError, match="no values of b_iso were tried"):
        trial.plot.score()

    scaled = map_sharpening.sharpen_by_external_map(*halves, resolution=4)
    assert "sharpened" in repr(scaled)
    assert f"Contour level     {scaled.contour_level:.3f}" in scaled.summary()
    assert {f.name for f in scaled.save(tmp_path / "scaled")} == {"sharpened_map.ccp4", "log.txt"}

    modified = map_sharpening.modify_density(*halves, resolution=4)
    assert modified.is_borne_out
    assert f"{100 * modified.contribution_share:.0f} % of the map's rms" in modified.summary()
    with pytest.raises(MapSharpeningError, match="of type MapData is no result; expected what"):
        outer.summary(halves[0])
