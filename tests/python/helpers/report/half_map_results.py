"""A plausible HalfMapResult, made with numpy alone, for tests of what renders it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.half_maps.result import (
    GuinierFit,
    HalfMapResult,
    ShellTable,
)
from map_sharpening.methods.shared.direction import AnisotropySummary, DirectionalScale, Tensor

RESOLUTION = 3.2
B_SHARPEN = 92.5


def make_map(
    box: int = 48, voxel_size: float = 1.1, *, noise: float = 0.3, seed: int = 1
) -> MapData:
    """Return blobs in a ball plus noise, normalised to mean 0 and SD 1."""
    random = np.random.default_rng(seed)
    values = noise * random.normal(size=(box, box, box)).astype(np.float32)
    blobs = np.random.default_rng(5).normal(scale=box / 9, size=(60, 3)) + box / 2
    along = np.exp(-((np.arange(box) - blobs[..., None]) ** 2) / (2 * (box / 30) ** 2))
    z, y, x = along.swapaxes(0, 1)
    values += np.einsum("iz,iy,ix->zyx", z, y, x, optimize=True).astype(np.float32)
    values = (values - values.mean()) / values.std()
    return MapData.from_array(values, voxel_size, name="synthetic.mrc")


def make_mask(like: MapData) -> MapData:
    """Return a soft ball with a radius of 0.36 boxes."""
    nz, ny, nx = like.values.shape
    z, y, x = np.ogrid[:nz, :ny, :nx]
    radius = np.sqrt(
        ((z - nz / 2) / nz) ** 2 + ((y - ny / 2) / ny) ** 2 + ((x - nx / 2) / nx) ** 2
    )
    soft = np.clip((0.40 - radius) / 0.08, 0, 1).astype(np.float32)
    return like.with_values(soft, "mask")


def make_shells(n_shells: int = 60, d_min: float = 2.7) -> ShellTable:
    """Return curves that fall to 0.143 near 3.2 Å; shell 4 has no terms."""
    random = np.random.default_rng(3)
    width = 1 / d_min / n_shells
    s = (np.arange(n_shells) + 0.5) * width
    fsc = 1 / (1 + np.exp((s - 0.275) / 0.018))
    signal = 1e4 * np.exp(-B_SHARPEN * s**2 / 2) * (1 + 0.3 * np.exp(-(((s - 0.22) / 0.03) ** 2)))
    noise = signal * (1 - fsc) / (2 * fsc)
    jitter = 1 + 0.02 * random.normal(size=n_shells)
    randomised = np.where(s < 0.2, fsc, 0.08 * np.exp(-((s - 0.2) / 0.05)))
    ideal = np.exp(-10 * s**2)
    columns = {
        "fsc_unmasked": np.minimum((1.15 * fsc**1.6 - 0.05) * jitter, 1),
        "fsc_masked": np.clip(fsc + 0.03 * (1 - fsc), -1, 1),
        "fsc_randomised": randomised,
        "fsc_corrected": fsc,
        "c_ref": np.sqrt(2 * fsc / (1 + fsc)),
        "rms_amplitude": np.sqrt(signal + noise),
        "signal_power": signal,
        "noise_power": noise,
        "ideal": ideal,
        "scale": ideal * np.sqrt(signal) / (signal + noise),
    }
    n_terms = (4 * np.pi * s**2 * width * 5e4).astype(np.int64) + 3
    n_terms[4] = 0
    for values in columns.values():
        values[4] = np.nan
    return ShellTable(s=s, d=1 / s, n_terms=n_terms, **columns)


def make_result(box: int = 48, voxel_size: float = 1.1, n_shells: int = 60) -> HalfMapResult:
    """Return a result of a masked, anisotropic run with one warning."""
    sharpened = make_map(box, voxel_size)
    mask = make_mask(sharpened)
    shells = make_shells(n_shells)
    names = ("X", "Y", "Z", "X+Y", "X-Y", "X+Z", "X-Z", "Y+Z", "Y-Z")
    directions = np.array(
        [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
            [1, 1, 0],
            [1, -1, 0],
            [1, 0, 1],
            [1, 0, -1],
            [0, 1, 1],
            [0, 1, -1],
        ],
        dtype=float,
    )
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    b = np.array([-8.0, -2.0, 10.0])
    quadratic = (directions**2) @ b
    scale = shells.scale * np.exp(quadratic[:, None] * shells.s**2 / 4)

    def tensor(*values: float) -> Tensor:
        x, y, z, xy, xz, yz = values
        return Tensor((x, y, z, xy, xz, yz), (0.011, 0.012, 0.013, 0.006, 0.007, 0.008))

    ln_original = np.log(shells.rms_amplitude)
    ln_weighted = ln_original + np.log(shells.c_ref)
    ln_weighted[-6:] = np.nan
    return HalfMapResult(
        sharpened=sharpened,
        sharpened_half_1=None,
        sharpened_half_2=None,
        mask=mask,
        mask_fraction=float(mask.values.mean()),
        shells=shells,
        resolution=RESOLUTION,
        d_min=2.7,
        resolution_0143=3.24,
        resolution_05=3.65,
        randomised_from=4.9,
        anisotropy=AnisotropySummary(
            overall_u=tensor(0.81, 0.84, 0.98, -0.03, -0.01, 0.04),
            fall_off=tensor(-0.102, 0.089, 0.237, 0.031, 0.042, -0.0002),
            data=tensor(-0.119, -0.067, 0.186, -0.013, 0.031, 0.064),
            uncertainties=tensor(0.160, -0.032, -0.128, 0.031, 0.054, -0.010),
            scale_factors=tensor(-0.122, -0.021, 0.143, -0.050, -0.040, -0.019),
            signal_b=tensor(-8, -2, 10, 1, 0, 2),
            noise_b=tensor(-3, 1, 2, 0, 0, 1),
        ),
        guinier=GuinierFit(
            b_sharpen=B_SHARPEN,
            slope=-B_SHARPEN / 4,
            intercept=4.6,
            correlation=0.972,
            d_low=10.0,
            d_high=3.24,
            is_poor=False,
            s_squared=shells.s**2,
            ln_original=ln_original,
            ln_weighted=ln_weighted,
            ln_sharpened=np.log(shells.rms_amplitude * shells.scale * 40),
        ),
        ideal_curve="protein",
        b_applied=88.4,
        b_applied_error=2.1,
        directional_scale=DirectionalScale(names, directions, scale),
        contour_level=3.41,
        warnings=("half1.mrc and half2.mrc share <noise> beyond 2.9 Å & more",),
        seconds={"read": 0.31, "transform": 0.62, "statistics": 0.25, "write": 0.44},
    )


def make_plain_result() -> HalfMapResult:
    """Return a result of mask=False, anisotropic=False in which the FSC never falls to 0.143."""
    result = make_result()
    shells = result.shells
    nothing = np.full(shells.s.shape, np.nan)
    return replace(
        result,
        mask=None,
        mask_fraction=1.0,
        randomised_from=None,
        resolution_0143=None,
        resolution_05=None,
        anisotropy=None,
        warnings=(),
        guinier=replace(result.guinier, is_poor=True),
        directional_scale=DirectionalScale((), np.empty((0, 3)), np.empty((0, shells.s.size))),
        shells=replace(
            shells,
            fsc_masked=nothing,
            fsc_randomised=nothing,
            fsc_corrected=shells.fsc_unmasked,
        ),
    )
