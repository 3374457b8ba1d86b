#!/usr/bin/env bash
# Run the core's part of the fuzzing, and tests of tiles, on a sanitized extension.
# Usage: tests/fuzz/sanitized.sh FOLDER PYTHON INPUTS
# FOLDER is a CMake build with MAP_SHARPENING_PYTHON=ON and MAP_SHARPENING_SANITIZE=address,undefined.
set -euo pipefail
cd "$(dirname "$0")/../.."
extension=$(find "$1" -name '_core*.so')
MAP_SHARPENING_FUZZ_CORE=$(realpath "$extension")
MAP_SHARPENING_FUZZ_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so)"
export MAP_SHARPENING_FUZZ_CORE MAP_SHARPENING_FUZZ_PRELOAD
MAP_SHARPENING_FUZZ_INPUTS=$3 "$2" -m pytest -q -p no:cacheprovider tests/fuzz/test_core.py
