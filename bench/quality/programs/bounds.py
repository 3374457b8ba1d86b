"""Bounds that know the truth: the best radial filters and the best local filter."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.fft

from bench.quality.case_files import CaseFiles, read_map
from bench.quality.programs.program import Program, Tools
from map_sharpening.maps.map_data import MapData

FloatMap = npt.NDArray[np.float32]
ShellIndex = npt.NDArray[np.intp]

WINDOW = 24  #: voxels along each edge of a local window


def _best_radial(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Multiply each shell of the mean by the factor that brings it closest to the truth."""
    mean = files.mean()
    truth = read_map(files.truth)
    n = files.case.box
    shell = _shells(n)
    f_mean, f_truth = (scipy.fft.rfftn(m.values) for m in (mean, truth))
    weights = _least_squares_weights(f_mean[None], f_truth[None], shell)
    filtered = scipy.fft.irfftn(f_mean * weights[0][shell], s=mean.values.shape)
    return mean.with_values(filtered.astype(np.float32), "best radial filter")


def _best_radial_near(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Find the radial filter with the highest correlation near the atoms, all resolutions.

    Ordinary least squares over the points near atoms: one column per shell of the mean,
    each with its average taken off, for the correlation doesn't see a constant.
    """
    mean = files.mean()
    near = files.near_atoms()
    shell = _shells(files.case.box)
    f_mean = scipy.fft.rfftn(mean.values)
    finest = int(np.ceil(files.case.box * files.case.voxel_size / files.d_min))
    columns = np.empty((finest + 1, int(near.sum())), np.float32)
    for index in range(finest + 1):
        one_shell = scipy.fft.irfftn(np.where(shell == index, f_mean, 0), s=near.shape)
        columns[index] = one_shell[near]
    columns -= columns.mean(axis=1, keepdims=True)
    truth = read_map(files.truth).values[near]
    normal = (columns @ columns.T).astype(np.float64)
    right = (columns @ (truth - truth.mean())).astype(np.float64)
    weights, *_ = np.linalg.lstsq(normal, right, rcond=1e-9)
    by_shell = np.zeros(int(shell.max()) + 1)
    by_shell[: finest + 1] = weights
    filtered = scipy.fft.irfftn(f_mean * by_shell[shell], s=near.shape)
    return mean.with_values(filtered.astype(np.float32), "best radial filter near atoms")


def _best_local(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Filter half-overlapping sine windows, each by its own best shell factors.

    The sine acts once before and once after the filter; its squares sum to 1 over the
    windows that share a point.
    """
    mean = files.mean()
    truth = read_map(files.truth)
    step = WINDOW // 2
    margin = [(step, step + -n % step) for n in mean.values.shape]
    padded_mean = np.pad(mean.values - mean.values.mean(), margin)
    padded_truth = np.pad(truth.values - truth.values.mean(), margin)
    sine = np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW).astype(np.float32)
    taper = sine[:, None, None] * sine[None, :, None] * sine[None, None, :]
    shell = _shells(WINDOW)

    filtered = np.zeros_like(padded_mean)
    starts_z, starts_y, starts_x = (range(0, n - WINDOW + 1, step) for n in padded_mean.shape)
    for z in starts_z:
        corners = list(product(starts_y, starts_x))
        windows_mean, windows_truth = (
            np.stack([m[_window(z, y, x)] * taper for y, x in corners])
            for m in (padded_mean, padded_truth)
        )
        f_mean, f_truth = (
            scipy.fft.rfftn(w, axes=(1, 2, 3)) for w in (windows_mean, windows_truth)
        )
        weights = _least_squares_weights(f_mean, f_truth, shell)
        best = scipy.fft.irfftn(f_mean * weights[:, shell], s=taper.shape, axes=(1, 2, 3))
        for (y, x), window in zip(corners, best, strict=True):
            filtered[_window(z, y, x)] += window * taper
    inside = tuple(slice(step, step + n) for n in mean.values.shape)
    return mean.with_values(np.ascontiguousarray(filtered[inside]), "best local filter")


def _window(z: int, y: int, x: int) -> tuple[slice, slice, slice]:
    """Return the slices of the window with a given corner."""
    return slice(z, z + WINDOW), slice(y, y + WINDOW), slice(x, x + WINDOW)


def _shells(n: int) -> ShellIndex:
    """Shell of each term of a cube's half-complex transform, one reciprocal voxel wide."""
    full = np.fft.fftfreq(n, 1 / n)
    half = np.fft.rfftfreq(n, 1 / n)
    s = np.sqrt(full[:, None, None] ** 2 + full[None, :, None] ** 2 + half[None, None, :] ** 2)
    shell: ShellIndex = np.rint(s).astype(np.intp)
    return shell


def _least_squares_weights(
    f_mean: npt.NDArray[np.complex64], f_truth: npt.NDArray[np.complex64], shell: ShellIndex
) -> npt.NDArray[np.float32]:
    """Factor per window and shell: Re sum(M* T) / sum |M|²; 0 where the mean holds nothing."""
    n_windows = len(f_mean)
    n_shells = int(shell.max()) + 1
    column = (np.arange(n_windows)[:, None] * n_shells + shell.ravel()[None, :]).ravel()
    # Terms off the plane x = 0 stand for two, the last plane of an even axis for one.
    n_half = shell.shape[2]
    friedel = np.full(n_half, 2.0)
    friedel[0] = 1.0
    if shell.shape[0] % 2 == 0:
        friedel[-1] = 1.0
    cross = (friedel * (f_mean.conj() * f_truth).real).ravel()
    power = (friedel * np.abs(f_mean) ** 2).ravel()
    size = n_windows * n_shells
    cross_sum = np.bincount(column, cross, size)
    power_sum = np.bincount(column, power, size)
    weights = np.divide(cross_sum, power_sum, out=np.zeros(size), where=power_sum > 0)
    return weights.reshape(n_windows, n_shells).astype(np.float32)


PROGRAMS = (
    Program("best_radial", "Best radial filter for the box (knows the truth)", _best_radial),
    Program(
        "best_radial_near",
        "Best radial filter near atoms (knows the truth)",
        _best_radial_near,
    ),
    Program(
        "best_local",
        "Best local filter (knows the truth)",
        _best_local,
        {"window": WINDOW, "without_mean": True},
    ),
)
