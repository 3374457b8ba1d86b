#include "map_sharpening/masks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "fourier/transform_length.hpp"
#include "map_sharpening/fourier.hpp"

namespace map_sharpening {
namespace {

// Rising half of a raised cosine: 0 at t <= 0, 1 at t >= 1.
double raised_cosine(double t) { return 0.5 - 0.5 * std::cos(kPi * std::clamp(t, 0.0, 1.0)); }

std::vector<float> axis_taper(std::size_t n, double spacing, double width) {
  const double points = std::min(width / spacing, static_cast<double>(n) / 3);
  std::vector<float> taper(n, 1.0f);
  if (points < 1) return taper;
  for (std::size_t i = 0; i < n; ++i)
    taper[i] = static_cast<float>(
        raised_cosine(static_cast<double>(std::min(i, n - 1 - i)) / points));
  return taper;
}

// A map on few points, with a transform of its own.
class CoarseMap {
 public:
  CoarseMap(const Grid& grid, int threads)
      : grid_(grid),
        columns_(Columns::all(grid)),
        values_(grid.size()),
        coefficients_(grid.shape[0] * grid.shape[1] * columns_.most),
        threads_(threads) {}

  std::vector<float>& values() { return values_; }
  const std::vector<float>& values() const { return values_; }
  View3<float> map() { return {values_.data(), grid_.shape}; }
  View3<std::complex<float>> coefficients() {
    return {coefficients_.data(), grid_.half_complex_shape()};
  }
  void transform() { forward_transform<float>(map(), coefficients(), columns_, threads_); }
  void transform_back() {
    inverse_transform<float>(coefficients(), map(), columns_, 1.0f, threads_);
  }

  // Periodic convolution with a Gaussian of standard deviation sigma (Å).
  void smooth(double sigma) {
    transform();
    const ReciprocalMetric metric(grid_.cell);
    auto f = coefficients();
    for (std::size_t z = 0; z < f.shape[0]; ++z)
      for (std::size_t y = 0; y < f.shape[1]; ++y)
        for (std::size_t x = 0; x < f.shape[2]; ++x)
          f(z, y, x) *= static_cast<float>(std::exp(
              -2 * kPi * kPi * sigma * sigma *
              metric.s_squared(static_cast<double>(x),
                               static_cast<double>(miller_index(y, grid_.shape[1])),
                               static_cast<double>(miller_index(z, grid_.shape[0])))));
    transform_back();
  }

 private:
  Grid grid_;
  Columns columns_;
  std::vector<float> values_;
  std::vector<std::complex<float>> coefficients_;
  int threads_;
};

Grid coarse_grid(const Grid& grid, double d_min) {
  const double edges[3] = {grid.cell.c, grid.cell.b, grid.cell.a};
  Shape shape{};
  for (std::size_t i = 0; i < 3; ++i) {
    // A third of d_min: room for the product of two maps without aliasing into the band kept.
    const double wanted =
        std::min(std::ceil(3 * edges[i] / d_min), static_cast<double>(grid.shape[i]));
    shape[i] =
        std::min(smooth_length(std::max<std::size_t>(static_cast<std::size_t>(wanted), 4)),
                 grid.shape[i]);
  }
  return {shape, grid.cell};
}

// Terms from d_max to d_min, in Å.
struct Band {
  double d_max, d_min;
  bool holds(double s_squared) const {
    return s_squared <= 1 / (d_min * d_min) && s_squared >= 1 / (d_max * d_max);
  }
};

// Terms of a band, copied to the coarse grid's places.  Above the coarse grid's own Nyquist
// limit nothing is taken.
void copy_band(View3<const std::complex<float>> fine, const Grid& grid, const Band& band,
               const Grid& coarse, View3<std::complex<float>> out) {
  const ReciprocalMetric metric(grid.cell);
  std::fill(out.data, out.data + out.size(), std::complex<float>(0));
  const auto fits = [](long index, std::size_t n) {
    return 2 * std::labs(index) < static_cast<long>(n);
  };
  for (std::size_t z = 0; z < coarse.shape[0]; ++z)
    for (std::size_t y = 0; y < coarse.shape[1]; ++y)
      for (std::size_t x = 0; x < out.shape[2]; ++x) {
        const long l = miller_index(z, coarse.shape[0]), k = miller_index(y, coarse.shape[1]);
        const auto h = static_cast<long>(x);
        if (!fits(h, coarse.shape[2]) || !fits(k, coarse.shape[1]) ||
            !fits(l, coarse.shape[0]) || !fits(h, grid.shape[2]) || !fits(k, grid.shape[1]) ||
            !fits(l, grid.shape[0]))
          continue;
        if (!band.holds(metric.s_squared(static_cast<double>(h), static_cast<double>(k),
                                         static_cast<double>(l))))
          continue;
        out(z, y, x) = fine(wrapped(l, grid.shape[0]), wrapped(k, grid.shape[1]), x);
      }
}

float quantile(std::vector<float> values, double share) {
  const auto place =
      static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

// Linear interpolation along one axis of a periodic coarse grid.
struct Interpolation {
  std::vector<std::size_t> below, above;
  std::vector<float> t;
  Interpolation(std::size_t n, std::size_t n_coarse) {
    for (std::size_t i = 0; i < n; ++i) {
      const double place =
          static_cast<double>(i) * static_cast<double>(n_coarse) / static_cast<double>(n);
      const auto low = static_cast<std::size_t>(place);
      below.push_back(low % n_coarse);
      above.push_back((low + 1) % n_coarse);
      t.push_back(static_cast<float>(place - static_cast<double>(low)));
    }
  }
};

// Where two half maps agree, on a coarse grid.
struct Agreement {
  CoarseMap power;      // of the signal, averaged over a Gaussian
  double typical = 0;   // value in the molecule
  double noise = 0;     // scatter where there is no signal
  float threshold = 0;  // least value inside
};

constexpr double kAnyDistance = std::numeric_limits<double>::infinity();

Agreement find_agreement(View3<const std::complex<float>> half_1,
                         View3<const std::complex<float>> half_2, const Grid& grid,
                         const MolecularMaskOptions& options, int threads,
                         double d_max = kAnyDistance) {
  require_array("half_1", half_1, grid.half_complex_shape());
  require_array("half_2", half_2, grid.half_complex_shape());
  require_positive("resolution", options.resolution, " Å");
  require_positive("smoothing", options.smoothing, " Å");
  require(std::isfinite(options.level), "level is ", options.level, "; expected a number");
  const Grid coarse = coarse_grid(grid, options.resolution);
  Agreement found{CoarseMap(coarse, threads)};
  CoarseMap& density_1 = found.power;
  CoarseMap density_2(coarse, threads);
  const Band band{d_max, options.resolution};
  copy_band(half_1, grid, band, coarse, density_1.coefficients());
  copy_band(half_2, grid, band, coarse, density_2.coefficients());
  density_1.transform_back();
  density_2.transform_back();
  for (const CoarseMap* density : {&density_1, &density_2})
    for (const float value : density->values())
      if (!std::isfinite(value))
        throw UnusableDataError("the half maps hold values that are not finite");

  // The local power of the signal, seen from the solvent's level: most of a box is solvent,
  // so that level is near the median.
  const float level_1 = quantile(density_1.values(), 0.5);
  const float level_2 = quantile(density_2.values(), 0.5);
  std::vector<float>& agreement = density_1.values();
  for (std::size_t i = 0; i < agreement.size(); ++i)
    agreement[i] = (agreement[i] - level_1) * (density_2.values()[i] - level_2);
  density_1.smooth(options.smoothing);

  // Noise alone makes the agreement scatter about 0: below 0 there is little else.
  double square_below = 0, n_below = 0;
  for (float value : agreement)
    if (value < 0) {
      square_below += static_cast<double>(value) * value;
      ++n_below;
    }
  found.noise = n_below > 0 ? std::sqrt(square_below / n_below) : 0.0;
  // The molecule's typical value: the median of what is well above noise.
  const double peak = quantile(agreement, 0.999);
  std::vector<float> strong;
  for (float value : agreement)
    if (value > 0.2 * peak) strong.push_back(value);
  found.typical = strong.empty() ? 0.0 : quantile(strong, 0.5);
  found.threshold =
      static_cast<float>(std::max(options.level * found.typical, 4 * found.noise));
  return found;
}

double share_filled(const Agreement& found) {
  double sum = 0, square = 0;
  for (const float value : found.power.values())
    if (value > found.threshold) {
      sum += static_cast<double>(value);
      square += static_cast<double>(value) * static_cast<double>(value);
    }
  const auto n = static_cast<double>(found.power.values().size());
  return square > 0 ? sum * sum / square / n : 0;
}

SignalFraction shares_of_signal(const Agreement& found,
                                View3<const std::complex<float>> half_1,
                                View3<const std::complex<float>> half_2, const Grid& grid,
                                const MolecularMaskOptions& options, int threads) {
  SignalFraction fraction{share_filled(found), 0};
  constexpr double kCoarsest = 20, kLeastBand = 0.6;
  if (options.resolution < kLeastBand * kCoarsest)
    fraction.without_coarsest =
        share_filled(find_agreement(half_1, half_2, grid, options, threads, kCoarsest));
  return fraction;
}

}  // namespace

void apply_edge_taper(View3<float> weight, const Grid& grid, double width, int threads) {
  require_array("weight", weight, grid.shape);
  require(std::isfinite(width) && width >= 0, "width is ", width, " Å; expected 0 or more");
  const auto step = grid.spacing();
  const auto along_x = axis_taper(grid.shape[2], step[0], width);
  const auto along_y = axis_taper(grid.shape[1], step[1], width);
  const auto along_z = axis_taper(grid.shape[0], step[2], width);
  for_each_row(weight.shape, threads, [&](std::size_t z, std::size_t y) {
    const float of_row = along_z[z] * along_y[y];
    float* row = weight.row(z, y);
    for (std::size_t x = 0; x < weight.shape[2]; ++x) row[x] *= of_row * along_x[x];
  });
}

MolecularMask make_molecular_mask(View3<const std::complex<float>> half_1,
                                  View3<const std::complex<float>> half_2, const Grid& grid,
                                  const MolecularMaskOptions& options, View3<float> mask,
                                  int threads) {
  require_array("mask", mask, grid.shape);
  Agreement found = find_agreement(half_1, half_2, grid, options, threads);
  std::vector<float>& agreement = found.power.values();
  const Shape coarse_shape = found.power.map().shape;
  MolecularMask result;
  result.signal_fraction = shares_of_signal(found, half_1, half_2, grid, options, threads);
  double inside = 0;
  for (float& value : agreement) {
    value = value > found.threshold ? 1.0f : 0.0f;
    inside += static_cast<double>(value);
  }
  result.molecule_fraction = inside / static_cast<double>(agreement.size());
  found.power.smooth(options.smoothing);

  // From the smoothed region's value at its own edge outwards: about half a standard
  // deviation outside it the mask is 1, about two outside it 0.
  constexpr double full = 0.30, none = 0.02;
  const Interpolation by_z(grid.shape[0], coarse_shape[0]);
  const Interpolation by_y(grid.shape[1], coarse_shape[1]);
  const Interpolation by_x(grid.shape[2], coarse_shape[2]);
  const View3<const float> smooth = found.power.map();
  const auto fill_plane = [&](std::size_t z) {
    std::vector<float> line(coarse_shape[2]);
    double sum = 0;
    for (std::size_t y = 0; y < grid.shape[1]; ++y) {
      const float* rows[4] = {
          smooth.row(by_z.below[z], by_y.below[y]), smooth.row(by_z.below[z], by_y.above[y]),
          smooth.row(by_z.above[z], by_y.below[y]), smooth.row(by_z.above[z], by_y.above[y])};
      const float tz = by_z.t[z], ty = by_y.t[y];
      float largest = 0;
      for (std::size_t x = 0; x < line.size(); ++x) {
        line[x] = (1 - tz) * ((1 - ty) * rows[0][x] + ty * rows[1][x]) +
                  tz * ((1 - ty) * rows[2][x] + ty * rows[3][x]);
        largest = std::max(largest, line[x]);
      }
      float* out = mask.row(z, y);
      if (largest <= static_cast<float>(none)) {
        std::fill(out, out + grid.shape[2], 0.0f);
        continue;
      }
      for (std::size_t x = 0; x < grid.shape[2]; ++x) {
        const float t = by_x.t[x];
        const float value = (1 - t) * line[by_x.below[x]] + t * line[by_x.above[x]];
        const auto place =
            static_cast<float>((static_cast<double>(value) - none) / (full - none));
        const float u = std::clamp(place, 0.0f, 1.0f);
        out[x] = u * u * (3 - 2 * u);
        sum += static_cast<double>(out[x]);
      }
    }
    return sum;
  };
  result.fraction = sum_over<double>(grid.shape[0], threads, fill_plane);
  result.fraction /= static_cast<double>(grid.size());
  result.is_trustworthy = found.typical > 8 * found.noise && result.molecule_fraction > 1e-4 &&
                          result.fraction < 0.9;
  return result;
}

SignalFraction signal_fraction(View3<const std::complex<float>> half_1,
                               View3<const std::complex<float>> half_2, const Grid& grid,
                               const MolecularMaskOptions& options, int threads) {
  const Agreement found = find_agreement(half_1, half_2, grid, options, threads);
  return shares_of_signal(found, half_1, half_2, grid, options, threads);
}

MaskMoments mask_moments(View3<const float> mask, int threads) {
  require_array("mask", mask);
  require(mask.size() > 0, "mask has no points; expected at least one");
  using Sums = std::array<double, 4>;
  const auto add_row = [&](Sums& sums, std::size_t z, std::size_t y) {
    const float* row = mask.row(z, y);
    for (std::size_t x = 0; x < mask.shape[2]; ++x) {
      const double value = row[x], square = value * value;
      sums[0] += value;
      sums[1] += square;
      sums[2] += square * square;
      sums[3] += value >= -1e-3 && value <= 1 + 1e-3 ? 0 : 1;
    }
  };
  const auto [first, second, fourth, n_outside] =
      sum_over_rows<Sums>(mask.shape, threads, add_row);
  if (n_outside > 0) throw UnusableDataError("mask holds values outside 0 to 1");
  const auto n = static_cast<double>(mask.size());
  return {first / n, second / n, fourth / n};
}

double solvent_level(View3<const float> map, View3<const float> mask, int threads) {
  require_array("map", map);
  require_array("mask", mask, map.shape);
  require(map.size() > 0, "map has no points; expected at least one");
  using Sums = std::array<double, 3>;
  const auto add_row = [&](Sums& sums, std::size_t z, std::size_t y) {
    const float *values = map.row(z, y), *weights = mask.row(z, y);
    for (std::size_t x = 0; x < map.shape[2]; ++x) {
      const double value = values[x], out = 1 - static_cast<double>(weights[x]);
      sums[0] += value;
      sums[1] += out * value;
      sums[2] += out;
    }
  };
  const auto [all, outside, n_outside] = sum_over_rows<Sums>(map.shape, threads, add_row);
  const auto n = static_cast<double>(map.size());
  return n_outside > 0.01 * n ? outside / n_outside : all / n;
}

}  // namespace map_sharpening
