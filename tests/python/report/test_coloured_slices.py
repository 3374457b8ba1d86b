"""Colours of slices and their pictures."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from half_map_results import make_map
from PIL import Image

from map_sharpening.report.parts.figures import colours_of
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
