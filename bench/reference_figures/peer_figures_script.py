"""Measure two half maps with cctbx's public interface; run by an interpreter that has cctbx."""

from __future__ import annotations

import argparse
import json
import math
from importlib.metadata import version
from pathlib import Path

from cctbx import miller
from cctbx.array_family import flex
from iotbx.map_manager import map_manager
from mmtbx.scaling.absolute_scaling import ml_aniso_absolute_scaling

N_RESIDUES = 200  #: what cctbx's sharpening assumes; it moves the scale only


def main() -> None:
    """Read two half maps, write their shell figures and overall B as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half_1")
    parser.add_argument("half_2")
    parser.add_argument("d_min", type=float)
    parser.add_argument("n_shells", type=int)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()

    # A margin far below the spacing of the lattice keeps terms at d_min itself.
    d_min = arguments.d_min * (1 - 1e-9)
    half_1, half_2 = (
        map_manager(name).map_as_fourier_coefficients(d_min=d_min, include_000=False)
        for name in (arguments.half_1, arguments.half_2)
    )
    half_1, half_2 = half_1.common_sets(half_2)
    mean = half_1.customized_copy(data=(half_1.data() + half_2.data()) / 2)

    width = 1 / (arguments.d_min * arguments.n_shells)
    limits = flex.double([(i * width) ** 2 for i in range(arguments.n_shells + 1)])
    bins = miller.binning(half_1.unit_cell(), limits)
    half_1.use_binning(miller.binner(bins, half_1))
    n_terms, correlation, c_ref, rms = [], [], [], []
    for i_bin in half_1.binner().range_used():
        chosen = half_1.binner().selection(i_bin)
        n_terms.append(chosen.count(True))
        if n_terms[-1] == 0:
            for values in (correlation, c_ref, rms):
                values.append(None)
            continue
        c = half_1.select(chosen).map_correlation(half_2.select(chosen))
        correlation.append(c)
        c_ref.append(math.sqrt(2 * max(c, 0.0) / (1 + max(c, 0.0))))
        amplitudes = flex.abs(mean.select(chosen).data())
        rms.append(math.sqrt(flex.mean(amplitudes * amplitudes)))

    scaling = ml_aniso_absolute_scaling(
        miller_array=abs(mean).set_observation_type_xray_amplitude(),
        n_residues=N_RESIDUES,
        n_bases=0,
    )
    figures = {
        "n_terms": n_terms,
        "fsc": correlation,
        "c_ref": c_ref,
        "rms_amplitude": rms,
        "overall_b": list(scaling.b_cart),
        "program": f"cctbx-base {version('cctbx-base')}",
    }
    arguments.output.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
