// Overlapping tiles on a regular lattice, and maps interpolated between their middles.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3, Shape
#include "map_sharpening/unit_cell.hpp"   // UnitCell, Vector

namespace map_sharpening {

struct TileOptions {
  Shape edges{30, 30, 30};   ///< points along z, y, x; cut to the map's
  std::size_t overlap = 10;  ///< points that neighbours share, at least
  bool periodic = false;     ///< tiles go on across the faces of the map

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = TileOptions;
    each("edges", &O::edges);
    each("overlap", &O::overlap);
    each("periodic", &O::periodic);
  }
};

/// Equal tiles on a regular lattice that covers a map, z slowest.
///
/// As make_tiles makes them: functions that take tiles do not check what they hold.
struct Tiles {
  Shape map_shape{0, 0, 0};
  Shape edges{0, 0, 0};  ///< points along z, y, x
  bool periodic = false;
  std::array<std::vector<std::size_t>, 3> firsts;  ///< first points along z, y, x

  Shape counts() const { return {firsts[0].size(), firsts[1].size(), firsts[2].size()}; }
  std::size_t size() const { return firsts[0].size() * firsts[1].size() * firsts[2].size(); }
  std::size_t volume() const { return edges[0] * edges[1] * edges[2]; }
  /// First point (z, y, x) of a tile.
  /// @throws std::invalid_argument if there is no such tile.
  Shape first(std::size_t tile) const;
  /// Middle of a tile in grid points (z, y, x), counted from the map's first.
  std::array<double, 3> centre(std::size_t tile) const;
};

/// As few tiles as have the overlap asked for, evenly spread.
///
/// @throws std::invalid_argument if a length is 0, the overlap is not below the edges, or
/// there are more than 262,144 tiles.
Tiles make_tiles(const Shape& map_shape, const TileOptions& options = {});

/// Middles of tiles, Cartesian, Å from the map's first point.
/// @throws std::invalid_argument if the cell is impossible.
std::vector<Vector> tile_centres(const Tiles& tiles, const UnitCell& cell);

/// Two thirds of the mean distance (Å) of a tile's middle from the nearest other; 10 Å for one
/// tile.
/// @throws std::invalid_argument if a middle is not finite.
double usual_smoothing_radius(const std::vector<Vector>& centres);

/// Fill a map with values at the tiles' middles, interpolated by cubic pieces (Catmull-Rom);
/// constant beyond the outer ones, or periodic.  Never beyond the smallest and largest value.
///
/// @throws std::invalid_argument if shapes or numbers do not match.
void interpolate_tiles(const Tiles& tiles, const std::vector<double>& values, View3<float> map,
                       int threads = 0);

}  // namespace map_sharpening
