"""What is doubtful in a map is told in the same words, wherever the map comes from."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
from half_map_files import write_mrc
from scipy import ndimage

import map_sharpening
from map_sharpening import MapData, MapSharpeningError, MapSharpeningWarning
from map_sharpening.maps.given import takes_maps
from map_sharpening.maps.map_data import MapLike

Values = npt.NDArray[np.float32]
STEP = 1.5  #: Å


@dataclass(frozen=True)
class Taken:
    map: MapData
    warnings: tuple[str, ...] = ()


@takes_maps("full_map")
def taken(full_map: MapLike, *, voxel_size: Any = None) -> Taken:
    return Taken(full_map)


def density(nz: int = 48) -> Values:
    noise = np.random.default_rng(3).normal(size=(nz, 48, 48))
    return ndimage.gaussian_filter(noise, 1.2, mode="wrap").astype(np.float32)


def checkerboard() -> Values:
    return np.float32(1) - 2 * (np.indices((48,) * 3, np.float32).sum(axis=0) % 2)


def with_planes(change: Callable[[Values], None], axis: int = 1) -> Values:
    values = density()
    change(np.moveaxis(values, axis, 0))
    return values


def set_planes(at: Any, to: Callable[[Values], Any]) -> Callable[[Values], None]:
    return lambda planes: planes.__setitem__(at, to(planes))


def local_resolution_like() -> Values:
    values = 4 + 8 * np.random.default_rng(1).random((48, 48, 48), np.float32)
    values[np.abs(density()) < 0.05] = 20  # here and there, up to each face
    return values


def mask_like() -> Values:
    values = np.zeros((48, 48, 48), np.float32)
    values[12:36, 12:36, 12:36] = 1
    return values


def with_point(value: float) -> Values:
    values = density()
    values[3, 4, 5] = value
    return values


ODD = {
    "sound": (density, STEP, None),
    "sharpened": (lambda: density() * checkerboard(), STEP, None),
    "gap": (lambda: with_planes(set_planes([9, 10], lambda _: 0)), STEP, "nothing but 0 in the"),
    "again": (lambda: with_planes(set_planes(7, lambda p: p[6])), STEP, "equal to the one before"),
    "scaled": (
        lambda: with_planes(set_planes(slice(2, 48, 5), lambda p: 3 * p[2::5])),
        STEP,
        "on another scale",
    ),
    "exchanged": (
        lambda: with_planes(
            set_planes(
                slice(None), lambda p: p.reshape(24, 2, 48, 48)[:, ::-1].reshape(48, 48, 48)
            )
        ),
        STEP,
        "agree more and less by turns",
    ),
    "evens first": (
        lambda: with_planes(
            set_planes(slice(None), lambda p: np.concatenate([p[::2], p[1::2]])), axis=2
        ),
        STEP,
        "planes along x are like those half of the box away",
    ),
    "margin": (lambda: np.pad(density(), 8, constant_values=5), STEP, "has a margin of 5"),
    "one level": (local_resolution_like, STEP, "as local resolution has"),
    "stack": (lambda: np.concatenate([density()] * 2), STEP, "it may be a stack of 2"),
    "cut off": (
        lambda: np.minimum(density(), np.float32(0.2)),
        STEP,
        "the values are cut off at 0.2",
    ),
    "in nm": (density, 0.15, "its cell may be in another unit"),
    "unequal": (density, (1.0, 1.0, 1.4), "expected edges of nearly one length"),
    "mask": (mask_like, STEP, MapSharpeningError("has the values of a mask")),
    "NaN": (lambda: with_point(np.nan), STEP, MapSharpeningError("NaN or infinity at 1 of")),
    "spike": (lambda: with_point(1e4), STEP, MapSharpeningError("one point with")),
    "constant": (lambda: 0 * density() + 3, STEP, MapSharpeningError("the same value 3")),
}


def told(given: Any, name: str, **keywords: Any) -> list[str]:
    """Return all that is said of a map, without the name that it has."""
    try:
        said = list(taken(given, **keywords).warnings)
    except MapSharpeningError as error:
        said = [str(error)]
    return [text.replace(name, "NAME", 1) for text in said]


@pytest.mark.parametrize("kind", ODD)
def test_arrays_are_looked_over_as_files_are(kind: str, tmp_path: Path) -> None:
    make, step, expected = ODD[kind]
    values = make()
    steps = step if isinstance(step, tuple) else (step,) * 3
    path = write_mrc(tmp_path / "a.mrc", values, steps)
    said = told(path, "a.mrc")
    assert len(said) == (expected is not None)
    assert expected is None or str(expected) in said[0]
    assert told(values, "full_map", voxel_size=step) == said
    assert told(values.astype(np.float64), "full_map", voxel_size=step) == said
    assert told(MapData.from_array(values, step, name="array"), "array") == said
    with mrcfile.open(path) as mrc:
        assert told(mrc, "a.mrc") == said
    assert told(gemmi.read_ccp4_map(str(path)), "full_map") == said
    cell = gemmi.UnitCell(*np.multiply(steps, values.shape[::-1]), 90, 90, 90)
    assert told(gemmi.FloatGrid(values.T, cell), "full_map") == said


def test_labels_of_other_objects_are_regarded(tmp_path: Path) -> None:
    path = write_mrc(tmp_path / "a.mrc", density(), (STEP,) * 3, labels=["map_is_sharpened"])
    (said,) = told(path, "a.mrc")
    assert "is labelled map_is_sharpened" in said
    with mrcfile.open(path) as mrc:
        assert told(mrc, "a.mrc") == [said]
    assert told(gemmi.read_ccp4_map(str(path)), "full_map") == [said]


def test_bytes_without_a_sign_are_read_alike(tmp_path: Path) -> None:
    values = density()
    unsigned = np.round(128 + 127 * values / np.abs(values).max()).astype(np.uint8)
    path = tmp_path / "a.mrc"
    with mrcfile.new(path) as mrc:
        mrc.set_data(unsigned.view(np.int8))
        mrc.voxel_size = STEP
        mrc.header.dmin, mrc.header.dmax = -128, 127
    (said,) = told(path, "a.mrc")
    assert "they are read as 0 to 255" in said
    with mrcfile.open(path) as mrc:
        assert told(mrc, "a.mrc") == [said]
        np.testing.assert_array_equal(taken(mrc).map, unsigned)
    given = gemmi.read_ccp4_map(str(path))
    assert told(given, "full_map") == [said]
    np.testing.assert_array_equal(taken(given).map, unsigned)
    signed = unsigned.view(np.int8)
    assert told(signed, "full_map", voxel_size=STEP) == [said]
    with pytest.warns(MapSharpeningWarning, match="they are read as 0 to 255"):
        made = MapData.from_array(signed, STEP, name="full_map")
    np.testing.assert_array_equal(made.values, unsigned)
    for held in (made.with_values(signed), MapData(signed, made.position, "full_map")):
        assert told(held, "full_map") == [said]
        np.testing.assert_array_equal(taken(held).map, unsigned)
    cell = gemmi.UnitCell(*(STEP * n for n in values.shape[::-1]), 90, 90, 90)
    with pytest.warns(MapSharpeningWarning, match="they are read as 0 to 255"):
        made = MapData.from_gemmi(gemmi.Int8Grid(signed.T, cell))
    np.testing.assert_array_equal(made.values, unsigned)


def test_what_was_told_is_not_told_again_of_the_same_values(tmp_path: Path) -> None:
    values = ODD["again"][0]()
    path = write_mrc(tmp_path / "a.mrc", values, (STEP,) * 3)
    with pytest.warns(MapSharpeningWarning, match="equal to the one before"):
        loaded = map_sharpening.load_map(path)
    assert told(loaded, "a.mrc") == []
    assert len(told(loaded.with_values(2 * values), "a.mrc")) == 1
    with mrcfile.open(path) as mrc, pytest.warns(MapSharpeningWarning, match="equal to the one"):
        loaded = MapData.from_mrcfile(mrc)
    assert told(loaded, "a.mrc") == []


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        (function, parameter)
        for function in map_sharpening.__all__
        if inspect.isfunction(getattr(map_sharpening, function))
        for parameter in ("half_1", "half_2", "full_map", "half_maps", "external_map", "mask")
        if parameter in inspect.signature(getattr(map_sharpening, function)).parameters
    ],
)
def test_every_function_looks_over_every_map(function: str, parameter: str) -> None:
    sound, damaged = density(), with_point(np.nan)
    public = getattr(map_sharpening, function)
    accepted = inspect.signature(public).parameters
    keywords: dict[str, Any] = {
        name: sound
        for name in ("half_1", "half_2", "full_map", "external_map")
        if name in accepted
    }
    keywords[parameter] = (sound, damaged) if parameter == "half_maps" else damaged
    if "model" in accepted:
        keywords["model"] = None
    if function != "resolution_of_half_maps":
        keywords["resolution"] = 4.0
    name = "half_2" if parameter == "half_maps" else parameter
    with pytest.raises(MapSharpeningError, match=f"^{name} has NaN or infinity at 1 of"):
        public(**keywords, voxel_size=STEP)


@pytest.mark.parametrize(
    ("angles", "is_told"),
    [
        ((90, 90, 120), False),
        ((35, 60, 75), False),
        ((17, 17, 17), False),  # long rhombohedral cell
        ((9, 90, 90), True),
        ((90, 90, 160), True),
    ],
)
def test_angles_that_no_cell_has_are_told(angles: tuple[float, ...], is_told: bool) -> None:
    given = MapData.from_array(density(), STEP, name="a.mrc")
    alpha, beta, gamma = angles
    cell = replace(given.position.cell, alpha=alpha, beta=beta, gamma=gamma)
    said = told(replace(given, position=replace(given.position, cell=cell)), "a.mrc")
    assert [f"cell angles of {alpha}, {beta}, {gamma} degrees" in text for text in said] == (
        [True] if is_told else []
    )
