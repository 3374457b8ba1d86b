#include "map_sharpening/anisotropy.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/linear_algebra.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "base/shells_check.hpp"
#include "fourier/plane_geometry.hpp"

namespace map_sharpening {
namespace {

// Sum of squared form factors per residue times the protein curve, see the header.
// s² = 0.0080 ... 0.6900 in steps of 0.002: 342 values
constexpr std::array<double, 342> kExpected = {
    205.185, 205.583, 187.270, 162.024, 137.647, 118.998, 107.467, 101.955, 100.564, 101.911,
    105.628, 112.162, 122.231, 136.262, 154.040, 174.637, 196.573, 218.125, 237.651, 253.869,
    266.024, 273.930, 277.908, 278.650, 277.048, 274.027, 270.408, 266.807, 263.603, 260.927,
    258.712, 256.744, 254.731, 252.373, 249.409, 245.655, 241.025, 235.528, 229.261, 222.383,
    215.091, 207.596, 200.100, 192.774, 185.753, 179.126, 172.943, 167.215, 161.923, 157.033,
    152.499, 148.274, 144.318, 140.600, 137.098, 133.803, 130.713, 127.834, 125.171, 122.730,
    120.516, 118.524, 116.746, 115.168, 113.770, 112.530, 111.424, 110.427, 109.519, 108.683,
    107.906, 107.184, 106.513, 105.899, 105.347, 104.867, 104.468, 104.160, 103.948, 103.837,
    103.825, 103.908, 104.078, 104.321, 104.624, 104.968, 105.337, 105.711, 106.075, 106.414,
    106.716, 106.972, 107.175, 107.322, 107.411, 107.444, 107.422, 107.349, 107.226, 107.056,
    106.841, 106.580, 106.273, 105.916, 105.506, 105.038, 104.509, 103.914, 103.249, 102.512,
    101.701, 100.817, 99.861,  98.839,  97.755,  96.617,  95.432,  94.211,  92.961,  91.691,
    90.410,  89.124,  87.839,  86.560,  85.289,  84.028,  82.777,  81.534,  80.300,  79.070,
    77.845,  76.621,  75.400,  74.180,  72.965,  71.755,  70.556,  69.372,  68.210,  67.076,
    65.976,  64.917,  63.905,  62.946,  62.042,  61.197,  60.411,  59.683,  59.011,  58.390,
    57.814,  57.278,  56.774,  56.294,  55.832,  55.381,  54.935,  54.489,  54.040,  53.587,
    53.129,  52.668,  52.208,  51.752,  51.304,  50.872,  50.459,  50.072,  49.714,  49.391,
    49.103,  48.854,  48.641,  48.465,  48.321,  48.205,  48.114,  48.039,  47.976,  47.918,
    47.860,  47.795,  47.721,  47.633,  47.529,  47.409,  47.272,  47.120,  46.956,  46.783,
    46.602,  46.420,  46.237,  46.058,  45.885,  45.719,  45.560,  45.410,  45.265,  45.125,
    44.987,  44.848,  44.705,  44.555,  44.397,  44.228,  44.047,  43.854,  43.652,  43.440,
    43.223,  43.004,  42.787,  42.576,  42.375,  42.188,  42.017,  41.864,  41.730,  41.613,
    41.512,  41.424,  41.343,  41.264,  41.181,  41.088,  40.979,  40.848,  40.691,  40.505,
    40.289,  40.043,  39.770,  39.473,  39.159,  38.833,  38.505,  38.183,  37.874,  37.587,
    37.329,  37.105,  36.918,  36.771,  36.663,  36.593,  36.556,  36.547,  36.560,  36.589,
    36.627,  36.669,  36.708,  36.742,  36.769,  36.788,  36.801,  36.811,  36.822,  36.837,
    36.862,  36.901,  36.956,  37.030,  37.123,  37.231,  37.352,  37.480,  37.609,  37.731,
    37.840,  37.929,  37.995,  38.034,  38.047,  38.038,  38.012,  37.978,  37.946,  37.926,
    37.930,  37.967,  38.044,  38.165,  38.329,  38.531,  38.763,  39.012,  39.262,  39.499,
    39.705,  39.866,  39.974,  40.021,  40.010,  39.946,  39.841,  39.711,  39.575,  39.452,
    39.358,  39.305,  39.301,  39.343,  39.425,  39.531,  39.646,  39.749,  39.824,  39.860,
    39.855,  39.815,  39.755,  39.697,  39.668,  39.692,  39.786,  39.957,  40.197,  40.484,
    40.788,  41.075,  41.314,  41.492,  41.615,  41.712,  41.829,  42.017,  42.312,  42.719,
    43.192,  43.640,  43.940,  43.982,  43.713,  43.194,  42.611,  42.237,  42.323,  42.885,
    43.342,  41.682,
};
constexpr double kExpectedFrom = 0.008, kExpectedStep = 0.002;  // 1/Å²

// Derivatives of s B s by the six elements of B.
std::array<double, 6> form_coefficients(const std::array<double, 6>& products) {
  return {products[0],     products[1],     products[2],
          2 * products[3], 2 * products[4], 2 * products[5]};
}

// Five traceless tensors that span all of them.
constexpr std::array<SymmetricTensor, 5> kTraceless = {{{1, 0, -1, 0, 0, 0},
                                                        {0, 1, -1, 0, 0, 0},
                                                        {0, 0, 0, 1, 0, 0},
                                                        {0, 0, 0, 0, 1, 0},
                                                        {0, 0, 0, 0, 0, 1}}};

double dot(const std::array<double, 6>& a, const std::array<double, 6>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < 6; ++i) sum += a[i] * b[i];
  return sum;
}

std::vector<std::array<double, 6>> all_direction_moments() {
  std::vector<std::array<double, 6>> moments;
  for (const Direction& direction : directions())
    moments.push_back(form_coefficients(direction.moments));
  return moments;
}

}  // namespace

double quadratic_form(const SymmetricTensor& b, const Vector& s) {
  return b[0] * s[0] * s[0] + b[1] * s[1] * s[1] + b[2] * s[2] * s[2] +
         2 * (b[3] * s[0] * s[1] + b[4] * s[0] * s[2] + b[5] * s[1] * s[2]);
}

double isotropic_part(const SymmetricTensor& b) { return (b[0] + b[1] + b[2]) / 3; }

SymmetricTensor traceless_part(SymmetricTensor b) {
  const double iso = isotropic_part(b);
  for (std::size_t i = 0; i < 3; ++i) b[i] -= iso;
  return b;
}

double wilson_expected_intensity(double s_squared) {
  const double place = (s_squared - kExpectedFrom) / kExpectedStep;
  const auto last = static_cast<double>(kExpected.size() - 1);
  // Rounding of the ends may not lose the first and last tabulated points.
  if (!(place >= -1e-9 && place <= last + 1e-9)) return kNaN;
  const double inside = std::clamp(place, 0.0, last);
  const auto below = std::min(static_cast<std::size_t>(inside), kExpected.size() - 2);
  const double t = inside - static_cast<double>(below);
  return kExpected[below] + t * (kExpected[below + 1] - kExpected[below]);
}

namespace {

// Terms of one shell and direction, taken as if they lay at one place.
struct WilsonGroup {
  std::array<double, 7> design;  // derivatives of ln k by B and p
  double n_terms, ratio;         // ratio: sum of |F|² / Sigma
};

using WilsonParameters = std::array<double, 7>;

std::vector<WilsonGroup> wilson_groups(const PowerSums& sums, bool of_mean, double d_min) {
  std::vector<WilsonGroup> groups;
  const std::size_t n_directions = directions().size();
  for (std::size_t i = 0; i < sums.directional_n_terms.size(); ++i) {
    const double s = sums.shells.middle(i / n_directions), n = sums.directional_n_terms[i];
    const double expected = wilson_expected_intensity(s * s);
    const double intensity =
        of_mean ? 0.25 * (sums.directional_auto_1[i] + sums.directional_auto_2[i] +
                          2 * sums.directional_cross[i])
                : sums.directional_auto_1[i];
    if (!(n > 0) || !(intensity > 0) || std::isnan(expected) || s * d_min > 1) continue;
    auto q = form_coefficients(directions()[i % n_directions].moments);
    WilsonGroup group{{}, n, intensity / expected};
    for (std::size_t k = 0; k < 6; ++k) group.design[k] = 0.25 * s * s * q[k];
    group.design[6] = -1;
    groups.push_back(group);
  }
  return groups;
}

struct Derivatives {
  WilsonParameters gradient{};
  SymmetricMatrix hessian{7};
};

Derivatives derivatives_of_groups(const std::vector<WilsonGroup>& groups,
                                  const WilsonParameters& x) {
  Derivatives result;
  for (const WilsonGroup& group : groups) {
    double ln_k = 0;
    for (std::size_t i = 0; i < 7; ++i) ln_k += group.design[i] * x[i];
    const double y = std::exp(2 * ln_k) * group.ratio;
    for (std::size_t i = 0; i < 7; ++i)
      result.gradient[i] += group.design[i] * (2 * y - group.n_terms);
    result.hessian.add_outer(group.design.data(), 4 * y);
  }
  return result;
}

// Exact gradient over all terms; plane by plane in a fixed order.
template <class Real>
WilsonParameters gradient_of_terms(View3<const std::complex<Real>> a,
                                   View3<const std::complex<Real>> b, const Grid& grid,
                                   const Columns& columns, double d_min,
                                   const WilsonParameters& x, int threads) {
  static const std::vector<float> expected(kExpected.begin(), kExpected.end());
  WilsonPoint point{};
  std::copy_n(x.begin(), 6, point.b);
  point.p = x[6];
  point.s_squared_from = kExpectedFrom;
  point.s_squared_step = kExpectedStep;
  point.count = expected.size();
  point.expected = expected.data();
  const auto& kernel = kernels<Real>();  // may throw: not inside the loop
  return sum_over<WilsonParameters>(grid.shape[0], threads, [&](std::size_t z) {
    WilsonParameters gradient{};
    kernel.add_wilson_gradient(a.plane(z), b.empty() ? nullptr : b.plane(z),
                               plane_geometry(grid, columns, 1 / d_min, z), point,
                               gradient.data());
    return gradient;
  });
}

constexpr int kMostWilsonSteps = 50;
constexpr double kWilsonTolerance = 5e-3;  // Å², far below the precision of a map

}  // namespace

template <class Real>
TensorFit fit_wilson_b(View3<const std::complex<Real>> a, View3<const std::complex<Real>> b,
                       const Grid& grid, const Columns& columns, const PowerSums& sums,
                       double d_min, int threads) {
  require_coefficients("a", a, grid);
  if (!b.empty()) require_coefficients("b", b, grid);
  require_columns(columns, grid);
  require_positive("d_min", d_min, " Å");
  require_shells(sums.shells);
  require_directional_sums(sums);
  const auto groups = wilson_groups(sums, !b.empty(), d_min);
  double n_total = 0, ratio_total = 0;
  for (const WilsonGroup& group : groups) {
    n_total += group.n_terms;
    ratio_total += group.ratio;
  }
  if (groups.size() < 8 || !(ratio_total > 0)) return TensorFit{};

  // The scale alone has a closed optimum: k² = n / (2 sum of ratios).
  WilsonParameters x{};
  x[6] = 0.5 * std::log(2 * ratio_total / n_total);
  TensorFit fit;
  // First to the groups, which costs next to nothing, then to the terms themselves.
  bool by_terms = false;
  for (int step = 0; step < kMostWilsonSteps; ++step) {
    const Derivatives at_x = derivatives_of_groups(groups, x);
    const WilsonParameters gradient =
        by_terms ? gradient_of_terms<Real>(a, b, grid, columns, d_min, x, threads)
                 : at_x.gradient;
    std::vector<double> move;
    try {
      const Cholesky factor(at_x.hessian);
      move = factor.solve({gradient.begin(), gradient.end()});
      const SymmetricMatrix covariance = factor.inverse();
      // Of exponentially distributed |F|² the gradient's variance is half the curvature.
      for (std::size_t i = 0; i < 6; ++i)
        fit.standard_error[i] = std::sqrt(covariance(i, i) / 2);
    } catch (const UnusableDataError&) {
      return TensorFit{};  // too few directions: not determined, and the result says so
    }
    double largest = 0;
    for (std::size_t i = 0; i < 6; ++i) largest = std::max(largest, std::fabs(move[i]));
    // Far from the optimum a whole Newton step may overshoot.
    const double length = std::min(1.0, 30 / std::max(largest, 1e-30));
    for (std::size_t i = 0; i < 7; ++i) x[i] -= length * move[i];
    if (largest > kWilsonTolerance) continue;
    if (by_terms) break;
    by_terms = true;
  }
  std::copy_n(x.begin(), 6, fit.b.begin());
  fit.ln_scale = x[6];
  fit.determined = true;
  return fit;
}

template <class Real>
TensorFit fit_wilson_b(View3<const std::complex<Real>> a, View3<const std::complex<Real>> b,
                       const Grid& grid, double d_min, int threads) {
  require_positive("d_min", d_min, " Å");
  constexpr std::size_t n_shells = 50;
  const Shells shells{1 / d_min / static_cast<double>(n_shells), n_shells};
  const Columns columns = Columns::all(grid);
  const PowerSums sums =
      power_sums<Real>(a, b.empty() ? a : b, grid, columns, shells, true, threads);
  return fit_wilson_b<Real>(a, b, grid, columns, sums, d_min, threads);
}

#define MAP_SHARPENING_INSTANTIATE(Real)                                                      \
  template TensorFit fit_wilson_b(View3<const std::complex<Real>>,                            \
                                  View3<const std::complex<Real>>, const Grid&, double, int); \
  template TensorFit fit_wilson_b(View3<const std::complex<Real>>,                            \
                                  View3<const std::complex<Real>>, const Grid&,               \
                                  const Columns&, const PowerSums&, double, int);
MAP_SHARPENING_INSTANTIATE(float)
MAP_SHARPENING_INSTANTIATE(double)
#undef MAP_SHARPENING_INSTANTIATE

TensorFit fit_anisotropic_b(const std::vector<double>& values,
                            const std::vector<double>& weights, const Shells& shells) {
  require_shells(shells);
  const std::size_t n_directions = directions().size();
  require(values.size() == shells.count * n_directions && weights.size() == values.size(),
          "values and weights have ", values.size(), " and ", weights.size(),
          " elements, expected shells x directions = ", shells.count * n_directions);
  const auto moments = all_direction_moments();
  SymmetricMatrix normal(7);
  std::vector<double> right(7, 0.0);
  std::vector<std::array<double, 7>> rows;
  std::vector<double> ln_values, row_weights;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(weights[i] > 0) || !(values[i] > 0)) continue;
    const double s = shells.middle(i / n_directions);
    std::array<double, 7> row{};
    for (std::size_t k = 0; k < 6; ++k) row[k] = -0.25 * s * s * moments[i % n_directions][k];
    row[6] = 1;
    normal.add_outer(row.data(), weights[i]);
    for (std::size_t k = 0; k < 7; ++k) right[k] += weights[i] * row[k] * std::log(values[i]);
    rows.push_back(row);
    ln_values.push_back(std::log(values[i]));
    row_weights.push_back(weights[i]);
  }
  TensorFit fit;
  if (rows.size() < 8) return fit;
  try {
    const Cholesky factor(normal);
    const auto x = factor.solve(right);
    const SymmetricMatrix covariance = factor.inverse();
    double chi_squared = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      double residual = ln_values[i];
      for (std::size_t k = 0; k < 7; ++k) residual -= rows[i][k] * x[k];
      chi_squared += row_weights[i] * residual * residual;
    }
    const double excess = std::max(1.0, chi_squared / static_cast<double>(rows.size() - 7));
    for (std::size_t k = 0; k < 6; ++k) {
      fit.b[k] = x[k];
      fit.standard_error[k] = std::sqrt(covariance(k, k) * excess);
    }
    fit.ln_scale = x[6];
    fit.determined = true;
  } catch (const UnusableDataError&) {
    return TensorFit{};  // not determined, and the result says so
  }
  return fit;
}

std::vector<double> mean_fall_off(const SymmetricTensor& b, const Shells& shells) {
  require_shells(shells);
  const auto moments = all_direction_moments();
  std::vector<double> mean(shells.count, 0.0);
  for (std::size_t d = 0; d < moments.size(); ++d) {
    const double share = directions()[d].share, along = dot(b, moments[d]);
    for (std::size_t i = 0; i < shells.count; ++i) {
      const double s = shells.middle(i);
      mean[i] += share * std::exp(-0.5 * s * s * along);
    }
  }
  return mean;
}

static SymmetricTensor errors_of_traceless(const SymmetricMatrix& covariance, double excess) {
  SymmetricTensor errors{};
  for (std::size_t j = 0; j < 6; ++j) {
    double sum = 0;
    for (std::size_t k = 0; k < 5; ++k)
      for (std::size_t l = 0; l < 5; ++l)
        sum += kTraceless[k][j] * kTraceless[l][j] * covariance(k, l);
    errors[j] = std::sqrt(sum * excess);
  }
  return errors;
}

TensorFit fit_power_tensor(const std::vector<double>& means,
                           const std::vector<double>& variance,
                           const std::vector<double>& radial, const Shells& shells) {
  require_shells(shells);
  const std::size_t n_directions = directions().size();
  require(means.size() == shells.count * n_directions && variance.size() == means.size() &&
              radial.size() == shells.count,
          "means, variance and radial have ", means.size(), ", ", variance.size(), " and ",
          radial.size(), " elements; expected shells x directions twice, and shells");
  const auto moments = all_direction_moments();
  std::vector<std::array<double, 5>> derivative(n_directions);
  for (std::size_t d = 0; d < n_directions; ++d)
    for (std::size_t k = 0; k < 5; ++k) derivative[d][k] = dot(kTraceless[k], moments[d]);

  TensorFit fit;
  std::array<double, 5> x{};
  SymmetricMatrix covariance(5);
  std::size_t n_used = 0;
  double chi_squared = 0;
  for (int iteration = 0; iteration < 50; ++iteration) {
    const std::vector<double> norm = mean_fall_off(fit.b, shells);
    SymmetricMatrix normal(5);
    std::vector<double> right(5, 0.0);
    n_used = 0;
    chi_squared = 0;
    for (std::size_t i = 0; i < means.size(); ++i) {
      if (!(variance[i] > 0)) continue;
      const std::size_t shell = i / n_directions, d = i % n_directions;
      const double s = shells.middle(shell);
      const double model =
          radial[shell] / norm[shell] * std::exp(-0.5 * s * s * dot(fit.b, moments[d]));
      double row[5];
      for (std::size_t k = 0; k < 5; ++k) row[k] = -0.5 * s * s * derivative[d][k] * model;
      const double residual = means[i] - model;
      normal.add_outer(row, 1 / variance[i]);
      for (std::size_t k = 0; k < 5; ++k) right[k] += row[k] * residual / variance[i];
      chi_squared += residual * residual / variance[i];
      ++n_used;
    }
    if (n_used < 12) return TensorFit{};
    double change = 0;
    try {
      const Cholesky factor(normal);
      const auto step = factor.solve(right);
      covariance = factor.inverse();
      // A bound on the step keeps exp() in range while far from the optimum.
      double largest = 0;
      for (double part : step) largest = std::max(largest, std::fabs(part));
      const double length = largest > 100 ? 100 / largest : 1.0;
      for (std::size_t k = 0; k < 5; ++k) {
        x[k] += length * step[k];
        change = std::max(change, std::fabs(length * step[k]));
      }
    } catch (const UnusableDataError&) {
      return TensorFit{};  // not determined, and the result says so
    }
    fit.b = {};
    for (std::size_t k = 0; k < 5; ++k)
      for (std::size_t j = 0; j < 6; ++j) fit.b[j] += x[k] * kTraceless[k][j];
    if (change < 1e-4) break;
  }
  // Structure scatters the directions' power beyond sampling: the errors grow with it.
  const double excess = std::max(1.0, chi_squared / static_cast<double>(n_used - 5));
  fit.standard_error = errors_of_traceless(covariance, excess);
  fit.determined = true;
  return fit;
}

}  // namespace map_sharpening
