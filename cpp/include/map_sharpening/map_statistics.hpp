// Smallest, largest, mean and standard deviation of a map's values; the scale of two halves.
#pragma once

#include <cstddef>

#include "map_sharpening/array_view.hpp"  // View3

namespace map_sharpening {

struct MapStatistics {
  double minimum = 0, maximum = 0, mean = 0;
  double standard_deviation = 0;     ///< about the mean
  std::size_t n_at_maximum = 0;      ///< values that are equal to the largest
  std::size_t n_not_finite = 0;      ///< NaN or infinite values, left out of the others
  std::size_t first_not_finite = 0;  ///< place of the first, in memory order
};

/// Summed in double, plane by plane in a fixed order: the same for any number of threads.  Of
/// a map without points, or with no finite value, all are 0 but the count of the others.
MapStatistics map_statistics(View3<const float> map, int threads = 0);

/// How many times larger the values of `half_2` are than those of `half_1`; exactly 1 for
/// halves of one scale, which differ by less than 5 %, and where a map is constant or holds
/// values that are not finite.
///
/// From the scatter of means over blocks of a twelfth of each edge, which hold little noise.
/// The same for any number of threads.
/// @throws std::invalid_argument if the shapes differ or the maps have no points.
double relative_scale(View3<const float> half_1, View3<const float> half_2, int threads = 0);

}  // namespace map_sharpening
