#!/usr/bin/env bash
# Write the type stub of the extension module, from the module that is installed.
# Docstrings stay in the module, where help() shows them.
# Usage: .ci/stubs.sh PYTHON OUTPUT.pyi
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -m pybind11_stubgen map_sharpening._core -o "$work" >/dev/null
# Keywords that become fields have the fields' types; the stub generator gives them none.
sed 's/\*\*kwargs)/**kwargs: typing.Any)/' "$work/map_sharpening/_core.pyi" |
  "$1" -m ruff check --quiet --isolated --select PYI021 --fix --unsafe-fixes \
    --stdin-filename _core.pyi - |
  "$1" -m ruff format --quiet --stdin-filename _core.pyi - >"$2"
