// The hot loops over small windows of a map, compiled for several instruction sets.
//
// Windows are handled eight at a time, side by side, so that whatever their size each
// instruction works on all of them: point i of window k is at [i * kWindows + k], and of term
// i the real part at [2 * i * kWindows + k] and the imaginary part at
// [(2 * i + 1) * kWindows + k].  No window's result depends on its neighbours.
#pragma once

#include <cstddef>
#include <cstdint>

namespace map_sharpening {

inline constexpr std::size_t kWindows = 8;

/// A term of a window whose power is measured.
struct MeasuredTerm {
  std::uint32_t place, shell;
  float signal_weight, noise_weight;
};

/// Where a term lies between two shells of the windows, and its ratio R of noise to signal.
struct ShellPlace {
  std::uint32_t below;
  float between;
  float ratio;
  float members;  ///< it stands for so many terms of the whole transform; 0: it does not count
};

/// Sums over the terms of two transforms a and b; [shell * kWindows + k] but the last.
struct WindowProducts {
  double* cross;   ///< signal_weight Re(a conj b)
  double* auto_a;  ///< signal_weight |a|²; nullptr: not wanted
  double* auto_b;  ///< signal_weight |b|²; with auto_a
  double* noise;   ///< noise_weight |a - b|², all shells: [k]; nullptr: not wanted
};

/// Signal and noise of windows, by shell: [shell * kWindows + k].
struct WindowFactors {
  const float* signal;     ///< q
  const float* whitening;  ///< h
  const float* noise;      ///< v: [k]
  float least_ratio;       ///< R is taken to be no less
};

struct WindowKernels {
  /// Half-complex transforms of windows of nz x ny x nx points, unscaled.
  void (*forward)(const float* points, float* terms, std::size_t nz, std::size_t ny,
                  std::size_t nx);
  /// Overwrites the terms, and divides by the number of points.
  void (*inverse)(float* terms, float* points, std::size_t nz, std::size_t ny, std::size_t nx);
  /// Add to the sums.
  void (*add_products)(const float* a, const float* b, const MeasuredTerm* measured,
                       std::size_t count, const WindowProducts& sums);
  /// factor = h q (1 + R) / (q + v R), by interpolation between shells: [term * kWindows + k].
  void (*factors)(const ShellPlace* places, std::size_t count, const WindowFactors& of,
                  float* factor);
  /// Multiply terms by factors; power_before[k] and _after[k] get the sums of |term|² over the
  /// whole transform.
  void (*multiply)(float* terms, const float* factor, const ShellPlace* places,
                   std::size_t count, double* power_before, double* power_after);
};

/// Instruction set as for `kernels`.
const WindowKernels& window_kernels();

}  // namespace map_sharpening
