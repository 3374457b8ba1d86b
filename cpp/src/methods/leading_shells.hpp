// Shells from the coarsest on: how many, and what is known of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "map_sharpening/shells.hpp"
#include "map_sharpening/unit_cell.hpp"
#include "spectrum/fsc.hpp"

namespace map_sharpening {

/// The number of shells of a width 1 / `edge` that end at s_max or before; a rounding short of
/// the Nyquist limit doesn't cost one.
inline std::size_t shells_within(double s_max, double edge) {
  return static_cast<std::size_t>(s_max * edge + 1e-3);
}

/// Shells that end at d_min, as many as given, or each one reciprocal-lattice spacing wide.
inline Shells choose_shells(const Grid& grid, double d_min, std::optional<std::size_t> given) {
  const double s_max = 1 / d_min;
  // The shortest edge's reciprocal spacing: no shell beyond the first few is ever empty.
  const double shortest = std::min({grid.cell.a, grid.cell.b, grid.cell.c});
  const std::size_t chosen = std::max<std::size_t>(shells_within(s_max, shortest), 8);
  const std::size_t n_shells = given.value_or(chosen);
  return {s_max / static_cast<double>(n_shells), n_shells};
}

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
