#include "map_sharpening/filters.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "fourier/plane_geometry.hpp"
#include "map_sharpening/shells.hpp"

namespace map_sharpening {
namespace {

double interpolated(const std::vector<float>& table, double place) {
  const double inside =
      place > 0 ? std::min(place, static_cast<double>(table.size() - 1)) : 0.0;
  const auto below = std::min(static_cast<std::size_t>(inside), table.size() - 2);
  const double t = inside - static_cast<double>(below);
  return table[below] + t * (static_cast<double>(table[below + 1]) - table[below]);
}

double length(const Vector& s) { return std::sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]); }

// Places in a table are exact in float up to here.
constexpr std::size_t kMostValues = std::size_t{1} << 24;
constexpr double kLeastStep = 1e-30;  // its inverse is finite in float

void require_tables(const ScaleFactors& factors) {
  require(std::isfinite(factors.step) && factors.step >= kLeastStep &&
              factors.gain.size() >= 2 && factors.gain.size() <= kMostValues,
          "scale factors have ", factors.gain.size(), " values in steps of ", factors.step,
          "; expected 2 to ", kMostValues, " and a step of at least ", kLeastStep, " 1/Å");
  require(factors.ratio.empty() || factors.ratio.size() == factors.gain.size(),
          "scale factors have ", factors.gain.size(), " gains and ", factors.ratio.size(),
          " ratios; expected as many or none");
  for (const SymmetricTensor* tensor : {&factors.gain_b, &factors.ratio_b})
    for (const double element : *tensor)
      require(std::isfinite(element), "scale factors have a tensor with ", element,
              "; expected numbers");
}

void require_s(const char* name, double s) {
  require(s >= 0, name, " is ", s, " 1/Å; expected 0 or more");
}

}  // namespace

double ScaleFactors::at(const Vector& s) const {
  require_tables(*this);
  const double value =
      interpolated(gain, length(s) / step) * std::exp(-0.25 * quadratic_form(gain_b, s));
  return value / (1 + noise_to_signal(s));
}

double ScaleFactors::noise_to_signal(const Vector& s) const {
  require_tables(*this);
  if (ratio.empty()) return 0;
  return interpolated(ratio, length(s) / step) * std::exp(-0.5 * quadratic_form(ratio_b, s));
}

double ScaleFactors::radial_mean(double s) const {
  double mean = 0;
  for (const Direction& direction : directions()) {
    const Vector& u = direction.unit;
    mean += direction.share * at({s * u[0], s * u[1], s * u[2]});
  }
  return mean;
}

template <class Real>
double apply_scale_factors(View3<const std::complex<Real>> a,
                           View3<const std::complex<Real>> b, View3<std::complex<Real>> out,
                           const Grid& grid, const Columns& columns, double s_max,
                           const ScaleFactors& factors, int threads) {
  require_coefficients("a", a, grid);
  require_coefficients("out", out, grid);
  if (!b.empty()) require_coefficients("b", b, grid);
  require_columns(columns, grid);
  require_s("s_max", s_max);
  require_tables(factors);
  FactorTables tables{};
  tables.step = factors.step;
  tables.count = factors.gain.size();
  tables.gain = factors.gain.data();
  tables.ratio = factors.ratio.empty() ? nullptr : factors.ratio.data();
  std::copy(factors.gain_b.begin(), factors.gain_b.end(), tables.gain_b);
  std::copy(factors.ratio_b.begin(), factors.ratio_b.end(), tables.ratio_b);
  const auto& kernel = kernels<Real>();  // may throw: not inside the loop
  const double total = sum_over<double>(grid.shape[0], threads, [&](std::size_t z) {
    return kernel.apply_factors(a.plane(z), b.empty() ? nullptr : b.plane(z), out.plane(z),
                                plane_geometry(grid, columns, s_max, z), tables);
  });
  const auto n = static_cast<double>(grid.size());
  return total / (n * n);  // Parseval; the mean is 0
}

template <class Real>
void randomise_phases(View3<const std::complex<Real>> a, View3<std::complex<Real>> out,
                      const Grid& grid, const Columns& columns, double s_max, double s_from,
                      std::uint64_t seed, int threads) {
  require_coefficients("a", a, grid);
  require_coefficients("out", out, grid);
  require_columns(columns, grid);
  require_s("s_max", s_max);
  require_s("s_from", s_from);
  const auto& kernel = kernels<Real>();  // may throw: not inside the loop
  for_each_index(grid.shape[0], threads, [&](std::size_t z) {
    kernel.randomise_phases(a.plane(z), out.plane(z), plane_geometry(grid, columns, s_max, z),
                            z, grid.shape[0], s_from, seed);
  });
}

#define MAP_SHARPENING_INSTANTIATE(Real)                                                      \
  template double apply_scale_factors(View3<const std::complex<Real>>,                        \
                                      View3<const std::complex<Real>>,                        \
                                      View3<std::complex<Real>>, const Grid&, const Columns&, \
                                      double, const ScaleFactors&, int);                      \
  template void randomise_phases(View3<const std::complex<Real>>, View3<std::complex<Real>>,  \
                                 const Grid&, const Columns&, double, double, std::uint64_t,  \
                                 int);
MAP_SHARPENING_INSTANTIATE(float)
MAP_SHARPENING_INSTANTIATE(double)
#undef MAP_SHARPENING_INSTANTIATE

}  // namespace map_sharpening
