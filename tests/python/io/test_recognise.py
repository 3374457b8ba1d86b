"""What files are, by their content: also those that other programs write, and damaged ones."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path

import gemmi
import numpy as np
import pytest
from half_map_files import write_mrc
from reflection_files import write_fwt

from map_sharpening.errors import MapFileError, ParameterError
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.io.recognise import kind_of_file, read_parameter_file

EM = struct.pack("<4B3i", 6, 0, 0, 5, 4, 4, 4).ljust(512, b"\0") + bytes(4 * 64)
SPIDER_WORDS = [4.0, 4.0, 0, 0, 3.0, *[0.0] * 6, 4.0, 64.0, *[0.0] * 8, 1024.0, 16.0]
SPIDER = struct.pack("<23f", *SPIDER_WORDS).ljust(1024, b"\0") + bytes(4 * 64)
FOREIGN = {
    "x.em": (EM, "an EM volume"),
    "x.spi": (SPIDER, "a SPIDER volume"),
    "x.hdf": (b"\x89HDF\r\n\x1a\n" + bytes(2000), "an HDF5 file"),
    "x.npy": (b"\x93NUMPY" + bytes(2000), "an array of NumPy"),
    "x.zip": (b"PK\x03\x04" + bytes(2000), "a ZIP archive"),
    "x.em.gz": (gzip.compress(EM), "an EM volume"),
    "x.spi.bz2": (bz2.compress(SPIDER), "a SPIDER volume"),
    "x.hdf.xz": (lzma.compress(b"\x89HDF\r\n\x1a\n" + bytes(2000)), "an HDF5 file"),
    "x.mrc.lzma": (lzma.compress(EM, lzma.FORMAT_ALONE), "a file compressed by lzma"),
    "x.mrc.lz4": (b"\x04\x22M\x18" + bytes(2000), "a file compressed by lz4"),
    "cut.em": (EM[:-8], "named as an EM volume"),
    "cut.spi": (SPIDER[:-8], "named as a SPIDER volume"),
    "x.gz.gz": (gzip.compress(gzip.compress(EM)), "compressed twice"),
    "x.vtk": (b"# vtk DataFile Version 3.0\n" + b"a" * 2000, "a VTK volume"),
    "x.pkl": (b"\x80\x04\x95" + bytes(2000), "a pickle of Python"),
    "x.dcm": (bytes(128) + b"DICM" + bytes(2000), "a DICOM image"),
    "x.bcif": (b"\x83\xa7encoder" + bytes(2000), "a model as BinaryCIF"),
    "x.xml": (b'<?xml version="1.0" encoding="UTF-8" ?>\n<PDBx:datablock>', "an XML file"),
    "fsc.xml": (b'<fsc title="FSC">\n  <coordinate>', "an XML file"),
    "report.html": (b"\n<!DOCTYPE html>\n<html>", "a web page"),
    "x.ent": (b" NREFlection=     10\n INDE 0 0 4 FOBS= 123.4\n", "reflections of X-PLOR or CNS"),
    "cns.cif": (b"{ made by x }\n NREF= 10\n", "reflections of X-PLOR or CNS"),
    "sca.cif": (b"    1\n -987\n  45.6 47.5 77.6 90 90 90 p1\n", "reflections of Scalepack"),
    "XDS.out": (b"!FORMAT=XDS_ASCII    MERGE=FALSE\n", "reflections of XDS"),
    "x.eer": (b"II+\0" + bytes(2000), "a TIFF image"),
    "x.pse": (b"\x80\x02}q\x01(" + bytes(200), "a session of PyMOL"),
    "x.ply": (b"ply\nformat ascii 1.0\n", "a surface"),
    "x.json": (b'{"a": 1}', "a JSON file"),
    "x.cube": (b"density\nof water\n 1 0 0 0\n", "a volume of Gaussian"),
    "cns.omap2": (b"\n       2 !NTITLE\n REMARKS a\n" + b" " * 2000, "a map of X-PLOR or CNS"),
    "x.hkl": (b"   0   0   2  123.40    2.10\n" * 60, "a text file of reflections"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_other_programs_are_named_for_what_they_are(tmp_path: Path, name: str) -> None:
    content, what = FOREIGN[name]
    path = tmp_path / name
    path.write_bytes(content)
    for read in (kind_of_file, read_map):
        with pytest.raises(MapFileError, match=f"{name} is {what}.*; [a-z]+ "):
            read(path)


def test_map_compressed_by_xz_is_read(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(8, 9, 10)).astype(np.float32)
    plain = write_mrc(tmp_path / "map.mrc", values)
    packed = tmp_path / "map.mrc.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert kind_of_file(packed) == "map"
    np.testing.assert_array_equal(read_map(packed)[0].values, values)


def test_truncated_xz_is_refused(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(8, 9, 10)).astype(np.float32)
    plain = write_mrc(tmp_path / "map.mrc", values)
    packed = tmp_path / "map.mrc.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes())[:-900])
    with pytest.raises(MapFileError, match="damaged or truncated compressed data"):
        read_map(packed)


@pytest.mark.parametrize("keep", [12, 30])
def test_damaged_parameter_file_is_told(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "run.txt.gz"
    path.write_bytes(gzip.compress(b"resolution = 3.1\n" * 20)[:keep] + b"\xff" * (keep == 12))
    assert kind_of_file(path) == "parameters"
    with pytest.raises(ParameterError, match="damaged or truncated compressed data"):
        read_parameter_file(path)


@pytest.mark.parametrize("name", ["r1abcsf.ent", "1abc-sf.cif", "1abc-sf.cif.gz"])
def test_structure_factors_as_mmcif_give_the_map_of_the_mtz(tmp_path: Path, name: str) -> None:
    mtz = write_fwt(tmp_path / "a.mtz")
    text = gemmi.MtzToCif().write_cif_to_string(gemmi.read_mtz_file(str(mtz))).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    assert kind_of_file(path) == "reflections"
    of_cif, info, _ = read_map_coefficients(path)
    assert info.labels == ("FWT", "PHWT")
    of_mtz = read_map_coefficients(mtz)[0]
    np.testing.assert_allclose(of_cif.values, of_mtz.values, atol=1e-3 * of_mtz.values.std())


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_model_as_mmjson_is_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    structure = gemmi.Structure()
    chain = gemmi.Chain("A")
    residue = gemmi.Residue()
    residue.name, residue.seqid = "GLY", gemmi.SeqId("7")
    atom = gemmi.Atom()
    atom.name, atom.element, atom.pos = "CA", gemmi.Element("C"), gemmi.Position(1, 2, 3)
    residue.add_atom(atom)
    chain.add_residue(residue)
    structure.add_model(gemmi.Model(1))
    structure[0].add_chain(chain)
    path = tmp_path / "m.json"
    path.write_bytes(pack(structure.make_mmcif_document().as_json(mmjson=True).encode()))
    assert kind_of_file(path) == "model"
    np.testing.assert_allclose(read_atoms(path).positions, [[1, 2, 3]])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (">A\nMVLSPADKTNVKAAW\nGKV*\n", "sequence"),
        ("\n>sp|P1|X\r\nMVLS\r\n", "sequence"),
        ("new_ncs_group\nnew_operator\n", "symmetry"),
        ("resolution = 3\n", "parameters"),
        ("# >A\nresolution = 3\n", "parameters"),
    ],
)
def test_text_of_any_name_is_known_by_its_beginning(tmp_path: Path, text: str, kind: str) -> None:
    (tmp_path / "a.txt").write_text(text, newline="")
    assert kind_of_file(tmp_path / "a.txt") == kind


def test_text_that_is_nothing_known_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("map_sharpening 0.1.0\n")
    with pytest.raises(
        ParameterError, match=r"^log.txt is no map, .* no parameter file: .*line 1"
    ):
        read_parameter_file(path)
    path.rename(tmp_path / "log.eff")
    assert read_parameter_file(tmp_path / "log.eff").text == "map_sharpening 0.1.0\n"


def test_an_empty_file_is_no_file_of_parameters(tmp_path: Path) -> None:
    for name in ("a.txt", "a.pdb", "noext"):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(MapFileError, match=f"{name} is empty; give the whole file"):
            kind_of_file(tmp_path / name)
    for name, kind in (("a.eff", "parameters"), ("a.rec", "map")):
        (tmp_path / name).write_bytes(b"")
        assert kind_of_file(tmp_path / name) == kind


def test_an_alignment_is_a_sequence_and_no_aligned_stack(tmp_path: Path) -> None:
    path = tmp_path / "a.ali"  # of Modeller, and of IMOD
    path.write_text(">P1;abc\nsequence:abc:::::::0.00: 0.00\nMKTAYIAKQRQISFVKSHFSRQ*\n")
    assert kind_of_file(path) == "sequence"


def test_reflections_given_as_a_map_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.mrc").write_bytes(b"MTZ " + bytes(2000))
    with pytest.raises(MapFileError, match=r"a.mrc is a file of reflections \(MTZ\); give it"):
        read_map(tmp_path / "a.mrc")
