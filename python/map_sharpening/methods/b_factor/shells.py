"""Methods of B-factor sharpening whose scale by shell comes from other maps or a model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.maps.arrays import Coefficients
from map_sharpening.maps.grids import contiguous, require_same_grid
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import SHELL_METHODS, BFactorOptions
from map_sharpening.methods.b_factor.result import Trial
from map_sharpening.methods.b_factor.search.trials import NOT_SCORED
from map_sharpening.methods.b_factor.spectrum import Spectrum
from map_sharpening.methods.shared.shell_scaling import (
    ShellScale,
    external_scale,
    half_map_scale,
    model_scale,
    without_anisotropy,
)
from map_sharpening.methods.shared.soft_masks import atom_mask, half_map_mask, masked_coefficients
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import model_coefficients

_INPUT_OF = {
    "half_map_sharpening": "half_maps",
    "model_sharpening": "model",
    "external_map_sharpening": "external_map",
}
_SAME_MAP = 1 - 1e-6  #: correlation of all shells from which half maps are one map


@dataclass(frozen=True)
class ScaleInputs:
    """What can give the scale of the map's shells, besides the map."""

    half_maps: tuple[MapData, MapData] | None = None
    model: Atoms | None = None
    external_map: MapData | None = None

    def has(self, method: str) -> bool:
        """Whether there is what a method needs."""
        return method not in _INPUT_OF or getattr(self, _INPUT_OF[method]) is not None

    def require_grid_of(self, source: MapData) -> None:
        """Raise GridMismatchError if a map lies on another grid."""
        for other in (*(self.half_maps or ()), self.external_map):
            if other is not None:
                require_same_grid(source, other)


def usable_methods(
    options: BFactorOptions, inputs: ScaleInputs
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the methods to try, and warnings.

    By default half_map_sharpening if there are half maps, model_sharpening if there is a
    model, external_map_sharpening if there is another map, otherwise, or if a B factor is given,
    b_iso_to_d_cut. Methods without their input are left out, if others are left.

    Raises
    ------
    ParameterError
        If no method has its input, or an external map is not the only source of scales.
    """
    listed = options.methods
    if listed is None:
        by_input = [method for method in SHELL_METHODS if inputs.has(method)]
        if inputs.external_map is not None and inputs.half_maps is not None:
            raise ParameterError(
                "external_map is given together with half_maps; give one of them, or methods"
            )
        return ("b_iso_to_d_cut",) if options.applied.given or not by_input else (by_input[0],), ()
    if "external_map_sharpening" in listed and (len(listed) > 1 or inputs.half_maps is not None):
        others = "half_maps" if len(listed) == 1 else "other methods"
        raise ParameterError(
            f"external_map_sharpening is asked for together with {others}; it must be the only "
            "method, without half maps"
        )
    methods = tuple(method for method in listed if inputs.has(method))
    missing = [method for method in listed if method not in methods]
    if missing and not methods:
        needed = " and ".join(_INPUT_OF[method] for method in missing)
        verb = "needs" if len(missing) == 1 else "need"
        raise ParameterError(
            f"{' and '.join(missing)} {verb} {needed}; give what is missing or other methods"
        )
    warnings = tuple(
        f"{method} is left out: it needs {_INPUT_OF[method]}, which is not given"
        for method in missing
    )
    return methods, warnings


class ShellScales:
    """Scales by shell of one map."""

    def __init__(
        self, source: MapData, spectrum: Spectrum, inputs: ScaleInputs, options: BFactorOptions
    ) -> None:
        self._source = source
        self._spectrum = spectrum
        self._inputs = inputs
        self._options = options
        self._grid = spectrum.grid
        self._tail = options.shells.tail

    def trial(self, method: str) -> tuple[Trial, tuple[str, ...]]:
        """Return the trial of a method, not scored yet, and warnings."""
        warnings: tuple[str, ...] = ()
        if method == "half_map_sharpening":
            scale = self._by_half_maps()
            if np.all(scale.correlation > _SAME_MAP):
                warnings = (
                    "the half maps agree perfectly at all resolutions: they are not independent "
                    "and show nothing of the noise",
                )
        elif method == "model_sharpening":
            scale = self._by_model()
        else:
            scale = self._by_external_map()
        return Trial(method, math.nan, math.nan, NOT_SCORED, shell_scale=scale), warnings

    def _by_half_maps(self) -> ShellScale:
        options, halves = self._options, self._inputs.half_maps
        assert halves is not None, "checked with the methods"
        mask = None
        if options.volume.soft_mask:
            mask = half_map_mask(
                *halves,
                options.resolution,
                wang_radius=options.sample.wang_radius,
                buffer_radius=options.sample.buffer_radius,
                threads=options.threads,
            )
        # One tensor for all three: one each would distort their correlation.
        full, half_1, half_2 = (
            self._isotropic(masked_coefficients(m, mask, "solvent", options.threads))
            for m in (self._source, *halves)
        )
        return half_map_scale(
            full,
            half_1,
            half_2,
            self._grid,
            n_bins=options.shells.n_bins,
            tail=self._tail,
            ideal_curve=options.shells.ideal,
        )

    def _by_model(self) -> ShellScale:
        options, model = self._options, self._inputs.model
        assert model is not None, "checked with the methods"
        mask = None
        if options.shells.mask_atoms:
            mask = atom_mask(
                self._source,
                model,
                options.shells.mask_atoms_atom_radius + options.resolution,
                options.resolution if options.volume.soft_mask else 0.0,
                periodic=options.wrapping,
                threads=options.threads,
            )
        observed = masked_coefficients(
            self._source, mask, options.shells.value_outside_atoms, options.threads
        )
        expected_b = options.applied.target_b_iso_ratio * options.resolution**2
        of_model = model_coefficients(
            self._source,
            model,
            b_iso=options.shells.target_b_iso_model_scale * expected_b,
            d_min=self._spectrum.d_min,
            periodic=options.wrapping,
            threads=options.threads,
        )
        return model_scale(
            self._isotropic(observed),
            of_model,
            self._grid,
            options.resolution,
            n_bins=options.shells.n_bins,
            tail=self._tail,
            rmsd=options.shells.rmsd,
            rmsd_resolution_factor=options.shells.rmsd_resolution_factor,
            fraction_complete=options.shells.fraction_complete,
        )

    def _by_external_map(self) -> ShellScale:
        external = self._inputs.external_map
        assert external is not None, "checked with the methods"
        return external_scale(
            self._isotropic(self._spectrum.coefficients),
            _core.forward_transform(contiguous(external), self._options.threads),
            self._grid,
            n_bins=self._options.shells.n_bins,
        )

    def _isotropic(self, coefficients: Coefficients) -> Coefficients:
        """Return the terms to d_min without the anisotropy that is taken off the map."""
        return without_anisotropy(coefficients, self._grid, self._spectrum.anisotropy)
