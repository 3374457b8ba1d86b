#include "map_sharpening/map_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

struct PlaneSums {
  float minimum = std::numeric_limits<float>::infinity();
  float maximum = -std::numeric_limits<float>::infinity();
  double sum = 0, square_sum = 0;  // of value - shift
  std::size_t n_finite = 0, n_not_finite = 0, first_not_finite = 0;
  std::size_t n_at_maximum = 0;

  void add_maximum(float value, std::size_t count) {
    if (value > maximum) n_at_maximum = 0;
    if (value >= maximum) n_at_maximum += count;
    maximum = std::max(maximum, value);
  }

  PlaneSums& operator+=(const PlaneSums& next) {
    if (n_not_finite == 0) first_not_finite = next.first_not_finite;
    n_not_finite += next.n_not_finite;
    n_finite += next.n_finite;
    sum += next.sum;
    square_sum += next.square_sum;
    minimum = std::min(minimum, next.minimum);
    add_maximum(next.maximum, next.n_at_maximum);
    return *this;
  }
};

// Rows without a bad value, which is nearly all of them, take the short way.
bool add_finite_row(const float* row, std::size_t n, double shift, PlaneSums& sums) {
  float low = row[0], high = row[0];
  double sum = 0, square_sum = 0;
  for (std::size_t x = 0; x < n; ++x) {
    const double value = static_cast<double>(row[x]) - shift;
    sum += value;
    square_sum += value * value;
    low = std::min(low, row[x]);
    high = std::max(high, row[x]);
  }
  if (!std::isfinite(square_sum)) return false;
  sums.minimum = std::min(sums.minimum, low);
  if (high >= sums.maximum)
    sums.add_maximum(high, static_cast<std::size_t>(std::count(row, row + n, high)));
  sums.sum += sum;
  sums.square_sum += square_sum;
  sums.n_finite += n;
  return true;
}

// Weights along the edge of a block, of sum 1: a window without side lobes, or strong terms
// of high resolution would not average away.
std::vector<double> hann(std::size_t n) {
  std::vector<double> weights;
  for (std::size_t i = 0; i < n; ++i) {
    const double place = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
    weights.push_back((1 - std::cos(2 * kPi * place)) / static_cast<double>(n));
  }
  return weights;
}

// Standard deviation of the weighted means over blocks.
double scatter_of_blocks(View3<const float> map, int threads) {
  constexpr std::size_t kBlocks = 12;    // along each axis
  constexpr std::size_t kLeastEdge = 6;  // fewer points don't average
  Shape count{};
  std::vector<double> weights[3];
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t n = map.shape[axis];
    weights[axis] = hann(std::min(std::max(n / kBlocks, kLeastEdge), n));
    count[axis] = map.shape[axis] / weights[axis].size();
  }
  const std::size_t nz = weights[0].size(), ny = weights[1].size(), nx = weights[2].size();
  using Sums = std::array<double, 2>;  // of means and of their squares
  // Relative to the map's first value, so that a large offset costs no digits.
  const double shift = static_cast<double>(*map.data);
  const auto sums_of_layer = [&](std::size_t bz) {
    std::vector<double> means(count[1] * count[2], 0.0);
    for (std::size_t z = 0; z < nz; ++z)
      for (std::size_t y = 0; y < count[1] * ny; ++y) {
        const float* row = map.row(bz * nz + z, y);
        const double of_row = weights[0][z] * weights[1][y % ny];
        double* mean = means.data() + y / ny * count[2];
        for (std::size_t bx = 0; bx < count[2]; ++bx, row += nx) {
          double of_block = 0;
          for (std::size_t x = 0; x < nx; ++x)
            of_block += weights[2][x] * (static_cast<double>(row[x]) - shift);
          mean[bx] += of_row * of_block;
        }
      }
    Sums sums{};
    for (const double mean : means) sums += Sums{mean, mean * mean};
    return sums;
  };
  const auto [total, total_square] = sum_over<Sums>(count[0], threads, sums_of_layer);
  const auto n = static_cast<double>(count[0] * count[1] * count[2]);
  return std::sqrt(std::max(total_square / n - total / n * (total / n), 0.0));
}

}  // namespace

double relative_scale(View3<const float> half_1, View3<const float> half_2, int threads) {
  require_array("half_1", half_1);
  require_array("half_2", half_2, half_1.shape);
  require(half_1.size() > 0, "half_1 has no points; expected at least one");
  const double scatter[2] = {scatter_of_blocks(half_1, threads),
                             scatter_of_blocks(half_2, threads)};
  constexpr double kSame = 0.05;
  const double scale = scatter[1] / scatter[0];
  if (!(scale > 0) || !std::isfinite(scale)) return 1;
  return std::fabs(std::log(scale)) < kSame ? 1 : scale;
}

MapStatistics map_statistics(View3<const float> map, int threads) {
  MapStatistics result;
  require_array("map", map);
  if (map.size() == 0) return result;
  // Sums about one of the map's values, so that a large offset costs no digits.
  const double first = static_cast<double>(*map.data);
  const double shift = std::isfinite(first) ? first : 0.0;
  const auto add_row = [&](PlaneSums& sums, std::size_t z, std::size_t y) {
    const float* row = map.row(z, y);
    if (add_finite_row(row, map.shape[2], shift, sums)) return;
    for (std::size_t x = 0; x < map.shape[2]; ++x) {
      if (std::isfinite(row[x])) {
        add_finite_row(row + x, 1, shift, sums);
      } else if (sums.n_not_finite++ == 0) {
        sums.first_not_finite = (z * map.shape[1] + y) * map.shape[2] + x;
      }
    }
  };
  const PlaneSums total = sum_over_rows<PlaneSums>(map.shape, threads, add_row);
  result.n_not_finite = total.n_not_finite;
  result.first_not_finite = total.first_not_finite;
  if (total.n_finite == 0) return result;
  const auto n = static_cast<double>(total.n_finite);
  const double mean = total.sum / n;
  result.minimum = static_cast<double>(total.minimum);
  result.maximum = static_cast<double>(total.maximum);
  result.n_at_maximum = total.n_at_maximum;
  result.mean = shift + mean;
  result.standard_deviation = std::sqrt(std::max(0.0, total.square_sum / n - mean * mean));
  return result;
}

}  // namespace map_sharpening
