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
    _core.ScoreOptions: {
        "solvent_fraction": 0.5,
        "fraction_occupied": 0.25,
        "sa_percent": 40.0,
        "max_regions_to_test": 9,
        "region_weight": 20.0,
        "periodic": True,
        "level_rule": _core.LevelRule.bisection,
        "box": ([1, 2, 3], [4, 5, 6]),
    },
    _core.BFactorTrial: {
        "b_sharpen": 50.0,
        "d_cut": 3.0,
        "b_blur_hires": None,
        "k_sharpen": 5.0,
    },
    _core.TileOptions: {"edges": [8, 9, 10], "overlap": 4, "periodic": True},
    _core.LocalBFactorOptions: {
        "tiles": _core.TileOptions(overlap=4),
        "centre": 30.0,
        "selected": 2,
        "smoothing_radius": 12.0,
        "places": [[[1.0, 2.0, 3.0]]],
        "threads": 2,
    },
}


def plain(value: object) -> object:
    """The fields of options, or a value as it is."""
    return attributes(value) if type(value) in FIELDS else value


def attributes(options: object) -> dict[str, object]:
    names = (name for name in dir(options) if not name.startswith("_"))
    return {name: plain(getattr(options, name)) for name in names if name != "for_resolution"}


@pytest.mark.parametrize("kind", FIELDS)
def test_each_field_is_set_alone(kind: type) -> None:
    for name, value in FIELDS[kind].items():
        options = kind()
        setattr(options, name, value)
        assert attributes(options) == {**attributes(kind()), name: plain(value)}
        assert attributes(kind(**{name: value})) == attributes(options)
        assert attributes(kind())[name] != plain(value)
    assert FIELDS[kind].keys() == attributes(kind()).keys()


def test_a_keyword_that_is_no_option_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"ScoreOptions.*solvent_content"):
        _core.ScoreOptions(solvent_content=0.5)
    with pytest.raises(TypeError):
        _core.BFactorTrial(b_sharpen="steep")


def test_windows_of_local_sharpening_reach_workers_whole() -> None:
    options = _core.LocalOptions()
    for name, value in FIELDS[_core.LocalOptions].items():
        setattr(options, name, value)
    assert attributes(pickle.loads(pickle.dumps(options))) == FIELDS[_core.LocalOptions]
