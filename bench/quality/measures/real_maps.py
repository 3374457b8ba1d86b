"""Deposited maps and their models, before and after one-map sharpening.

`python -m bench.quality.measures.real_maps DATA [--peer-python PYTHON]` prints a table. Each
map is sharpened as it was deposited, blurred and sharpened further: what comes out should
depend little on that.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.quality.case_files import read_map, write_map
from bench.quality.errors import ProgramFailedError
from bench.quality.measures.all_measures import TrueModel
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening import load_map, sharpen_by_b_factor
from map_sharpening.errors import MapSharpeningError
from map_sharpening.maps.map_data import MapData

_PEER_SCRIPT = Path(__file__).parents[1] / "programs" / "cctbx" / "peer_b_factor_script.py"
_B_ADDED = (0.0, 80.0, -60.0)  #: Å², by which a map is blurred before


@dataclass(frozen=True)
class RealMap:
    """A deposited map, sharpened by its authors, and a model in its frame."""

    title: str
    map: str
    model: str
    resolution: float  #: Å


MAPS = (
    RealMap("EMD-3488, haemoglobin", "em/emd_3488.mrc", "em/5ni1_updated.cif", 3.2),
    RealMap("EMD-21457, a domain cut out", "em/emd_21457_seg.mrc", "em/6vyb_Ndom.pdb", 3.2),
    RealMap("EMD-6272, a chain cut out", "em/3j9sA.mrc", "em/3j9sA_af2_docked.pdb", 2.6),
    RealMap("beta-galactosidase", "em/betaGal.mrc", "em/8bk7_docked.pdb.gz", 7.5),
)


def rows(
    data: Path, peer_python: str | None, maps: Sequence[RealMap] = MAPS
) -> Iterator[tuple[str, ...]]:
    """Measure each map as it is, sharpened, and sharpened by cctbx if there is a Python."""
    for real in maps:
        deposited = load_map(data / real.map)
        model = TrueModel(data / real.model, deposited, real.resolution)
        for b in _B_ADDED:
            given = blurred(deposited, b)
            made = sharpen_by_b_factor(given, resolution=real.resolution).sharpened
            measured: list[MapData | None] = [given, made]
            if peer_python is not None:
                measured.append(_by_cctbx(given, real.resolution, peer_python))
            how = "as deposited" if b == 0 else f"B {b:+g} Å²".replace("-", "−")
            yield real.title, how, *(_figures(model, each) for each in measured)


def blurred(source: MapData, b: float) -> MapData:
    """Return a map whose B is higher by so much (Å²)."""
    nz, ny, nx = source.values.shape
    dx, dy, dz = source.voxel_size
    s_squared = (
        np.fft.fftfreq(nz, dz)[:, None, None] ** 2
        + np.fft.fftfreq(ny, dy)[:, None] ** 2
        + np.fft.rfftfreq(nx, dx) ** 2
    )
    if b == 0:
        return source
    terms = np.fft.rfftn(source.values) * np.exp(-b * s_squared / 4)
    values = np.fft.irfftn(terms, s=source.values.shape, axes=(0, 1, 2))
    return source.with_values(values.astype(np.float32))


def _by_cctbx(given: MapData, resolution: float, python: str) -> MapData | None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        write_map(scratch / "full_map.mrc", given)
        command = [python, _PEER_SCRIPT, "full_map.mrc", "peer.mrc", str(resolution)]
        try:
            require_map(scratch / "peer.mrc", "cctbx", run_command(command, scratch, "cctbx"))
        except ProgramFailedError as error:
            print(error, file=sys.stderr)
            return None
        return given.with_values(read_map(scratch / "peer.mrc").values)


def _figures(model: TrueModel, map_data: MapData | None) -> str:
    if map_data is None:
        return "failed"
    measures = model.measures(map_data)
    return f"{measures['correlation_near']:.3f}, {measures['q_0.6']:.3f}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.measures.real_maps")
    parser.add_argument("data", type=Path, help="folder of the real data")
    parser.add_argument("--peer-python", help="a Python interpreter that can import iotbx")
    arguments = parser.parse_args()
    peer = ["cctbx"] if arguments.peer_python else []
    titles = ["map", "given", "before", "map_sharpening", *peer]
    print("Correlation with the model's density near its atoms, and Q-score (sigma 0.6 Å).\n")
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    try:
        for row in rows(arguments.data, arguments.peer_python):
            print(f"| {' | '.join(row)} |", flush=True)
    except (MapSharpeningError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
