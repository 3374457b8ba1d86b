#include "map_sharpening/map_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

struct PlaneSums {
  float minimum = std::numeric_limits<float>::infinity();
  float maximum = -std::numeric_limits<float>::infinity();
  double sum = 0, square_sum = 0;  // of value - shift
  std::size_t n_finite = 0, n_not_finite = 0, first_not_finite = 0;
};

// Rows without a bad value, which is nearly all of them, take the short way.
bool add_finite_row(const float* row, std::size_t n, double shift, PlaneSums& sums) {
  float low = sums.minimum, high = sums.maximum;
  double sum = 0, square_sum = 0;
  for (std::size_t x = 0; x < n; ++x) {
    const double value = static_cast<double>(row[x]) - shift;
    sum += value;
    square_sum += value * value;
    low = std::min(low, row[x]);
    high = std::max(high, row[x]);
  }
  if (!std::isfinite(square_sum)) return false;
  sums.minimum = low;
  sums.maximum = high;
  sums.sum += sum;
  sums.square_sum += square_sum;
  sums.n_finite += n;
  return true;
}

}  // namespace

MapStatistics map_statistics(View3<const float> map, int threads) {
  MapStatistics result;
  require_array("map", map);
  if (map.size() == 0) return result;
  // Sums about a value of the map itself: a large offset costs no digits.
  const double first = static_cast<double>(*map.data);
  const double shift = std::isfinite(first) ? first : 0.0;
  std::vector<PlaneSums> by_plane(map.shape[0]);
  for_each_index(map.shape[0], threads, [&](std::size_t z) {
    PlaneSums sums;
    for (std::size_t y = 0; y < map.shape[1]; ++y) {
      const float* row = map.row(z, y);
      if (add_finite_row(row, map.shape[2], shift, sums)) continue;
      for (std::size_t x = 0; x < map.shape[2]; ++x) {
        if (std::isfinite(row[x])) {
          add_finite_row(row + x, 1, shift, sums);
        } else if (sums.n_not_finite++ == 0) {
          sums.first_not_finite = (z * map.shape[1] + y) * map.shape[2] + x;
        }
      }
    }
    by_plane[z] = sums;
  });
  PlaneSums total;
  for (const PlaneSums& sums : by_plane) {
    if (total.n_not_finite == 0) total.first_not_finite = sums.first_not_finite;
    total.n_not_finite += sums.n_not_finite;
    total.n_finite += sums.n_finite;
    total.sum += sums.sum;
    total.square_sum += sums.square_sum;
    total.minimum = std::min(total.minimum, sums.minimum);
    total.maximum = std::max(total.maximum, sums.maximum);
  }
  result.n_not_finite = total.n_not_finite;
  result.first_not_finite = total.first_not_finite;
  if (total.n_finite == 0) return result;
  const auto n = static_cast<double>(total.n_finite);
  const double mean = total.sum / n;
  result.minimum = static_cast<double>(total.minimum);
  result.maximum = static_cast<double>(total.maximum);
  result.mean = shift + mean;
  result.standard_deviation = std::sqrt(std::max(0.0, total.square_sum / n - mean * mean));
  return result;
}

}  // namespace map_sharpening
