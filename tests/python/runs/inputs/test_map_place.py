"""Where a map lies whose file tells two places, NSTART and ORIGIN."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mrcfile
import numpy as np
import pytest
from examples import of_fast_suite
from half_map_files import RESOLUTION, VOXEL_SIZE, write_mrc
from model_files import write_model

from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData, MapPosition, PlacedBy
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.place import density_at_atoms, place_by_model
from map_sharpening.run import AnyPlan, plan_run, run
from map_sharpening.simulation.simulate import SimulatedHalfMaps

Triple = tuple[float, float, float]
START = (4, -6, 8)
BY_START: Triple = (6.0, -9.0, 12.0)
ORIGIN: Triple = (-31.0, 22.5, 40.0)


@pytest.mark.parametrize(
    ("start", "origin", "placed_by", "place"),
    [
        ((0, 0, 0), (0, 0, 0), "auto", (0, 0, 0)),
        (START, (0, 0, 0), "auto", BY_START),
        ((0, 0, 0), ORIGIN, "auto", ORIGIN),
        (START, ORIGIN, "auto", BY_START),
        (START, ORIGIN, "origin", ORIGIN),
        (START, ORIGIN, "nstart", BY_START),
        (START, (0, 0, 0), "origin", (0, 0, 0)),
        ((0, 0, 0), ORIGIN, "nstart", (0, 0, 0)),
    ],
)
def test_the_rule(
    start: tuple[int, int, int], origin: Triple, placed_by: PlacedBy, place: Triple
) -> None:
    cell = MapData.from_array(np.zeros((8, 8, 8)), VOXEL_SIZE).position.cell
    position = MapPosition(cell, (8, 8, 8), start, origin, placed_by=placed_by)
    assert position.first_point == pytest.approx(place)


def planned(
    folder: Path, maps: SimulatedHalfMaps, *words: str, **place: Sequence[float]
) -> AnyPlan:
    path = write_mrc(folder / "map.mrc", maps.mean.values, **place)
    return plan_run([f"full_map={path}", f"resolution={RESOLUTION}", *words])


def by_model(folder: Path, shift: Sequence[float]) -> str:
    return f"model={write_model(folder / 'model.cif', shift=shift)}"


METHODS = ["model_sharpen=True", "sharpening_method=b-factor"]


@pytest.mark.parametrize("method", of_fast_suite(METHODS, METHODS[0]))
@pytest.mark.parametrize(("used", "shift"), [("ORIGIN", ORIGIN), ("NSTART", BY_START)])
def test_the_place_where_the_model_fits_is_used_and_told(
    tmp_path: Path, simulated: SimulatedHalfMaps, method: str, used: str, shift: Triple
) -> None:
    words = (by_model(tmp_path, shift), method)
    plan = planned(tmp_path, simulated, *words, start=START, origin=ORIGIN)
    assert plan.source.position.first_point == pytest.approx(shift)
    (told,) = (warning for warning in plan.warnings if "NSTART" in warning)
    assert told.startswith("map.mrc is placed by NSTART and ORIGIN at two places")
    assert f"by {used}, which is used" in told
    best, worse = (float(part.split()[-1]) for part in told.split(" SD")[:2])
    assert best > 1.5
    assert abs(worse) < 0.5


@pytest.mark.parametrize(
    ("place", "shift"),
    [({"origin": ORIGIN}, (0.0, 0.0, 0.0)), ({"start": START}, (0.0, 0.0, 0.0))],
    ids=["origin", "start"],
)
def test_a_model_at_zero_is_found_where_a_file_says_otherwise(
    tmp_path: Path, simulated: SimulatedHalfMaps, place: dict[str, Triple], shift: Triple
) -> None:
    words = (by_model(tmp_path, shift), METHODS[0])
    plan = planned(tmp_path, simulated, *words, **place)
    assert plan.source.position.first_point == pytest.approx(shift)
    assert any("which is used" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    ("place", "shift"),
    [
        ({"origin": ORIGIN}, ORIGIN),
        pytest.param({"start": START}, BY_START, marks=pytest.mark.slow),
    ],
)
def test_nothing_is_told_where_one_place_is_set_and_right(
    tmp_path: Path, simulated: SimulatedHalfMaps, place: dict[str, Triple], shift: Triple
) -> None:
    plan = planned(tmp_path, simulated, by_model(tmp_path, shift), METHODS[0], **place)
    assert plan.warnings == ()


@pytest.mark.slow
def test_the_keyword_decides(tmp_path: Path, simulated: SimulatedHalfMaps) -> None:
    words = (by_model(tmp_path, ORIGIN), METHODS[0])
    places = {"start": START, "origin": ORIGIN}
    plan = planned(tmp_path, simulated, *words, "map_origin=origin", **places)
    assert plan.source.position.first_point == pytest.approx(ORIGIN)
    assert plan.warnings == ()
    wrong = planned(tmp_path, simulated, *words, "map_origin=nstart", **places)
    assert wrong.source.position.first_point == pytest.approx(BY_START)


@pytest.mark.slow
def test_outputs_keep_both_words(tmp_path: Path, simulated: SimulatedHalfMaps) -> None:
    path = write_mrc(tmp_path / "map.mrc", simulated.mean.values, start=START, origin=ORIGIN)
    words = [by_model(tmp_path, ORIGIN), METHODS[0], f"output_directory={tmp_path / 'out'}"]
    outcome = run([f"full_map={path}", f"resolution={RESOLUTION}", "report=False", *words])
    assert any("by ORIGIN, which is used" in warning for warning in outcome.result.warnings)
    with mrcfile.open(tmp_path / "out" / "sharpened_map.ccp4", header_only=True) as opened:
        header = opened.header
        assert (header.nxstart, header.nystart, header.nzstart) == START
        assert header.origin.item() == ORIGIN


@pytest.mark.slow
def test_half_maps_go_with_the_place_of_their_model(
    tmp_path: Path, simulated: SimulatedHalfMaps
) -> None:
    halves = [
        f"half_map={write_mrc(tmp_path / name, half.values, start=START, origin=ORIGIN)}"
        for name, half in (("h1.mrc", simulated.half_1), ("h2.mrc", simulated.half_2))
    ]
    words = [*halves, f"resolution={RESOLUTION}", by_model(tmp_path, ORIGIN), METHODS[0]]
    plan = plan_run(words)
    assert plan.source.position.first_point == pytest.approx(ORIGIN)
    assert not any("NSTART is used" in warning for warning in plan.warnings)


@pytest.mark.slow
def test_a_model_that_fits_nowhere_is_told_so(
    tmp_path: Path, simulated: SimulatedHalfMaps
) -> None:
    path = write_mrc(tmp_path / "map.mrc", simulated.mean.values, start=(1, 1, 1), origin=ORIGIN)
    words = [f"full_map={path}", f"resolution={RESOLUTION}", by_model(tmp_path, (22, 17, -19))]
    plan = plan_run([*words, METHODS[0]])
    assert any("the evidence is weak: check, and give map_origin=" in w for w in plan.warnings)
    with pytest.raises(MapValueError, match="does not fit the map"):
        run([*words, METHODS[0], f"output_directory={tmp_path / 'out'}"])


def test_density_at_atoms_is_that_of_the_nearest_points() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(10, 12, 14)).astype(np.float32)
    map_data = MapData.from_array(values, (1.0, 1.5, 2.0))
    indices = rng.integers(0, (14, 12, 10), (50, 3))
    atoms = Atoms(indices * np.array([1.0, 1.5, 2.0]) + 0.3, np.full(50, "C"), np.ones(50))
    z, y, x = indices.T[::-1]
    expected = (values[z, y, x].mean() - values.mean()) / values.std()
    assert density_at_atoms(map_data, atoms) == pytest.approx(expected, rel=1e-4)
    away = Atoms(atoms.positions + 100, atoms.elements, atoms.occupancies)
    assert density_at_atoms(map_data, away) == 0
    around = Atoms(atoms.positions + np.array([14.0, -36.0, 20.0]), away.elements, np.ones(50))
    assert density_at_atoms(map_data, around, periodic=True) == pytest.approx(expected, rel=1e-4)


def test_maps_at_one_place_stay(simulated: SimulatedHalfMaps) -> None:
    atoms = Atoms(np.zeros((1, 3)), np.array(["C"]), np.ones(1))
    mean = simulated.mean
    placed, told = place_by_model(mean, atoms)
    assert placed is mean
    assert told is None


def test_a_space_group_that_the_cell_cannot_have_is_refused(
    tmp_path: Path, simulated: SimulatedHalfMaps
) -> None:
    path = write_mrc(tmp_path / "map.mrc", simulated.mean.values, space_group=143)
    words = [f"full_map={path}", f"resolution={RESOLUTION}"]
    with pytest.raises(
        ParameterError, match=r"map.mrc states the space group P 3 .*cell .* can't"
    ):
        plan_run(words)
    plan_run([*words, "is_crystal=False"])
