"""What a user's parameters ask for: which kind of run, and which of them have no use there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from map_sharpening.errors import NotAvailableError, ParameterError
from map_sharpening.parameters.reading import read_words, setting
from map_sharpening.phil import Definition, Fetched, ParameterText, write_all

#: Shells by the agreement of two half maps, shells by that with a model, or a B factor.
Kind = Literal["shells", "model", "b-factor"]

METHOD = "sharpening.sharpening_method"
FUNCTIONS = "b_factor_sharpening.map_modification.auto_sharpen_methods"

_MODEL = "input_files.map_model.model"
_B_FACTOR_SCOPES = ("b_factor_sharpening.", "b_factor_sharpening_")

#: Parameters that the documentation itself calls unused, or that have no use here.
IGNORED = frozenset(
    {
        "input_files.mtz_in_virtual",
        "output.file_name",
        "output.filename",
        "output.serial",
        "b_factor_sharpening.map_modification.k_sol",
        "b_factor_sharpening.map_modification.b_sol",
        # Tiles lie on a lattice: there is no unique part of the density to be sought.
        "b_factor_sharpening.map_modification.regions_to_keep",
        "gui.output_dir",
    }
)

#: Documented parameters whose method is not built yet.
NOT_BUILT = frozenset(
    {
        "b_factor_sharpening_crystal_info.pseudo_likelihood",
    }
)

#: What jobs of a queueing system are asked for.
_OF_JOBS = frozenset(
    {
        "control.n_jobs",
        "control.queue",
        "control.walltime",
        "control.memory",
        "control.extra_directives",
        "control.network_interface",
    }
)

#: Parameters of shell sharpening alone.
_OF_SHELLS = frozenset(
    {
        "sharpening.anisotropic_sharpen",
        "sharpening.model_sharpen",
        "sharpening.mask",
        "sharpening.n_bins",
        "sharpening.n_boxes",
        "sharpening.box_size_grid_units",
        "sharpening.sharpen_all_maps",
        "sharpening.local_resolution_map",
        "sharpening.local_resolution_threshold",
        "sharpening.randomise_phases_beyond",
        "sharpening.guinier_d_low",
        "output.sharpened_map_file_1",
        "output.sharpened_map_file_2",
        "output.local_resolution_map_file",
        "output.mask_file",
        "control.multiprocessing",
        "control.scratch_directory",
        *_OF_JOBS,
    }
)

#: What shell sharpening by a model has no use for; the ideal curve is the model's own.
_NOT_OF_MODEL = frozenset(
    {
        "sharpening.ideal_curve",
        "sharpening.randomise_phases_beyond",
        "sharpening.guinier_d_low",
        "sharpening.local_resolution_threshold",
        "output.local_resolution_map_file",
        "control.multiprocessing",
        "control.scratch_directory",
        *_OF_JOBS,
    }
)

#: Parameters in the scopes of B-factor sharpening that runs of every kind look at.
_OF_ALL = frozenset({"b_factor_sharpening_crystal_info.resolution"})

#: Parameters that B-factor sharpening shares with shell sharpening by a model.
_OF_MODEL = frozenset(
    {
        "input_files.mtz_in",
        "input_files.map_coeff_labels",
        _MODEL,
        "control.ignore_symmetry_conflicts",
        "b_factor_sharpening.map_modification.rmsd",
        "b_factor_sharpening.map_modification.rmsd_resolution_factor",
        "b_factor_sharpening.map_modification.fraction_complete",
        "b_factor_sharpening.map_modification.mask_atoms",
        "b_factor_sharpening.map_modification.mask_atoms_atom_radius",
        "b_factor_sharpening_crystal_info.is_crystal",
    }
)

#: Inputs of B-factor sharpening, of which a run by a model looks at some.
_OF_B_FACTOR = frozenset(
    {
        "input_files.seq_file",
        "input_files.ncs_file",
        "input_files.external_map_file",
        "input_files.mtz_in",
        "input_files.map_coeff_labels",
        _MODEL,
        "control.ignore_symmetry_conflicts",
    }
)

#: What can't be meant for shell sharpening: asking for it there is a mistake, not an oversight.
_STRICTLY_B_FACTOR = frozenset(
    {
        "input_files.external_map_file",
        "input_files.mtz_in",
        _MODEL,
        "b_factor_sharpening.map_modification.b_iso",
        "b_factor_sharpening.map_modification.b_sharpen",
        "b_factor_sharpening.map_modification.resolution_dependent_b",
        "b_factor_sharpening.map_modification.auto_sharpen_methods",
        "b_factor_sharpening.map_modification.local_sharpening",
    }
)

_NAME_OF_KIND: Mapping[Kind, str] = {
    "shells": "shell sharpening",
    "model": "shell sharpening by a model",
    "b-factor": "B-factor sharpening",
}


def settle(fetched: Fetched) -> tuple[Fetched, list[str]]:
    """Return the parameters with the choices made that defaults leave open.

    One map, or map coefficients, can only be sharpened by a B factor, unless model_sharpen is
    set; with half maps or a model B-factor sharpening takes its scale from them, unless
    functions were chosen by name. What is returned says so, so that the same parameters give
    the same run again.

    Returns
    -------
    Fetched, list of str
        And notes, one line each.

    Raises
    ------
    ParameterError
        If shell sharpening was asked for by name where it can't be done.
    """
    params = fetched.extract()
    maps = params.input_files.map_model
    words: list[str] = []
    notes: list[str] = []
    method = params.sharpening.sharpening_method
    has_one_map = maps.full_map is not None or params.input_files.mtz_in is not None
    is_by_model = params.sharpening.model_sharpen
    if method == "shells" and has_one_map and not maps.half_map and not is_by_model:
        if METHOD in fetched.set_by_words:
            raise ParameterError(
                "sharpening_method is shells, which needs two half maps, but "
                f"{maps.full_map or params.input_files.mtz_in} is a single map; give the half "
                "maps, a model and model_sharpen=True, or sharpening_method=b-factor"
            )
        method = "b-factor"
        words.append(f"{METHOD}=b-factor")
        other_way = "" if maps.model is None else "; model_sharpen=True sharpens it by shells"
        notes.append(
            f"a single map: it is sharpened by a B factor (sharpening_method=b-factor){other_way}"
        )
    if method == "b-factor" and FUNCTIONS not in fetched.explicitly_set:
        changes = params.b_factor_sharpening.map_modification
        is_given = any(
            changes[name] is not None for name in ("b_iso", "b_sharpen", "resolution_dependent_b")
        )
        if changes.resolution_dependent_b is not None:
            words.append(f"{FUNCTIONS}=resolution_dependent")
        elif params.input_files.external_map_file is not None:
            words.append(f"{FUNCTIONS}=external_map_sharpening")
        elif maps.half_map and not is_given:
            words.append(f"{FUNCTIONS}=half_map_sharpening")
        elif maps.model is not None and not is_given:
            words.append(f"{FUNCTIONS}=model_sharpening")
    if not words:
        return fetched, notes
    text = ParameterText(write_all(fetched), "the parameters of this run")
    return read_words(words, files=[text]), notes


def kind_of_run(fetched: Fetched) -> Kind:
    """Return which kind of run settled parameters ask for."""
    if fetched.values[METHOD] == "b-factor":
        return "b-factor"
    return "model" if fetched.values["sharpening.model_sharpen"] else "shells"


def is_used_by(path: str, kind: Kind) -> bool:
    """Whether a kind of run looks at a parameter."""
    if path in IGNORED:
        return False
    if path in _OF_ALL:
        return True
    if kind == "b-factor":
        return path not in _OF_SHELLS
    if kind == "model" and path in _OF_MODEL | _NOT_OF_MODEL:
        return path in _OF_MODEL
    return path not in _OF_B_FACTOR and not path.startswith(_B_FACTOR_SCOPES)


def require_available(fetched: Fetched, asked_by_words: frozenset[str] | None = None) -> list[str]:
    """Stop if the user asked for what this version can't do, or the method can't use.

    Parameters
    ----------
    fetched : Fetched
        The parameters, settled.
    asked_by_words : frozenset of str, optional
        What words of the command line named, where `fetched` doesn't know it any more.

    Returns
    -------
    list of str
        Warnings about parameters that were changed and have no use.

    Raises
    ------
    NotAvailableError
        If a documented parameter was changed whose method is not built yet.
    ParameterError
        If a B factor, a model or the like was given for shell sharpening.
    """
    definitions = fetched.master.definitions
    kind = kind_of_run(fetched)
    changed = fetched.changed()
    _refuse_what_is_not_built(fetched, changed)
    if kind != "b-factor":
        _refuse_what_needs_a_b_factor(fetched, changed, kind)
    warnings = []
    for path, value in changed.items():
        if path in IGNORED:
            warnings.append(
                f"{setting(definitions[path], value)} is ignored: the parameter has no use"
            )
        elif not is_used_by(path, kind):
            warnings.append(
                f"{setting(definitions[path], value)} has no effect in {_NAME_OF_KIND[kind]}"
            )
    return warnings


def _refuse_what_is_not_built(fetched: Fetched, changed: dict[str, Any]) -> None:
    refused = {path: value for path, value in changed.items() if path in NOT_BUILT}
    if refused:
        verb, pronoun = ("are", "them") if len(refused) > 1 else ("is", "it")
        raise NotAvailableError(
            f"{_list(fetched.master.definitions, refused)} {verb} not available yet; leave "
            f"{pronoun} out"
        )


def _refuse_what_needs_a_b_factor(
    fetched: Fetched, changed: Mapping[str, Any], kind: Kind
) -> None:
    refused = {
        path: value
        for path, value in changed.items()
        if path in _STRICTLY_B_FACTOR and not is_used_by(path, kind)
    }
    if not refused:
        return
    remedy = "sharpening_method=b-factor"
    if refused.keys() == {_MODEL}:
        remedy = f"model_sharpen=True or {remedy}"
    raise ParameterError(
        f"{_list(fetched.master.definitions, refused)} can't be used in {_NAME_OF_KIND[kind]}; "
        f"give {remedy} too, or leave {'them' if len(refused) > 1 else 'it'} out"
    )


def _list(definitions: Mapping[str, Definition], values: Mapping[str, Any]) -> str:
    return ", ".join(setting(definitions[path], value) for path, value in values.items())
