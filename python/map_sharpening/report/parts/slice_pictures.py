"""Central slices as pictures: grey values or colours, outline of the mask, scale bar, in SVG."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable
from html import escape
from typing import cast

import numpy as np
from contourpy import FillType, LineType, SerialContourGenerator, ZInterp
from PIL import Image

from map_sharpening.maps.arrays import FloatArray, percentiles
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.report.parts.figures import Pixels, colours_of
from map_sharpening.report.parts.slices import CentralSlices

_MAX_PIXELS = 300  #: along an edge; keeps the report small and is what a screen shows
_OUTLINE_LEVEL = 0.5
_BLACK_PERCENTILE, _WHITE_PERCENTILE = 1.0, 99.7


def slice_pictures(slices: CentralSlices, mask: CentralSlices | None, name: str) -> dict[str, str]:
    """Return one SVG picture per axis, in Å, all three with one contrast.

    Black and white are percentiles of the three slices together. The picture of the slice
    normal to z has x to the right and y up; to y: x and z; to x: y and z.

    Parameters
    ----------
    mask : CentralSlices or None
        Mask of values 0 to 1 on the same grid, drawn as its outline at 0.5.
    name : str
        What the map is called for readers who can't see it.
    """
    everything = np.concatenate([slices.along(axis).ravel() for axis in "xyz"])
    black, white = percentiles(everything, (_BLACK_PERCENTILE, _WHITE_PERCENTILE))

    def pixels(values: FloatMap) -> Pixels:
        return grey_pixels(values, black, white)

    return {axis: _picture(slices, mask, axis, pixels, name, "slice") for axis in "xyz"}


def coloured_slice_pictures(
    slices: CentralSlices, limits: tuple[float, float], name: str
) -> dict[str, str]:
    """Return one SVG picture per axis, as `slice_pictures`, in colours between two values."""
    low, high = limits

    def pixels(values: FloatMap) -> Pixels:
        return colours_of(values, low, high)

    return {axis: _picture(slices, None, axis, pixels, name, "slice coloured") for axis in "xyz"}


def plane_png(values: FloatMap, black: float, white: float) -> bytes:
    """Return a slice as a PNG in grey, first row at the bottom."""
    factor = max(1, math.ceil(max(values.shape) / (2 * _MAX_PIXELS)))
    return png_of(grey_pixels(_block_means(values, factor), black, white)[::-1])


def coloured_plane_png(values: FloatMap, limits: tuple[float, float]) -> bytes:
    """Return a slice as a PNG in colours between two values, first row at the bottom."""
    factor = max(1, math.ceil(max(values.shape) / (2 * _MAX_PIXELS)))
    return png_of(colours_of(_block_means(values, factor), *limits)[::-1])


def _picture(
    slices: CentralSlices,
    mask: CentralSlices | None,
    axis: str,
    pixels: Callable[[FloatMap], Pixels],
    name: str,
    kind: str,
) -> str:
    values = slices.along(axis)
    dx, dy = slices.pixel_size(axis)
    rows, columns = values.shape
    width, height = columns * dx, rows * dy
    factor = max(1, math.ceil(max(rows, columns) / _MAX_PIXELS))
    picture = pixels(_block_means(values, factor))
    encoded = base64.b64encode(png_of(picture[::-1])).decode("ascii")
    outline = ""
    if mask is not None:
        path = _outline_path(
            _block_means(mask.along(axis), factor), dx * factor, dy * factor, height
        )
        # What the page's style says is repeated for programs that don't apply it to pictures.
        looks = f'fill="none" stroke="#e69f00" stroke-width="{0.008 * width:.2f}"'
        outline = f'<path class="outline" {looks} d="{path}"/>' if path else ""
    label = escape(f"{name}, central slice normal to {axis}", quote=True)
    return (
        f'<svg class="{kind}" role="img" aria-label="{label}" '
        f'viewBox="0 0 {width:.2f} {height:.2f}" xmlns="http://www.w3.org/2000/svg">'
        f'<image width="{width:.2f}" height="{height:.2f}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{encoded}"/>'
        f"{outline}{_scale_bar(width, height, '#fff' if kind == 'slice' else '#000')}</svg>"
    )


def _block_means(values: FloatMap, factor: int) -> FloatMap:
    if factor == 1:
        return values
    starts = [np.arange(0, n, factor) for n in values.shape]
    sums = np.add.reduceat(np.add.reduceat(values, starts[0], axis=0), starts[1], axis=1)
    counts = [np.diff(np.append(s, n)) for s, n in zip(starts, values.shape, strict=True)]
    return np.asarray(sums / np.outer(counts[0], counts[1]), dtype=np.float32)


def grey_pixels(values: FloatMap, black: float, white: float) -> Pixels:
    """Return values in grey between two of them, shape and order kept."""
    if not white > black:
        return np.full(values.shape, 127, dtype=np.uint8)
    return np.asarray(
        np.clip((values - black) / (white - black), 0, 1) * 255 + 0.5, dtype=np.uint8
    )


def png_of(picture: Pixels, effort: int = 6) -> bytes:
    """Return a picture of grey values, or of red, green and blue, with opacity or without.

    Parameters
    ----------
    picture : ndarray of uint8, shape (rows, columns) or (rows, columns, 3 or 4)
        First row on top.
    effort : int
        From 1, quickly packed, to 9, in the fewest bytes.
    """
    stream = io.BytesIO()
    # A format by its name would have Pillow load those of all formats.
    stream.name = "picture.png"
    Image.fromarray(picture).save(stream, compress_level=effort)
    return stream.getvalue()


def _contours(values: FloatMap) -> SerialContourGenerator:
    """Return what draws contours of finite values, in points.

    The library's own `contour_generator` looks for missing values, with a part of NumPy that
    takes longer to load than all outlines to draw.
    """
    x, y = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in values.shape[::-1]))
    return SerialContourGenerator(
        x,
        y,
        values.astype(np.float64),
        np.zeros(values.shape, dtype=np.bool_),
        corner_mask=False,
        line_type=LineType.Separate,
        fill_type=FillType.OuterCode,
        quad_as_tri=False,
        z_interp=ZInterp.Linear,
    )


def _outline_path(mask: FloatMap, dx: float, dy: float, height: float) -> str:
    if min(mask.shape) < 2 or not mask.min() < _OUTLINE_LEVEL < mask.max():
        return ""
    lines = cast("list[FloatArray]", _contours(mask).lines(_OUTLINE_LEVEL))
    parts = []
    for line in lines:
        points = [f"{(x + 0.5) * dx:.1f} {height - (y + 0.5) * dy:.1f}" for x, y in line]
        parts.append("M" + "L".join(points))
    return "".join(parts)


def _scale_bar(width: float, height: float, colour: str) -> str:
    target = width / 3
    power = 10.0 ** math.floor(math.log10(target))
    length = max(step * power for step in (1, 2, 5) if step * power <= target)
    # By the width alone, by which pages scale pictures: alike in flat and in tall ones.
    margin, thickness, size = 0.04 * width, 0.012 * width, 0.06 * width
    left, base = margin, height - margin
    return (
        f'<rect class="bar" fill="{colour}" x="{left:.2f}" y="{base - thickness:.2f}" '
        f'width="{length:.2f}" height="{thickness:.2f}"/>'
        f'<text class="bar" fill="{colour}" x="{left:.2f}" '
        f'y="{base - 2.2 * thickness:.2f}" font-size="{size:.2f}">{length:g} Å</text>'
    )
