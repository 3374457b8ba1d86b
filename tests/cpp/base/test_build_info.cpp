// What the library tells of its own build.
#include <cstring>
#include <string>

#include "check.hpp"
#include "map_sharpening/version.hpp"

using namespace map_sharpening;

TEST(a_build_tells_what_it_is) {
  const BuildInfo build = build_info();
  CHECK_EQUAL(std::string(build.version), MAP_SHARPENING_VERSION);
  CHECK(std::strlen(build.compiler) > 4);
  CHECK(std::string(build.simd) == "avx2" || std::string(build.simd) == "baseline");
  CHECK(build.threads >= 1);
  CHECK(build.openmp == 0 ? build.threads == 1 : build.openmp > 200000);
  CHECK_EQUAL(std::string(build.fft), "pocketfft");
}

int main() { return map_sharpening::test::run_all(); }
