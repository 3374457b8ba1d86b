// Where a point of a map is found in a copy of the molecule.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "map_sharpening/array_view.hpp"

namespace map_sharpening {

/// Three rows of three factors and a shift, in grid points x, y, z.
using GridOperator = std::array<double, 12>;

/// A point x, y, z of a map in a copy.
inline std::array<double, 3> moved(const GridOperator& copy,
                                   const std::array<double, 3>& point) {
  std::array<double, 3> place{};
  for (std::size_t i = 0; i < 3; ++i)
    place[i] = copy[4 * i] * point[0] + copy[4 * i + 1] * point[1] +
               copy[4 * i + 2] * point[2] + copy[4 * i + 3];
  return place;
}

/// Whether a place is in the map; what rounding took out of it is brought back to its face.
inline bool bring_inside(std::array<double, 3>& place, const Shape& shape) {
  constexpr double kGrace = 1e-6;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto last = static_cast<double>(shape[2 - i] - 1);
    if (!(place[i] >= -kGrace && place[i] <= last + kGrace)) return false;
    place[i] = std::clamp(place[i], 0.0, last);
  }
  return true;
}

}  // namespace map_sharpening
