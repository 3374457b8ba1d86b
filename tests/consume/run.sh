#!/bin/sh
# Builds and runs the outside project in both ways.
#   tests/consume/run.sh REPOSITORY WORK_FOLDER
# POCKETFFT_INCLUDE_DIR, CMAKE_GENERATOR and CXX are passed on if set.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 REPOSITORY WORK_FOLDER" >&2
  exit 2
fi
repository=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
consumer=$repository/tests/consume

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
rm -rf "$work/prefix" "$work/library" "$work/installed" "$work/subdirectory"
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
