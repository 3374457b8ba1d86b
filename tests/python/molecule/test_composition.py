"""Residues, mass and volume of what a map holds, and the solvent that leaves."""

from __future__ import annotations

import math

import gemmi
import pytest
from real_data import DATA, needs_data

from map_sharpening.errors import ParameterError
from map_sharpening.io.sequences import read_sequences
from map_sharpening.molecule.composition import (
    Chain,
    composition_of,
    solvent_fraction_from_mass,
    solvent_fraction_from_sequences,
    solvent_fraction_given,
)

A = Chain("a", ("ALA",) * 20, "protein")
B = Chain("b", ("GLY",) * 47, "protein")
RNA = Chain("r", ("A", "C", "G", "U"), "rna")
DNA = Chain("d", ("DA", "DC"), "dna")


def test_residues_are_counted_by_kind() -> None:
    found = composition_of([A, B, RNA, DNA, DNA])
    assert (found.n_protein_residues, found.n_nucleotides) == (67, 8)


def test_volume_is_that_of_the_residues() -> None:
    assert composition_of([A, RNA]).volume == pytest.approx(20 * 135.3 + 4 * 379.5)


def test_mass_is_that_of_the_chains_in_daltons() -> None:
    glycine, water = 75.067, 18.015
    mass = composition_of([B]).mass
    assert mass == pytest.approx(47 * glycine - 46 * water, rel=1e-4)


def test_unknown_residues_have_the_mean_mass_of_their_kind() -> None:
    unknown = [
        Chain("x", ("UNK",) * 5, "protein"),
        Chain("n", ("N",) * 3, "rna"),
        Chain("d", ("DN",) * 2, "dna"),
    ]
    assert composition_of(unknown).mass == pytest.approx(5 * 110 + 3 * 330 + 2 * 330)


def test_a_component_that_is_not_tabulated_has_the_mean_mass() -> None:
    plain = composition_of([A]).mass
    longer = composition_of([Chain("a", (*A.residues, "Q0Q0Q"), "protein")]).mass
    assert longer - plain == pytest.approx(110.0, abs=0.01)


def test_copies_of_a_chain_count() -> None:
    one = composition_of([Chain("a", A.residues, "protein", copies=3)])
    assert one == composition_of([A, A, A])


def test_all_copies_in_the_file_are_summed() -> None:
    assert composition_of([A, A, A, A, B, B]).n_protein_residues == 174


def test_sequences_listed_once_are_multiplied_by_ncs_copies() -> None:
    found = composition_of([A, B], ncs_copies=4)
    assert found.n_protein_residues == 4 * 67
    assert found.mass == pytest.approx(4 * composition_of([A, B]).mass)
    assert found.notes == ("each sequence is listed once; multiplied by ncs_copies = 4",)


@pytest.mark.parametrize("chains", [[A, A, A, A, B, B], [Chain("a", A.residues, "protein", 2)]])
def test_sequences_listed_as_often_as_ncs_copies_divides_are_used_as_listed(
    chains: list[Chain],
) -> None:
    found = composition_of(chains, ncs_copies=2)
    assert found == composition_of(chains)
    assert found.notes == ()


def test_ncs_copies_that_disagree_are_told_and_the_file_is_used() -> None:
    found = composition_of([A, A, A, A, B, B], ncs_copies=4)
    assert found.n_protein_residues == 174
    assert found.notes == (
        "the sequences are listed 2, 4 times, which ncs_copies = 4 doesn't divide; they are used"
        " as listed",
    )


@pytest.mark.parametrize("ncs_copies", [None, 1])
def test_one_copy_changes_nothing(ncs_copies: int | None) -> None:
    assert composition_of([A, B], ncs_copies) == composition_of([A, B])


def test_a_cell_holds_several_asymmetric_units() -> None:
    assert composition_of([A], asymmetric_units=8).n_protein_residues == 160


@pytest.mark.parametrize("name", ["ncs_copies", "asymmetric_units"])
def test_there_is_at_least_one_copy(name: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} is 0; expected a whole number, 1 or more"):
        composition_of([A], **{name: 0})


def test_no_chains_are_refused() -> None:
    with pytest.raises(ParameterError, match="no sequences; give a file"):
        composition_of([])


def test_mass_is_always_in_daltons() -> None:
    assert solvent_fraction_from_mass(50_000, 400.0**3) == pytest.approx(0.99904, abs=1e-5)


@pytest.mark.parametrize(("share", "fraction"), [(1e-9, 1.0), (0.25, 0.75), (0.999, 0.01)])
def test_fraction_from_mass_is_what_is_left_within_limits(share: float, fraction: float) -> None:
    volume = 1e6
    assert solvent_fraction_from_mass(share * volume / 1.23, volume) == pytest.approx(fraction)


@pytest.mark.parametrize(("share", "fraction"), [(1e-6, 0.999), (0.25, 0.75), (0.9999, 0.001)])
def test_fraction_from_sequences_is_what_is_left_within_limits(
    share: float, fraction: float
) -> None:
    found, composition = solvent_fraction_from_sequences([A, RNA], 4224.0 / share)
    assert composition.volume == pytest.approx(4224.0)
    assert found == pytest.approx(fraction)


def test_a_mass_larger_than_the_map_is_refused() -> None:
    with pytest.raises(ParameterError, match="is 100000 Da and would fill 123000 Å³, more than"):
        solvent_fraction_from_mass(1e5, 1e5)


def test_sequences_larger_than_the_map_are_refused() -> None:
    with pytest.raises(ParameterError, match="have 20 residues and would fill 2706 Å³, more than"):
        solvent_fraction_from_sequences([A], 2000.0)


@pytest.mark.parametrize("mass", [0.0, -5.0, math.nan, math.inf])
def test_a_mass_must_be_above_zero(mass: float) -> None:
    with pytest.raises(ParameterError, match=f"molecular_mass is {mass}; expected a mass in Da"):
        solvent_fraction_from_mass(mass, 1e6)


@pytest.mark.parametrize("volume", [0.0, math.nan])
def test_a_volume_must_be_above_zero(volume: float) -> None:
    with pytest.raises(ParameterError, match="cell_volume is"):
        solvent_fraction_from_mass(1000.0, volume)


def test_a_volume_below_that_of_the_chains_has_no_room_however_small() -> None:
    with pytest.raises(ParameterError, match="more than the 0 Å³ of the map"):
        solvent_fraction_from_mass(1000.0, 0.4)


@pytest.mark.parametrize(
    ("given", "fraction"), [(0.5, 0.5), (55.0, 0.55), (0.99, 0.99), (10.0, 0.1)]
)
def test_a_given_content_may_be_percent(given: float, fraction: float) -> None:
    assert solvent_fraction_given(given) == pytest.approx(fraction)


@pytest.mark.parametrize("given", [0.0, 1.0, -0.1, 100.0, 250.0, math.nan, math.inf])
def test_a_given_content_lies_between_0_and_1(given: float) -> None:
    with pytest.raises(ParameterError, match=f"solvent_content is {given}; expected a fraction"):
        solvent_fraction_given(given)


@pytest.mark.parametrize("given", [1.5, 1.01, 9.9])
def test_a_content_that_may_be_a_slip_is_refused(given: float) -> None:
    fraction = f"{given / 100:g}"
    with pytest.raises(ParameterError, match=f"is {given}; .* as a fraction: {fraction}$"):
        solvent_fraction_given(given)


@needs_data
def test_haemoglobin_in_its_box() -> None:
    chains, _ = read_sequences(DATA / "em" / "5ni1_entry.fasta")
    fraction, composition = solvent_fraction_from_sequences(chains, 105.0**3)
    assert composition.n_protein_residues == 574
    assert composition.mass == pytest.approx(62_000, rel=0.01)
    assert fraction == pytest.approx(0.9329, abs=1e-4)


@needs_data
def test_a_crystal_of_endoglucanase() -> None:
    structure = gemmi.read_structure(str(DATA / "xtal" / "5a3h.pdb"))
    residues = tuple(residue.name for residue in structure[0]["A"].get_polymer())
    chain = Chain("A", residues, "protein")
    fraction, _ = solvent_fraction_from_sequences(
        [chain], structure.cell.volume, asymmetric_units=4
    )
    assert fraction == pytest.approx(0.446, abs=0.005)
