#!/bin/sh
# Builds and runs the outside project in all ways.
#   tests/consume/run.sh REPOSITORY WORK_FOLDER [PYTHON]
# With PYTHON, which has the package installed by pip, also against the library of that.
# POCKETFFT_INCLUDE_DIR, CMAKE_GENERATOR and CXX are passed on if set.
set -eu

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo "usage: $0 REPOSITORY WORK_FOLDER [PYTHON]" >&2
  exit 2
fi
repository=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
consumer=$repository/tests/consume
python=${3:-}

set --
if [ -n "${POCKETFFT_INCLUDE_DIR:-}" ]; then
  set -- "-DPOCKETFFT_INCLUDE_DIR=$POCKETFFT_INCLUDE_DIR"
fi

run_consumer() {
  for program in "$1/consumer" "$1/consumer.exe" "$1/Release/consumer.exe"; do
    if [ -x "$program" ]; then
      "$program"
      return
    fi
  done
  echo "$1 holds no program" >&2
  exit 1
}

echo "== installed, find_package"
# Only what belongs to this test is removed: leftovers of an earlier run would hide a fault.
rm -rf "$work/prefix" "$work/library" "$work/installed" "$work/subdirectory" \
  "$work/shared" "$work/shared_prefix" "$work/linked_shared" "$work/pip"
cmake -S "$repository" -B "$work/library" -DCMAKE_BUILD_TYPE=Release \
  -DMAP_SHARPENING_TESTS=OFF "$@"
cmake --build "$work/library" --config Release --parallel 2
cmake --install "$work/library" --config Release --component cpp --prefix "$work/prefix"
if grep -rli pocketfft "$work/prefix/include"; then
  echo "the installed headers mention pocketfft, which a program should not need" >&2
  exit 1
fi
# Without "$@": the program is built without pocketfft.
cmake -S "$consumer" -B "$work/installed" -DCMAKE_PREFIX_PATH="$work/prefix"
cmake --build "$work/installed" --config Release
run_consumer "$work/installed"

echo "== add_subdirectory"
cmake -S "$consumer" -B "$work/subdirectory" -DMAP_SHARPENING_FOLDER="$repository" "$@"
cmake --build "$work/subdirectory" --config Release --parallel 2
if [ -d "$work/subdirectory/map_sharpening/tests" ]; then
  echo "the library's own tests were built as part of another project" >&2
  exit 1
fi
run_consumer "$work/subdirectory"

echo "== shared, find_package"
cmake -S "$repository" -B "$work/shared" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON \
  -DMAP_SHARPENING_TESTS=OFF "$@"
cmake --build "$work/shared" --config Release --parallel 2
cmake --install "$work/shared" --config Release --component cpp --prefix "$work/shared_prefix"
cmake -S "$consumer" -B "$work/linked_shared" -DCMAKE_PREFIX_PATH="$work/shared_prefix"
cmake --build "$work/linked_shared" --config Release
PATH=$work/shared_prefix/bin:$PATH run_consumer "$work/linked_shared"

if [ -n "$python" ]; then
  echo "== pip install, find_package"
  cd "$work" # not where the source of the package is
  folder=$("$python" -m map_sharpening --cmake-dir)
  cmake -S "$consumer" -B "$work/pip" -Dmap_sharpening_DIR="$folder"
  cmake --build "$work/pip" --config Release
  run_consumer "$work/pip"
  if command -v pkg-config >/dev/null; then
    echo "== pip install, pkg-config"
    PKG_CONFIG_PATH=$folder/../../pkgconfig
    export PKG_CONFIG_PATH
    # Flags are words of their own.
    # shellcheck disable=SC2046
    "${CXX:-c++}" -std=c++17 "$consumer/main.cpp" -o "$work/pip/by_pkg_config" \
      $(pkg-config --cflags --libs map_sharpening)
    "$work/pip/by_pkg_config"
  else
    echo "pkg-config is not on this machine: its file is not tested"
  fi
fi
