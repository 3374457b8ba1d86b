"""Where the installed package has its C++ library, for programs that link to it."""

from __future__ import annotations

from pathlib import Path

from map_sharpening.errors import MapSharpeningError


def get_cmake_dir() -> str:
    """Return the folder that CMake's ``find_package(map_sharpening)`` needs.

    Examples
    --------
    ``cmake -S . -B build -Dmap_sharpening_DIR=$(python -m map_sharpening --cmake-dir)``

    Raises
    ------
    MapSharpeningError
        If the package was not installed with its C++ library, as in a source tree.
    """
    folder = Path(__file__).parent / "cpp" / "lib" / "cmake" / "map_sharpening"
    if not (folder / "map_sharpeningConfig.cmake").is_file():
        raise MapSharpeningError(
            f"{folder} holds no C++ library; expected a package installed by pip: run pip "
            "install map-sharpening, or cmake --install with the component cpp"
        )
    return str(folder)
