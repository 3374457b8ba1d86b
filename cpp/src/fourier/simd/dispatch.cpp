// Chooses the instruction set of the kernels at run time.
#include <cstdlib>
#include <cstring>

#include "base/check.hpp"
#include "fourier/simd/kernels.hpp"
#include "fourier/simd/sphere_kernels.hpp"
#include "fourier/simd/window_kernels.hpp"

namespace map_sharpening {

namespace baseline {
extern const Kernels<float> float_kernels;
extern const Kernels<double> double_kernels;
extern const SphereKernels sphere_kernels;
extern const WindowKernels window_kernels;
}  // namespace baseline
#ifdef MAP_SHARPENING_X86_LEVELS
namespace avx2 {
extern const Kernels<float> float_kernels;
extern const Kernels<double> double_kernels;
extern const SphereKernels sphere_kernels;
extern const WindowKernels window_kernels;
}  // namespace avx2
#else
namespace avx2 = baseline;
#endif

namespace {

enum class Level { baseline, avx2 };

Level best_level() {
#ifdef MAP_SHARPENING_X86_LEVELS
  if (__builtin_cpu_supports("avx2")) return Level::avx2;
#endif
  return Level::baseline;
}

Level chosen_level() {
  const Level best = best_level();
  const char* wish = std::getenv("MAP_SHARPENING_SIMD");
  if (!wish || !*wish) return best;
  Level wanted = Level::baseline;
  if (std::strcmp(wish, "avx2") == 0)
    wanted = Level::avx2;
  else
    require(std::strcmp(wish, "baseline") == 0, "MAP_SHARPENING_SIMD is ", wish,
            "; expected baseline or avx2");
  require(wanted <= best, "MAP_SHARPENING_SIMD is ", wish,
          ", which this processor or build does not have");
  return wanted;
}

Level level() {
  static const Level chosen = chosen_level();
  return chosen;
}

template <class T>
const T& of_level(const T& of_baseline, const T& of_avx2) {
  return level() == Level::avx2 ? of_avx2 : of_baseline;
}

}  // namespace

template <>
const Kernels<float>& kernels() {
  return of_level(baseline::float_kernels, avx2::float_kernels);
}

template <>
const Kernels<double>& kernels() {
  return of_level(baseline::double_kernels, avx2::double_kernels);
}

const SphereKernels& sphere_kernels() {
  return of_level(baseline::sphere_kernels, avx2::sphere_kernels);
}

const WindowKernels& window_kernels() {
  return of_level(baseline::window_kernels, avx2::window_kernels);
}

const char* simd_name() { return level() == Level::avx2 ? "avx2" : "baseline"; }

}  // namespace map_sharpening
