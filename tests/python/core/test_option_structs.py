"""Options of the core: attributes from the headers' lists of fields, pickled whole."""

from __future__ import annotations

import pickle

import pytest

from map_sharpening import _core

# Of each field a value that isn't its default.
FIELDS = {
    _core.LocalOptions: {"core_points": 12, "n_windows": 7, "n_shells": 9, "periodic": True},
    _core.LocalResolutionOptions: {
        "window": 30.0,
        "step": 4.0,
        "threshold": 0.5,
        "d_min": 3.0,
        "periodic": True,
        "half_2_scale": 2.0,
        "threads": 2,
    },
    _core.ModificationOptions: {
        "d_min": 2.5,
        "n_shells": 9,
        "noise_share": 0.75,
        "seed": 3,
        "threads": 2,
    },
    _core.MolecularMaskOptions: {"resolution": 10.0, "smoothing": 5.0, "level": 0.25},
}


def attributes(options: object) -> dict[str, object]:
    names = (name for name in dir(options) if not name.startswith("_"))
    return {name: getattr(options, name) for name in names if name != "for_resolution"}


@pytest.mark.parametrize("kind", FIELDS)
def test_each_field_is_set_alone(kind: type) -> None:
    for name, value in FIELDS[kind].items():
        options = kind()
        setattr(options, name, value)
        assert attributes(options) == {**attributes(kind()), name: value}
        assert getattr(kind(), name) != value
    assert FIELDS[kind].keys() == attributes(kind()).keys()


def test_windows_of_local_sharpening_reach_workers_whole() -> None:
    options = _core.LocalOptions()
    for name, value in FIELDS[_core.LocalOptions].items():
        setattr(options, name, value)
    assert attributes(pickle.loads(pickle.dumps(options))) == FIELDS[_core.LocalOptions]
