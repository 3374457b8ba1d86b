"""What the EMDB asks for comes whole into one folder, with a list of what is missing."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from blob_maps import RESOLUTION, STEP, blob_halves
from examples import of_fast_suite
from half_map_files import write_mrc
from PIL import Image

import map_sharpening
from map_sharpening import deposition
from map_sharpening.cli import main
from map_sharpening.deposition import plan_deposition, write_deposition
from map_sharpening.errors import OutputError
from map_sharpening.report.views.map_picture import MapPicture, map_picture


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    halves = [
        write_mrc(folder / f"half{i}.mrc", values, (STEP,) * 3)
        for i, values in enumerate(blob_halves(), 1)
    ]
    map_sharpening.run(
        half_map=halves,
        resolution=RESOLUTION,
        output_directory=folder / "out",
        report=False,
        local_resolution_map=False,
    )
    return folder


DRAWN: dict[bytes, MapPicture | None] = {}


@pytest.fixture(autouse=True)
def _same_picture_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most tests give one map; drawing its picture would take most of their time."""

    def remembered(*given: object, **chosen: object) -> MapPicture | None:
        key = pickle.dumps((given, chosen))
        if key not in DRAWN:
            DRAWN[key] = map_picture(*given, **chosen)  # type: ignore[arg-type]
        return DRAWN[key]

    monkeypatch.setattr(deposition, "map_picture", remembered)


@pytest.fixture
def results(finished: Path, tmp_path: Path) -> Path:
    """A copy of inputs and results, which a test may change."""
    shutil.copytree(finished, tmp_path / "run")
    path = tmp_path / "run" / "out" / "results.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    values["inputs"] = [str(tmp_path / "run" / f"half{i}.mrc") for i in (1, 2)]
    values["outputs"] = [Path(name).name for name in values["outputs"]]
    path.write_text(json.dumps(values), encoding="utf-8")
    return path.parent


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_all_is_collected_as_it_is(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(results.parent)
    assert main(["deposit", str(results)]) == 0
    made = contents(results / "deposition")
    after = {
        name: data
        for name, data in contents(results.parent).items()
        if not name.startswith("out/deposition")
    }
    assert after == before
    expected = {
        "primary_map.ccp4": "out/sharpened_map.ccp4",
        "half_map_1.mrc": "half1.mrc",
        "half_map_2.mrc": "half2.mrc",
        "mask.mrc": "out/mask.mrc",
        "fsc.xml": "out/fsc.xml",
    }
    assert set(made) == {*expected, "checklist.txt", "picture.png"}
    for name, source in expected.items():
        assert made[name] == before[source]
    text = made["checklist.txt"].decode()
    level = json.loads(before["out/results.json"])["result"]["contour_level"]
    assert f"contour level {level:.3g}" in text
    assert f"500 x 500 pixels; the surface at {level:.3g}" in text
    assert text.split("Missing", 1)[1].split()[1] == "nothing"
    assert Image.open(io.BytesIO(made["picture.png"])).size == (500, 500)
    assert text in capsys.readouterr().out


def test_nothing_is_written_over_what_is_there(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = results / "deposition"
    folder.mkdir()
    (folder / "mask.mrc").write_text("mine")
    assert main(["deposit", str(results)]) == 2
    assert "mask.mrc exists" in capsys.readouterr().err
    assert contents(folder) == {"mask.mrc": b"mine"}
    assert main(["deposit", str(results), "--overwrite"]) == 0
    assert len(contents(folder)) == 7


def test_an_input_is_never_written_over(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = results.parent / "half1.mrc"
    half.rename(results.parent / "half_map_2.mrc")
    words = [f"half_map={results.parent / name}" for name in ("half_map_2.mrc", "half2.mrc")]
    place = f"output_directory={results.parent}"
    assert main(["deposit", str(results), *words, place, "--overwrite"]) == 2
    assert "is also an input" in capsys.readouterr().err
    assert not (results.parent / "checklist.txt").exists()


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ("../half2.mrc", "two half maps as they were reconstructed: "),
        ("mask.mrc", "the mask of the FSC: mask.mrc is not there"),
        ("fsc.xml", "the FSC as XML: there is none"),
    ],
)
def test_what_is_lost_is_missing(results: Path, lost: str, told: str) -> None:
    (results / lost).unlink()
    assert main(["deposit", str(results)]) == 0
    missing = (results / "deposition" / "checklist.txt").read_text(encoding="utf-8")
    assert told in missing.split("Missing", 1)[1].split("Look at", 1)[0]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_leads_nothing_out_of_the_results(
    is_there: bool, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if is_there:
        elsewhere.mkdir()
    (results / "deposition").symlink_to(elsewhere)
    assert main(["deposit", str(results)]) == 2
    assert f"is a link to {elsewhere}, which is not followed" in capsys.readouterr().err
    assert not is_there or list(elsewhere.iterdir()) == []
    assert elsewhere.exists() == is_there
    assert main(["deposit", str(results), f"output_directory={elsewhere}"]) == 0
    assert (elsewhere / "checklist.txt").is_file()


def test_without_a_primary_map_nothing_is_made(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "sharpened_map.ccp4").unlink()
    assert main(["deposit", str(results)]) == 2
    assert "has no primary map to deposit" in capsys.readouterr().err
    assert not (results / "deposition").exists()


def test_links_are_not_followed(results: Path, tmp_path: Path) -> None:
    half = results.parent / "half2.mrc"
    elsewhere = half.rename(tmp_path / "elsewhere.mrc")
    half.symlink_to(elsewhere)
    assert main(["deposit", str(results)]) == 0
    text = (results / "deposition" / "checklist.txt").read_text(encoding="utf-8")
    assert f"is a link to {elsewhere}, which is not followed" in text
    assert not (results / "deposition" / "half_map_1.mrc").exists()
    first = f"half_map={results.parent / 'half1.mrc'}"
    words = [first, f"half_map={elsewhere}", f"output_directory={tmp_path / 'whole'}"]
    assert main(["deposit", str(results), *words]) == 0
    assert (tmp_path / "whole" / "half_map_2.mrc").read_bytes() == elsewhere.read_bytes()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_took_the_place_of_a_file_is_not_waited_for(
    results: Path, tmp_path: Path
) -> None:
    found = plan_deposition(results)
    mask = next(file.source for file in found.files if file.name.startswith("mask"))
    mask.unlink()
    os.mkfifo(mask)
    with pytest.raises(OutputError, match="can't be copied: it is a pipe, device or folder"):
        write_deposition(found, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_half_maps_that_are_one_or_sharpened_or_of_another_grid_are_told(
    results: Path, tmp_path: Path
) -> None:
    def listed(first: Path, second: Path, name: str) -> str:
        words = [f"half_map={first}", f"half_map={second}", f"output_directory={tmp_path / name}"]
        assert main(["deposit", str(results), *words]) == 0
        return (tmp_path / name / "checklist.txt").read_text(encoding="utf-8")

    half = results.parent / "half1.mrc"
    doubts = listed(half, half, "same").split("Look at", 1)[1]
    assert "one and the same map" in doubts
    sharpened = results / "sharpened_map.ccp4"
    assert "labelled as sharpened" in listed(half, sharpened, "sharpened").split("Look at", 1)[1]
    other = write_mrc(tmp_path / "other.mrc", np.eye(8, dtype=np.float32)[None].repeat(8, 0))
    text = listed(half, other, "other")
    assert "can't be used" in text
    assert "half_map_2" not in text


def test_packed_half_maps_stay_packed(results: Path, tmp_path: Path) -> None:
    packed = tmp_path / "half2.mrc.gz"
    packed.write_bytes(gzip.compress((results.parent / "half2.mrc").read_bytes(), 1))
    words = [f"half_map={results.parent / 'half1.mrc'}", f"half_map={packed}"]
    assert main(["deposit", str(results), *words]) == 0
    assert (results / "deposition" / "half_map_2.mrc.gz").read_bytes() == packed.read_bytes()


@pytest.mark.parametrize("damage", of_fast_suite(["<fsc>", "<fsc></fsc>", "<html/>"], "<fsc>"))
def test_a_damaged_fsc_is_missing(results: Path, damage: str) -> None:
    (results / "fsc.xml").write_text(damage)
    assert main(["deposit", str(results)]) == 0
    assert not (results / "deposition" / "fsc.xml").exists()
    assert "is damaged" in (results / "deposition" / "checklist.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["resolution=3"], "resolution=3 can't be used with deposit"),
        (["half_map=a.mrc"], "half_map is given 1 times"),
        (["one", "two"], "several folders"),
    ],
)
def test_words_that_are_none_of_it_are_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deposit", *words]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::map_sharpening.MapSharpeningWarning")
def test_a_crystal_is_told_that_it_is_not_for_the_emdb(results: Path) -> None:
    assert not any("crystal" in doubt for doubt in plan_deposition(results).doubts)
    file = results / "sharpened_map.ccp4"
    sharpened = map_sharpening.load_map(file)
    position = replace(sharpened.position, space_group=19)
    map_sharpening.save_map(file, replace(sharpened, position=position), overwrite=True)
    doubts = " ".join(plan_deposition(results).doubts)
    assert "of a crystal, with space group number 19: the EMDB takes maps of electron" in doubts


def picture_of(folder: Path) -> np.ndarray:
    return np.asarray(Image.open(folder / "picture.png")).astype(int)


def with_local_resolution(results: Path, left: float = 3.0) -> None:
    """Put a map of local resolution beside the sharpened map: 3 Å on the left, 5 on the right."""
    sharpened = map_sharpening.load_map(results / "sharpened_map.ccp4")
    values = np.full(sharpened.values.shape, 5.0, dtype=np.float32)
    values[:, :, : values.shape[2] // 2] = left
    map_sharpening.save_map(
        results / "local_resolution_map.mrc",
        sharpened.with_values(values, "local"),
        overwrite=True,
    )
    path = results / "results.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["outputs"] = [*told["outputs"], "local_resolution_map.mrc"]
    path.write_text(json.dumps(told), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::map_sharpening.MapSharpeningWarning")
def test_the_picture_is_coloured_by_local_resolution(results: Path) -> None:
    assert main(["deposit", str(results)]) == 0
    plain = picture_of(results / "deposition")
    text = (results / "deposition" / "checklist.txt").read_text(encoding="utf-8")
    assert "no local resolution to colour it by" in text
    with_local_resolution(results)
    assert main(["deposit", str(results), "--overwrite"]) == 0
    text = (results / "deposition" / "checklist.txt").read_text(encoding="utf-8")
    assert "coloured by local resolution, blue 3.00 Å to red 5.00 Å" in text
    coloured = picture_of(results / "deposition")
    with_local_resolution(results, left=5.0)
    assert main(["deposit", str(results), "--overwrite"]) == 0
    text = (results / "deposition" / "checklist.txt").read_text(encoding="utf-8")
    assert "coloured by local resolution, 5.00 Å all over" in text
    assert ((coloured < 250).any(axis=2) == (plain < 250).any(axis=2)).mean() > 0.99
    redness = (coloured[..., 0] - coloured[..., 2]) * (coloured < 250).any(axis=2)
    assert redness[:, :200].sum() < -10_000
    assert redness[:, 300:].sum() > 10_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::map_sharpening.MapSharpeningWarning")
def test_noise_outside_the_mask_is_not_in_the_picture(results: Path) -> None:
    assert main(["deposit", str(results)]) == 0
    clean = picture_of(results / "deposition")
    sharpened = map_sharpening.load_map(results / "sharpened_map.ccp4")
    level = json.loads((results / "results.json").read_text(encoding="utf-8"))
    values = sharpened.values.copy()
    values[0, 0, :] = 2 * level["result"]["contour_level"] + 1
    map_sharpening.save_map(
        results / "sharpened_map.ccp4", sharpened.with_values(values, "x"), overwrite=True
    )
    assert main(["deposit", str(results), "--overwrite"]) == 0
    np.testing.assert_array_equal(picture_of(results / "deposition"), clean)


def test_a_map_below_its_level_has_no_picture(results: Path) -> None:
    path = results / "results.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["result"]["contour_level"] = 1e9
    path.write_text(json.dumps(told), encoding="utf-8")
    assert main(["deposit", str(results)]) == 0
    text = (results / "deposition" / "checklist.txt").read_text(encoding="utf-8")
    assert "nowhere above its contour level, 1e+09" in text.split("Missing", 1)[1]
    assert not (results / "deposition" / "picture.png").exists()


@pytest.mark.parametrize("is_borne_out", [True, False])
def test_a_map_that_was_not_modified_is_no_additional_one(
    is_borne_out: bool, results: Path
) -> None:
    shutil.copy(results / "sharpened_map.ccp4", results / "modified_map.ccp4")
    values = json.loads((results / "results.json").read_text(encoding="utf-8"))
    values["outputs"].append("modified_map.ccp4")
    values["result"]["modification"] = {"is_borne_out": is_borne_out}
    (results / "results.json").write_text(json.dumps(values), encoding="utf-8")
    found = plan_deposition(results)
    names = [file.name for file in found.files]
    assert ("additional_map_1.ccp4" in names) is is_borne_out
    told = "density modification: the half maps do not support it, so its map is left out"
    assert (told in found.text()) is not is_borne_out
