"""Models, sequences and parameters packed by gzip, bzip2 and xz; other files say what they are."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from model_files import write_model

from map_sharpening.errors import MapFileError, ModelFileError, NcsFileError, ParameterError
from map_sharpening.io.models import read_atoms
from map_sharpening.io.mtz_file import open_mtz
from map_sharpening.io.ncs import read_ncs
from map_sharpening.io.recognise import kind_of_file, read_parameter_file
from map_sharpening.io.sequences import read_sequences

Pack = Callable[[bytes], bytes]
PACKS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
PDB = b"ATOM      1  CA  ALA A   1       1.000   2.000   3.000  1.00 10.00           C\n"


@pytest.mark.parametrize("suffix", PACKS)
def test_packed_models_are_read(tmp_path: Path, suffix: str) -> None:
    plain = write_model(tmp_path / "model.cif", every=20)
    packed = tmp_path / f"packed.cif{suffix}"
    packed.write_bytes(PACKS[suffix](plain.read_bytes()))
    assert kind_of_file(packed) == "model"
    np.testing.assert_array_equal(read_atoms(packed).positions, read_atoms(plain).positions)
    pdb = tmp_path / f"one.pdb{suffix}"
    pdb.write_bytes(PACKS[suffix](PDB))
    assert read_atoms(pdb).positions.tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize("suffix", PACKS)
def test_packed_models_need_not_be_utf8(tmp_path: Path, suffix: str) -> None:
    plain = write_model(tmp_path / "model.cif", every=20)
    packed = tmp_path / f"packed.cif{suffix}"
    packed.write_bytes(PACKS[suffix](b"#\xe9\xff\n" + plain.read_bytes()))
    np.testing.assert_array_equal(read_atoms(packed).positions, read_atoms(plain).positions)
    packed.write_bytes(PACKS[suffix](b"\x80\x81 loop_"))
    with pytest.raises(ModelFileError):
        read_atoms(packed)


@pytest.mark.parametrize("suffix", PACKS)
def test_packed_texts_are_read(tmp_path: Path, suffix: str) -> None:
    fasta, eff = tmp_path / f"a.fasta{suffix}", tmp_path / f"a.eff{suffix}"
    fasta.write_bytes(PACKS[suffix](b">a\nACDEFGHIKL\n"))
    assert len(read_sequences(fasta)[0]) == 1
    eff.write_bytes(PACKS[suffix](b"crystal_info.resolution = 4\n"))
    assert read_parameter_file(eff).text == "crystal_info.resolution = 4\n"
    eff.write_bytes(PACKS[suffix](b"crystal_info.resolution = 4\n" * 99)[:-9])
    with pytest.raises(ParameterError, match="damaged or truncated compressed data"):
        read_parameter_file(eff)


@pytest.mark.parametrize(("suffix", "packing"), [(".bz2", "bzip2"), (".xz", "xz")])
def test_what_gemmi_unpacks_itself_is_refused_with_the_reason(
    tmp_path: Path, suffix: str, packing: str
) -> None:
    mtz, ncs = tmp_path / f"a.mtz{suffix}", tmp_path / f"a.ncs_spec{suffix}"
    for path in (mtz, ncs):
        path.write_bytes(PACKS[suffix](b"MTZ " * 100))
    with pytest.raises(MapFileError, match=f"is compressed by {packing}, .* unpack it first"):
        open_mtz(mtz)
    with pytest.raises(NcsFileError, match=f"is compressed by {packing}, .* unpack it first"):
        read_ncs(ncs)
