"""The C++ library as a Spack package; the Python program is installed by pip."""

from spack.package import depends_on, license, resource, variant, version  # noqa: A004
from spack_repo.builtin.build_systems.cmake import CMakePackage


class MapSharpening(CMakePackage):
    """Sharpen cryo-EM and crystallographic maps: the C++ library."""

    homepage = "https://pypi.org/project/map-sharpening/"
    url = "https://files.pythonhosted.org/packages/source/m/map-sharpening/map_sharpening-0.1.0.tar.gz"

    license("BSD-3-Clause")

    version("0.1.0")  # a release adds its sha256

    variant("shared", default=True, description="Build a shared library")
    variant("openmp", default=True, description="Run on several threads")

    depends_on("cxx", type="build")
    depends_on("cmake@3.21:", type="build")

    resource(
        name="pocketfft",
        git="https://github.com/mreineck/pocketfft.git",
        commit="0fa0ef591e38c2758e3184c6c23e497b9f732ffa",
        placement="pocketfft",
    )

    def cmake_args(self):
        """Return what CMake is told beside Spack's own options."""
        return [
            self.define("POCKETFFT_INCLUDE_DIR", f"{self.stage.source_path}/pocketfft"),
            self.define("MAP_SHARPENING_TESTS", self.run_tests),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define_from_variant("MAP_SHARPENING_OPENMP", "openmp"),
        ]
