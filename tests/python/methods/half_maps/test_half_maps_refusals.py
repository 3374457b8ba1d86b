"""Half maps and options that are refused, and what the message names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_maps import (
    CUBIC,
    on_grid,
)
from real_data import DATA, needs_data
from sharpened_pairs import PERIODIC, RESOLUTION, halves_of_noise, soft_ball

from map_sharpening import _core, load_map
from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData, UnitCell
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps

# --- arrays that the caller makes --------------------------------------------------------


def test_arrays_are_asked_for_by_shape_and_dtype(pair):
    asked = []

    def new_array(shape, dtype):
        asked.append((type(shape), shape, np.dtype(dtype).name))
        return np.empty(shape, dtype)

    expected = sharpen_half_maps(pair.half_1, pair.half_2, **PERIODIC)
    found = sharpen_half_maps(pair.half_1, pair.half_2, new_array=new_array, **PERIODIC)
    assert found.sharpened.values.tobytes() == expected.sharpened.values.tobytes()
    nz, ny, nx = pair.half_1.values.shape
    of_map = (tuple, (nz, ny, nx), "float32")
    to_work_in = (tuple, (nz, ny, nx // 2 + 1), "complex64")
    assert asked == [*[of_map] * 4, *[to_work_in] * 4, of_map]  # the last: where they agree


def read_only(shape, dtype):
    made = np.zeros(shape, dtype)
    made.setflags(write=False)
    return made


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (lambda shape, dtype: [0.0], "an object of type list"),
        (lambda shape, dtype: np.empty(shape, "complex128"), r"a writable array of complex128"),
        (lambda shape, dtype: np.empty(shape, ">f4"), r"a writable array of >f4"),
        (lambda shape, dtype: np.empty(shape, dtype, "F"), r"a writable .*, not in C order"),
        (lambda shape, dtype: np.empty((9, *shape[1:]), dtype), r"a writable .*, shape \(9, "),
        (read_only, "a read-only array of"),
    ],
    ids=["no array", "dtype", "byte order", "order", "shape", "read-only"],
)
@pytest.mark.parametrize("before", [0, 1, 4], ids=["mask", "sharpened", "work"])
def test_arrays_of_another_kind_are_refused(pair, other, what, before):
    calls = []

    def new_array(shape, dtype):
        calls.append(shape)
        return np.empty(shape, dtype) if len(calls) <= before else other(shape, dtype)

    shape = pair.half_1.values.shape
    kind = "complex64" if before == 4 else "float32"
    last = shape[2] // 2 + 1 if before == 4 else shape[2]
    expected = (
        rf"^new_array returned {what}.*; expected a writable array of {kind}, shape "
        rf"\({shape[0]}, {shape[1]}, {last}\), in C order, such as numpy.empty makes$"
    )
    with pytest.raises(TypeError, match=expected):
        sharpen_half_maps(pair.half_1, pair.half_2, new_array=new_array, **PERIODIC)
    assert len(calls) == before + 1


# --- errors ------------------------------------------------------------------------------


def test_the_same_map_twice_is_refused(pair):
    with pytest.raises(MapValueError, match="the half maps agree perfectly"):
        sharpen_half_maps(pair.half_1, pair.half_1, **PERIODIC)


def test_a_map_and_its_multiple_are_refused(pair):
    double = pair.half_1.with_values(2 * pair.half_1.values)
    with pytest.raises(MapValueError, match="the half maps agree perfectly"):
        sharpen_half_maps(pair.half_1, double, **PERIODIC)


def test_an_error_of_the_values_names_both_maps(pair):
    with pytest.raises(MapValueError, match=r"^half map 1 and half map 1: "):
        sharpen_half_maps(pair.half_1, pair.half_1, **PERIODIC)


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_constant_maps_are_refused(level):
    flat = np.full((40, 40, 40), level, np.float32)
    with pytest.raises(MapValueError, match=f"^half_1 has the same value {level:g} at all"):
        sharpen_half_maps(flat, flat.copy(), voxel_size=1.3, **PERIODIC)


def test_no_molecule_is_found_in_noise():
    with pytest.raises(MapValueError, match="no molecule is found"):
        sharpen_half_maps(*halves_of_noise(), resolution=RESOLUTION)


def test_maps_that_are_not_finite_are_refused(pair):
    values = pair.half_1.values.copy()
    values[3, 4, 5] = np.nan
    with pytest.raises(MapValueError, match="half map 1"):
        sharpen_half_maps(pair.half_1.with_values(values), pair.half_2, **PERIODIC)


def grid_error(first, other):
    with pytest.raises(GridMismatchError) as caught:
        sharpen_half_maps(first, other, **PERIODIC)
    return str(caught.value)


def test_other_shapes_are_named(pair):
    other = MapData.from_array(pair.half_2.values[:-2], 1.3, name="second.mrc")
    assert grid_error(pair.half_1, other).startswith(
        "second.mrc has shape (z, y, x) (46, 48, 48), but half map 1 has (48, 48, 48)"
    )


def test_other_cells_are_named(pair):
    other = on_grid(pair.half_2.values, UnitCell(62.4, 63.4, 62.4), "second.mrc")
    assert "second.mrc has cell (Å, degrees) (62.4, 63.4, 62.4" in grid_error(pair.half_1, other)


def test_other_origins_are_named(pair):
    position = replace(pair.half_2.position, origin=(0.0, 13.0, 0.0))
    other = replace(pair.half_2, position=position)
    assert "lies at (0, 13, 0) Å (ORIGIN (0, 13, 0)), but half map 1 at (0, 0, 0) Å" in grid_error(
        pair.half_1, other
    )


def test_other_starts_are_named(pair):
    other = replace(pair.half_2, position=replace(pair.half_2.position, start=(1, 0, 0)))
    assert "lies at (1.3, 0, 0) Å (NSTART (1, 0, 0)), but half map 1 at (0, 0, 0) Å" in grid_error(
        pair.half_1, other
    )


def test_a_full_map_on_another_grid_is_refused(pair):
    other = MapData.from_array(pair.half_2.values[:-2], 1.3, name="full.mrc")
    with pytest.raises(GridMismatchError, match=r"full\.mrc has shape"):
        sharpen_half_maps(pair.half_1, pair.half_2, full_map=other, **PERIODIC)


def test_a_mask_on_another_grid_is_refused(pair):
    with pytest.raises(GridMismatchError, match=r"mask has shape \(z, y, x\) \(40, 48, 48\)"):
        sharpen_half_maps(
            pair.half_1, pair.half_2, resolution=RESOLUTION, mask=np.ones((40, 48, 48))
        )


@pytest.mark.parametrize("value", [1.5, -0.5])
def test_a_mask_out_of_range_is_refused(pair, value):
    mask = soft_ball(CUBIC[0])
    mask[0, 0, 0] = value
    with pytest.raises(
        MapValueError, match=f"mask has values from .*{value}.*; a mask has values 0"
    ):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)


def test_an_empty_mask_is_refused(pair):
    with pytest.raises(MapValueError, match="mask has the same value 0 everywhere"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=np.zeros(CUBIC[0]))


def test_a_mask_that_is_not_finite_is_refused(pair):
    mask = soft_ball(CUBIC[0])
    mask[0, 0, 0] = np.nan
    with pytest.raises(MapValueError, match="mask"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)


@pytest.mark.parametrize("mask", ["sphere", True])
def test_an_unknown_mask_is_refused(pair, mask):
    with pytest.raises(ParameterError, match=f"mask is {mask!r}; expected 'auto', False"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)


def test_arrays_without_a_voxel_size_are_refused(pair):
    with pytest.raises(ParameterError, match="half_1 is an array, but voxel_size is not given"):
        sharpen_half_maps(pair.half_1.values, pair.half_2.values, **PERIODIC)


def test_a_resolution_finer_than_the_nyquist_limit_is_refused(pair):
    with pytest.raises(
        ParameterError,
        match=r"resolution is 2 Å, finer than the Nyquist limit of half map 1 \(2\.600 Å, "
        r"twice its voxel size\); give resolution >= 2\.6",
    ):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=2.0)


def test_a_header_that_makes_voxels_of_no_map_is_named(pair):
    halves = (pair.half_1.values, pair.half_2.values)
    with pytest.raises(ParameterError, match=r"voxels of 1\.3 x 1\.3 x 62 Å are those of no map"):
        sharpen_half_maps(*halves, voxel_size=(1.3, 1.3, 62.0), resolution=3.0)


def test_a_resolution_coarser_than_the_box_holds_is_refused(pair):
    with pytest.raises(ParameterError, match=r"resolution is 20 Å, coarser than the 15\.6 Å"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=20.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolution", 0.0),
        ("resolution", -3.0),
        ("resolution", float("nan")),
        ("resolution", float("inf")),
        ("n_bins", 3),
        ("n_bins", -5),
        ("ideal_curve", "fat"),
        ("randomise_phases_beyond", -6.0),
        ("randomise_phases_beyond", float("nan")),
        ("output_scale_factor", 0.0),
        ("output_scale_factor", float("nan")),
        ("guinier_d_low", 2.0),
        ("guinier_d_low", float("nan")),
        ("threads", -1),
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value(pair, name, value):
    options = {"resolution": RESOLUTION, name: value}
    with pytest.raises(ParameterError, match=f"^{name} is {value}; expected"):
        HalfMapOptions(**options)
    with pytest.raises(ParameterError, match=f"^{name} is {value}; expected"):
        sharpen_half_maps(pair.half_1, pair.half_2, **options)


def test_the_core_refuses_arrays_that_it_would_have_to_copy(pair):
    box = CUBIC[1].parameters()
    weights = np.empty(CUBIC[0], np.float32)
    options = _core.HalfMapOptions()
    turned = np.asfortranarray(pair.half_1.values)
    double = pair.half_1.values.astype(np.float64)
    for wrong in (turned, double):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            _core.sharpen_half_maps(wrong, pair.half_2.values, None, weights, box, options)


def test_an_option_that_there_is_not_is_named_with_similar_ones(pair):
    with pytest.raises(ParameterError, match=r"no option resolutoin; similar ones are resolution"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolutoin=RESOLUTION)


def test_a_resolution_is_required(pair):
    with pytest.raises(
        ParameterError, match="resolution is missing; give resolution in Å, such as"
    ):
        sharpen_half_maps(pair.half_1, pair.half_2)


def test_options_are_given_whole_or_by_keywords(pair, result):
    whole = sharpen_half_maps(
        pair.half_1, pair.half_2, HalfMapOptions(RESOLUTION, wrapping=True), mask=False
    )
    assert whole.sharpened.values.tobytes() == result.sharpened.values.tobytes()
    with pytest.raises(ParameterError, match="together with n_bins; give either"):
        sharpen_half_maps(pair.half_1, pair.half_2, HalfMapOptions(RESOLUTION), n_bins=9)


def test_what_python_leaves_out_the_core_leaves_out_too():
    ours = HalfMapOptions(RESOLUTION).for_core(_core.MaskChoice.automatic)
    own = _core.HalfMapOptions()
    names = ("anisotropic", "n_shells", "ideal", "mask", "randomise_beyond", "periodic", "local")
    for name in (*names, "output_scale", "guinier_d_low", "threads"):
        assert getattr(ours, name) == getattr(own, name), name
    for name in ("core_points", "n_windows", "n_shells", "periodic"):
        assert getattr(ours.windows, name) == getattr(own.windows, name), name


@pytest.mark.slow
@needs_data
@pytest.mark.filterwarnings("ignore:half._crop56.mrc. 18 planes z")  # resampled
def test_a_cut_out_without_signal_in_any_window_is_refused_as_such():
    corners = [load_map(DATA / f"em/emd_3650/half{i}_crop56.mrc") for i in (1, 2)]
    with pytest.raises(MapValueError, match="no window of local sharpening holds more signal"):
        sharpen_half_maps(*corners, resolution=6.0, local_sharpen=True)
    assert np.isfinite(sharpen_half_maps(*corners, resolution=6.0).sharpened.values).all()
