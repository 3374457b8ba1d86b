"""Colours of slices and their pictures."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from half_map_results import make_map
from PIL import Image

from map_sharpening.report.parts.figures import colours_of
from map_sharpening.report.parts.png import png_of
from map_sharpening.report.parts.slice_pictures import coloured_slice_pictures
from map_sharpening.report.parts.slices import central_slices


def test_colours_at_the_limits_differ_and_are_kept_beyond_them():
    colours = colours_of(np.array([-9.0, 0.0, 1.0, 9.0]), 0.0, 1.0)
    np.testing.assert_array_equal(colours[0], colours[1])
    np.testing.assert_array_equal(colours[2], colours[3])
    assert np.abs(colours[1].astype(int) - colours[2]).max() > 100


def test_coloured_picture_has_the_colours_of_its_slice():
    slices = central_slices(make_map(16))
    match = re.search(
        r"image/png;base64,([^\"]+)", coloured_slice_pictures(slices, (-1.0, 2.0), "b")["y"]
    )
    assert match is not None
    picture = Image.open(io.BytesIO(base64.b64decode(match.group(1))))
    np.testing.assert_array_equal(np.asarray(picture), colours_of(slices.y, -1.0, 2.0)[::-1])


@pytest.mark.parametrize(
    ("shape", "mode"), [((3, 5), "L"), ((1, 1, 3), "RGB"), ((40, 31, 4), "RGBA")]
)
@pytest.mark.parametrize("is_smooth", [True, False])
def test_another_program_reads_from_a_png_what_was_put_in(
    shape: tuple[int, ...], mode: str, is_smooth: bool
) -> None:
    numbers = (
        np.arange(np.prod(shape)) // 3
        if is_smooth
        else np.random.default_rng(1).integers(0, 256, shape)
    )
    picture = numbers.reshape(shape).astype(np.uint8)
    read = Image.open(io.BytesIO(png_of(picture)))
    assert (read.format, read.mode, read.size) == ("PNG", mode, shape[1::-1])
    np.testing.assert_array_equal(np.asarray(read), picture)


def test_a_smooth_picture_takes_few_bytes():
    smooth = np.add.outer(np.arange(200), np.arange(200)).astype(np.uint8)
    assert len(png_of(smooth)) < smooth.size / 30
