// Connected regions of a map above a level, their surface, and the surface at every level.
#pragma once

#include <cstddef>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3, Shape

namespace map_sharpening {

/// Connected regions of voxels that share a face, largest first; equal volumes in memory order
/// (z slowest) of their first voxels.
///
/// Voxels are given by their place in the order of the whole map, (z * ny + y) * nx + x.
struct Regions {
  std::vector<std::size_t> volumes;  ///< in voxels
  /// All voxels, in memory order, of as many of the largest regions as were asked for.
  std::vector<std::vector<std::size_t>> voxels;
};

/// Regions of voxels with a value above `level`.
///
/// @param periodic  regions continue across the faces of the map.
/// @throws std::invalid_argument if the map is empty.
Regions connected_regions(View3<const float> map, float level, bool periodic,
                          std::size_t n_listed = 0, int threads = 0);

/// Voxels in contact with a region by a face, edge or corner that are not in the region.
///
/// @param voxels    the region's, in memory order and without repetition.
/// @param periodic  the surface continues across the faces; otherwise it ends there.
/// @throws std::invalid_argument if voxels are not in order or outside the shape.
std::size_t surface_area(const std::vector<std::size_t>& voxels, const Shape& shape,
                         bool periodic, int threads = 0);

/// Voxels above each of evenly spaced levels, 0, step, 2 step ..., within a region and outside
/// of it.
struct SurfaceByLevel {
  double step = 0;           ///< the highest level is the map's largest value
  std::size_t n_inside = 0;  ///< voxels of the region among those counted
  std::vector<std::size_t> above_inside, above_outside;  ///< voxels above each level
  /// Those among them that share a face with a voxel that is not above it.  The faces of the
  /// map are no surface.
  std::vector<std::size_t> surface_inside, surface_outside;
};

/// Count the voxels that contours at levels from 0 to the largest value enclose, in one pass.
///
/// @param region      of the map's shape; values of 0.5 and more are inside.
/// @param n_levels    at least 2, at most 65536.
/// @param plane_step  voxels of every so many planes along z are counted, from the first on.
/// @throws std::invalid_argument if shapes differ, or the map holds values that are not
/// finite.
SurfaceByLevel surface_by_level(View3<const float> map, View3<const float> region,
                                std::size_t n_levels, std::size_t plane_step = 1,
                                int threads = 0);

}  // namespace map_sharpening
