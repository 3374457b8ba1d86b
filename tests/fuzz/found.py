"""Inputs that once crashed, hung, took all memory, or gave a traceback."""

from __future__ import annotations

import math

from tests.fuzz.core_values import Array, Call, Callback, Made
from tests.fuzz.file_inputs import Edit, Input, Words

CELL = (8.0, 8.0, 8.0, 90.0, 90.0, 90.0)
TILES = Made(
    "make_tiles",
    {"map_shape": (8, 8, 8), "options": Made("TileOptions", {"edges": (4, 4, 4), "overlap": 1})},
)
COEFFICIENTS = Array("complex64", (8, 8, 5))
HUGE = (1 << 12, 1 << 12, 1 << 12)

HALVES = {
    "half_1": Array("float32", (8, 8, 8), "noise"),
    "half_2": Array("float32", (8, 8, 8), "noise", seed=2),
    "mask": Array("float32", (8, 8, 8)),
}

CALLS = [
    Call("first", {"tile": 27}, TILES),
    Call("first", {"tile": 2**63}, TILES),
    *(
        Call(
            "apply_scale_factors",
            {
                "coefficients": COEFFICIENTS,
                "shape": (8, 8, 8),
                "cell": CELL,
                "s_max": s_max,
                "factors": Made("ScaleFactors", {"step": 0.1, "gain": [1.0, 2.0, 1.0]}),
            },
        )
        for s_max in (math.nan, math.inf, 1e308)
    ),
    Call("c_ref", {"fsc": Array("float64", (5,), layout="unaligned")}),
    Call("score_map", {
        "map": Array("float32", (8, 8, 8), layout="unaligned"),
        "options": Made("ScoreOptions"),
    }),
    Call("without_coarse_terms", {
        "factors": Made("b_iso_factors", {"b_sharpen": 80.0}), "d": 1e308, "d_min": 4.0,
    }),
    Call("molecular_mask", {
        "half_1": COEFFICIENTS, "half_2": COEFFICIENTS, "shape": HUGE, "cell": CELL,
        "options": Made("MolecularMaskOptions"),
    }),
    Call("count_reflections", {
        "shape": HUGE, "cell": (8e8, 5e7, 9e8, 101.0, 141.0, 60.0), "d_min": 2.0,
    }),
    Call("count_spheres", {
        "shape": HUGE, "cell": (1.0, 12.0, 4.0, 90.0, 90.0, 90.0),
        "options": Made("LocalResolutionOptions", {}, {"window": 0.7}),
    }),
    Call("sharpen_half_maps", {
        **HALVES, "full": None, "cell": CELL, "sharpen_halves": False,
        "options": Made("HalfMapOptions", {}, {"resolution": 2.0, "local": True}),
        "filter_windows": Callback("give", None), "new_array": None, "progress": None,
    }),
    Call("modify_density", {
        **HALVES, "cell": CELL, "unsharpened_1": None, "unsharpened_2": None, "new_array": None,
        "options": Made("ModificationOptions", {}, {"d_min": 5e16}),
    }),
]  # fmt: skip

FILES: list[Input | Words] = [
    Input("kind", "plain.mrc", packing=".gz", edits_of_packed=(Edit("cut", 40),)),
    Input("map", "plain.mrc", packing=".gz", edits_of_packed=(Edit("bytes", 30, b"\xff\xff"),)),
    Input("parameters", "few.phil", packing=".gz", edits_of_packed=(Edit("cut", -9),)),
    Input("model", "model.pdb", (Edit("bytes", 30, b"     nan"),)),
    Input("model", "model.pdb", (Edit("bytes", 63210, b"\x01\x01\x80"),)),
    Input("model", "assembly.cif", (Edit("bytes", -1, b":"),)),
    Input("coefficients", "p1.mtz", (Edit("bytes", -300, b"\xff\xfe"),)),
    *(
        Input(reader, base, name="\udcff.mrc")
        for reader, base in (
            ("coefficients", "p1.mtz"),
            ("model", "model.cif"),
            ("ncs", "biomt.pdb"),
        )
    ),
    Input("kind", "plain.mrc", packing=".bz2", edits_of_packed=(Edit("bytes", 3, b"\0"),)),
    Words(("half1" * 80 + ".mrc",)),
    Words(("x" * 5000,)),
    Words(("output_directory=" + "x" * 300, "half1.mrc", "half2.mrc", "resolution=4")),
]
