// How the library was built. What CMake knows comes to this file alone, as a definition and as
// a header, so that a new commit compiles nothing else.
#include "base/parallel.hpp"
#include "commit.hpp"
#include "fourier/simd/kernels.hpp"
#include "map_sharpening/version.hpp"

#define MAP_SHARPENING_TEXT_OF(number) #number
#define MAP_SHARPENING_TEXT(number) MAP_SHARPENING_TEXT_OF(number)

namespace map_sharpening {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "Clang " __clang_version__;
#elif defined(__GNUC__)
constexpr const char* kCompiler = "GCC " __VERSION__;
#elif defined(_MSC_VER)
constexpr const char* kCompiler = "MSVC " MAP_SHARPENING_TEXT(_MSC_VER);
#else
constexpr const char* kCompiler = "unknown compiler";
#endif

#ifdef _OPENMP
constexpr int kOpenMP = _OPENMP;
#else
constexpr int kOpenMP = 0;
#endif

}  // namespace

BuildInfo build_info() {
  return {MAP_SHARPENING_VERSION,
          MAP_SHARPENING_COMMIT,
          MAP_SHARPENING_BUILD_TYPE,
          kCompiler,
          simd_name(),
          kOpenMP,
          thread_count(0),
          "pocketfft"};
}

}  // namespace map_sharpening
