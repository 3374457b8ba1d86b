// Maps of white signal and noise, filtered by windows.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "check.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/local_filter.hpp"
#include "samples.hpp"

namespace map_sharpening::test {

constexpr double kResolution = 2.6;
inline const Grid kGrid({45, 40, 52}, {52, 44, 49.5});  // odd, non-cubic, unequal spacing
inline const LocalPriors kNoDeviation{0, 0, 0, std::numeric_limits<double>::infinity()};

/// White noise of variance 1, without the terms that a filter to kResolution takes away, and
/// with amplitudes that fall off by `b`.
inline Array3<float> limited_map(const Grid& grid, unsigned seed, double b = 0) {
  Array3<float> map = random_map<float>(grid.shape, seed);
  Array3<std::complex<float>> f(half_complex(grid.shape));
  const Columns all = Columns::all(grid);
  forward_transform<float>(map.view(), f.view(), all);
  for (std::size_t z = 0; z < f.shape[0]; ++z)
    for (std::size_t y = 0; y < f.shape[1]; ++y)
      for (std::size_t x = 0; x < f.shape[2]; ++x) {
        const double s = s_of_term(grid, z, y, x);
        f.view()(z, y, x) *=
            s > 1 / kResolution ? 0.0f : static_cast<float>(std::exp(-b * s * s / 4));
      }
  inverse_transform<float>(f.view(), map.view(), all);
  return map;
}

/// Two maps with a signal of power 1 and noise of power `noise` in their mean.
inline Pair white_pair(const Grid& grid, double noise, unsigned seed) {
  Pair pair{limited_map(grid, seed), limited_map(grid, seed + 1), limited_map(grid, seed + 2)};
  const auto scale = static_cast<float>(std::sqrt(2 * noise));
  for (std::size_t i = 0; i < pair.truth.values.size(); ++i) {
    pair.half_1.values[i] = pair.truth.values[i] + scale * pair.half_1.values[i];
    pair.half_2.values[i] = pair.truth.values[i] + scale * pair.half_2.values[i];
  }
  return pair;
}

/// What a global filter leaves on average: white signal of power 1, and noise.
class WhitePower {
 public:
  WhitePower(const Grid& grid, double noise) {
    factors_.step = 1 / kResolution;
    factors_.gain = {1, 1};
    factors_.ratio = {static_cast<float>(noise), static_cast<float>(noise)};
    const double amplitude = (1 + noise) * std::sqrt(static_cast<double>(grid.size()));
    ideal_ = {amplitude, amplitude};
  }
  SharpenedPower power() const {
    return {{0.5 / kResolution, 2}, ideal_, factors_, 1 / kResolution};
  }

 private:
  ScaleFactors factors_;
  std::vector<double> ideal_;
};

struct Filtered {
  Array3<float> half_1, half_2, sharpened;
  LocalFilter found;
};

/// The pair as if a global filter had left it with white signal and noise.
inline Filtered filter(const Pair& pair, const Grid& grid, double noise,
                       const LocalOptions& options, int threads = 0) {
  const WhitePower white(grid, noise);
  Filtered out{pair.half_1, pair.half_2, Array3<float>(grid.shape), {}};
  const LocalMaps maps{out.half_1.view(),    out.half_2.view(), {},
                       out.sharpened.view(), out.half_1.view(), out.half_2.view()};
  out.found = filter_locally(maps, grid, white.power(), kResolution, options, threads);
  return out;
}

inline Array3<float> mean_of(const Array3<float>& a, const Array3<float>& b) {
  Array3<float> mean(a.shape);
  for (std::size_t i = 0; i < a.values.size(); ++i)
    mean.values[i] = (a.values[i] + b.values[i]) / 2;
  return mean;
}

inline double largest_difference(const Array3<float>& a, const Array3<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(a.values[i] - b.values[i])));
  return largest;
}

inline double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Means over the windows that lie in one end of a box along x.
struct EndMeans {
  double excess_b = 0, noise_scale = 0, gain = 0;
};

inline EndMeans means_at_end(const LocalFilter& found, bool far) {
  EndMeans means;
  const std::size_t n_x = found.lattice.count[2], n_end = n_x / 2 - 1;
  const double n = static_cast<double>(n_end * found.lattice.size() / n_x);
  for (std::size_t i = 0; i < found.lattice.size(); i += n_x)
    for (std::size_t x = 0; x < n_end; ++x) {
      const std::size_t at = i + (far ? n_x - 1 - x : x);
      means.excess_b += found.excess_b[at] / n;
      means.noise_scale += found.noise_scale[at] / n;
      means.gain += found.gain[at] / n;
    }
  return means;
}

inline Array3<float> rolled(const Array3<float>& map, const Shape& by) {
  Array3<float> out(map.shape);
  const Shape& n = map.shape;
  for (std::size_t z = 0; z < n[0]; ++z)
    for (std::size_t y = 0; y < n[1]; ++y)
      for (std::size_t x = 0; x < n[2]; ++x)
        out.view()((z + by[0]) % n[0], (y + by[1]) % n[1], (x + by[2]) % n[2]) =
            map.view()(z, y, x);
  return out;
}

inline LocalOptions with_core(std::size_t points, bool periodic) {
  LocalOptions options;
  options.core_points = points;
  options.periodic = periodic;
  return options;
}

}  // namespace map_sharpening::test
