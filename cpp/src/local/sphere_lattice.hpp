// Windows on a regular lattice over a map, and smooth interpolation between them.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "map_sharpening/array_view.hpp"

namespace map_sharpening {

/// The lattice's places along one axis.
struct LatticeAxis {
  std::vector<std::ptrdiff_t> starts;  ///< first grid point of each window; may be negative
  std::size_t points = 0;              ///< grid points of the map
  double first = 0, spacing = 1;       ///< grid points: middle of windows 0 and i - (i - 1)
  bool is_periodic = false;

  std::size_t count() const { return starts.size(); }
  /// Grid points, begin and end, between the middles of the neighbours of window i; those
  /// beyond the outermost windows belong to these.
  std::array<std::ptrdiff_t, 2> surroundings(std::size_t i) const;
};

/// Windows at most `step` grid points apart: wholly inside the map, from face to face, or
/// all the way round if the map is periodic.
LatticeAxis make_lattice_axis(std::size_t points, std::size_t window, double step,
                              bool is_periodic);

using SphereLattice = std::array<LatticeAxis, 3>;  ///< z, y, x

/// Fill `out` with a cubic B-spline of the lattice's values, which never overshoots.
///
/// Values count by their weights; those of weight 0 were not measured.  Beyond the outermost
/// windows the value is held.
/// @param inside   where to, which is where it is at least `inside_from`; empty: everywhere.
/// @param lowest, highest  of the values; rounding does not go beyond them.
/// @param elsewhere  written where it isn't inside, and where nothing was measured.
void interpolate_lattice(const SphereLattice& lattice, View3<const float> values,
                         View3<const float> weights, View3<const float> inside,
                         float inside_from, float lowest, float highest, float elsewhere,
                         View3<float> out, int threads);

}  // namespace map_sharpening
