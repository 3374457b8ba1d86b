// Moments of the values of a map or a part of it, and the level above which voxels lie.
#pragma once

#include <cstddef>
#include <optional>

#include "map_sharpening/array_view.hpp"  // View3, Shape

namespace map_sharpening {

/// Grid points from `first` to `last` along z, y, x, both included.
struct Box {
  Shape first, last;
};

/// The voxels of a map that count.  By default all.
struct MapPart {
  std::optional<Box> box;
  View3<const float> mask;  ///< of the map's shape; values above 0.5 count.  Empty: no mask
};

/// Moments about the mean, over the voxels of a part.
struct CentralMoments {
  std::size_t count = 0;
  double mean = 0, variance = 0;
  double skewness = 0, kurtosis = 0;  ///< m3 / m2^1.5 and m4 / m2²; 0 if the variance is 0
};

/// Summed in double, plane by plane in a fixed order.
/// @throws std::invalid_argument if the part does not fit the map or holds no voxel.
CentralMoments central_moments(View3<const float> map, const MapPart& part = {},
                               int threads = 0);

/// The level above which exactly `n_above` voxels lie: the (n_above + 1)th largest value.
///
/// Voxels equal to the level are not above it, so that where values are equal, fewer voxels
/// than asked for are above, never more.  Values must be finite.
/// @throws std::invalid_argument if there are no more than n_above voxels.
float contour_level(View3<const float> map, std::size_t n_above, int threads = 0);

}  // namespace map_sharpening
