"""Make docs/pictures: sections of reports as images, for the pages on the report.

Simulates haemoglobin, runs the program three ways, and lets Chromium draw the sections of each
report. Run in an environment with the package, and with `chromium` on PATH:

    python docs/scripts/report_pictures.py
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import gemmi
import numpy as np
from PIL import Image, ImageChops

import map_sharpening
from map_sharpening.simulation.demo import demo_atoms, demo_half_maps

PICTURES = Path(__file__).parents[1] / "pictures"
WIDTH = 900  #: pixels
#: Report, heading of the section, name of the picture.
SECTIONS = (
    ("half_maps", "Section by section", "sections"),
    ("half_maps", "Surface", "surface"),
    ("half_maps", "Fourier shell correlation", "fsc"),
    ("half_maps", "Guinier plot", "guinier"),
    ("half_maps", "Central slices", "slices"),
    ("half_maps", "Local filter", "local/filter"),
    ("half_maps", "Local resolution", "local/resolution"),
    ("half_maps", "Scale factors", "scale_factors"),
    ("half_maps", "Signal and noise", "signal_and_noise"),
    ("half_maps", "Anisotropy", "anisotropy"),
    ("one_map", "Score by b_iso", "score"),
    ("one_map", "Wilson plot", "wilson"),
    ("one_map", "Local B factor", "local/b_factor"),
    ("model", "Agreement with the model", "model_agreement"),
    ("model", "Fall-off of amplitudes", "model_fall_off"),
)


def main() -> None:
    """Run, and draw each section."""
    (PICTURES / "local").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_reports(folder)
        for report, heading, picture in SECTIONS:
            page = (folder / report / "report.html").read_text(encoding="utf-8")
            draw(section_page(page, heading), PICTURES / f"{picture}.png", folder)


def make_reports(folder: Path) -> None:
    """Sharpen the demo's half maps, their mean as one map, and that mean with a model."""
    maps = demo_half_maps()
    for name, values in {"half1": maps.half_1, "half2": maps.half_2, "map": maps.mean}.items():
        map_sharpening.save_map(folder / f"{name}.mrc", values)
    write_model(folder / "model.pdb", displacement=0.5)
    halves = {"half_map": [str(folder / "half1.mrc"), str(folder / "half2.mrc")]}
    one = {"full_map": str(folder / "map.mrc")}
    runs: dict[str, dict[str, object]] = {
        "half_maps": {**halves, "local_sharpen": True},
        "one_map": {**one, "sharpening_method": "b-factor", "local_sharpening": True},
        "model": {**one, "model": str(folder / "model.pdb"), "model_sharpen": True},
    }
    for name, words in runs.items():
        map_sharpening.run({**words, "resolution": 3.0, "output_directory": str(folder / name)})


def write_model(path: Path, displacement: float) -> None:
    """Write the demo's atoms, each displaced at random by an rms distance in Å."""
    atoms = demo_atoms().centred_at((56.0, 56.0, 56.0))  # as the demo has them
    structure = gemmi.Structure()
    structure.cell = gemmi.UnitCell(112, 112, 112, 90, 90, 90)
    chain = gemmi.Chain("A")
    moves = np.random.default_rng(0).normal(0, displacement / 3**0.5, atoms.positions.shape)
    places = zip(atoms.elements, atoms.positions + moves, strict=True)
    for number, (element, place) in enumerate(places):
        atom = gemmi.Atom()
        atom.name, atom.element = str(element), gemmi.Element(str(element))
        atom.pos = gemmi.Position(*place)
        atom.b_iso = 50.0
        residue = gemmi.Residue()
        residue.name, residue.seqid = "ALA", gemmi.SeqId(str(number % 9999 + 1))
        residue.add_atom(atom)
        chain.add_residue(residue)
    model = gemmi.Model("1")
    model.add_chain(chain)
    structure.add_model(model)
    structure.write_pdb(str(path))


def section_page(page: str, heading: str) -> str:
    """Return a page of one section of a report, with the report's style and script."""
    style = re.search("<style>.*?</style>", page, re.DOTALL)
    script = re.search("<script>.*?</script>", page, re.DOTALL)
    for section in re.findall("<section.*?</section>", page, re.DOTALL):
        if style and script and f"<h2>{heading}" in section:
            white = "body { background: #fff } section { border: 0 }"
            narrow = ".viewer, .surface { width: 600px }"  # as they share a row in the report
            return (
                f"<!DOCTYPE html><meta charset='utf-8'>{style[0]}<style>{white} {narrow}</style>"
                f"<body>{section}{script[0]}</body>"
            )
    raise ValueError(f"the report has no section '{heading}'")


def draw(page: str, path: Path, folder: Path) -> None:
    """Let Chromium draw a page; cut the white rim off and keep few colours."""
    source, shot = folder / "section.html", folder / "section.png"
    source.write_text(page, encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--virtual-time-budget=5000"]  # for the script
    command += [f"--window-size={WIDTH},1600", f"--screenshot={shot}", source.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    image = Image.open(shot).convert("RGB")
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
    image.crop(box).quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    main()
