#!/usr/bin/env bash
# Build the project and run every test, C++ and Python, in an environment made for it.
# Usage: tests/run.sh [PYTHON]      (default: python3; any from 3.10)
# A report is printed too if the system has Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0).
# Real maps are tested too if MAP_SHARPENING_DATA names their folder.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
build=build/test-$version
mkdir -p "$build"
"$python" -m venv "$build/venv"
venv=$PWD/$build/venv/bin
pip=("$venv/pip" --quiet --disable-pip-version-check)
"${pip[@]}" install cmake ninja "pybind11>=2.13" "pythran>=0.15" "scikit-build-core>=0.10"

# The extension and the C++ tests are built in one folder with the same options: what both need
# is compiled once.
cpp=${SKBUILD_BUILD_DIR:-$PWD/$build/cpp}
SKBUILD_BUILD_DIR=$cpp CMAKE_ARGS="${CMAKE_ARGS:-} -DMAP_SHARPENING_WARNINGS_AS_ERRORS=ON" \
  "${pip[@]}" install --no-build-isolation --no-compile ".[test,cluster,gui,gui-test,pdf]"
"$venv/cmake" -S . -B "$cpp" -G Ninja -U "CMAKE_INSTALL_*" \
  -DMAP_SHARPENING_PYTHON=OFF -DMAP_SHARPENING_TESTS=ON
"$venv/cmake" --build "$cpp"
"$venv/ctest" --test-dir "$cpp" --parallel 2 --output-on-failure

# Two at a time: much of a test waits for one core. A group of tests, such as those that share
# a Slurm, stays together.
export MAP_SHARPENING_BUILD=$cpp PATH=$venv:$PATH
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}  # with one thread no race between threads could show
"$venv/python" -m pytest -n 2 --dist loadgroup --ignore=tests/python/gui/browser
# A browser that is short of time may miss what a test waits for: those that fail are tried once
# more, alone.
browser=tests/python/gui/browser
"$venv/python" -m pytest "$browser" || "$venv/python" -m pytest --last-failed "$browser"
