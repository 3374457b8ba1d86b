"""A plausible ModelResult, made with numpy alone, for tests of what renders it."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from half_map_results import RESOLUTION, make_map, make_mask

from map_sharpening.methods.model.options import ModelOptions
from map_sharpening.methods.model.result import ModelResult, ModelShellTable
from map_sharpening.methods.shared.direction import AnisotropySummary, DirectionalScale, Tensor

D_MIN = 2.7
RMSD = 0.25 * RESOLUTION


def make_model_shells(n_shells: int = 50) -> ModelShellTable:
    """Return curves that fall to 0.5 near 3.2 Å; shell 3 has no terms."""
    random = np.random.default_rng(3)
    width = 1 / D_MIN / n_shells
    s = (np.arange(n_shells) + 0.5) * width
    expected = 0.9 * np.exp(-8 * np.pi**2 / 3 * RMSD**2 * s**2 / 4)
    accuracy = 1 / (1 + np.exp((s - 0.3) / 0.02))
    smooth = expected * accuracy
    signal = 1e4 * np.exp(-60 * s**2 / 2)
    noise = signal * (1 / accuracy**2 - 1)
    columns = {
        "correlation": smooth + 0.03 * random.normal(size=n_shells),
        "smooth_correlation": smooth,
        "accuracy": accuracy,
        "rms_amplitude": np.sqrt(signal + noise),
        "signal_power": signal,
        "noise_power": noise,
        "ideal": np.exp(-5 * s**2),
        "scale": np.exp(-5 * s**2) * np.sqrt(signal) / (signal + noise),
    }
    n_terms = (4 * np.pi * s**2 * width * 5e4).astype(np.int64) + 3
    n_terms[3] = 0
    for values in columns.values():
        values[3] = np.nan
    return ModelShellTable(s=s, d=1 / s, n_terms=n_terms, expected_correlation=expected, **columns)


def make_model_result(n_shells: int = 50) -> ModelResult:
    """Return a result of a masked, anisotropic run without half maps, with one warning."""
    sharpened = make_map()
    mask = make_mask(sharpened)
    shells = make_model_shells(n_shells)
    directions = np.eye(3)
    tilt = directions**2 @ np.array([-4.0, 1.0, 3.0])
    return ModelResult(
        sharpened=sharpened,
        sharpened_half_1=None,
        sharpened_half_2=None,
        source_name="map<1>.mrc",
        mask=mask,
        mask_fraction=float(mask.values.mean()),
        shells=shells,
        resolution=RESOLUTION,
        d_min=D_MIN,
        resolution_05=3.31,
        b_sharpen=61.5,
        rmsd=RMSD,
        fraction_complete=0.81,
        k_sol=0.07,
        b_sol=20.0,
        n_atoms=4579,
        n_atoms_in_box=4555,
        signal_b=Tensor((-4.0, 1.0, 3.0, 0.5, -9.0, 0.0), (1.1, 1.2, 1.3, 0.6, 0.7, 0.8)),
        noise_b=Tensor((2.0, 0.0, -2.0, 1.5, 0.0, 0.0), (0.4, 0.5, 0.6, 0.2, 0.3, 0.3)),
        anisotropy=AnisotropySummary(
            overall_u=Tensor((0.71, 0.74, 0.88, -0.02, -0.01, 0.03), (0.01,) * 6),
            fall_off=Tensor((-0.091, 0.078, 0.226, 0.021, 0.032, -0.004), (0.02,) * 6),
            data=Tensor((-0.109, -0.057, 0.166, -0.012, 0.021, 0.054), (0.012,) * 6),
            uncertainties=Tensor((0.150, -0.022, -0.128, 0.021, 0.044, -0.012), (0.009,) * 6),
            scale_factors=Tensor((-0.112, -0.011, 0.123, -0.040, -0.030, -0.018), (0.008,) * 6),
            signal_b=Tensor((-4.0, 1.0, 3.0, 0.5, -9.0, 0.0), (1.1, 1.2, 1.3, 0.6, 0.7, 0.8)),
            noise_b=Tensor((2.0, 0.0, -2.0, 1.5, 0.0, 0.0), (0.4, 0.5, 0.6, 0.2, 0.3, 0.3)),
        ),
        directional_scale=DirectionalScale(
            ("X", "Y", "Z"), directions, shells.scale * np.exp(tilt[:, None] * shells.s**2 / 4)
        ),
        contour_level=1.52,
        options=ModelOptions(RESOLUTION),
        warnings=("24 of the 4579 atoms of <model> are outside map<1>.mrc",),
        seconds={"mask": 0.1, "model": 0.9, "sharpen": 0.2},
    )


def make_plain_model_result() -> ModelResult:
    """Return one of an isotropic run on the whole box, with nothing known and no warning."""
    result = make_model_result()
    options = replace(result.options, rmsd=0.5, fraction_complete=0.7, k_sol=0.0)
    return replace(
        result,
        mask=None,
        mask_fraction=1.0,
        resolution_05=None,
        b_sharpen=None,
        rmsd=0.5,
        fraction_complete=0.7,
        k_sol=0.0,
        n_atoms_in_box=result.n_atoms,
        signal_b=None,
        noise_b=None,
        anisotropy=None,
        directional_scale=DirectionalScale((), np.empty((0, 3)), np.empty((0, 50))),
        options=options,
        warnings=(),
    )


def make_empty_model_result() -> ModelResult:
    """Return one whose shells hold no value at all."""
    result = make_plain_model_result()
    shells = result.shells
    nothing = {
        field.name: np.full(shells.s.shape, np.nan)
        for field in fields(shells)
        if field.name not in {"s", "d", "n_terms"}
    }
    return replace(result, shells=replace(shells, **nothing))
