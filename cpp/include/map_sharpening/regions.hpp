// Connected regions of a map above a level, and their surface.
#pragma once

#include <cstddef>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3, Shape
#include "map_sharpening/moments.hpp"     // MapPart

namespace map_sharpening {

/// Which neighbours of a voxel belong to the same region.
enum class Connectivity {
  faces = 6,     ///< those that share a face
  edges = 18,    ///< also those that share an edge
  corners = 26,  ///< also those that share a corner
};

/// Connected regions, largest first; equal volumes in memory order (z slowest) of their first
/// voxels.
///
/// Voxels are given by their place in the order of the whole map, (z * ny + y) * nx + x.
struct Regions {
  std::vector<std::size_t> volumes;       ///< in voxels
  std::vector<std::size_t> first_voxels;  ///< in memory order
  /// All voxels, in memory order, of as many of the largest regions as were asked for.
  std::vector<std::vector<std::size_t>> voxels;
};

/// Regions of voxels with a value above `level`.
///
/// @param periodic  regions go on across the faces of the map; not together with a box.
/// @throws std::invalid_argument if the part does not fit, or for a periodic box.
Regions connected_regions(View3<const float> map, float level, Connectivity connectivity,
                          bool periodic, const MapPart& part = {}, std::size_t n_listed = 0,
                          int threads = 0);

/// Voxels in contact with a region by a face, edge or corner that are not in the region.
///
/// @param voxels    the region's, in memory order and without repetition.
/// @param periodic  the surface goes on across the faces; otherwise it ends there.
/// @throws std::invalid_argument if voxels are not in order or outside the shape.
std::size_t surface_area(const std::vector<std::size_t>& voxels, const Shape& shape,
                         bool periodic, int threads = 0);

}  // namespace map_sharpening
