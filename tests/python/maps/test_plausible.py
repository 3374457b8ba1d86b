"""Values and voxels that can't be a map's, whatever the file's header says."""

from __future__ import annotations

import gzip
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from map_files import mrc_bytes, saved
from scipy import ndimage

from map_sharpening.errors import MapFileError, MapValueError
from map_sharpening.io.maps import read_map
from map_sharpening.maps.checks.plausible import cautions_of_edges, cut_peaks
from map_sharpening.maps.checks.signs import without_wraps
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.mask_like import mask_likeness

SHAPE = (8, 9, 40)
CELL = (60.0, 40.0, 50.0, 90.0, 90.0, 90.0)


def waves() -> npt.NDArray[np.float64]:
    """Return density from 30 to 250 that changes little from point to point."""
    z, y, x = np.meshgrid(*(np.arange(n) / n for n in SHAPE), indexing="ij")
    return np.round(140 + 110 * np.sin(4 * np.pi * x) * np.cos(np.pi * y) * np.cos(np.pi * z))


def bytes_without_sign(imod: tuple[int, int] = (0, 0)) -> bytearray:
    values = waves()
    made = mrc_bytes(np.zeros(SHAPE), mode=0, imod=imod, cell=CELL)[:1024]
    return bytearray(made + values.astype(np.uint8).tobytes())


def test_bytes_of_old_programs_have_no_sign(tmp_path: Path) -> None:
    map_data, warnings = read_map(saved(tmp_path, bytes(bytes_without_sign())))
    np.testing.assert_array_equal(map_data.values, waves())
    assert any("jump between 127 and -128; they are read as 0 to 255" in w for w in warnings)


def test_bytes_that_the_header_says_reach_255_have_no_sign(tmp_path: Path) -> None:
    content = bytes_without_sign()
    mask = np.where(waves() > 200, 255, 0)
    content[1024:] = mask.astype(np.uint8).tobytes()
    struct.pack_into("<2f", content, 76, 0, 255)
    map_data, warnings = read_map(saved(tmp_path, bytes(content)))
    np.testing.assert_array_equal(map_data.values, mask)
    assert any("states values from 0 to 255" in w for w in warnings)


def test_bytes_with_a_sign_keep_it(tmp_path: Path) -> None:
    values = waves() - 128
    map_data, warnings = read_map(saved(tmp_path, mrc_bytes(values, mode=0, cell=CELL)))
    np.testing.assert_array_equal(map_data.values, values)
    assert warnings == []
    noise = np.random.default_rng(0).integers(-128, 128, SHAPE)
    map_data, _ = read_map(saved(tmp_path, mrc_bytes(noise, mode=0, cell=CELL)))
    np.testing.assert_array_equal(map_data.values, noise)


def test_a_few_jumps_alone_are_no_missing_sign() -> None:
    values = np.full(SHAPE, 100, np.float32)
    values[0, 0, 7] = -120  # two jumps among 2808 neighbours: less than one in a thousand
    found, warnings = without_wraps(values, "a.mrc")
    np.testing.assert_array_equal(found, values)
    assert warnings == []


def test_bytes_without_neighbours_keep_their_sign() -> None:
    values = np.arange(-60, 60, dtype=np.float32).reshape(10, 12, 1)
    found, warnings = without_wraps(values, "a.mrc")
    np.testing.assert_array_equal(found, values)
    assert warnings == []


def test_a_mask_of_two_levels_keeps_its_contrast() -> None:
    values = np.full(SHAPE, -128, np.float32)
    values[..., ::2] = 127
    found, warnings = without_wraps(values, "mask.mrc")
    np.testing.assert_array_equal(found, values)
    assert warnings == []


def ball_of_bytes(inside: int, edge: int) -> npt.NDArray[np.uint8]:
    """A mask whose edge has half of the level inside."""
    z, y, x = np.indices(SHAPE)
    r = np.sqrt((z - 6) ** 2 + (y - 6) ** 2 + (x - 6) ** 2)
    return np.where(r < 4, inside, np.where(r < 5, edge, 0)).astype(np.uint8)


@pytest.mark.parametrize(("inside", "edge"), [(255, 0), (255, 128), (255, 100), (128, 0)])
def test_masks_of_bytes_without_a_sign_are_no_negative_ones(
    tmp_path: Path, inside: int, edge: int
) -> None:
    mask = ball_of_bytes(inside, edge)
    content = bytearray(mrc_bytes(mask.view(np.int8), mode=0, cell=CELL))
    map_data, warnings = read_map(saved(tmp_path, bytes(content)))
    np.testing.assert_array_equal(map_data.values, mask)
    (warning,) = warnings
    assert "as a mask of bytes without a sign has them; they are read as 0 to 255" in warning


def test_masks_with_a_sign_and_density_of_few_levels_keep_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for values in (
        np.where(ball_of_bytes(1, 0) > 0, 0, -128),
        np.where(ball_of_bytes(1, 0) > 0, -127, -128),
        ball_of_bytes(1, 0),
        ball_of_bytes(127, 64),
        np.round(rng.normal(scale=0.5, size=SHAPE)),
        np.where(ball_of_bytes(1, 0) > 0, np.round(rng.normal(scale=9, size=SHAPE)), 0),
    ):
        map_data, warnings = read_map(saved(tmp_path, mrc_bytes(values, mode=0, cell=CELL)))
        np.testing.assert_array_equal(map_data.values, values)
        assert warnings == []


def test_values_that_are_missing_outside_of_a_mask_are_in_the_right_byte_order(
    tmp_path: Path,
) -> None:
    for inside in (np.float32(1), waves().astype(np.float32), np.float32(np.nan)):
        values = np.where(ball_of_bytes(1, 0) > 0, inside, np.nan).astype(np.float32)
        with pytest.raises(MapValueError, match=r"NaN or infinity.*set them to 0 or make the map"):
            read_map(saved(tmp_path, mrc_bytes(values, cell=CELL)))


def inverted_ball(lowest: int) -> npt.NDArray[np.float64]:
    """Density of inverted contrast from `lowest` to 0, which falls off from a middle."""
    z, y, x = np.indices(SHAPE)
    r = np.sqrt((z - 4) ** 2 + (y - 4) ** 2 + (x - 20) ** 2)
    return np.round(lowest * np.exp(-((r / 3) ** 2)))


@pytest.mark.parametrize("lowest", [-3, -10, -60, -128])
def test_density_with_nothing_above_0_keeps_its_sign(tmp_path: Path, lowest: int) -> None:
    values = inverted_ball(lowest)
    assert np.count_nonzero(values == 0) > values.size / 2
    map_data, warnings = read_map(saved(tmp_path, mrc_bytes(values, mode=0, cell=CELL)))
    np.testing.assert_array_equal(map_data.values, values)
    assert warnings == []


def test_a_few_points_at_minus_1_make_no_mask(tmp_path: Path) -> None:
    values = ball_of_bytes(100, 50).astype(np.float64)
    values[0, 0, 38:] = -1
    map_data, warnings = read_map(saved(tmp_path, mrc_bytes(values, mode=0, cell=CELL)))
    np.testing.assert_array_equal(map_data.values, values)
    assert warnings == []


def test_bytes_of_zeros_alone_are_a_constant(tmp_path: Path) -> None:
    path = saved(tmp_path, mrc_bytes(np.zeros(SHAPE), mode=0, cell=CELL))
    map_data, warnings = read_map(path, allow_constant=True)
    np.testing.assert_array_equal(map_data.values, 0)
    assert warnings == []
    with pytest.raises(MapValueError, match=r"a.mrc has the same value 0 at all 2880 points"):
        read_map(path)


def test_soft_masks_of_bytes_without_a_sign_are_read_as_such(tmp_path: Path) -> None:
    z, y, x = np.indices((20, 20, 48))
    r = np.sqrt((z - 10) ** 2 + (y - 10) ** 2 + (x - 24) ** 2)
    edge = np.clip((r - 5) / 4, 0, 1)
    mask = np.round(255 * (1 + np.cos(np.pi * edge)) / 2).astype(np.uint8)
    content = mrc_bytes(mask.view(np.int8), mode=0, cell=CELL)
    map_data, (warning,) = read_map(saved(tmp_path, content))
    np.testing.assert_array_equal(map_data.values, mask)
    assert "they are read as 0 to 255" in warning


def test_jumps_of_200_or_more_count() -> None:
    for jump, is_wrapped in ((199, False), (200, True)):
        values = np.full(SHAPE, -100, np.float32)
        values[..., ::2] = jump - 100
        values[:, 0, :] = np.arange(SHAPE[2])  # a map has many levels
        found, _ = without_wraps(values, "a.mrc")
        np.testing.assert_array_equal(found[:, 1:, 1], 156 if is_wrapped else -100)


def test_64_bit_floats_are_named(tmp_path: Path) -> None:
    content = mrc_bytes(waves(), cell=CELL)[:1024] + waves().astype("<f8").tobytes()
    with pytest.raises(MapFileError, match=r"has 8 bytes for each value, its mode has 4"):
        read_map(saved(tmp_path, content))
    packed = tmp_path / "packed.mrc.gz"
    packed.write_bytes(gzip.compress(content))
    with pytest.raises(MapFileError, match=r"has 8 bytes for each value, its mode has 4"):
        read_map(packed)


@pytest.mark.parametrize("largest", [1e15, 1e17])
def test_numbers_whose_squares_can_not_be_summed_are_refused(
    tmp_path: Path, largest: float
) -> None:
    values = waves() / waves().max()
    with pytest.raises(MapValueError, match=r"a.mrc has values up to 1e\+1[57]; expected density"):
        read_map(saved(tmp_path, mrc_bytes(largest * values, cell=CELL)))
    map_data, _ = read_map(saved(tmp_path, mrc_bytes(0.9e14 * values, cell=CELL)))
    assert np.isfinite(np.square(map_data.values).sum())


@pytest.mark.parametrize("largest", [1e-16, 1e-30, 1e-42])
def test_numbers_whose_squares_are_nothing_are_refused(tmp_path: Path, largest: float) -> None:
    values = waves() / waves().max()
    with pytest.raises(MapValueError, match=r"a.mrc has values up to .*; multiply the map by a n"):
        read_map(saved(tmp_path, mrc_bytes(largest * values, cell=CELL)))


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_beyond_any_density_are_refused(tmp_path: Path, sign: float) -> None:
    with pytest.raises(MapValueError, match=r"a.mrc has values up to 2.5e\+30; .* byte order"):
        read_map(saved(tmp_path, mrc_bytes(sign * 1e28 * waves(), cell=CELL)))


def test_values_in_another_byte_order_are_named(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(20, 20, 20)).astype(np.float32)
    content = mrc_bytes(values)[:1024] + values.astype(">f4").tobytes()
    with pytest.raises(MapValueError, match="in another byte order than its header"):
        read_map(saved(tmp_path, content))


@pytest.mark.parametrize("unit", [0.1, 1e-10, 1e4])
def test_cells_in_other_units_are_told(tmp_path: Path, unit: float) -> None:
    edges = tuple(unit * 1.5 * n for n in SHAPE[::-1])
    content = mrc_bytes(waves(), cell=(*edges, 90.0, 90.0, 90.0))
    (told,) = read_map(saved(tmp_path, content))[1]
    assert f"a.mrc has voxels of {1.5 * unit:.4g} x" in told
    assert "give voxel_size in Å" in told


@pytest.mark.parametrize(
    ("words", "name"),
    [({"origin": (1e20, 0.0, 0.0)}, "ORIGIN"), ({"start": (0, 2**30, 0)}, "NSTART")],
)
def test_places_where_nothing_can_be_are_zero(
    tmp_path: Path, words: dict[str, tuple[float, float, float]], name: str
) -> None:
    content = mrc_bytes(waves(), cell=CELL, **words)  # type: ignore[arg-type]
    map_data, (told,) = read_map(saved(tmp_path, content))
    assert f"has the {name} " in told
    assert map_data.position.start == (0, 0, 0)
    assert map_data.position.origin == (0.0, 0.0, 0.0)


def noisy_ball(n: int = 32) -> npt.NDArray[np.float64]:
    """Return density in the middle of noise."""
    z, y, x = np.indices((n, n, n)) - n / 2
    rng = np.random.default_rng(3)
    return np.exp(-(x**2 + y**2 + z**2) / n) + 0.1 * rng.normal(size=(n, n, n))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_point_with_much_of_the_power_is_named(tmp_path: Path, sign: int) -> None:
    values = noisy_ball()
    values[7, 5, 3] = sign * 1e4
    value = re.escape(f"{sign * 1e4:.4g}")
    told = rf"a.mrc has the value {value} at x 3, y 5, z 7 .* 100% of the power of all 32768;"
    with pytest.raises(MapValueError, match=told):
        read_map(saved(tmp_path, mrc_bytes(values)))
    assert mask_likeness(MapData.from_array(values, 1.0)) == "density"


def test_a_strong_point_that_density_may_have_is_read(tmp_path: Path) -> None:
    values = noisy_ball()
    values[7, 5, 3] = 10  # an ion
    assert read_map(saved(tmp_path, mrc_bytes(values)))[1] == []


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("planes", [(10, 14), (20, 21), (25, 32), (0, 3)])
def test_planes_of_a_number_that_is_nowhere_else_are_told(
    tmp_path: Path, axis: int, planes: tuple[int, int]
) -> None:
    values = noisy_ball()
    np.moveaxis(values, axis, 0)[slice(*planes)] = 0
    (told,) = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    first, last = planes[0], planes[1] - 1
    where = f"planes {'zyx'[axis]} {first} to {last}" if last > first else f"plane zyx{first}"
    assert f"nothing but 0 in the {where.replace('zyx', 'zyx'[axis] + ' ')} (" in told


@pytest.mark.parametrize("kind", ["padded", "margins", "masked", "apart"])
def test_margins_and_masked_maps_have_no_gap(tmp_path: Path, kind: str) -> None:
    values = noisy_ball()
    if kind == "padded":
        values = np.pad(values, ((0, 12), (0, 12), (0, 12)))
    elif kind == "margins":
        values[:4] = values[-3:] = 0
    elif kind == "masked":
        z, y, x = np.indices(values.shape) - 12
        values[x**2 + y**2 + z**2 > 100] = 0
    else:  # three molecules in a row, in a mask
        values[:, :8] = values[5:8] = values[20:22] = 0
    assert read_map(saved(tmp_path, mrc_bytes(values)))[1] == []


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({5: 0, 6: 0, 20: 0}, "holds nothing but 0 in the planes {} 5 to 6, 20 ("),
        ({5: ".5", 6: ".25", 20: 0}, "but 0 or 0.25 or 0.5 in the planes {} 5 to 6, 20 ("),
        (
            dict.fromkeys(range(1, 24, 4), 0),
            "holds nothing but 0 in the planes {} 1, 5, 9, 13 and 2 more gaps (",
        ),
        ({7: "before"}, ": plane {} 7 (counted from 0) is equal to the one before"),
        (
            dict.fromkeys(range(1, 24, 2), "before"),
            ": 12 planes {}, the first of them 1, 3, 5, 7 (counted from 0), are equal to the one",
        ),
        (
            dict.fromkeys(range(2, 24, 5), 3),
            ": 5 planes {}, the first of them 2, 7, 12, 17 (counted from 0), are on another scale",
        ),
        ({7: 3, 12: 1 / 3}, None),
    ],
    ids=["two gaps", "numbers", "fourth", "one again", "twice", "scaled", "two scaled"],
)
def test_planes_that_do_not_belong_are_told(
    tmp_path: Path, axis: int, change: dict[int, float | str], told: str | None
) -> None:
    values = noisy_ball()
    planes = np.moveaxis(values, axis, 0)
    for at, made in change.items():
        number = planes[at] * made if isinstance(made, (int, float)) else made
        planes[at] = planes[at - 1] if made == "before" else number
    found = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    assert len(found) == (told is not None)
    assert told is None or told.format("zyx"[axis]) in found[0]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_planes_that_changed_places_are_told(tmp_path: Path, axis: int) -> None:
    values = ndimage.gaussian_filter(np.random.default_rng(1).normal(size=(40, 40, 40)), 1.2)
    assert read_map(saved(tmp_path, mrc_bytes(values)))[1] == []
    planes = np.moveaxis(values, axis, 0)
    planes[:] = planes.reshape(20, 2, 40, 40)[:, ::-1].reshape(planes.shape)
    (told,) = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    assert f"planes along {'zyx'[axis]} agree more and less by turns" in told


def test_masks_and_labels_may_have_equal_planes(tmp_path: Path) -> None:
    values = np.zeros((24, 24, 24), np.float32)
    values[6:18, 6:18, 6:18] = 1
    assert not any("equal to" in text for text in read_map(saved(tmp_path, mrc_bytes(values)))[1])


@pytest.mark.parametrize("axis", [1, 2])
def test_a_gap_is_told_beside_an_axis_of_few_planes(tmp_path: Path, axis: int) -> None:
    values = noisy_ball()[8:18]
    np.moveaxis(values, axis, 0)[10:14] = 0
    (told,) = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    assert f"nothing but 0 in the planes {'zyx'[axis]} 10 to 13 (" in told


@pytest.mark.parametrize(
    ("n", "planes", "is_told"),
    [
        (32, slice(0, 1), False),
        (32, slice(-1, None), False),
        (32, slice(-2, None), True),
        (32, slice(1, 2), True),
        (100, slice(-2, None), False),
        (100, slice(0, 3), True),
    ],
)
def test_a_few_planes_at_one_end_are_a_margin(
    tmp_path: Path, n: int, planes: slice, is_told: bool
) -> None:
    values = np.random.default_rng(0).normal(size=(n, 20, 20)).astype(np.float32)
    values[planes] = 0
    told = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    assert [text for text in told if "holds nothing but 0" in text] == told
    assert len(told) == is_told


# Peaks that are cut off


def noise_of_peaks() -> npt.NDArray[np.float32]:
    values = np.random.default_rng(3).normal(size=(24, 30, 40))
    return np.exp(values).astype(np.float32)


@pytest.mark.parametrize("limit", [3.0, 6.0])
def test_peaks_that_are_cut_off_are_told(tmp_path: Path, limit: float) -> None:
    values = np.minimum(noise_of_peaks(), np.float32(limit))
    content = mrc_bytes(values, cell=CELL)
    _, warnings = read_map(saved(tmp_path, bytes(content)))
    (warning,) = (w for w in warnings if "are cut off at" in w)
    assert (
        f"cut off at {limit:g} ({np.count_nonzero(values == np.float32(limit))} points" in warning
    )
    cut = cut_peaks(values)
    assert cut is not None
    high = values >= (limit + values.mean(dtype=np.float64)) / 2
    assert cut.share == pytest.approx(cut.n_points / np.count_nonzero(high))


@pytest.mark.parametrize(
    "values",
    [
        noise_of_peaks(),
        np.round(noise_of_peaks()),  # steps as of 8 bits
        np.tile(noise_of_peaks(), (2, 2, 2)),  # symmetric
        np.where(noise_of_peaks() > 2, np.float32(1), np.float32(0)),
        np.zeros((24, 30, 40), np.float32),
    ],
    ids=["density", "rounded", "symmetric", "mask", "constant"],
)
def test_peaks_that_are_not_cut_off_are_not(values: npt.NDArray[np.float32]) -> None:
    assert cut_peaks(values.astype(np.float32)) is None


# Values and shapes that no map of one molecule has


@pytest.mark.parametrize("both_ends", [True, False])
def test_a_margin_of_another_level_is_told(tmp_path: Path, both_ends: bool) -> None:
    margin = (8 if both_ends else 0, 8)
    values = np.pad(noisy_ball(), (margin,) * 3, constant_values=2)
    (told,) = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    of_all = " x ".join(["48" if both_ends else "40"] * 3)
    assert f"a.mrc has a margin of 2 round 32 x 32 x 32 of its {of_all} points, whose me" in told


@pytest.mark.parametrize("outside", [0.0, 30.0])
def test_values_that_begin_far_from_the_usual_one_are_told(tmp_path: Path, outside: float) -> None:
    z, y, x = np.indices((32, 32, 32)) - 16
    inside = 6 + 0.2 * np.hypot(x, y) + 0.1 * z
    values = np.where(x**2 + y**2 + z**2 < 144, inside, outside)
    (told,) = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    share = np.mean(values == outside)
    assert f"a.mrc is {outside:g} at {share:.0%} of its points, and has no value from" in told
    assert "local resolution" in told


@pytest.mark.parametrize("kind", ["masked", "cut off at 0", "levels"])
def test_density_with_values_near_the_usual_one_is_no_local_resolution(
    tmp_path: Path, kind: str
) -> None:
    values = noisy_ball()
    z, y, x = np.indices(values.shape) - 16
    if kind == "masked":
        values[x**2 + y**2 + z**2 > 100] = 0
    elif kind == "cut off at 0":
        values = np.maximum(values, 0)
    else:
        values = np.round(np.maximum(3 * values, 0))
    assert read_map(saved(tmp_path, mrc_bytes(values)))[1] == []


def volume(seed: int) -> npt.NDArray[np.float64]:
    """Return a lump to one side of noise of its own."""
    z, y, x = np.indices((32, 32, 32))
    lump = np.exp(-((x - 12) ** 2 + (y - 18) ** 2 + (z - 16) ** 2) / 40)
    return lump + 0.1 * np.random.default_rng(seed).normal(size=lump.shape)


@pytest.mark.parametrize("edge", [32, 35])  # 35 is no multiple of what is averaged
def test_a_stack_of_volumes_is_told(tmp_path: Path, edge: int) -> None:
    draw = np.random.default_rng(0).normal
    detail = ndimage.gaussian_filter(draw(size=(edge, edge, edge)), 1.2)
    values = np.concatenate([detail + draw(0, 0.02, detail.shape) for _ in range(3)])
    (told,) = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    assert f"{3 * edge} sections of {edge} x {edge}, and the first {edge} look like the" in told
    assert "a stack of 3 volumes" in told


@pytest.mark.parametrize("kind", ["filament", "one volume", "crystal"])
def test_long_maps_of_one_molecule_are_no_stack(tmp_path: Path, kind: str) -> None:
    if kind == "filament":
        values = np.broadcast_to(volume(0)[16], (64, 32, 32)) + 0.1 * np.resize(
            volume(1), (64, 32, 32)
        )
    elif kind == "one volume":
        values = ndimage.zoom(volume(0), (2, 1, 1), order=1)
    else:
        values = np.concatenate([volume(0), volume(1)])
    content = mrc_bytes(values, space_group=75 if kind == "crystal" else 1)
    assert read_map(saved(tmp_path, content))[1] == []


def test_voxels_of_unequal_edges_are_told_of_maps_that_are_no_crystals() -> None:
    values = noisy_ball()
    for steps, space_group, is_told in (
        ((1.0, 1.8, 1.8), 1, True),
        ((1.0, 1.8, 1.8), 19, False),
        ((1.5, 1.8, 1.8), 0, False),
    ):
        given = MapData.from_array(values, steps, name="a.mrc")
        given = replace(given, position=replace(given.position, space_group=space_group))
        told = cautions_of_edges(given)
        assert len(told) == is_told
        assert all("a.mrc has voxels of 1 x 1.8 x 1.8 Å; expected" in text for text in told)
