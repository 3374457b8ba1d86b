#include "map_sharpening/b_factor.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/coefficient_array.hpp"
#include "map_sharpening/fourier.hpp"

namespace map_sharpening {
namespace {

// Largest relative error of a table that is read by linear interpolation.
constexpr double kTableError = 5e-5;
// Points of a table from 0 to where coarse terms are half.
constexpr double kPointsOfRise = 20;
constexpr std::size_t kMostSteps = std::size_t{1} << 17;
constexpr double kMostFinerSteps = 1 << 23;

SymmetricTensor gain_tensor(double b_sharpen, const SymmetricTensor& anisotropy) {
  SymmetricTensor b = traceless_part(anisotropy);
  for (double& element : b) element = -element;
  for (std::size_t i = 0; i < 3; ++i) b[i] -= b_sharpen;
  return b;
}

// A table of exp(ln_gain(s)) from 0 to s_max.
template <class LnGain>
std::vector<float> tabulated(double step, double s_max, const LnGain& ln_gain) {
  const auto last = static_cast<std::size_t>(std::ceil(s_max / step)) + 1;
  std::vector<float> table(last + 1);
  for (std::size_t i = 0; i <= last; ++i)
    table[i] = static_cast<float>(std::exp(ln_gain(step * static_cast<double>(i))));
  return table;
}

// The step at which a function with g'' / g up to `curvature` is interpolated well enough.
double step_for(double curvature) { return std::sqrt(8 * kTableError / curvature); }

void require_d_min(double d_min) {
  require(d_min > 0 && std::isfinite(d_min) && std::isfinite(1 / d_min), "d_min is ", d_min,
          " Å; it must be above 0");
}

void require_finite(const char* name, double value) {
  require(std::isfinite(value), name, " is ", value, "; expected a number");
}

// `scaled` may share memory with `map`.
void make_map(View3<const std::complex<float>> coefficients, const Grid& grid,
              const Columns& columns, double d_min, const ScaleFactors& factors,
              View3<std::complex<float>> scaled, View3<float> map, bool is_normalised,
              int threads) {
  const double variance = apply_scale_factors<float>(coefficients, {}, scaled, grid, columns,
                                                     1 / d_min, factors, threads);
  if (!(variance > 0) || !std::isfinite(variance))
    throw UnusableDataError(text_of("map has a variance of ", variance, " from terms to ",
                                    d_min,
                                    " Å; expected finite density that is not constant"));
  const auto scale = is_normalised ? static_cast<float>(1 / std::sqrt(variance)) : 1.0F;
  inverse_transform<float>(scaled, map, columns, scale, threads);
}

void make_single_map(View3<const std::complex<float>> coefficients, const Grid& grid,
                     double d_min, const ScaleFactors& factors, View3<float> map,
                     bool is_normalised, int threads) {
  require_d_min(d_min);
  require_array("map", map, grid.shape);
  make_map(coefficients, grid, Columns::within(grid, 1 / d_min), d_min, factors,
           CoefficientArray(grid.half_complex_shape(), {}).view(), map, is_normalised,
           threads);
}

void require_target(ScoreTarget target) {
  require(target != nullptr, "target is no member of MapScore; expected one, such as ",
          "&MapScore::kurtosis");
}

void require_what_target_needs(ScoreTarget target, const ScoreOptions& score) {
  require_target(target);
  require(target != &MapScore::skewness || !score.molecule.empty(),
          "score.molecule is empty; expected a mask of the molecule, in which the skewness is "
          "taken, or another target");
  require(target != &MapScore::adjusted_surface_area || score.solvent_fraction,
          "score.solvent_fraction is not given; expected a share of the part's volume, which "
          "the adjusted surface area needs, or another target");
}

}  // namespace

ScaleFactors b_iso_factors(double b_sharpen, const SymmetricTensor& anisotropy) {
  require_finite("b_sharpen", b_sharpen);
  for (const double element : anisotropy) require_finite("anisotropy", element);
  ScaleFactors factors;
  factors.step = 1;
  factors.gain = {1, 1};
  factors.gain_b = gain_tensor(b_sharpen, anisotropy);
  return factors;
}

ScaleFactors b_iso_to_d_cut_factors(const BFactorTrial& trial, double d_min,
                                    const SymmetricTensor& anisotropy) {
  require_d_min(d_min);
  require(trial.d_cut >= 0 && std::isfinite(trial.d_cut), "d_cut is ", trial.d_cut,
          " Å; it must be above 0, or 0 for no cut");
  require(trial.k_sharpen >= 0 && std::isfinite(trial.k_sharpen), "k_sharpen is ",
          trial.k_sharpen, "; it must be above 0, or 0 for no cut");
  if (trial.b_blur_hires) require_finite("b_blur_hires", *trial.b_blur_hires);
  ScaleFactors factors = b_iso_factors(trial.b_sharpen, anisotropy);
  const bool blurs_all_alike = !trial.b_blur_hires && trial.b_sharpen < 0;
  if (trial.d_cut == 0 || trial.k_sharpen == 0 || blurs_all_alike) return factors;

  // The exponential of b_sharpen is exact in the tensor; the table holds what is different
  // beyond d_cut.
  const double s_max = 1 / d_min, s_cut = 1 / trial.d_cut;
  const double t_cut = s_cut * s_cut / 4, k = trial.k_sharpen;
  const double lost = trial.b_blur_hires.value_or(trial.b_sharpen);
  const double t_from = trial.b_blur_hires ? t_cut : 0;
  // Bounds of the first and second derivative of ln(gain), from t d² = 1/4.
  const double slope = std::fabs(lost) * (s_max / 2 + k / 16);
  const double bend = std::fabs(lost) * (0.5 + 0.025 * k * k * trial.d_cut * trial.d_cut +
                                         0.375 * k * trial.d_cut);
  // In this order NaN becomes the finest step.
  const double wanted = std::max(s_max / kMostSteps, step_for(slope * slope + bend + 1));
  // The slope changes at once at d_cut: that place gets a point of the table.
  factors.step = std::max(s_cut / std::ceil(s_cut / wanted), s_max / (2 * kMostSteps));
  require_finite("step of the table of factors", factors.step);
  factors.gain = tabulated(factors.step, s_max, [&](double s) {
    const double exponent = s > 0 ? std::clamp(k * (trial.d_cut - 1 / s), -20.0, 20.0) : -20.0;
    const double beyond = 1 / (1 + std::exp(-exponent));  // 1 - w
    return -std::max(0.0, s * s / 4 - t_from) * lost * beyond;
  });
  return factors;
}

ScaleFactors resolution_dependent_factors(const std::array<double, 3>& b, double resolution,
                                          double d_min, double d_min_ratio,
                                          const SymmetricTensor& anisotropy) {
  require_d_min(d_min);
  require_positive("resolution", resolution, " Å");
  require(d_min_ratio > 0 && d_min_ratio < 1, "d_min_ratio is ", d_min_ratio,
          "; expected a value between 0 and 1");
  for (const double value : b) require_finite("b", value);
  const double t_2 = 1 / (4 * resolution * resolution), t_1 = t_2 / 2;
  const double t_3 = t_2 / (d_min_ratio * d_min_ratio);
  const double slopes[3] = {b[0] / t_1, (b[1] - b[0]) / (t_2 - t_1), b[2] / (t_3 - t_2)};
  const double s_max = 1 / d_min;
  double steepest = 0;
  for (const double slope : slopes) steepest = std::max(steepest, std::fabs(slope));
  const double slope = steepest * s_max / 2;
  // Where two lines meet the error is a quarter of a step times the change of slope.
  const double step = std::min(step_for(slope * slope + steepest / 2 + 1),
                               2 * kTableError / std::max(slope, 1e-9));
  ScaleFactors factors = b_iso_factors(0, anisotropy);
  factors.step = std::max(s_max / kMostSteps, step);  // in this order NaN is left out
  factors.gain = tabulated(factors.step, s_max, [&](double s) {
    const double t = s * s / 4;
    if (t <= t_1) return slopes[0] * t;
    if (t <= t_2) return b[0] + slopes[1] * (t - t_1);
    return b[1] + slopes[2] * (t - t_2);
  });
  return factors;
}

ScaleFactors without_coarse_terms(const ScaleFactors& factors, double d, double d_min) {
  require_d_min(d_min);
  require_positive("d", d, " Å");
  require(factors.step > 0 && factors.gain.size() > 1, "factors have ", factors.gain.size(),
          " values at steps of ", factors.step, "; expected two or more, and a step above 0");
  require(factors.ratio.empty() || factors.ratio.size() == factors.gain.size(),
          "factors have ", factors.gain.size(), " gains and ", factors.ratio.size(),
          " ratios; expected as many or none");
  const double s_max = 1 / d_min;
  // A whole share of the old step: between its points the old table is a line, which stays.
  ScaleFactors passed = factors;
  passed.step = factors.step / std::ceil(factors.step * kPointsOfRise * d);
  const auto old = [&](const std::vector<float>& table, double s) {
    const double place = std::min(s / factors.step, static_cast<double>(table.size() - 1));
    const auto i = std::min(static_cast<std::size_t>(place), table.size() - 2);
    const double share = place - static_cast<double>(i);
    return (1 - share) * static_cast<double>(table[i]) +
           share * static_cast<double>(table[i + 1]);
  };
  const double steps = std::ceil(s_max / passed.step);
  require(passed.step > 0 && steps <= kMostFinerSteps, "without terms coarser than ", d,
          " Å, factors to ", d_min, " Å are a table of ", steps, " steps; expected at most ",
          kMostFinerSteps, ": a smaller d, a larger d_min, or a larger step than ",
          factors.step, " 1/Å");
  const std::size_t count = static_cast<std::size_t>(steps) + 2;
  passed.gain.resize(count);
  passed.ratio.resize(factors.ratio.empty() ? 0 : count);
  for (std::size_t i = 0; i < count; ++i) {
    const double s = passed.step * static_cast<double>(i);
    passed.gain[i] =
        static_cast<float>(old(factors.gain, s) * -std::expm1(-std::log(2.0) * d * d * s * s));
    if (!passed.ratio.empty()) passed.ratio[i] = static_cast<float>(old(factors.ratio, s));
  }
  return passed;
}

void make_sharpened_map(View3<const std::complex<float>> coefficients, const Grid& grid,
                        double d_min, const ScaleFactors& factors, View3<float> map,
                        int threads) {
  make_single_map(coefficients, grid, d_min, factors, map, true, threads);
}

void make_trial_map(View3<const std::complex<float>> coefficients, const Grid& grid,
                    double d_min, const ScaleFactors& factors, View3<float> map, int threads) {
  make_single_map(coefficients, grid, d_min, factors, map, false, threads);
}

std::vector<MapScore> scan_scale_factors(View3<const std::complex<float>> coefficients,
                                         const Grid& grid, double d_min,
                                         const std::vector<ScaleFactors>& trials,
                                         const ScoreOptions& options, int threads,
                                         const ScanProgress& progress) {
  require_d_min(d_min);
  require_array("coefficients", coefficients, grid.half_complex_shape());
  const Columns columns = Columns::within(grid, 1 / d_min);
  const CoefficientArray terms(grid.half_complex_shape(), {});
  const View3<float> trial = terms.map(grid.shape);
  std::vector<MapScore> scores;
  for (const ScaleFactors& factors : trials) {
    make_map(coefficients, grid, columns, d_min, factors, terms.view(), trial, true, threads);
    scores.push_back(score_map(trial, options, threads));
    if (progress) progress(scores.size(), trials.size());
  }
  return scores;
}

std::optional<std::size_t> best_trial(const std::vector<MapScore>& scores,
                                      ScoreTarget target) {
  require_target(target);
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double score = scores[i].*target;
    if (std::isfinite(score) && (!best || score > scores[*best].*target)) best = i;
  }
  return best;
}

BFactorScan scan_b_factors(View3<const float> map, const UnitCell& cell,
                           const BFactorScanOptions& options) {
  require_positive("resolution", options.resolution, " Å");
  require(options.d_min_ratio > 0 && options.d_min_ratio <= 1, "d_min_ratio is ",
          options.d_min_ratio, "; expected a value above 0, up to 1");
  require(!options.b_iso.empty(), "b_iso is empty; expected at least one value");
  require(std::isfinite(options.coarse_terms) && options.coarse_terms >= 0, "coarse_terms is ",
          options.coarse_terms, "; expected 0 or more");
  require_what_target_needs(options.target, options.score);
  const Grid grid(map.shape, cell);
  const double d_min = options.d_min_ratio * options.resolution;
  const CoefficientArray memory(grid.half_complex_shape(), {});
  const View3<std::complex<float>> coefficients = memory.view();
  forward_transform<float>(map, coefficients, Columns::within(grid, 1 / d_min),
                           options.threads);

  // One value that isn't finite is in every term of a transform.
  if (!std::isfinite(std::norm(coefficients(0, 0, 0))))
    throw UnusableDataError("map holds values that are not finite; expected numbers");

  BFactorScan scan;
  scan.wilson =
      fit_wilson_b<float>(coefficients, {}, grid, options.resolution, options.threads);
  if (!scan.wilson.determined)
    throw UnusableDataError(text_of("map is constant or has too few terms between 11.2 and ",
                                    options.resolution,
                                    " Å to fit a B factor; give trials by b_sharpen instead"));
  scan.b_iso = isotropic_part(scan.wilson.b);
  for (const double b_iso : options.b_iso)
    scan.trials.push_back(
        {scan.b_iso - b_iso, options.resolution, options.b_blur_hires, options.k_sharpen});
  const SymmetricTensor anisotropy =
      options.remove_anisotropy ? scan.wilson.b : SymmetricTensor{};
  std::vector<ScaleFactors> factors;
  for (const BFactorTrial& trial : scan.trials) {
    factors.push_back(b_iso_to_d_cut_factors(trial, d_min, anisotropy));
    if (options.coarse_terms != 0)
      factors.back() = without_coarse_terms(factors.back(),
                                            options.coarse_terms * options.resolution, d_min);
  }
  scan.scores = scan_scale_factors(coefficients, grid, d_min, factors, options.score,
                                   options.threads, options.progress);
  scan.best = best_trial(scan.scores, options.target);
  if (scan.best)
    scan.best_factors = b_iso_to_d_cut_factors(scan.trials[*scan.best], d_min, anisotropy);
  return scan;
}

}  // namespace map_sharpening
