"""In the worker: calls the core, and looks at all that it gives."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from typing import Any

from tests.fuzz.core_values import Call

CORE = "MAP_SHARPENING_FUZZ_CORE"  #: path of the extension, if not the package's


def _core() -> Any:
    path = os.environ.get(CORE)
    if not path:
        from map_sharpening import _core

        return _core
    name = "map_sharpening._core"
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


core = _core()


def _look_at(value: Any, depth: int = 0) -> None:
    if isinstance(value, (tuple, list)):
        for item in value:
            _look_at(item, depth)
    elif type(value).__module__ == core.__name__ and depth < 3:
        for name in dir(type(value)):
            if not name.startswith("_"):
                found = getattr(value, name)
                if not callable(found):
                    _look_at(found, depth + 1)
    elif hasattr(value, "sum"):
        value.sum()


def run(call: Call) -> None:
    """Make a call and look at its result."""
    _look_at(call.run(core))
