"""What symmetry adds to density modification: `python -m bench.quality.measures.symmetry`.

Half maps of molecules with a point group, made without it, as in the other comparisons; of a
protofilament; and such in which one copy lacks a piece, or is the only one to have it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt
import scipy.ndimage

import map_sharpening
from bench.quality.case_files import CaseFiles, case_files, read_map
from bench.quality.case_model import write_case_model
from bench.quality.cases import CASES, LOCAL, RECONSTRUCTED, Case, Particles
from bench.quality.measures.all_measures import TrueModel
from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.simulation.quality import correlations

_CACHE = Path(__file__).parents[3] / ".cache" / "quality"
_NAMES = (
    "haemoglobin_particles",
    "channel_belt",
    "galactosidase_tight",
    "hexamer_turned",
    "channel_8A",
    "channel",
    "haemoglobin",
    "haemoglobin_5A",
    "low_occupancy",
    "flexible_domain",
)
_MEASURES = ("fsc_mask_at_resolution", "q_0.4", "q_0.6")
_FEWEST_ATOMS = 30  #: that a copy must share with the first chain
_RADIUS = 2.5  #: Å around the atoms of a piece that one copy lacks

Places = npt.NDArray[np.float64]
#: Whether the residue of a chain is left out.
Lacks = Callable[[str, gemmi.Residue], bool]


def main() -> None:
    """Print a table of measures of each map, and one of errors where copies differ."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.quality.measures.symmetry", description=__doc__
    )
    given = os.environ.get("MAP_SHARPENING_DATA")
    parser.add_argument("--data", type=Path, default=given, required=given is None)
    parser.add_argument("--cache", type=Path, default=_CACHE)
    arguments = parser.parse_args()
    data, cache = arguments.data, arguments.cache
    known = {case.name: case for case in (*CASES, *LOCAL, *RECONSTRUCTED)}
    print("| case | map | near atoms | " + " | ".join(_MEASURES) + " |\n|---|---|---|---|---|---|")
    for case in (*(known[name] for name in _NAMES), _protofilament(data, cache)):
        name, files = case.name, case_files(case, data, cache)
        maps = _maps(files, _copies(write_case_model(files)))
        truth = TrueModel(write_case_model(files), maps["sharpened"], files.case.resolution)
        for kind, made in maps.items():
            found = correlations(made, read_map(files.truth), files.near_atoms(), files.d_min)
            measured = truth.measures(made)
            rest = " | ".join(f"{measured[measure]:.4f}" for measure in _MEASURES)
            print(f"| {name} | {kind} | {found.near_atoms:.4f} | {rest} |", flush=True)
    print("\n| case | map | near atoms | error in the first copy | in the others |")
    print("|---|---|---|---|---|")
    for name, source, lacks, piece, case in _altered():
        _altered_case(data, cache, name, source, lacks, piece, case)


def _protofilament(data: Path, cache: Path) -> Case:
    """Return four copies of a chain along a screw, which make no closed group."""
    rise, degrees, radius = 32.0, 100.0, 14.0
    source = gemmi.read_structure(str(data / "em/5ni1_updated.cif"))
    middle = gemmi.Position(*np.mean([*_alphas(source[0]["A"]).values()], axis=0))
    model = gemmi.Model("1")
    for copy, name in enumerate("ABCD"):
        angle = np.radians(degrees * copy)
        c, s = float(np.cos(angle)), float(np.sin(angle))
        chain = source[0]["A"].clone()
        chain.name = name
        for residue in chain:
            residue.subchain = ""
            for atom in residue:
                x, y, z = (atom.pos - middle).tolist()
                x += radius
                atom.pos = gemmi.Position(c * x - s * y, s * x + c * y, z + rise * copy)
        model.add_chain(chain)
    structure = gemmi.Structure()
    structure.add_model(model)
    structure.setup_entities()
    path = cache.resolve() / "altered" / "protofilament.cif"
    path.parent.mkdir(parents=True, exist_ok=True)
    structure.make_mmcif_document().write_file(str(path))
    return Case(
        name="protofilament",
        model=str(path),
        resolution=3.6,
        voxel_size=1.3,
        box=144,
        b_core=70.0,
        b_rim=200.0,
        seed=504,
    )


def _altered() -> Sequence[tuple[str, str, Lacks, Lacks, Mapping[str, object]]]:
    """Return cases in which the first copy lacks a piece, or alone has it."""

    def is_loop(_: str, residue: gemmi.Residue) -> bool:
        return residue.find_atom("CA", "*") is not None and 420 <= residue.seqid.num <= 450

    def is_end_or_haem(_: str, residue: gemmi.Residue) -> bool:
        return 1 <= residue.seqid.num <= 18 or residue.name == "HEM"

    def in_first(piece: Lacks) -> Lacks:
        return lambda chain, residue: chain == "A" and piece(chain, residue)

    def in_others(piece: Lacks) -> Lacks:
        return lambda chain, residue: chain != "A" and piece(chain, residue)

    channel = {"resolution": 3.8, "voxel_size": 1.4, "box": 96, "b_core": 70.0, "b_rim": 200.0}
    haem = {"resolution": 3.4, "voxel_size": 1.2, "box": 96, "b_core": 40.0, "b_rim": 120.0}
    haem["particles"] = Particles(6000, 0.05)
    tetramer, dimer = "models/7l2i.cif.gz", "em/5ni1_updated.cif"
    return (
        ("one_lacks", tetramer, in_first(is_loop), in_first(is_loop), {**channel, "seed": 502}),
        ("one_has", tetramer, in_others(is_loop), in_first(is_loop), {**channel, "seed": 503}),
        (
            "one_lacks_particles",
            dimer,
            in_first(is_end_or_haem),
            in_first(is_end_or_haem),
            {**haem, "seed": 501},
        ),
    )


def _altered_case(
    data: Path,
    cache: Path,
    name: str,
    source: str,
    lacks: Lacks,
    piece: Lacks,
    case: Mapping[str, object],
) -> None:
    structure = gemmi.read_structure(str(data / source))
    structure.setup_entities()
    deposited = [
        atom.pos.tolist()
        for chain in structure[0]
        for residue in chain
        if piece(chain.name, residue)
        for atom in residue
    ]
    before = structure.clone()
    for chain in structure[0]:
        for i in reversed(range(len(chain))):
            if lacks(chain.name, chain[i]):
                del chain[i]
    model = cache.resolve() / "altered" / f"{name}.cif"
    model.parent.mkdir(parents=True, exist_ok=True)
    structure.make_mmcif_document().write_file(str(model))
    files = case_files(Case(name=name, model=str(model), **case), data, cache)  # type: ignore[arg-type]
    in_maps = gemmi.read_structure(str(write_case_model(files)))
    chain = in_maps[0][1].name
    turn, shift = _superposed(_alphas(before[0][chain]), _alphas(in_maps[0][chain]))
    group = _copies(write_case_model(files))
    places = group.copies_of(np.array(deposited) @ turn.T + shift)
    truth, near = read_map(files.truth).values, files.near_atoms()
    zones = [_around(of_copy, truth.shape, files.case.voxel_size) for of_copy in places]
    for kind, made in _maps(files, group).items():
        values = made.values
        scale = (values * truth)[near].sum() / (values[near] ** 2).sum()
        of_truth = np.sqrt((truth[near] ** 2).mean())
        error = [
            np.sqrt(((scale * values - truth)[zone] ** 2).mean()) / of_truth
            for zone in (zones[0], np.any(zones[1:], axis=0))
        ]
        found = correlations(made, read_map(files.truth), near, files.d_min)
        print(
            f"| {name} | {kind} | {found.near_atoms:.4f} | {error[0]:.3f} | {error[1]:.3f} |",
            flush=True,
        )


def _maps(files: CaseFiles, group: NcsGroup) -> dict[str, MapData]:
    """Return the sharpened map, and the modified one without symmetry and with it."""
    halves = read_map(files.half_1), read_map(files.half_2)
    maps = {}
    for kind, ncs in (("modified", []), ("with symmetry", [group])):
        result = map_sharpening.sharpen_half_maps(
            *halves,
            resolution=files.case.resolution,
            local_sharpen=True,
            density_modification=True,
            ncs=ncs,
        )
        assert result.modification is not None
        maps["sharpened"], maps[kind] = result.sharpened, result.modification.modified
    return {kind: maps[kind] for kind in ("sharpened", "modified", "with symmetry")}


def _copies(model: Path) -> NcsGroup:
    """Return the operators from the first chain to all that have the same residues."""
    chains = [_alphas(chain) for chain in gemmi.read_structure(str(model))[0]]
    first = chains[0]
    found = [(np.eye(3), np.zeros(3))]
    found += [
        _superposed(first, chain)
        for chain in chains[1:]
        if len(first.keys() & chain.keys()) >= _FEWEST_ATOMS
    ]
    group = NcsGroup(*(np.array(parts) for parts in zip(*found, strict=True)))
    middle = np.mean([*first.values()], axis=0)
    return replace(group, centres=group.copies_of([middle])[:, 0])


def _alphas(chain: gemmi.Chain) -> dict[tuple[int, str], list[float]]:
    return {
        (residue.seqid.num, residue.name): residue["CA"][0].pos.tolist()
        for residue in chain
        if residue.find_atom("CA", "*") is not None
    }


def _superposed(
    first: Mapping[tuple[int, str], list[float]], second: Mapping[tuple[int, str], list[float]]
) -> tuple[Places, Places]:
    """Return the rotation and shift from one chain to another (Kabsch 1976)."""
    common = sorted(first.keys() & second.keys())
    a, b = (np.array([chain[key] for key in common]) for chain in (first, second))
    u, _, v = np.linalg.svd((b - b.mean(axis=0)).T @ (a - a.mean(axis=0)))
    turn = u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v
    return turn, b.mean(axis=0) - turn @ a.mean(axis=0)


def _around(places: Places, shape: tuple[int, ...], voxel: float) -> npt.NDArray[np.bool_]:
    points = np.zeros(shape, dtype=bool)
    points[tuple(np.rint(places / voxel).astype(int).T[::-1])] = True
    around: npt.NDArray[np.bool_] = scipy.ndimage.binary_dilation(
        points, iterations=round(_RADIUS / voxel)
    )
    return around


if __name__ == "__main__":
    main()
