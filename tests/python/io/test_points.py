"""Points as a PDB file: read back by gemmi, where they were and with their values."""

from __future__ import annotations

import gemmi
import numpy as np

from map_sharpening.io.points import points_as_pdb


def test_gemmi_reads_positions_and_values() -> None:
    positions = [[1.5, -20.25, 300.125], [0.0, 0.0, 0.0]]
    structure = gemmi.read_pdb_string(points_as_pdb(positions, [12.34, -5.0]))
    atoms = [cra.atom for cra in structure[0].all()]
    np.testing.assert_allclose([atom.pos.tolist() for atom in atoms], positions, atol=1e-3)
    np.testing.assert_allclose([atom.b_iso for atom in atoms], [12.34, -5.0], atol=0.01)


def test_values_are_cut_to_the_column() -> None:
    structure = gemmi.read_pdb_string(points_as_pdb(np.zeros((2, 3)), [5000.0, -5000.0]))
    assert [round(cra.atom.b_iso, 2) for cra in structure[0].all()] == [999.99, -99.99]


def test_more_points_than_numbers_are_all_written() -> None:
    text = points_as_pdb(np.zeros((10_050, 3)), np.zeros(10_050))
    assert sum(line.startswith("HETATM") for line in text.splitlines()) == 10_050
