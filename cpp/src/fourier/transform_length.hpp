// Lengths that transform fast.
#pragma once

#include <cstddef>

namespace map_sharpening {

/// Whether a length, above 0, has no prime factor above one of up to 11.
inline bool is_smooth(std::size_t n, std::size_t largest_factor) {
  for (std::size_t factor : {2, 3, 5, 7, 11})
    while (factor <= largest_factor && n % factor == 0) n /= factor;
  return n == 1;
}

/// The next length with no prime factor above 5.
inline std::size_t smooth_length(std::size_t n) {
  while (!is_smooth(n, 5)) ++n;
  return n;
}

}  // namespace map_sharpening
