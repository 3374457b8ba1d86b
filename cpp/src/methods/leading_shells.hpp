// Shells from the coarsest on, as many as are kept.
#pragma once

#include <cstddef>
#include <vector>

#include "map_sharpening/shells.hpp"
#include "spectrum/fsc.hpp"

namespace map_sharpening {

inline std::vector<double> head(const std::vector<double>& values, std::size_t count) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count)};
}

inline PowerSums head(const PowerSums& sums, std::size_t count) {
  const std::size_t n = directions().size();
  PowerSums part;
  part.shells = {sums.shells.width, count};
  part.n_terms = head(sums.n_terms, count);
  part.cross = head(sums.cross, count);
  part.auto_1 = head(sums.auto_1, count);
  part.auto_2 = head(sums.auto_2, count);
  if (!sums.directional_cross.empty()) {
    part.directional_n_terms = head(sums.directional_n_terms, count * n);
    part.directional_cross = head(sums.directional_cross, count * n);
    part.directional_auto_1 = head(sums.directional_auto_1, count * n);
    part.directional_auto_2 = head(sums.directional_auto_2, count * n);
  }
  return part;
}

}  // namespace map_sharpening
