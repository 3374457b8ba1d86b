"""Files and command words that are nearly right, as plain descriptions of what was changed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

#: Which valid files there are for each reader, see file_process.py.
BASES = {
    "map": (
        "plain.mrc", "bytes.mrc", "unsigned.mrc", "short.map", "big_endian.ccp4", "extended.mrc",
        "half.mrc", "double.mrc", "half_swapped.mrc", "netcdf.mrc",
    ),
    "coefficients": (
        "p1.mtz", "p212121.mtz", "unmerged.mtz", "radians.mtz", "percent.mtz", "sf.cif",
        "two_blocks.cif",
    ),
    "model": (
        "model.pdb", "model.cif", "assembly.cif", "model.json", "predicted.cif", "marked.cif",
        "one_number.pdb", "tabs.pdb",
    ),
    "ncs": ("find.ncs_spec", "biomt.pdb", "ncs.star"),
    "sequence": ("a.fasta", "a.pir", "a.txt"),
    "parameters": ("all.eff", "few.phil", "phenix.eff"),
    "kind": (
        "plain.mrc", "netcdf.mrc", "p1.mtz", "sf.cif", "model.pdb", "model.cif", "predicted.cif",
        "few.phil", "a.fasta",
    ),
}  # fmt: skip
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda content: content,
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
TEXTS = (
    b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"1", b"99999999999999999999", b"2147483647",
    b"-2147483648", b"1e308", b"1e-320", b"", b'"', b"'", b"{", b"}", b"\\", b"=", b"#", b";",
    b"!",
    b"\0", b"\xff\xfe", b"\xe9", "\u0085".encode(), "\u2028".encode(), "\ud800".encode("utf-8",
    "surrogatepass"),
    b"x" * 300, b"A" * 70000, b"\n", b"\r", b"*", b"None", b"Auto", b"?", b".", b"loop_", b"data_",
    b"_atom_site.Cartn_x", b"MODEL", b"END", b"ENDMDL", b"ATOM", b"HETATM", b"TER", b"%s%n",
    b"../../a",
    b"(1, 2", b"[[[[", b"$HOME", b"1:2", b"A1:B2", b"\xf0\x9f\x92\xa9",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 3, 4, 5, 12, 101, 255, 256, 1024, 32767, 65535, 65536, 2**24, 2**30, 2**31 - 1,
    -(2**31),
)  # fmt: skip
REALS = (math.nan, math.inf, -math.inf, 0.0, -1.0, 1e-45, 1e-6, 1e30, 3e38, -3e38, 90.0, 180.0)


@dataclass(frozen=True)
class Edit:
    """One change of a file's bytes; places count from either end, and wrap around."""

    kind: str
    place: int
    value: Any = b""

    def of(self, content: bytes) -> bytes:
        """Return the changed bytes."""
        if not content:
            return bytes(self.value) if isinstance(self.value, bytes) else b""
        at = self.place % len(content)
        if self.kind == "bytes":
            return content[:at] + self.value + content[at + len(self.value) :]
        if self.kind == "insert":
            return content[:at] + self.value + content[at:]
        if self.kind == "cut":
            return content[:at]
        if self.kind == "delete":
            return content[:at] + content[at + self.value :]
        if self.kind == "repeat":
            return content[:at] + content[at : at + 80] * self.value + content[at + 80 :]
        if self.kind in ("integer", "real"):
            at -= at % 4
            new = struct.pack("<i" if self.kind == "integer" else "<f", self.value)
            return (content[:at] + new + content[at + 4 :])[: max(len(content), at + 4)]
        return self._with_other_word(content)

    def _with_other_word(self, content: bytes) -> bytes:
        words = content.split(b" ")
        words[self.place % len(words)] = self.value
        return b" ".join(words)


@dataclass(frozen=True)
class Input:
    """A file for a reader."""

    reader: str
    base: str
    edits: tuple[Edit, ...] = ()
    packing: str = ""
    edits_of_packed: tuple[Edit, ...] = ()
    name: str | None = None  #: of the file, if another than the base's

    def content(self, base: bytes) -> bytes:
        """Return the file's bytes."""
        for edit in self.edits:
            base = edit.of(base)
        packed = PACKERS[self.packing](base)
        for edit in self.edits_of_packed:
            packed = edit.of(packed)
        return packed


@dataclass(frozen=True)
class Words:
    """A command line, run with files of all kinds in the folder."""

    words: tuple[str, ...]


places = st.one_of(st.integers(0, 255), st.integers(-400, -1), st.integers(0, 1 << 16))
edits = st.one_of(
    st.builds(Edit, st.just("bytes"), places, st.binary(min_size=1, max_size=4)),
    st.builds(Edit, st.just("bytes"), places, st.sampled_from(TEXTS)),
    st.builds(Edit, st.just("insert"), places, st.sampled_from(TEXTS)),
    st.builds(Edit, st.just("cut"), places),
    st.builds(Edit, st.just("delete"), places, st.sampled_from((1, 4, 80, 1000))),
    st.builds(Edit, st.just("repeat"), places, st.sampled_from((0, 2, 100))),
)
binary_edits = st.one_of(
    edits,
    st.builds(Edit, st.just("integer"), st.integers(0, 255), st.sampled_from(NUMBERS)),
    st.builds(Edit, st.just("real"), st.integers(0, 1023), st.sampled_from(REALS)),
    st.builds(Edit, st.just("real"), st.integers(1024, 5000), st.sampled_from(REALS)),
)
text_edits = st.one_of(
    edits, st.builds(Edit, st.just("word"), st.integers(0, 1 << 16), st.sampled_from(TEXTS))
)
NAMES = (
    "a", "a.mrc", "a.gz", "half1.mrc.gz", "a b.pdb", "é.cif", "a\u0085b.mrc", "a\nb.mtz", "-x.eff",
    "half1" * 40 + ".mrc", ".mrc", "a.PDB1", "x.map.xz", "\udcff.mrc",
)  # fmt: skip


@st.composite
def inputs_for(draw: Callable[[Any], Any], reader: str) -> Input:
    """Return files for a reader."""
    base = draw(st.sampled_from(BASES[reader]))
    is_binary = base.endswith((".mrc", ".map", ".ccp4", ".mtz"))
    changes = st.lists(binary_edits if is_binary else text_edits, max_size=4).map(tuple)
    packing = draw(st.sampled_from(("", "", "", ".gz", ".gz", ".bz2", ".xz")))
    of_packed: tuple[Edit, ...] = ()
    if packing and draw(st.booleans()):
        of_packed = draw(st.lists(edits, max_size=2).map(tuple))
    name = draw(st.sampled_from((None, None, None, *NAMES)))
    return Input(reader, base, draw(changes), packing, of_packed, name)


FILES = (
    "half1.mrc", "half2.mrc", "p1.mtz", "model.pdb", "few.phil", "a.fasta", "find.ncs_spec",
    "none.mrc",
    "", ".", "/dev/null", "x" * 300, "half1.mrc/x", "y" * 5000, "\udcff.mrc", "a\u0085.mrc",
    "-", "--", "*",
)  # fmt: skip
NAMED = (
    "resolution", "half_map", "full_map", "map_file", "model_file", "mask_file",
    "output_directory",
    "sharpened_map_file", "crystal_info.resolution", "nproc", "n_boxes", "local_sharpen", "b_iso",
    "d_min", "seed", "scratch_directory", "b_sharpen", "seq_file", "ncs_file", "labels",
    "map_coeffs_file",
    "wrapping", "res", "a.b.c", "", "control", "solvent_content", "input_files", "voxel_size",
    "run_command",
    "queue_run_command", "half_map_file_list", "search_b_min", "local_resolution",
    "b_sharpen_range",
)  # fmt: skip
VALUES = (
    "3", "2.5", "nan", "inf", "-1", "1e999", "0", "True", "False", "None", "Auto", "",
    "half1.mrc", "half2.mrc",
    "model.pdb", "p1.mtz", "half1.mrc half2.mrc", "'", '"', "{", "}", "x" * 300, "\u0085",
    "1,2,3", "1 2 3",
    "FWT,PHWT", "99999999999999999999", "default", "/dev/null", "out", "\udcff", "a\nb",
    "$HOME", "*a b",
    "(1,2)", "1e-320", "2147483648",
)  # fmt: skip
words = st.one_of(
    st.sampled_from(FILES),
    st.builds("{}={}".format, st.sampled_from(NAMED), st.sampled_from(VALUES)),
    st.text(max_size=12),
    st.sampled_from(("--progress", "--progress=json", "--show-defaults", "--diff-params", "-h")),
)
command_lines = st.builds(Words, st.lists(words, max_size=6).map(tuple))
