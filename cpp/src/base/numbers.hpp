// Numbers that many files need, and places on an axis that repeats.
#pragma once

#include <cstddef>
#include <limits>

namespace map_sharpening {

inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Where a point lies on an axis that repeats every n points: 0 to n - 1.
inline std::size_t wrapped(std::ptrdiff_t point, std::size_t n) {
  const auto period = static_cast<std::ptrdiff_t>(n);
  return static_cast<std::size_t>((point % period + period) % period);
}

}  // namespace map_sharpening
