"""Maps for a screen: where they lie, what their numbers stand for."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from map_sharpening.io.web.view_map import view_bytes
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.maps.view import (
    binned,
    box_of_mask,
    box_of_points,
    cropped,
    level_enclosing,
    middle_above,
    plane,
    points_above,
    section,
    sphere_above,
    view_of,
)


def _map(shape: tuple[int, int, int] = (12, 10, 8), seed: int = 1) -> MapData:
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    nz, ny, nx = shape
    position = MapPosition(UnitCell(2.0 * nx, 2.0 * ny, 2.0 * nz), (nx, ny, nz), start=(5, -3, 2))
    return MapData(values, position)


def test_a_part_lies_where_it_lay() -> None:
    part = cropped(_map(), ((2, 1, 3), (9, 7, 8)))
    assert part.values.shape == (7, 6, 5)
    # first point of the whole: 10, -6, 4; further by 3, 1, 2 points of 2 Å
    assert part.position.first_point == pytest.approx((16, -4, 8))
    assert np.array_equal(part.values, _map().values[2:9, 1:7, 3:8])


def test_a_part_of_a_skew_cell_lies_where_it_lay() -> None:
    values = np.zeros((6, 6, 6), np.float32)
    whole = MapData(values, MapPosition(UnitCell(12, 12, 12, 90, 120, 90), (6, 6, 6)))
    part = cropped(whole, ((3, 0, 0), (6, 6, 6)))  # half of c, which leans by -6 Å along x
    assert part.position.first_point == pytest.approx((-3, 0, 6 * np.sin(np.radians(120))))


def test_a_crystals_cell_goes_on_beyond_its_faces_round_points_anywhere() -> None:
    values = np.random.default_rng(3).normal(size=(10, 8, 6)).astype(np.float32)
    cell = UnitCell(12, 16, 20, 90, 105, 90)
    crystal = MapData(values, MapPosition(cell, (6, 8, 10), space_group=5))
    corner = np.array([[-5.0, 30.0, 41.0]])
    first, end = box_of_points(crystal, corner, 3.0)
    part = cropped(crystal, (first, end))
    assert part.values.shape == tuple(b - a for a, b in zip(first, end, strict=True))
    at = tuple(n // 2 for n in part.values.shape)
    whole = tuple((f + i) % n for f, i, n in zip(first, at, values.shape, strict=True))
    assert part.values[at] == values[whole]
    # The point lies in the part, at least 3 Å from its faces.
    x, y, z = part.fractional(corner[0] - part.position.first_point)
    for share, edge in ((x, part.box.a), (y, part.box.b), (z, part.box.c)):
        assert 3.0 <= share * edge <= edge - 3.0
    with pytest.raises(ValueError, match="is not inside"):
        cropped(MapData(values, MapPosition(cell, (6, 8, 10))), (first, end))


def test_a_box_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="is not inside"):
        cropped(_map(), ((0, 0, 0), (13, 2, 2)))


def test_binning_keeps_means_and_the_middle_of_each_cube() -> None:
    whole = _map((7, 6, 4))
    small = binned(whole, 2)
    assert small.values.shape == (3, 3, 2)
    assert small.values[1, 2, 0] == pytest.approx(whole.values[2:4, 4:6, 0:2].mean(), abs=1e-6)
    assert small.voxel_size == pytest.approx((4, 4, 4))
    assert small.position.first_point == pytest.approx((11, -5, 5))


def test_only_points_inside_count_where_there_are_any() -> None:
    whole = _map((7, 6, 4))
    inside = np.zeros((7, 6, 4), dtype=bool)
    inside[2, 4, :2] = inside[3, 5, 1] = True
    small = binned(whole, 2, inside)
    plain = binned(whole, 2).values
    assert small.values[1, 2, 0] == pytest.approx(whole.values[inside].mean(), abs=1e-6)
    assert small.values[1, 2, 0] != pytest.approx(plain[1, 2, 0], abs=1e-3)
    small.values[1, 2, 0] = plain[1, 2, 0]
    np.testing.assert_array_equal(small.values, plain)


def test_points_that_count_have_the_shape_of_the_map() -> None:
    with pytest.raises(ValueError, match="the points that count"):
        binned(_map((7, 6, 4)), 2, np.ones((7, 6, 5), dtype=bool))


def test_what_lies_outside_the_mask_does_not_count_in_a_view() -> None:
    whole = _map((8, 8, 8))
    values = np.full((8, 8, 8), 30.0, dtype=np.float32)  # what is told where nothing is known
    mask = np.zeros((8, 8, 8), dtype=np.float32)
    mask[3, 2:6, 2:6], mask[4, 2:6, 2:6] = 0.9, 0.4  # soft
    values[mask > 0.5] = 3.0
    box = ((2, 1, 2), (6, 7, 6))
    view = view_of(whole.with_values(values), box, largest=20, inside=whole.with_values(mask))
    assert view.factor == 2
    assert np.count_nonzero(view.values() < 3.5) == 6  # three rows of two cubes
    assert np.all((view.values() < 3.5) | (view.values() > 29.5))


def test_a_map_too_large_to_show_is_binned() -> None:
    assert view_of(_map(), largest=200).factor == 2
    assert view_of(_map()).factor == 1


@pytest.mark.parametrize("bits", [8, 16])
def test_numbers_stand_for_values_to_half_a_step_and_keep_their_sign(bits: int) -> None:
    whole = _map()
    view = view_of(whole, bits=bits)  # type: ignore[arg-type]
    assert np.abs(view.values() - whole.values).max() <= 0.51 * view.step
    assert np.abs(view.numbers).max() == 2 ** (bits - 1) - 1
    assert view.number_of(view.step * 5) == pytest.approx(5)
    assert view.number_of(2.0) > 0 > view.number_of(-2.0)


def test_a_view_is_made_without_a_second_map() -> None:
    n = 96
    whole = MapData.from_array(np.zeros((n, n, n)), 1.0)
    whole.values[20:60] = np.linspace(0, 1, n)
    box = ((0, 0, 0), (n, n, n - 1))
    tracemalloc.start()
    try:
        view = view_of(whole, box)
        _, most_of_view = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        body = view_bytes(view)
        _, most_of_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_of_view < 1.1 * view.numbers.nbytes
    slab = 4 * 32 * n * n
    assert most_of_bytes < 1.1 * (view.numbers.nbytes + len(body) + slab)
    assert most_of_bytes < view.numbers.nbytes + whole.values.nbytes


def test_the_header_has_the_statistics_of_the_numbers() -> None:
    view = view_of(_map((70, 10, 8)))  # three slabs
    words = np.frombuffer(view_bytes(view)[:1024], "<f4")
    lowest, highest, mean = words[19:22]
    assert (lowest, highest) == (view.numbers.min(), view.numbers.max())
    assert mean == pytest.approx(view.numbers.mean(), abs=0.01)
    assert words[54] == pytest.approx(view.numbers.std(), rel=1e-5)


def test_a_constant_map_can_be_shown() -> None:
    whole = _map().with_values(np.zeros((12, 10, 8), np.float32))
    assert not view_of(whole).values().any()


def test_mean_and_spread_are_those_of_the_whole() -> None:
    whole = _map()
    view = view_of(whole, ((0, 0, 0), (2, 2, 2)))
    assert view.mean == pytest.approx(whole.values.mean(), abs=1e-6)
    assert view.standard_deviation == pytest.approx(whole.values.std(), rel=1e-5)


def test_the_box_of_a_mask_has_its_margin_and_stays_inside() -> None:
    values = np.zeros((12, 10, 8), np.float32)
    values[5:7, 1:4, 2:8] = 1
    mask = _map().with_values(values)
    assert box_of_mask(mask, 4.0) == ((3, 0, 0), (9, 6, 8))
    assert box_of_mask(mask.with_values(0 * values)) == ((0, 0, 0), (12, 10, 8))


def test_levels_enclose_the_same_volume() -> None:
    one = _map()
    other = one.with_values(one.values * np.float32(3) + np.float32(7))
    n_points = points_above(one, 1.0)
    assert n_points == np.count_nonzero(one.values > 1.0)
    level = level_enclosing(other, n_points)
    assert level == pytest.approx(10, abs=0.2)
    assert np.count_nonzero(other.values > level) == n_points


@pytest.mark.parametrize("n_points", [-3, 0, 12 * 10 * 8, 10**9])
def test_levels_enclose_a_point_at_least_and_not_all(n_points: int) -> None:
    one = _map()
    expected = 1 if n_points < 1 else one.values.size - 1
    assert points_above(one, level_enclosing(one, n_points)) == expected


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("n", [40, 160])
def test_the_middle_is_that_of_what_the_level_shows(sign: int, n: int) -> None:
    values = np.zeros((n, n, n), np.float32)
    values[n // 2 : n // 2 + 17, 12:29, 4:21] = 5 * sign
    values[1, 1, n - 1] = 5 * sign  # a speck
    skew = MapPosition(UnitCell(2.0 * n, 2.0 * n, 2.0 * n, 90, 120, 90), (n, n, n), (5, -3, 2))
    z = n // 2 + 8
    x, y, height = 2 * 12 - z, 2 * 20, 2 * z * np.sin(np.radians(120))  # c leans by -1 Å a point
    found = middle_above(MapData(values, skew), sign * 2.0)
    assert found == pytest.approx((x, y, height), abs=4 if n > 64 else 1e-4)


def test_the_middle_of_nothing_is_that_of_the_box() -> None:
    assert middle_above(_map(), 1e3) == pytest.approx((7, 9, 11))


def test_planes_go_along_their_axes() -> None:
    whole = _map()
    assert np.array_equal(plane(whole, "z", 0.5), whole.values[6])
    assert np.array_equal(plane(whole, "y", 0.0), whole.values[:, 0])
    assert np.array_equal(plane(whole, "x", 1.0), whole.values[:, :, 7])
    assert section(whole.values.shape, "z", 0.5)[0] == 6
    assert section(whole.values.shape, "x", 1.0) == (7, 8)


@pytest.mark.parametrize(("bits", "mode", "size"), [(8, 0, 1), (16, 1, 2)])
def test_the_bytes_are_a_map_that_other_programs_read(bits: int, mode: int, size: int) -> None:
    whole = _map()
    body = view_bytes(view_of(whole, ((2, 1, 3), (9, 7, 8)), bits=bits))  # type: ignore[arg-type]
    words = np.frombuffer(body[:1024], "<i4")
    assert tuple(words[:4]) == (5, 6, 7, mode)
    assert tuple(np.frombuffer(body[196:208], "<f4")) == pytest.approx((16, -4, 8), abs=1e-4)
    assert len(body) == 1024 + 5 * 6 * 7 * size


@pytest.mark.parametrize("sign", [1, -1])
def test_a_level_shows_a_sphere_where_it_lies_without_far_specks(sign: int) -> None:
    z, y, x = np.indices((40, 40, 40))
    values = 5.0 * ((x - 12) ** 2 + (y - 20) ** 2 + (z - 26) ** 2 <= 49).astype(np.float32)
    values[1, 1, 38] = 5
    position = MapPosition(UnitCell(80, 80, 80), (40, 40, 40), start=(5, 0, 0))
    centre, radius = sphere_above(view_of(MapData(sign * values, position)), sign * 2.0)
    assert centre == pytest.approx((2 * (12 + 5), 40, 52))
    assert radius == pytest.approx(14, rel=0.05)


def test_the_sphere_in_a_skew_cell_leans_with_it() -> None:
    values = np.zeros((6, 6, 6), np.float32)
    values[3, 0, 0] = 1
    whole = MapData(values, MapPosition(UnitCell(12, 12, 12, 90, 120, 90), (6, 6, 6)))
    centre, _ = sphere_above(view_of(whole), 0.5)
    assert centre == pytest.approx((-3, 0, 6 * np.sin(np.radians(120))))
