"""What the results screen reads of a run's folder, and what the browser gets of it."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import httpx
from fastapi import FastAPI
from finished_runs import finished_run
from model_files import write_model

from map_sharpening.errors import ResultsError
from map_sharpening.gui.results import views
from map_sharpening.gui.results.found import read_found
from map_sharpening.gui.results.routes import add_results
from map_sharpening.gui.results.views import Views
from map_sharpening.io.maps import read_map, save_map
from map_sharpening.io.models import read_atoms
from map_sharpening.io.web.molstar_files import checked
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import view_of
from map_sharpening.report.results_json import SCHEMA

Get = Callable[..., httpx.Response]


def _values(**more: Any) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "kind": "half maps",
        "inputs": ["half1.mrc", "half2.mrc"],
        "outputs": ["sharp.mrc", "mask.mrc", "fsc.xml", "gone.csv"],
        "parameters": {"output.sharpened_map_file": "sharp.mrc"},
        "facts": [],
        "notes": [],
        "warnings": [],
        "result": {"contour_level": 1.5},
        **more,
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A served folder with a run in it."""
    root = tmp_path / "root"
    run = root / "run"
    run.mkdir(parents=True)
    values = np.random.default_rng(3).normal(size=(8, 8, 8)).astype(np.float32)
    for name, scale in (("half1.mrc", 1), ("half2.mrc", 1)):
        save_map(root / name, MapData.from_array(values * scale, 1.5))
    save_map(run / "sharp.mrc", MapData.from_array(2 * values, 1.5))
    save_map(run / "mask.mrc", MapData.from_array(np.ones((8, 8, 8), np.float32), 1.5))
    (run / "fsc.xml").write_text("<fsc/>")
    (run / "results.json").write_text(json.dumps(_values()))
    (tmp_path / "secret.mrc").write_bytes(b"secret")
    return root


@pytest.fixture
def get(root: Path) -> Get:
    """What a browser gets."""
    app = FastAPI()
    add_results(app, Views(ServedFolder(root)))

    def answer(kind: str, **words: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as browser:
                return await browser.get(f"/results/{kind}", params=words)

        return asyncio.run(ask())

    return answer


def test_files_are_known_by_what_the_parameters_call_them(root: Path) -> None:
    found = read_found(ServedFolder(root), root / "run")
    sharpened = found.file("sharpened")
    assert sharpened is not None
    assert sharpened.path.name == "sharp.mrc"
    assert found.has("before")
    assert found.map("before").values == pytest.approx(found.map("sharpened").values / 2)
    assert found.file("local resolution") is None


def test_a_density_modified_map_is_shown_at_the_level_of_the_same_volume(root: Path) -> None:
    values = np.random.default_rng(3).normal(size=(8, 8, 8)).astype(np.float32)
    save_map(root / "run" / "modified.mrc", MapData.from_array(10 * values, 1.5))
    told = _values(
        outputs=["sharp.mrc", "modified.mrc"],
        parameters={
            "output.sharpened_map_file": "sharp.mrc",
            "output.modified_map_file": "modified.mrc",
        },
    )
    (root / "run" / "results.json").write_text(json.dumps(told))
    views = Views(ServedFolder(root))
    assert views.found("run").has("density modified")
    level = views.view("run", "density modified").level
    # It is 5 times the sharpened map, whose level is 1.5.
    assert np.count_nonzero(10 * values > level) == np.count_nonzero(2 * values > 1.5)


HALVES = {"input_files.map_model.half_map": ["a.mrc", "b.mrc"]}


@pytest.mark.parametrize(
    ("kind", "inputs", "parameters", "expected"),
    [
        ("b-factor", ["a.mrc", "b.mrc"], HALVES, 2.0),
        ("model", ["a.mrc", "b.mrc"], HALVES, 2.0),
        (
            "half maps",
            ["a.mrc", "b.mrc", "full.mrc"],
            {**HALVES, "input_files.map_model.full_map": "full.mrc"},
            5.0,
        ),
        ("b-factor", ["full.mrc"], {"input_files.map_model.full_map": "full.mrc"}, 5.0),
    ],
)
def test_before_is_the_map_that_was_sharpened(
    root: Path, kind: str, inputs: list[str], parameters: dict[str, Any], expected: float
) -> None:
    made = np.random.default_rng(4).normal(size=(8, 8, 8)).astype(np.float32)
    for name, factor in (("a.mrc", 1.0), ("b.mrc", 3.0), ("full.mrc", 5.0)):
        save_map(root / name, MapData.from_array(factor * made, 1.5))
    told = _values(kind=kind, inputs=inputs, parameters=parameters)
    (root / "run" / "results.json").write_text(json.dumps(told))
    before = read_found(ServedFolder(root), root / "run").map("before")
    assert before.values == pytest.approx(expected * made, rel=1e-5)


@pytest.mark.parametrize("given", [[2.0], [2.0, 2.0, 2.0]])
def test_before_lies_as_the_run_read_it(root: Path, given: list[float]) -> None:
    told = _values(parameters={"crystal_info.voxel_size": given})
    (root / "run" / "results.json").write_text(json.dumps(told))
    before = read_found(ServedFolder(root), root / "run").map("before")
    assert before.voxel_size == pytest.approx((2.0, 2.0, 2.0))


def test_what_is_gone_is_named(root: Path) -> None:
    (root / "half2.mrc").unlink()
    found = read_found(ServedFolder(root), root / "run")
    assert [file.name for file in found.run.outputs if not file.is_there] == ["gone.csv"]
    assert not found.has("before")
    with pytest.raises(ResultsError, match=r"half2\.mrc can't be opened"):
        found.map("before")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "has no results.json"),
        ("{", "can't be read"),
        ("[]", "schema None"),
        (json.dumps(_values(schema="map_sharpening results 99")), "results 99"),
        (json.dumps({"schema": SCHEMA}), "lacks what it should have"),
        (json.dumps(_values(inputs=3)), "lacks what it should have: inputs, a list of names"),
        (json.dumps(_values(outputs=["a", 3])), "outputs, a list of names; run it again"),
        (json.dumps(_values(kind=None)), "kind, a word; run it again"),
        (json.dumps(_values(parameters="a")), "parameters, by name; run it again"),
        (json.dumps(_values(notes="a", warnings=[1])), "notes, a list of texts; warnings, a list"),
        (json.dumps(_values(facts="a")), "facts, a list with name, value and note"),
        (json.dumps(_values(facts=[{"name": "B"}])), "facts, a list with name, value and note"),
        (json.dumps(_values(result=None)), "result, with a contour_level"),
        (json.dumps(_values(result={"contour_level": "high"})), "result, with a contour_level"),
    ],
)
def test_results_that_cannot_be_used_are_told(root: Path, text: str | None, told: str) -> None:
    file = root / "run" / "results.json"
    file.unlink()
    if text is not None:
        file.write_text(text)
    with pytest.raises(ResultsError, match=told):
        read_found(ServedFolder(root), root / "run")


def test_one_local_resolution_all_over_can_be_shown(root: Path) -> None:
    values = _values(outputs=["sharp.mrc", "local_resolution_map.mrc"])
    (root / "run" / "results.json").write_text(json.dumps(values))
    one = MapData.from_array(np.full((8, 8, 8), 28.15, np.float32), 1.5)
    save_map(root / "run" / "local_resolution_map.mrc", one)
    found = read_found(ServedFolder(root), root / "run")
    assert found.map("local resolution").values.max() == pytest.approx(28.15)


def test_maps_of_crystals_are_not_for_the_emdb(root: Path) -> None:
    found = read_found(ServedFolder(root), root / "run")
    assert found.deposition()
    assert found.section_in_words("y", 0.3) == "section 3 of 8"  # .3 of 8 points lies in the third
    sharpened = read_map(root / "run" / "sharp.mrc")[0]
    position = replace(sharpened.position, space_group=19)
    crystal = replace(sharpened, position=position)
    save_map(root / "run" / "sharp.mrc", crystal, overwrite=True)
    assert read_found(ServedFolder(root), root / "run").deposition() == []


@pytest.mark.parametrize("name", ["../../secret.mrc", "../secret.mrc", "/etc/passwd"])
def test_results_open_nothing_outside_the_folder(root: Path, name: str) -> None:
    values = _values(outputs=["sharp.mrc", name], inputs=[name, name])
    (root / "run" / "results.json").write_text(json.dumps(values))
    found = read_found(ServedFolder(root), root / "run")
    assert not any(file.is_there for file in (*found.run.inputs, found.run.outputs[1]))


def test_the_zip_for_the_emdb_takes_nothing_by_a_link_out_of_the_folder(
    root: Path, get: Get, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.mrc"
    secret.write_text("secret")
    mask = root / "run" / "mask.mrc"
    mask.unlink()
    mask.symlink_to(secret)
    archive = zipfile.ZipFile(io.BytesIO(get("deposition", run="run").content))
    assert "sharp.mrc" in archive.namelist()
    assert not any("mask" in name or "secret" in name for name in archive.namelist())


def test_a_map_and_a_slice_are_sent(get: Get) -> None:
    body = get("map", run="run", what="sharpened").content
    assert len(body) == 1024 + 2 * 8**3
    words = {"run": "run", "what": "sharpened", "axis": "y", "share": "0.3"}
    assert get("slice", **words).content.startswith(b"\x89PNG")
    assert get("slice", **{**words, "axis": "q"}).status_code == 422
    assert get("slice", **{**words, "share": "nan"}).status_code == 422


@pytest.mark.parametrize("run", ["..", "../secret.mrc", "no_such", "run/../.."])
def test_no_run_outside_the_folder_is_sent(get: Get, run: str) -> None:
    answer = get("map", run=run, what="sharpened")
    assert answer.status_code == 404


@pytest.mark.parametrize("what", ["no_such", "log.txt", "local resolution"])
def test_a_map_that_a_run_has_not_is_not_sent(get: Get, what: str) -> None:
    assert get("map", run="run", what=what).status_code == 404


def test_the_deposition_has_map_mask_fsc_and_the_half_maps_as_given(get: Get) -> None:
    body = get("deposition", run="run").content
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = sorted(archive.namelist())
    assert names == ["fsc.xml", "half1.mrc", "half2.mrc", "mask.mrc", "sharp.mrc"]


def test_another_file_than_the_one_tested_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "molstar.js"
    with pytest.raises(ResultsError, match="is missing"):
        checked(file, "0" * 64)
    file.write_text("other")
    with pytest.raises(ResultsError, match=r"has the SHA-256 .*molstar-cli"):
        checked(file, "0" * 64)


def test_of_a_large_map_the_part_round_the_molecule_is_sent_in_two_bytes_a_point(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path, "one", voxel_size=6.0)
    whole = Views(ServedFolder(tmp_path)).view("one", "sharpened")
    assert not whole.is_part
    assert tuple(np.frombuffer(whole.body[:12], "<i4")) == (12, 12, 12)
    views = Views(ServedFolder(tmp_path), shown_whole=12**3 - 1)
    for what, n_bytes in (("sharpened", 2), ("mask", 1)):
        part = views.view("one", what)
        assert part.is_part
        # The mask goes from 3 to 8 along each axis, and there are 6 Å round it.
        assert tuple(np.frombuffer(part.body[:12], "<i4")) == (8, 8, 8)
        assert len(part.body) == 1024 + n_bytes * 8**3


def test_of_a_crystal_the_part_round_the_model_is_shown_wherever_that_lies(tmp_path: Path) -> None:
    folder = finished_run(tmp_path, "one", inputs=["model.cif"], outputs=["sharpened_map.ccp4"])
    sharpened = read_map(folder / "sharpened_map.ccp4")[0]  # a ball about 8 Å, in a cell of 18 Å
    crystal = replace(sharpened, position=replace(sharpened.position, space_group=19))
    save_map(folder / "sharpened_map.ccp4", crystal, overwrite=True)
    save_map(tmp_path / "crystal.ccp4", crystal)
    write_model(tmp_path / "model.cif", every=500)
    views = Views(ServedFolder(tmp_path))
    positions = read_atoms(tmp_path / "model.cif").positions
    assert positions.max() > 40  # beyond the cell
    assert views.found("one").part_in_words == "the part round the model"
    for view in (
        views.view("one", "sharpened"),
        views.given("crystal.ccp4", model="model.cif"),
    ):
        assert view.is_part
        start = np.frombuffer(view.body[196:208], "<f4")
        edges = np.frombuffer(view.body[40:52], "<f4")
        assert np.all(start <= positions.min(axis=0) - 6)
        assert np.all(start + edges >= positions.max(axis=0) + 6)
    assert not views.given("crystal.ccp4").is_part


def test_local_resolution_of_a_large_map_is_that_inside_the_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["sharpened_map.ccp4", "mask.mrc", "local_resolution_map.mrc"]
    folder = finished_run(tmp_path, "one", outputs=names)
    inside = read_map(folder / "mask.mrc")[0].values > 0.5
    known = np.where(inside, 3.0, 9.0).astype(np.float32)
    save_map(folder / "local_resolution_map.mrc", MapData.from_array(known, 1.5))
    monkeypatch.setattr(views, "view_of", partial(view_of, largest=6**3))
    monkeypatch.setattr(views, "LARGEST_VIEW", 6**3)
    view = Views(ServedFolder(tmp_path)).view("one", "local resolution")
    assert view.factor == 2
    numbers = np.frombuffer(view.body[1024:], dtype=np.int16) * view.step
    has_known = inside.reshape(6, 2, 6, 2, 6, 2).any(axis=(1, 3, 5)).ravel()
    # Fine enough for colours that go from 3.0 to 3.1, whatever lies outside.
    assert numbers[has_known] == pytest.approx(3.0, abs=0.001)
    assert numbers[~has_known] == pytest.approx(9.0, abs=0.001)
