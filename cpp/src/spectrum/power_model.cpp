#include "map_sharpening/power_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "base/linear_algebra.hpp"
#include "base/numbers.hpp"
#include "base/shells_check.hpp"
#include "map_sharpening/errors.hpp"

namespace map_sharpening {
namespace {

// The four cubic B-splines that are not 0 at x (in units of the knot spacing), the first
// being number floor(x).
std::array<double, 4> cubic_splines(double x) {
  const double t = x - std::floor(x), u = 1 - t;
  return {u * u * u / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
          (3 * u * u * u - 6 * u * u + 4) / 6, t * t * t / 6};
}

// Design matrix of the spline: which four coefficients each point sees.
struct SplineBasis {
  std::size_t n_coefficients;
  std::vector<std::size_t> first;
  std::vector<std::array<double, 4>> weight;

  SplineBasis(const std::vector<double>& position, std::size_t n_intervals)
      : n_coefficients(n_intervals + 3) {
    const double from = position.front(), to = position.back();
    for (double x : position) {
      const double place = to > from ? (x - from) / (to - from) : 0.0;
      const double knots = std::min(place * static_cast<double>(n_intervals),
                                    static_cast<double>(n_intervals) * (1 - 1e-12));
      first.push_back(static_cast<std::size_t>(knots));
      weight.push_back(cubic_splines(knots));
    }
  }

  double value(std::size_t i, const std::vector<double>& coefficients) const {
    double sum = 0;
    for (std::size_t k = 0; k < 4; ++k) sum += weight[i][k] * coefficients[first[i] + k];
    return sum;
  }
};

struct PenalisedFit {
  std::vector<double> coefficients;
  SymmetricMatrix covariance{0};
  double score;  // generalised cross-validation
};

// Fisher scoring for ln(curve) at one weight of the penalty.
PenalisedFit fit_at_penalty(const SplineBasis& basis, const std::vector<double>& mean,
                            const std::vector<double>& n_terms, const TermScatter& scatter,
                            double penalty, std::vector<double> coefficients) {
  const std::size_t n = basis.n_coefficients;
  PenalisedFit fit{{}, SymmetricMatrix(n), 0};
  double deviance = 0, freedom = 0;
  std::size_t n_used = 0;
  for (int iteration = 0; iteration < 60; ++iteration) {
    SymmetricMatrix information(n);
    std::vector<double> right(n, 0.0);
    deviance = 0;
    n_used = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      if (!(n_terms[i] > 0) || std::isnan(mean[i])) continue;
      const double eta = basis.value(i, coefficients), mu = std::exp(eta);
      const double spread = scatter.variance(mu, i) / n_terms[i];
      for (std::size_t k = 0; k < 4; ++k) {
        const double weighted = basis.weight[i][k] * mu / spread;
        right[basis.first[i] + k] += weighted * (mean[i] - mu + mu * eta);
        for (std::size_t l = 0; l < 4; ++l)
          information(basis.first[i] + k, basis.first[i] + l) +=
              weighted * mu * basis.weight[i][l];
      }
      deviance += n_terms[i] * scatter.deviance(mean[i], mu, i);
      ++n_used;
    }
    SymmetricMatrix penalised = information;
    for (std::size_t k = 0; k + 2 < n; ++k) {
      const double second_difference[3] = {1, -2, 1};
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
          penalised(k + i, k + j) += penalty * second_difference[i] * second_difference[j];
    }
    // Ends that no data reach are held by the penalty alone; a trace of ridge keeps the
    // system regular.
    for (std::size_t k = 0; k < n; ++k) penalised(k, k) += 1e-9 * penalty;
    const Cholesky factor(penalised);
    const auto next = factor.solve(right);
    double change = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double step = std::clamp(next[k] - coefficients[k], -2.0, 2.0);
      coefficients[k] += step;
      change = std::max(change, std::fabs(step));
    }
    if (change < 1e-6 || iteration == 59) {
      fit.covariance = factor.inverse();
      freedom = 0;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          freedom += fit.covariance(i, j) * information(j, i);
      break;
    }
  }
  fit.coefficients = std::move(coefficients);
  const double left = std::max(static_cast<double>(n_used) - freedom, 0.5);
  fit.score = deviance * static_cast<double>(n_used) / (left * left);
  return fit;
}

// Where a molecule's fall-off can be told from noise: the share of signal in a half map's
// power, S / (S + 2N), that the last used shell must have.
constexpr double kLeastShare = 0.05;

void require_model(const PowerModel& model) {
  require_shells(model.shells);
  require(
      model.signal.size() == model.shells.count && model.noise.size() == model.shells.count,
      "the power model has ", model.signal.size(), " values of signal and ",
      model.noise.size(), " of noise for ", model.shells.count, " shells; expected as many");
}

}  // namespace

double TermScatter::variance(double value, std::size_t place) const {
  const double power = value + excess[place];
  return 0.5 * (value * value + power * power);
}

double TermScatter::deviance(double mean, double value, std::size_t place) const {
  // The variance is (t + a)² + a² with a = excess / 2, whose integral has a closed form.
  // Without excess it is that of a gamma distribution; a trace of it keeps one formula for
  // means at or below 0 as well.
  const double a = std::max(0.5 * excess[place], 1e-3 * value);
  const auto primitive = [&](double t) {
    const double u = t + a;
    return (mean + a) / a * std::atan2(u, a) - 0.5 * std::log(u * u + a * a);
  };
  return std::max(0.0, 2 * (primitive(mean) - primitive(value)));
}

SmoothCurve fit_smooth_curve(const std::vector<double>& position,
                             const std::vector<double>& mean,
                             const std::vector<double>& n_terms, const TermScatter& scatter) {
  const std::size_t n = position.size();
  require(n > 0 && mean.size() == n && n_terms.size() == n, "position, mean and n_terms have ",
          n, ", ", mean.size(), " and ", n_terms.size(), " elements; expected as many");
  require(scatter.excess.size() == n, "scatter has ", scatter.excess.size(), " values for ", n,
          " means; expected as many");
  for (std::size_t i = 0; i < n; ++i) {
    require(std::isfinite(position[i]) && (i == 0 || position[i] > position[i - 1]),
            "position ", i, " is ", position[i], "; expected increasing numbers");
    require(n_terms[i] >= 0 && std::isfinite(n_terms[i]), "n_terms ", i, " is ", n_terms[i],
            "; expected 0 or more");
    require(!(scatter.excess[i] < 0), "excess ", i, " is ", scatter.excess[i],
            "; expected 0 or more");
    if (std::isinf(mean[i]) || !std::isfinite(scatter.excess[i]))
      throw UnusableDataError("the power of a shell is not finite");
  }
  const std::size_t n_intervals = std::clamp<std::size_t>(n / 2, 1, 40);
  const SplineBasis basis(position, n_intervals);

  // Start from the logarithm of the values above 0, carried on where there are none.
  double first = kNaN;
  for (std::size_t i = 0; i < n && std::isnan(first); ++i)
    if (mean[i] > 0 && n_terms[i] > 0) first = std::log(mean[i]);
  if (std::isnan(first)) throw UnusableDataError("no shell holds any power");
  std::vector<double> start(basis.n_coefficients, kNaN);
  for (std::size_t i = 0; i < n; ++i)
    if (mean[i] > 0 && n_terms[i] > 0) start[basis.first[i] + 1] = std::log(mean[i]);
  double previous = first;
  for (double& value : start) previous = value = std::isnan(value) ? previous : value;

  PenalisedFit best{{}, SymmetricMatrix(0), std::numeric_limits<double>::infinity()};
  std::vector<double> from = start;
  for (int step = 12; step >= -4; --step) {
    const double penalty = std::pow(10.0, step * 0.5);
    PenalisedFit fit = fit_at_penalty(basis, mean, n_terms, scatter, penalty, from);
    from = fit.coefficients;
    if (fit.score < best.score) best = std::move(fit);
  }

  SmoothCurve curve;
  for (std::size_t i = 0; i < n; ++i) {
    curve.value.push_back(std::exp(basis.value(i, best.coefficients)));
    double spread = 0;
    for (std::size_t k = 0; k < 4; ++k)
      for (std::size_t l = 0; l < 4; ++l)
        spread += basis.weight[i][k] * basis.weight[i][l] *
                  best.covariance(basis.first[i] + k, basis.first[i] + l);
    curve.relative_error.push_back(std::sqrt(spread));
  }
  return curve;
}

PowerModel fit_power_model(const PowerSums& sums, const std::vector<double>& leak,
                           double mean_square_weight, double independent_fraction,
                           bool anisotropic, double tensors_from) {
  const Shells& shells = sums.shells;
  require_shells(shells);
  require_radial_sums(sums);
  require(leak.size() == shells.count, "leak has ", leak.size(), " values, expected ",
          shells.count);
  require(mean_square_weight > 0 && independent_fraction > 0 &&
              std::isfinite(mean_square_weight) && std::isfinite(independent_fraction),
          "mean square weight and independent fraction are ", mean_square_weight, " and ",
          independent_fraction, "; both must be above 0");
  require(!std::isnan(tensors_from), "tensors_from is NaN; expected a number");
  std::vector<double> position, signal, noise, n_independent;
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double n = sums.n_terms[i];
    position.push_back(shells.middle(i));
    n_independent.push_back(n * independent_fraction);
    signal.push_back(n > 0 ? (sums.cross[i] / n - leak[i]) / mean_square_weight : kNaN);
    noise.push_back(n > 0 ? (sums.auto_1[i] + sums.auto_2[i] - 2 * sums.cross[i]) / (4 * n) /
                                mean_square_weight
                          : kNaN);
  }

  PowerModel model;
  model.shells = shells;
  // |F1 - F2|² of one term is exponentially distributed: its variance is its mean squared.
  const TermScatter noise_scatter{std::vector<double>(shells.count, 0.0)};
  SmoothCurve noise_curve = fit_smooth_curve(position, noise, n_independent, noise_scatter);
  model.noise = noise_curve.value;
  model.noise_error = noise_curve.relative_error;
  // Re(F1 conj F2) of complex Gaussian terms: variance (S² + (S + 2N)²) / 2.
  TermScatter signal_scatter;
  for (double power : model.noise) signal_scatter.excess.push_back(2 * power);
  SmoothCurve signal_curve = fit_smooth_curve(position, signal, n_independent, signal_scatter);
  model.signal = signal_curve.value;
  model.signal_error = signal_curve.relative_error;
  if (!anisotropic) return model;

  require_directional_sums(sums);
  const std::size_t n_directions = directions().size();
  std::vector<double> signal_means(shells.count * n_directions, 0.0),
      signal_spread = signal_means, noise_means = signal_means, noise_spread = signal_means;
  for (std::size_t i = 0; i < signal_means.size(); ++i) {
    const std::size_t shell = i / n_directions;
    const double n = sums.directional_n_terms[i], s = shells.middle(shell);
    if (!(n > 0) || s < tensors_from) continue;
    const double cross = sums.directional_cross[i];
    signal_means[i] = (cross / n - leak[shell]) / mean_square_weight;
    noise_means[i] = (sums.directional_auto_1[i] + sums.directional_auto_2[i] - 2 * cross) /
                     (4 * n) / mean_square_weight;
    const double independent = n * independent_fraction;
    signal_spread[i] = signal_scatter.variance(model.signal[shell], shell) / independent;
    noise_spread[i] = model.noise[shell] * model.noise[shell] / independent;
  }
  model.signal_b = fit_power_tensor(signal_means, signal_spread, model.signal, shells);
  model.noise_b = fit_power_tensor(noise_means, noise_spread, model.noise, shells);
  return model;
}

namespace {

struct LinePoint {
  double x, y, weight;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Weighted least-squares line through the points; weights times `trust`.
FallOff line_through(const std::vector<LinePoint>& points, const std::vector<double>& trust) {
  double sum = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const LinePoint& p = points[i];
    const double weight = p.weight * trust[i];
    sum += weight;
    sum_x += weight * p.x;
    sum_y += weight * p.y;
    sum_xx += weight * p.x * p.x;
    sum_xy += weight * p.x * p.y;
  }
  const double spread = sum_xx - sum_x * sum_x / sum;
  const double slope = (sum_xy - sum_x * sum_y / sum) / spread;
  FallOff line;
  line.b = -4 * slope;
  line.ln_scale = (sum_y - slope * sum_x) / sum;
  double residual = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double off = points[i].y - line.ln_scale - slope * points[i].x;
    residual += points[i].weight * trust[i] * off * off;
  }
  line.standard_error =
      4 * std::sqrt(residual / spread / static_cast<double>(points.size() - 2));
  return line;
}

// The outline of a molecule makes its amplitudes fall off too, which no table of ideal
// amplitudes knows: the more of the data it decides the coarser they are.  What it adds to B
// doesn't depend on B; where B is large, though, a share of it is the better estimate.  Both
// were chosen on simulated, reconstructed and real averages of 20 to 60 Å.
FallOff without_outline(FallOff line, const std::vector<LinePoint>& points,
                        const std::vector<double>& trust, double d_min) {
  constexpr double kOutlineFrom = 20;  // Å
  constexpr double kOutline = 12;      // of B, in squares of d_min, far beyond that
  const double share = std::min(1.0, kOutlineFrom / d_min);
  double sum = 0, sum_x = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double weight = points[i].weight * trust[i];
    sum += weight;
    sum_x += weight * points[i].x;
  }
  if (share == 1 || !(sum > 0)) return line;
  const double scaled = share * line.b;
  const double lowered = std::max(0.0, line.b - kOutline * (1 - share) * d_min * d_min);
  const bool is_lowered = line.b > 0 && lowered < scaled;
  const double kept = is_lowered ? lowered : scaled;
  // The line turns about its middle.
  line.ln_scale -= 0.25 * (line.b - kept) * sum_x / sum;
  line.b = kept;
  if (!is_lowered) line.standard_error *= share;
  return line;
}

}  // namespace

double ideal_from(const Shells& shells) {
  require_shells(shells);
  // Shells go on to 0.833 times the resolution.
  return std::min(kIdealFrom, shells.s_max() / 3);
}

FallOff fit_fall_off(const PowerModel& model, IdealCurve curve) {
  require_model(model);
  const double from = ideal_from(model.shells);
  // Weights: a shell's terms grow as s², and a term's information as its share of signal.
  std::vector<LinePoint> points;
  for (std::size_t i = 0; i < model.shells.count; ++i) {
    const double s = model.shells.middle(i);
    const double share = model.signal[i] / (model.signal[i] + 2 * model.noise[i]);
    if (s < from) continue;
    if (share < kLeastShare && s > 2 * from) break;
    points.push_back({s * s,
                      0.5 * std::log(model.signal[i]) - std::log(ideal_amplitude(curve, s)),
                      s * s * share});
  }
  for (const LinePoint& point : points)
    if (!std::isfinite(point.y) || !std::isfinite(point.weight))
      throw UnusableDataError(
          "the power of signal or noise is not a number above 0 in all shells");
  // Too few for a slope: amplitudes are left as they are.
  if (points.size() < 3) return FallOff{};
  // Theil and Sen's line, the median slope of all pairs, is untouched by up to a quarter of
  // points far off it; a redescending weight (Tukey's) then makes the most of the others.
  std::vector<double> slopes;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j)
      slopes.push_back((points[j].y - points[i].y) / (points[j].x - points[i].x));
  FallOff line;
  line.b = -4 * median(std::move(slopes));
  std::vector<double> off;
  for (const LinePoint& p : points) off.push_back(p.y + 0.25 * line.b * p.x);
  line.ln_scale = median(off);
  for (double& value : off) value = std::fabs(value - line.ln_scale);
  // Tukey's constant, in standard deviations of a normal distribution.
  const double limit = 4.685 * 1.4826 * median(off);
  std::vector<double> trust(points.size(), 1.0);
  constexpr int n_rounds = 20;
  constexpr double kRounding = 1e-9;  // points that lie on the line but for it need no weights
  for (int round = 0; round < n_rounds && limit > kRounding; ++round) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double u = (points[i].y - line.ln_scale + 0.25 * line.b * points[i].x) / limit;
      trust[i] = std::fabs(u) < 1 ? (1 - u * u) * (1 - u * u) : 0.0;
    }
    line = line_through(points, trust);
  }
  return without_outline(line, points, trust, 1 / model.shells.s_max());
}

IdealFactors ideal_factors(const PowerModel& model, IdealCurve curve, double concentration) {
  require(std::isfinite(concentration) && concentration >= 1, "concentration is ",
          concentration, "; expected 1 or more");
  require_model(model);
  const Shells& shells = model.shells;
  const auto signal_norm = mean_fall_off(model.signal_b.b, shells);
  const auto noise_norm = mean_fall_off(model.noise_b.b, shells);
  IdealFactors result;
  result.fall_off = fit_fall_off(model, curve);
  ScaleFactors& factors = result.factors;
  factors.step = shells.width;
  std::vector<double> gain, ratio;
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double s = shells.middle(i);
    const double whitening = std::exp(0.25 * result.fall_off.b * s * s);
    result.ideal.push_back(whitening * std::sqrt(model.signal[i]));
    gain.push_back(whitening * std::sqrt(signal_norm[i]));
    const double error = model.noise[i] / (concentration * model.signal[i]);
    ratio.push_back(std::min(error * signal_norm[i] / noise_norm[i], 1e12));
  }
  // From the shells' middles to the table's places, which start at s = 0.
  const auto at_edges = [](const std::vector<double>& middles) {
    std::vector<float> table;
    for (std::size_t i = 0; i <= middles.size(); ++i) {
      const double below = middles[i == 0 ? 0 : i - 1];
      const double above = middles[std::min(i, middles.size() - 1)];
      table.push_back(static_cast<float>(std::sqrt(below * above)));
    }
    return table;
  };
  factors.gain = at_edges(gain);
  factors.ratio = at_edges(ratio);
  for (std::size_t k = 0; k < 6; ++k) {
    // sqrt(S) falls off as exp(-s B_S s / 4), so the gain rises by as much; N / S falls off
    // by the difference of the two.
    factors.gain_b[k] = -model.signal_b.b[k];
    factors.ratio_b[k] = model.noise_b.b[k] - model.signal_b.b[k];
  }
  return result;
}

}  // namespace map_sharpening
