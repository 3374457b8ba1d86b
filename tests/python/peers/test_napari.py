"""napari itself opens and saves maps, and sharpens two layers, by our plugin."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import pytest
from half_map_files import RESOLUTION, VOXEL_SIZE, write_mrc

import map_sharpening
from map_sharpening.errors import ParameterError
from map_sharpening.simulation.simulate import SimulatedHalfMaps

WHY = "napari and packaging/napari are not installed; packaging/README.md says how"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # npe2's of pydantic
    napari = pytest.importorskip("napari", reason=WHY)
    npe2 = pytest.importorskip("npe2", reason=WHY)
    plugin_files = pytest.importorskip("map_sharpening_napari.files", reason=WHY)

pytestmark = [
    pytest.mark.peer,
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # napari's and Qt's own
    pytest.mark.filterwarnings("error::map_sharpening.MapSharpeningWarning"),
]

PLUGIN = "map-sharpening-napari"
STEPS = (1.5, 1.25, 1.0)  #: x y z
SHAPE = (8, 10, 12)
POINT = (3, 4, 5)  #: a grid point, z y x


@pytest.fixture
def model() -> Any:
    """Return napari's viewer without its window."""
    npe2.PluginManager.instance().discover()
    return napari.components.ViewerModel()


def random_map(folder: Path, **header: Any) -> Path:
    values = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    return write_mrc(folder / "map.mrc", values, STEPS, **header)


HEADERS = {
    "at the origin": {},
    "by NSTART": {"start": (3, -2, 5)},
    "by ORIGIN": {"origin": (30.0, -20.0, 12.5)},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_map_lies_where_its_header_says(
    header: dict[str, Any], tmp_path: Path, model: Any
) -> None:
    path = random_map(tmp_path, **header)
    (layer,) = model.open(str(path), plugin=PLUGIN)
    assert layer.name == "map.mrc"
    start, origin = header.get("start", (0, 0, 0)), header.get("origin", (0.0, 0.0, 0.0))
    place = [
        (i + first) * step + shift
        for i, first, step, shift in zip(POINT[::-1], start, STEPS, origin, strict=True)
    ]
    assert layer.data_to_world(POINT) == pytest.approx(place[::-1], abs=1e-4)
    assert layer.data[POINT] == mrcfile.read(path)[POINT]
    assert {str(unit) for unit in layer.units} == {"angstrom"}


def test_a_crystal_cell_is_drawn_with_its_angles(tmp_path: Path, model: Any) -> None:
    path = random_map(tmp_path, angles=(80.0, 95.0, 120.0))
    (layer,) = model.open(str(path), plugin=PLUGIN)
    grid = gemmi.read_ccp4_map(str(path)).grid
    place = grid.point_to_position(grid.get_point(*POINT[::-1]))
    assert layer.data_to_world(POINT) == pytest.approx([place.z, place.y, place.x], abs=1e-3)


def test_several_maps_open_at_once(tmp_path: Path, model: Any) -> None:
    first = random_map(tmp_path)
    second = write_mrc(tmp_path / "packed.mrc.gz", mrcfile.read(first) + 1, STEPS)
    layers = model.open([str(first), str(second)], plugin=PLUGIN)
    assert [layer.name for layer in layers] == ["map.mrc", "packed.mrc.gz"]


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_saved_map_has_the_header_of_its_own(
    header: dict[str, Any], tmp_path: Path, model: Any
) -> None:
    source = random_map(tmp_path, labels=["ours"], **header)
    (layer,) = model.open(str(source), plugin=PLUGIN)
    layer.data = layer.data * 2
    (saved,) = layer.save(str(tmp_path / "saved.map"), plugin=PLUGIN)
    with mrcfile.open(source) as given, mrcfile.open(saved) as written:
        np.testing.assert_array_equal(written.data, given.data * 2)
        for word in ("cella", "cellb", "mx", "nxstart", "nystart", "nzstart", "origin", "ispg"):
            assert written.header[word] == given.header[word], word
        assert written.get_labels()[0].strip() == "ours"


def test_a_layer_that_was_moved_is_saved_where_it_is(tmp_path: Path, model: Any) -> None:
    (layer,) = model.open(str(random_map(tmp_path, start=(3, -2, 5))), plugin=PLUGIN)
    layer.translate = (1.0, 2.0, 3.0)
    (saved,) = layer.save(str(tmp_path / "moved.mrc"), plugin=PLUGIN)
    position = map_sharpening.load_map(saved).position
    assert position.first_point == pytest.approx((3.0, 2.0, 1.0))
    assert map_sharpening.load_map(saved).voxel_size == pytest.approx(STEPS)


def grid_of(path: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return voxel size and first point (x, y, z; Å) of a map."""
    map_data = map_sharpening.load_map(path)
    return map_data.voxel_size, map_data.position.first_point


def test_a_layer_in_nanometres_is_saved_in_angstrom(tmp_path: Path, model: Any) -> None:
    place = {"scale": (0.1, 0.125, 0.15), "translate": (1, 2, 3), "units": ["nm"] * 3}
    layer = model.add_image(np.random.default_rng(3).normal(size=SHAPE), **place)
    (saved,) = layer.save(str(tmp_path / "nm.mrc"), plugin=PLUGIN)
    voxel_size, first_point = grid_of(saved)
    assert voxel_size == pytest.approx(STEPS)
    assert first_point == pytest.approx((30, 20, 10))


def test_a_map_whose_unit_was_changed_is_as_large_as_it_is_shown(
    tmp_path: Path, model: Any
) -> None:
    (layer,) = model.open(str(random_map(tmp_path, start=(3, -2, 5))), plugin=PLUGIN)
    layer.units = ["nm"] * 3
    (saved,) = layer.save(str(tmp_path / "nm.mrc"), plugin=PLUGIN)
    voxel_size, first_point = grid_of(saved)
    assert voxel_size == pytest.approx([10 * step for step in STEPS])
    assert first_point == pytest.approx((45, -25, 50))


@pytest.mark.parametrize("units", [("um", "um", "um"), ("pixel", "nm", "nm")])
def test_other_units_are_named(units: tuple[str, ...], tmp_path: Path, model: Any) -> None:
    layer = model.add_image(np.ones(SHAPE), name="cell", units=units)
    told = ", ".join(str(unit) for unit in layer.units)
    with pytest.raises(ParameterError, match=f"cell has the units {told} "):
        layer.save(str(tmp_path / "cell.mrc"), plugin=PLUGIN)
    assert not list(tmp_path.iterdir())


def test_an_affine_that_scales_and_moves_counts(tmp_path: Path, model: Any) -> None:
    affine = np.diag([1.5, 1.5, 1.5, 1.0])
    affine[:3, 3] = (4, 5, 6)
    layer = model.add_image(np.arange(960.0).reshape(SHAPE), translate=(1, 2, 3), affine=affine)
    (saved,) = layer.save(str(tmp_path / "scaled.mrc"), plugin=PLUGIN)
    voxel_size, first_point = grid_of(saved)
    assert voxel_size == pytest.approx((1.5, 1.5, 1.5))
    assert first_point == pytest.approx((10.5, 8, 5.5))


TURNED = np.eye(4)
TURNED[:2, :2] = [[0, -1], [1, 0]]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rotate", TURNED[:3, :3]),
        ("shear", np.array([0.1, 0.0, 0.0])),
        ("affine", TURNED),
        ("scale", (-1.0, 1.0, 1.0)),
    ],
)
def test_a_map_that_was_turned_or_sheared_is_refused(
    key: str, value: Any, tmp_path: Path, model: Any
) -> None:
    (layer,) = model.open(str(random_map(tmp_path)), plugin=PLUGIN)
    setattr(layer, key, value)
    with pytest.raises(ParameterError, match=rf"map.mrc .* of its {key};"):
        layer.save(str(tmp_path / "turned.mrc"), plugin=PLUGIN)
    assert not (tmp_path / "turned.mrc").exists()


def test_a_layer_without_a_voxel_size_is_saved_with_a_warning(tmp_path: Path, model: Any) -> None:
    layer = model.add_image(np.random.default_rng(2).normal(size=SHAPE), name="noise")
    with pytest.warns(map_sharpening.MapSharpeningWarning, match="noise has no voxel size"):
        (saved,) = layer.save(str(tmp_path / "noise.mrc"), plugin=PLUGIN)
    assert map_sharpening.load_map(saved).voxel_size == (1.0, 1.0, 1.0)


def test_a_picture_is_refused(tmp_path: Path, model: Any) -> None:
    layer = model.add_image(np.zeros((5, 6)), name="picture", scale=(2, 2))
    data, attributes, _ = layer.as_layer_data_tuple()
    with pytest.raises(ValueError, match="picture has 2 dimensions; a map has 3"):
        plugin_files.write(str(tmp_path / "picture.mrc"), data, attributes)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def viewer() -> Iterator[Any]:
    shown = napari.Viewer(show=False)
    yield shown
    shown.close()


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done() and time.monotonic() < deadline:
        napari.qt.get_qapp().processEvents()
        time.sleep(0.02)
    assert done()


@pytest.mark.parametrize("resolution", [0.0, RESOLUTION])
def test_two_layers_are_sharpened(
    resolution: float, half_files: tuple[Path, Path], simulated: SimulatedHalfMaps, viewer: Any
) -> None:
    halves = viewer.open([str(path) for path in half_files], plugin=PLUGIN)
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Sharpen two half maps")
    widget.half_map_1.value, widget.half_map_2.value = halves
    widget.resolution.value = resolution
    widget()
    wait_until(lambda: len(viewer.layers) == 4)
    sharpened, mask = viewer.layers[2:]
    found = resolution or map_sharpening.resolution_of_half_maps(*half_files).resolution
    expected = map_sharpening.sharpen_half_maps(
        simulated.half_1, simulated.half_2, resolution=found
    )
    assert sharpened.name == f"sharpened, {found:.2f} Å"
    np.testing.assert_allclose(sharpened.data, expected.sharpened.values, atol=1e-3)
    assert sharpened.iso_threshold == pytest.approx(expected.contour_level, rel=1e-3)
    assert tuple(sharpened.scale) == pytest.approx(VOXEL_SIZE)
    assert not mask.visible
    np.testing.assert_allclose(mask.data, expected.mask.values, atol=1e-3)


def test_the_widget_says_what_is_wrong(half_files: tuple[Path, Path], viewer: Any) -> None:
    (first,) = viewer.open(str(half_files[0]), plugin=PLUGIN)
    viewer.add_image(first.data[:-2], name="smaller", scale=VOXEL_SIZE)
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Sharpen two half maps")
    widget.half_map_1.value, widget.half_map_2.value = viewer.layers
    with napari.utils.notifications.notification_manager as told:
        widget()
        wait_until(lambda: any("smaller" in notice.message for notice in told.records))
    assert len(viewer.layers) == 2
