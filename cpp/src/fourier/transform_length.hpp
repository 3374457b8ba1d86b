// Lengths that transform fast.
#pragma once

#include <cstddef>

namespace map_sharpening {

/// The next length with no prime factor above 5.
inline std::size_t smooth_length(std::size_t n) {
  for (;; ++n) {
    std::size_t rest = n;
    for (std::size_t p : {2, 3, 5})
      while (rest % p == 0) rest /= p;
    if (rest == 1) return n;
  }
}

}  // namespace map_sharpening
