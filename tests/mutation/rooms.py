"""Which tests look at a file: those named like it, of its room, of the methods that use it."""

from __future__ import annotations

from pathlib import Path

_OF_METHODS = ["methods", "peers"]
_OF_HALF_MAPS = ["methods/half_maps", "runs/half_maps"]
#: Python tests by room of the code, in steps; the longest beginning of a path that fits counts.
_STEPS: dict[str, list[list[str]]] = {
    "python/map_sharpening/methods/half_maps": [["methods/half_maps"], ["runs/half_maps"]],
    "python/map_sharpening/methods/model": [
        ["methods/model/test_model_values.py"],
        ["methods/model"],
        ["runs/test_model_run.py"],
    ],
    "python/map_sharpening/methods/b_factor": [
        ["methods/b_factor"],
        ["runs/b_factor", "peers"],
    ],
    "python/map_sharpening/methods/local_resolution": [["methods/local_resolution"], ["workers"]],
    "python/map_sharpening/methods/shared": [["methods/shared"], ["methods", "peers"], ["runs"]],
    "python/map_sharpening/methods": [["methods"], ["runs"]],
    "python/map_sharpening/molecule": [["molecule"], ["methods/model"], ["methods", "runs"]],
    "python/map_sharpening/maps": [["io", "methods/half_maps"], _OF_METHODS, ["runs"]],
    "python/map_sharpening/simulation": [["simulation"], ["methods/half_maps", "methods/model"]],
    "cpp/src/base": [["core"], _OF_METHODS],
    "cpp/src/fourier": [["core"], _OF_HALF_MAPS],
    "cpp/src/spectrum": [["core"], _OF_HALF_MAPS, _OF_METHODS],
    "cpp/src/density": [["core"], ["methods/b_factor"], _OF_METHODS],
    "cpp/src/local": [
        ["methods/half_maps", "methods/local_resolution"],
        ["methods/model/test_model_local.py"],
    ],
    "cpp/src/methods": [["methods/half_maps", "core"], ["methods/b_factor"], _OF_METHODS],
}


def python_steps(path: str, checkout: Path) -> list[list[str]]:
    """Return lists of test files and folders below tests/python, to be run one after another."""
    room = max((room for room in _STEPS if path.startswith(room)), key=len)
    tests = checkout / "tests" / "python"
    for step in _STEPS[room]:
        for test in step:
            assert (tests / test).exists(), f"{test} has moved; tell rooms.py where to"
    stem = Path(path).stem.lstrip("_")
    own = sorted(tests.rglob(f"test_*{stem}*.py")) if path.endswith(".py") else []
    first = [[str(test.relative_to(tests)) for test in own]] if own else []
    return [*first, *_STEPS[room]]


def cpp_programs(path: str, checkout: Path) -> list[str]:
    """Return the test programs of a C++ source: its own, or those of its room."""
    room = checkout / "tests" / "cpp" / Path(path).parent.relative_to("cpp/src").parts[0]
    own = room / f"test_{Path(path).stem}.cpp"
    sources = [own] if own.exists() else sorted(room.glob("test_*.cpp"))
    return [source.stem for source in sources if source.stem != "test_simd_choice"]
