"""Small models that are alpha carbons alone."""

from __future__ import annotations

from collections.abc import Sequence

import gemmi


def alpha_carbons(*positions: Sequence[float]) -> gemmi.Structure:
    """Return a chain A of alanines, numbered from 1, whose CA atoms lie at x, y, z in Å."""
    chain = gemmi.Chain("A")
    for number, position in enumerate(positions, 1):
        residue = gemmi.Residue()
        residue.name, residue.seqid = "ALA", gemmi.SeqId(str(number))
        atom = gemmi.Atom()
        atom.name, atom.element = "CA", gemmi.Element("C")
        atom.pos = gemmi.Position(*position)
        residue.add_atom(atom)
        chain.add_residue(residue)
    model = gemmi.Model(1)
    model.add_chain(chain)
    structure = gemmi.Structure()
    structure.add_model(model)
    return structure
