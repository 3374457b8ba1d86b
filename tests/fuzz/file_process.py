"""In the worker: valid small files of all kinds, and what reads a changed one."""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gemmi
import numpy as np

from map_sharpening import cli
from map_sharpening.errors import MapSharpeningError
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms, read_model
from map_sharpening.io.ncs import read_ncs
from map_sharpening.io.recognise import kind_of_file, read_parameter_file
from map_sharpening.io.sequences import read_sequences
from map_sharpening.parameters import reading as parameters
from map_sharpening.phil.fetch import fetch
from map_sharpening.phil.show import show
from tests.fuzz.file_inputs import Input, Words

sys.path.append(str(Path(__file__).parents[1] / "python/helpers/files"))
from map_files import mrc_bytes
from reflection_files import crystal, fwt, mtz_with

FOLDER = tempfile.TemporaryDirectory(prefix="fuzz_")
_ASSEMBLY = """
loop_
_pdbx_struct_assembly.id
_pdbx_struct_assembly.details
_pdbx_struct_assembly.method_details
_pdbx_struct_assembly.oligomeric_details
_pdbx_struct_assembly.oligomeric_count
1 author_defined_assembly ? dimeric 2
loop_
_pdbx_struct_assembly_gen.assembly_id
_pdbx_struct_assembly_gen.oper_expression
_pdbx_struct_assembly_gen.asym_id_list
1 1,2 A
loop_
_pdbx_struct_oper_list.id
_pdbx_struct_oper_list.type
_pdbx_struct_oper_list.matrix[1][1]
_pdbx_struct_oper_list.matrix[1][2]
_pdbx_struct_oper_list.matrix[1][3]
_pdbx_struct_oper_list.vector[1]
_pdbx_struct_oper_list.matrix[2][1]
_pdbx_struct_oper_list.matrix[2][2]
_pdbx_struct_oper_list.matrix[2][3]
_pdbx_struct_oper_list.vector[2]
_pdbx_struct_oper_list.matrix[3][1]
_pdbx_struct_oper_list.matrix[3][2]
_pdbx_struct_oper_list.matrix[3][3]
_pdbx_struct_oper_list.vector[3]
1 'identity operation' 1 0 0 0 0 1 0 0 0 0 1 0
2 'point symmetry operation' -1 0 0 20 0 -1 0 20 0 0 1 0
"""
_NCS_SPEC = """new_ncs_group
new_operator
rota_matrix    1.0000    0.0000    0.0000
rota_matrix    0.0000    1.0000    0.0000
rota_matrix    0.0000    0.0000    1.0000
tran_orth     0.0000    0.0000    0.0000
center_orth   10.0   10.0   10.0
new_operator
rota_matrix   -1.0000    0.0000    0.0000
rota_matrix    0.0000   -1.0000    0.0000
rota_matrix    0.0000    0.0000    1.0000
tran_orth    20.0000   20.0000    0.0000
center_orth   10.0   10.0   10.0
"""
_BIOMT = """REMARK 350 BIOMOLECULE: 1
REMARK 350   BIOMT1   1  1.000000  0.000000  0.000000        0.00000
REMARK 350   BIOMT2   1  0.000000  1.000000  0.000000        0.00000
REMARK 350   BIOMT3   1  0.000000  0.000000  1.000000        0.00000
REMARK 350   BIOMT1   2 -1.000000  0.000000  0.000000       20.00000
REMARK 350   BIOMT2   2  0.000000 -1.000000  0.000000       20.00000
REMARK 350   BIOMT3   2  0.000000  0.000000  1.000000        0.00000
MTRIX1   1  1.000000  0.000000  0.000000        0.00000    1
MTRIX2   1  0.000000  1.000000  0.000000        0.00000    1
MTRIX3   1  0.000000  0.000000  1.000000        0.00000    1
"""
_PHENIX = """data_manager {
  real_map_files = half1.mrc
  real_map_files = half2.mrc
  default_real_map = half1.mrc
}
map_sharpening {
  crystal_info { resolution = 3.0 }
  local_sharpening { n_boxes = 8 }
}
"""


def _structure() -> gemmi.Structure:
    structure = gemmi.Structure()
    structure.cell, structure.spacegroup_hm = gemmi.UnitCell(20, 20, 20, 90, 90, 90), "P 1"
    chain = gemmi.Chain("A")
    rng = random.Random(0)
    for number in range(12):
        residue = gemmi.Residue()
        residue.name, residue.seqid = "ALA", gemmi.SeqId(number + 1, " ")
        residue.subchain = "A"
        for name, element in (("N", "N"), ("CA", "C"), ("O", "O")):
            atom = gemmi.Atom()
            atom.name, atom.element = name, gemmi.Element(element)
            atom.pos = gemmi.Position(*(rng.uniform(2, 18) for _ in range(3)))
            atom.b_iso = 30.0
            residue.add_atom(atom)
        chain.add_residue(residue)
    model = gemmi.Model(1)
    model.add_chain(chain)
    structure.add_model(model)
    return structure


def _maps() -> dict[str, bytes]:
    values = np.random.default_rng(0).normal(size=(8, 9, 10)).astype(np.float32)
    whole = (values * 20).astype(np.int8)
    cell = (10.0, 9.0, 8.0, 90.0, 90.0, 90.0)
    half = {
        f"half{number}.mrc": mrc_bytes(
            np.random.default_rng(number).normal(size=(12, 12, 12)), cell=(12.0,) * 3 + (90.0,) * 3
        )
        for number in (1, 2)
    }
    return half | {
        "plain.mrc": mrc_bytes(values, cell=cell, labels=(b"a label",)),
        "bytes.mrc": mrc_bytes(whole, mode=0, cell=cell),
        "short.map": mrc_bytes(whole, mode=1, cell=cell, axes=(3, 1, 2)),
        "big_endian.ccp4": mrc_bytes(values, order=">", cell=cell),
        "extended.mrc": mrc_bytes(values, extended=b"x" * 160, extended_type=b"CCP4"),
        "half.mrc": mrc_bytes(values, mode=12, cell=cell),
        "unsigned.mrc": mrc_bytes(
            (values * 40 + 128).clip(0, 255).astype(np.uint8).view(np.int8), mode=0, cell=cell
        ),
        # Of programs that write another type, or order, than the header says.
        "double.mrc": mrc_bytes(values, cell=cell)[:1024] + values.astype("<f8").tobytes(),
        "half_swapped.mrc": mrc_bytes(values, cell=cell)[:1024] + values.astype(">f4").tobytes(),
        "netcdf.mrc": b"CDF\x01" + bytes(28) + values.tobytes(),
    }


def _coefficients(folder: Path) -> dict[str, bytes]:
    files = {}
    for name, group in (("p1.mtz", "P 1"), ("p212121.mtz", "P 21 21 21")):
        made = crystal(group)
        mtz = mtz_with(fwt(made), made.indices, group)
        mtz.write_to_file(str(folder / name))
        files[name] = (folder / name).read_bytes()
        if group == "P 1":
            sf = gemmi.MtzToCif().write_cif_to_string(mtz)
    mtz = mtz_with(fwt(made) | {"M/ISYM": ("Y", np.ones(len(made.indices)))}, made.indices)
    mtz.write_to_file(str(folder / "unmerged.mtz"))
    files["unmerged.mtz"] = (folder / "unmerged.mtz").read_bytes()
    phases, amplitudes = np.radians(made.phase), made.amplitude
    weighted = {
        "FP": ("F", amplitudes),
        "PHIB": ("P", made.phase),
        "FOM": ("W", np.linspace(1, 99, len(phases))),
    }
    for name, columns in (
        ("radians.mtz", {"FWT": ("F", amplitudes), "PHWT": ("P", phases)}),
        ("percent.mtz", weighted),
    ):
        mtz_with(columns, made.indices).write_to_file(str(folder / name))
        files[name] = (folder / name).read_bytes()
    first = sf.replace("pdbx_FWT", "F_calc").replace("pdbx_PHWT", "phase_calc")
    two = first + sf.replace("data_", "data_second_", 1)
    return files | {"sf.cif": sf.encode(), "two_blocks.cif": two.encode()}


def _texts() -> dict[str, str]:
    structure = _structure()
    cif = structure.make_mmcif_document().as_string()
    pdb = structure.make_pdb_string()
    lines = [line for line in pdb.splitlines() if line.startswith("ATOM")]
    return {
        "predicted.cif": cif + "loop_\n_ma_qa_metric.id\n_ma_qa_metric.name\n1 pLDDT\n",
        "marked.cif": "\ufeffa line\r" + cif.replace("\n", "\r"),
        "one_number.pdb": "\n".join(f"MODEL        1\n{line}\nENDMDL\nEND" for line in lines),
        "tabs.pdb": "\n".join(line.replace("        ", "\t") for line in lines),
        "model.pdb": pdb,
        "model.cif": cif,
        "assembly.cif": cif + _ASSEMBLY,
        "model.json": structure.make_mmcif_document().as_json(mmjson=True),
        "find.ncs_spec": _NCS_SPEC,
        "biomt.pdb": _BIOMT + structure.make_pdb_string(),
        "ncs.star": _ASSEMBLY,
        "a.fasta": ">one chain\nMKTAYIAKQR\nQISFVKSHFSRQ\n>two|B\nACGUACGU\n",
        "a.pir": ">P1;CRAB\na title\nMDITIHNPLIRRPL*\n",
        "a.txt": "MKTAYIAKQRQISFVKSHFSRQ\n",
        "all.eff": show(parameters.master(), level=3, attributes=0),
        "few.phil": "crystal_info {\n  resolution = 3.0 # of the map\n}\nn_boxes = 8\n",
        "phenix.eff": _PHENIX,
    }


def _write_bases(folder: Path) -> dict[str, bytes]:
    files = _maps() | _coefficients(folder) | {k: v.encode() for k, v in _texts().items()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return files


_WORK = Path(FOLDER.name)
(_WORK / "bases").mkdir()
_BASES = _write_bases(_WORK / "bases")


def _parameters(path: Path) -> None:
    fetched = fetch(parameters.master(), [read_parameter_file(path)])
    parameters.output_names(fetched.extract())


READERS: dict[str, Callable[[Path], object]] = {
    "map": read_map,
    "coefficients": read_map_coefficients,
    "model": lambda path: (read_model(path), read_atoms(path, assembly="1")),
    "ncs": read_ncs,
    "sequence": read_sequences,
    "parameters": _parameters,
    "kind": kind_of_file,
}


def _read(given: Input) -> None:
    name = given.name or given.base + given.packing
    path = _WORK / "given" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(given.content(_BASES[given.base]))
    try:
        READERS[given.reader](path)
    except MapSharpeningError as error:
        text = str(error)
        assert text.strip(), "an error without words"
    finally:
        path.unlink()


def _command(words: tuple[str, ...]) -> None:
    os.chdir(_WORK / "bases")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            status: object = cli.main([*words, "--dry-run"])
        except SystemExit as end:
            status = end.code
    assert status in (0, 1, 2), status


def run(job: Any) -> None:
    """Read a file, or run a command line; errors of the program are as they should be."""
    if isinstance(job, Words):
        _command(job.words)
    else:
        _read(job)
