"""The picture of a surface shows what is there, where it is and how it is lit."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from map_sharpening.report.views.boxes import box_of_mask
from map_sharpening.report.views.map_picture import map_picture
from map_sharpening.report.views.surface import Colouring, Shown, surface_png


def ball(
    shape: tuple[int, int, int], centre: tuple[float, float, float], radius: float
) -> np.ndarray:
    """Return a map that falls evenly from the middle of a ball and is 0 at its surface."""
    places = np.indices(shape) - np.reshape(centre, (3, 1, 1, 1))
    return (radius - np.sqrt((places**2).sum(axis=0))).astype(np.float32)


def drawn(values: np.ndarray, voxel=(1.0, 1.0, 1.0), level=0.0, **others) -> np.ndarray:
    png = surface_png(Shown(values, level), voxel, size=100, **others)
    assert png is not None
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


def test_a_ball_is_round_lit_from_the_upper_left_and_of_its_size() -> None:
    picture = drawn(ball((40, 40, 40), (20, 20, 20), 12))
    is_ball = (picture < 255).any(axis=2)
    # The box is the ball and at most a point more at each side.
    assert 0.85 * np.pi / 4 < is_ball.mean() / (24 / (26 * 1.06)) ** 2 < 1.15 * np.pi / 4
    assert (is_ball == is_ball.T).mean() > 0.99
    light = picture.sum(axis=2)
    assert light[30, 30] > light[70, 70]


def test_an_axis_with_larger_steps_is_longer() -> None:
    values = ball((30, 30, 30), (15, 15, 15), 8)
    is_ball = (drawn(values, voxel=(2.0, 1.0, 1.0)) < 255).any(axis=2)
    assert is_ball.any(axis=0).sum() == pytest.approx(2 * is_ball.any(axis=1).sum(), rel=0.06)


def test_x_goes_right_and_y_up() -> None:
    values = np.maximum(ball((20, 40, 60), (10, 8, 8), 5), ball((20, 40, 60), (10, 32, 52), 5))
    is_ball = (drawn(values) < 255).any(axis=2)
    assert is_ball[60:, :40].any()
    assert is_ball[:40, 60:].any()
    assert not is_ball[:40, :40].any()
    assert not is_ball[60:, 60:].any()


def test_what_is_higher_along_z_hides_what_is_lower() -> None:
    below, above = ball((60, 30, 30), (12, 15, 15), 9), ball((60, 30, 30), (45, 15, 15), 9)
    heights = np.broadcast_to(np.arange(60.0)[:, None, None], below.shape).astype(np.float32)
    colouring = Colouring(heights, (0.0, 59.0), ("#0000ff", "#ff0000"))
    picture = drawn(np.maximum(below, above), colouring=colouring)
    red, _, blue = picture[50, 50]
    assert red > 2 * blue


@pytest.mark.parametrize("finer", [1, 2])
def test_a_clear_picture_shows_what_lies_behind_all_but_the_surface(finer: int) -> None:
    values = ball((40, 40, 40), (20, 20, 20), 12)
    on_white, clear = drawn(values, finer=finer), drawn(values, finer=finer, is_clear=True)
    np.testing.assert_array_equal(clear[..., :3], on_white)
    assert set(np.unique(clear[..., 3])) >= {0, 255}
    np.testing.assert_array_equal(clear[..., 3] > 0, (on_white < 255).any(axis=2))


def test_a_large_map_is_thinned_and_a_surface_that_meets_the_edge_is_drawn() -> None:
    whole = drawn(np.ones((8, 400, 400), dtype=np.float32), level=0.5)
    assert (whole < 255).any(axis=2).mean() > 0.85


def test_nothing_above_the_level_is_no_picture() -> None:
    assert surface_png(Shown(np.zeros((5, 5, 5), dtype=np.float32), 1.0), (1.0, 1.0, 1.0)) is None
    peak = np.zeros((5, 5, 5), dtype=np.float32)
    peak[2, 2, 2] = 2
    assert surface_png(Shown(peak, 1.0), (1.0, 1.0, 1.0), size=20) is not None


def test_what_is_outside_the_mask_is_left_out_of_the_picture_and_of_its_colours() -> None:
    inside, outside = ball((40, 40, 40), (20, 20, 14), 8), ball((40, 40, 40), (20, 20, 33), 6)
    values = np.maximum(inside, outside)
    mask = (np.indices(values.shape)[2] < 25).astype(np.float32)
    local = np.where(mask > 0, np.float32(3), np.float32(9))
    drawn_of = {"mask": mask, "local": local, "palette": ("#0000ff", "#ff0000")}
    picture = map_picture(values, (1.0, 1.0, 1.0), 1.0, **drawn_of)
    assert picture is not None
    assert picture.limits == (3.0, 3.0)
    alone = map_picture(inside, (1.0, 1.0, 1.0), 1.0, **drawn_of)
    assert alone is not None
    assert alone.png == picture.png
    assert Image.open(io.BytesIO(picture.png)).size == (500, 500)


def test_a_mask_of_nothing_is_no_picture() -> None:
    values = ball((20, 20, 20), (10, 10, 10), 6)
    none = np.zeros_like(values)
    assert (
        map_picture(values, (1.0, 1.0, 1.0), 0.5, mask=none, local=None, palette=("#000000",))
        is None
    )


def test_the_box_of_a_mask_holds_it_and_ends_at_the_map() -> None:
    mask = np.zeros((30, 31, 32), dtype=np.float32)
    mask[7:12, 0:9, 21:32] = 1
    box = box_of_mask(mask, 0.5)
    assert box is not None
    assert mask[box].sum() == mask.sum()
    assert mask[box].size < 3 * mask.sum()


def test_a_picture_of_a_large_map_makes_nothing_of_its_size() -> None:
    values = np.zeros((100, 400, 400), dtype=np.float32)
    values[20:80, 100:300, 150:250] = 2
    mask = np.ones_like(values)
    tracemalloc.start()
    try:
        local = {"local": values, "palette": ("#000000", "#ffffff")}
        picture = map_picture(values, (1.0, 1.0, 1.0), 1.0, mask=mask, **local, finer=1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert picture is not None
    assert picture.limits == (2.0, 2.0)
    assert peak < values.nbytes / 2
