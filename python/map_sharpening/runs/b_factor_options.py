"""The program's parameters as options of `sharpen_by_b_factor`."""

from __future__ import annotations

from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.molecule.ncs import number_of_copies
from map_sharpening.parameters.reading import thread_count
from map_sharpening.parameters.use import uses
from map_sharpening.phil import Fetched, Values
from map_sharpening.runs.b_factor_inputs import BFactorInputs
from map_sharpening.runs.options import parameters_of_options

#: Parameters of which the method itself warns that they have no effect, and their value then.
_WARNED_OF_TOO = {
    "b_factor_sharpening.map_modification.iterate": False,
    "b_factor_sharpening_crystal_info.pseudo_likelihood": None,
}
#: Scopes whose parameters are options of the same name.
_SCOPES = ("b_factor_sharpening.map_modification", "b_factor_sharpening_crystal_info")


def b_factor_options(fetched: Fetched, inputs: BFactorInputs) -> BFactorOptions:
    """Return the options that follow from parameters and inputs.

    Raises
    ------
    ParameterError
        If a value is out of range, or two contradict each other.
    """
    params, values = fetched.extract(), fetched.values
    given = parameters_of_options(BFactorOptions, params, _SCOPES)
    if given["ncs_copies"] is None and inputs.ncs:
        given["ncs_copies"] = number_of_copies(inputs.ncs)
    info = inputs.maps.coefficients
    # Warned of already, like all that has no effect.
    for path, without_effect in _WARNED_OF_TOO.items():
        is_lost = params[path] and not uses()[path].has_effect("b-factor", values)
        if params[path] is None or is_lost:
            given[path.rpartition(".")[2]] = without_effect
    return BFactorOptions.from_keywords(
        **given
        | {
            "resolution": inputs.maps.resolution,
            "local_sharpening": is_local(params),
            "asymmetric_units": inputs.asymmetric_units,
            "wrapping": inputs.maps.wrapping,
            "data_d_min": None if info is None else info.d_min,
            "threads": thread_count(params),
        }
    )


def is_local(params: Values) -> bool:
    """Whether local sharpening was asked for, by either of its names."""
    changes = params.b_factor_sharpening.map_modification
    return bool(changes.local_sharpening or params.sharpening.local_sharpen)
