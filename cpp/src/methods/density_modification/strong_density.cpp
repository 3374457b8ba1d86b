#include "methods/density_modification/strong_density.hpp"

#include <algorithm>
#include <cmath>

#include "base/numbers.hpp"
#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

// Of the rms: here nothing is added.
constexpr double kStrong = 2;

}  // namespace

ScaleFactors smoothing(double d_min, double width) {
  const double b = 8 * kPi * kPi * width * width * d_min * d_min;
  ScaleFactors factors;
  factors.step = 1 / d_min;
  factors.gain = {1, 1};
  factors.gain_b = {b, b, b, 0, 0, 0};
  return factors;
}

double mean_square_of_mean(View3<const float> half_1, View3<const float> half_2, int threads) {
  const auto add_row = [&](double& sum, std::size_t z, std::size_t y) {
    const float *a = half_1.row(z, y), *b = half_2.row(z, y);
    for (std::size_t x = 0; x < half_1.shape[2]; ++x) {
      const double mean = 0.5 * (static_cast<double>(a[x]) + b[x]);
      sum += mean * mean;
    }
  };
  return sum_over_rows<double>(half_1.shape, threads, add_row) /
         static_cast<double>(half_1.size());
}

void write_fading(const SmoothedHalf& half_1, const SmoothedHalf& half_2, double rms,
                  View3<float> out, int threads) {
  const auto scale = static_cast<float>(1 / (kStrong * rms));
  const auto mean_1 = static_cast<float>(half_1.mean);
  const auto mean_2 = static_cast<float>(half_2.mean);
  for_each_row(out.shape, threads, [&](std::size_t z, std::size_t y) {
    const float *a = half_1.map.row(z, y), *b = half_2.map.row(z, y);
    float* factors = out.row(z, y);
    for (std::size_t x = 0; x < out.shape[2]; ++x) {
      const float of_1 = std::max(scale * (a[x] + mean_1), 0.0F);
      const float of_2 = std::max(scale * (b[x] + mean_2), 0.0F);
      factors[x] = -std::min(std::sqrt(of_1 * of_2), 1.0F);
    }
  });
}

}  // namespace map_sharpening
