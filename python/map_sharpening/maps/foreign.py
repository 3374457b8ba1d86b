"""Files of other programs and formats, recognised by their first bytes or their names."""

from __future__ import annotations

import math
import re
import struct
from pathlib import PurePath

_TO_MRC = "convert it to MRC, such as with EMAN2's e2proc3d.py or ChimeraX"
_UNPACK = "unpack it, and give the map inside"
_NO_MAP = "give a CCP4/MRC map"
_SAVE = "write its map by map_sharpening.save_map or mrcfile"
_REFLECTIONS = "give an MTZ or mmCIF file with map coefficients (amplitudes and phases)"
_GIVE_OTHER = "give a map, or a model as PDB or mmCIF"

#: First bytes, or several of them; what begins so; and what to do.
_BY_START: tuple[tuple[bytes | tuple[bytes, ...], str, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as EMAN2 (.hdf) and Chimera (.cmap) write", _TO_MRC),
    (b"MTZ ", "a file of reflections (MTZ)", "give it as mtz_in"),
    ((b"CDF\x01", b"CDF\x02"), "a NetCDF file, as old versions of Chimera write", _TO_MRC),
    (b"\x93NUMPY", "an array of NumPy (.npy)", _SAVE),
    (b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a file compressed by zstd", "unpack it by 'unzstd'"),
    (b"\x04\x22M\x18", "a file compressed by lz4", "unpack it by 'unlz4'"),
    (b"]\0\0\x80\0", "a file compressed by lzma", "unpack it by 'unlzma'"),
    (b"\x1f\x9d", "a file compressed by compress (.Z)", "unpack it by 'uncompress'"),
    (b"\0\0\0\3", "an image of DigitalMicrograph (.dm3)", _TO_MRC),
    (b"\0\0\0\4", "an image of DigitalMicrograph (.dm4)", _TO_MRC),
    ((b"II*\0", b"MM\0*", b"MM\0+"), "a TIFF image", _TO_MRC),
    (b"II+\0", "a TIFF image (also EER)", _TO_MRC),
    (b"NRRD", "an NRRD volume", _TO_MRC),
    (b":-)", "a BRIX map", _TO_MRC),
    ((b"# vtk DataFile", b"<VTKFile"), "a VTK volume", _TO_MRC),
    (b"# AmiraMesh", "a volume of Amira", _TO_MRC),
    (b"SIMPLE  =", "a FITS image", _TO_MRC),
    ((b"\x80\x02}", b"\x80\x03}"), "a session of PyMOL, or another pickle of Python", _SAVE),
    ((b"\x80\x04\x95", b"\x80\x05\x95"), "a pickle of Python", _SAVE),
    (b"!FORMAT=XDS_ASCII", "reflections of XDS, without phases", _REFLECTIONS),
    (b"ply\n", "a surface (PLY), not a map", _NO_MAP),
    (b"MATLAB 5.0", "a file of MATLAB (.mat)", _TO_MRC),
    (b"\x89PNG", "a picture (PNG)", _NO_MAP),
    (b"\xff\xd8\xff", "a picture (JPEG)", _NO_MAP),
    (b"GIF8", "a picture (GIF)", _NO_MAP),
    (b"%PDF", "a PDF document", _NO_MAP),
)
_MODELS = "convert it to PDB or mmCIF, such as with Open Babel"
#: Endings of names, what has them, and what to do.
_BY_NAME: dict[str, tuple[str, str]] = {
    ".hkl": ("a text file of reflections, without a map's phases", _REFLECTIONS),
    ".sca": ("reflections of Scalepack, without phases", _REFLECTIONS),
    ".fcf": ("reflections of SHELXL", _REFLECTIONS),
    ".cv": ("reflections of CNS", _REFLECTIONS),
    ".phs": ("phases as text", _REFLECTIONS),
    ".em": ("named as an EM volume (.em), but is damaged or of another format", _TO_MRC),
    ".spi": ("named as a SPIDER volume (.spi), but is damaged or of another format", _TO_MRC),
    ".hed": ("the header of an IMAGIC volume", _TO_MRC),
    ".img": ("an IMAGIC volume", _TO_MRC),
    ".situs": ("a map of Situs", "convert it to MRC by Situs' map2map"),
    ".sit": ("a map of Situs", "convert it to MRC by Situs' map2map"),
    ".xplor": ("a map of X-PLOR or CNS", _TO_MRC),
    ".cns": ("a map of X-PLOR or CNS", _TO_MRC),
    ".dx": ("a map of OpenDX", _TO_MRC),
    ".cube": ("a volume of Gaussian (.cube)", _TO_MRC),
    ".cub": ("a volume of Gaussian (.cub)", _TO_MRC),
    ".grd": ("a grid of DelPhi, Surfer or BIOVIA (.grd)", _TO_MRC),
    ".phi": ("a grid of DelPhi (.phi)", _TO_MRC),
    ".plt": ("a volume of gOpenMol (.plt)", _TO_MRC),
    ".mha": ("a MetaImage volume", _TO_MRC),
    ".mhd": ("the header of a MetaImage volume", _TO_MRC),
    ".dsn6": ("a DSN6 map", _TO_MRC),
    ".omap": ("a DSN6 map", _TO_MRC),
    ".star": ("a STAR file", "give maps, models, or parameters"),
    ".bcif": ("a model as BinaryCIF", "give the PDB or mmCIF file"),
    ".mmtf": ("a model as MMTF", "give the PDB or mmCIF file"),
    ".raw": ("numbers without a header (.raw)", _TO_MRC),
    ".vol": ("named as a volume of SPIDER or Xmipp (.vol), but is of another format", _TO_MRC),
    ".obj": ("a surface (OBJ), not a map", _NO_MAP),
    ".stl": ("a surface (STL), not a map", _NO_MAP),
    ".bild": ("a drawing for ChimeraX (BILD), not a map", _NO_MAP),
    ".cxs": ("a session of ChimeraX", "save the map in it as MRC"),
    ".csv": ("a table (CSV)", _GIVE_OTHER),
    ".yaml": ("a YAML file", "give parameters as name = value lines"),
    ".yml": ("a YAML file", "give parameters as name = value lines"),
    ".gro": ("a model of GROMACS", _MODELS),
    ".xyz": ("a model as XYZ text", _MODELS),
    ".mol2": ("a model as MOL2", _MODELS),
    ".sdf": ("a model as SDF", _MODELS),
    ".pqr": ("a model as PQR", _MODELS),
    ".pdbqt": ("a model as PDBQT", _MODELS),
}
_CNS_REFLECTIONS = re.compile(rb"\s*(?:\{[^}]*\}\s*)?NREF", re.IGNORECASE)
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml\b|[a-z][\w:.-]*[\s/>])", re.IGNORECASE)
_JSON = re.compile(rb"\s*[{\[]\s*\"")
_XPLOR = re.compile(rb"\s*\d+\s*!NTITLE")
_SCALEPACK = re.compile(rb" *1\r?\n *-98\d\r?\n")
_EM_MACHINES = {0: ">", 3: ">", 5: ">", 1: "<", 2: "<", 6: "<"}
_EM_SIZES = {1: 1, 2: 2, 4: 4, 5: 4, 8: 8, 9: 8}  #: bytes of a value, by type
_EM_HEADER = 512
_LONGEST_SIDE = 100_000
#: First bytes of formats that are unpacked while read, but not inside each other.
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")


def foreign_format(start: bytes, file_size: int | None) -> str | None:
    """Return what a file is, and what to do with it, if it is a known other format.

    Parameters
    ----------
    start : bytes
        Its first kilobyte.
    file_size : int or None
        Bytes of the whole file; None where it is packed, and they are not known.
    """
    for magic, what, remedy in _BY_START:
        if start.startswith(magic):
            return f"{what}; {remedy}"
    if file_size is None and start.startswith(_PACKED):
        return "compressed twice; unpack it once, and give that file"
    if _HTML.match(start):
        return "a web page (HTML), as reports and failed downloads are; download the file again"
    if _XML.match(start):
        return f"an XML file, as PDBML models and curves of the FSC are; {_GIVE_OTHER}"
    if _JSON.match(start):
        return f"a JSON file; {_GIVE_OTHER}"
    if _CNS_REFLECTIONS.match(start):
        return f"reflections of X-PLOR or CNS, without a map's phases; {_REFLECTIONS}"
    if _XPLOR.match(start):
        return f"a map of X-PLOR or CNS; {_TO_MRC}"
    if _SCALEPACK.match(start):
        return f"reflections of Scalepack, without phases; {_REFLECTIONS}"
    if start[257:262] == b"ustar":
        return f"a TAR archive; {_UNPACK}"
    if start[128:132] == b"DICM":
        return f"a DICOM image; {_TO_MRC}"
    if start[344:348] in (b"n+1\0", b"ni1\0"):
        return f"a NIfTI volume; {_TO_MRC}"
    if _is_em(start, file_size):
        return f"an EM volume, as Dynamo and the TOM toolbox write (.em); {_TO_MRC}"
    if _is_spider(start, file_size):
        return f"a SPIDER volume (.spi, .vol); {_TO_MRC}"
    return None


def foreign_name(name: str) -> str | None:
    """Return what a file of such a name is, and what to do with it, if it can't be used."""
    path = PurePath(name.lower())
    suffix = PurePath(path.stem).suffix if path.suffix in {".gz", ".bz2", ".xz"} else path.suffix
    found = _BY_NAME.get(suffix)
    return None if found is None else "; ".join(found)


def _is_em(start: bytes, file_size: int | None) -> bool:
    if len(start) < _EM_HEADER or start[0] not in _EM_MACHINES or start[3] not in _EM_SIZES:
        return False
    sides = struct.unpack(_EM_MACHINES[start[0]] + "3i", start[4:16])
    values: int = math.prod(sides) * _EM_SIZES[start[3]]
    is_sound = 0 < min(sides) <= max(sides) <= _LONGEST_SIDE
    return is_sound and file_size in (None, _EM_HEADER + values)


def _is_spider(start: bytes, file_size: int | None) -> bool:
    if len(start) < 92:
        return False
    for order in "<>":
        words = struct.unpack(order + "23f", start[:92])
        n_z, n_y, n_x, n_bytes = words[0], words[1], words[11], words[21]
        if not all(math.isfinite(word) for word in (n_z, n_y, n_x, n_bytes)):
            continue
        is_sound = min(abs(n_z), n_y, n_x) >= 1 and n_bytes == words[12] * words[22]
        if is_sound and file_size in (None, n_bytes + 4 * abs(n_z) * n_y * n_x):
            return True
    return False
