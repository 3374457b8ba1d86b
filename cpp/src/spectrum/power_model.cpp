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

// What is expected of ln(curve) by place, and how much that tells (1 / variance) of its values
// and of the steps from each place to the next; empty: nothing is expected.
struct Expectation {
  std::vector<double> ln_value, of_value, of_step;
};

struct PenalisedFit {
  double penalty = 0;
  std::vector<double> coefficients;
  SymmetricMatrix covariance{0};
  double score;  // generalised cross-validation
};

void add_penalty(double penalty, std::size_t n, SymmetricMatrix& penalised) {
  for (std::size_t k = 0; k + 2 < n; ++k) {
    const double second_difference[3] = {1, -2, 1};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        penalised(k + i, k + j) += penalty * second_difference[i] * second_difference[j];
  }
  // Ends that no data reach are held by the penalty alone; a trace of ridge keeps the
  // system regular.
  for (std::size_t k = 0; k < n; ++k) penalised(k, k) += 1e-9 * penalty;
}

void add_expectation(const SplineBasis& basis, const Expectation& expected,
                     SymmetricMatrix& penalised, std::vector<double>& right) {
  for (std::size_t i = 0; i < expected.of_value.size(); ++i)
    for (std::size_t k = 0; k < 4; ++k) {
      const double weighted = basis.weight[i][k] * expected.of_value[i];
      right[basis.first[i] + k] += weighted * expected.ln_value[i];
      for (std::size_t l = 0; l < 4; ++l)
        penalised(basis.first[i] + k, basis.first[i] + l) += weighted * basis.weight[i][l];
    }
  for (std::size_t i = 0; i < expected.of_step.size(); ++i) {
    if (!(expected.of_step[i] > 0)) continue;
    const double step = expected.ln_value[i + 1] - expected.ln_value[i];
    // Of the splines at the place, then of those at the next one.
    const auto place = [&](std::size_t k) { return basis.first[i + k / 4] + k % 4; };
    const auto slope = [&](std::size_t k) {
      return k < 4 ? -basis.weight[i][k] : basis.weight[i + 1][k - 4];
    };
    for (std::size_t k = 0; k < 8; ++k) {
      const double weighted = slope(k) * expected.of_step[i];
      right[place(k)] += weighted * step;
      for (std::size_t l = 0; l < 8; ++l) penalised(place(k), place(l)) += weighted * slope(l);
    }
  }
}

// Fisher scoring for ln(curve) at one weight of the penalty.
PenalisedFit fit_at_penalty(const SplineBasis& basis, const std::vector<double>& mean,
                            const std::vector<double>& n_terms, const TermScatter& scatter,
                            double penalty, std::vector<double> coefficients,
                            const Expectation& expected = {}) {
  const std::size_t n = basis.n_coefficients;
  PenalisedFit fit{penalty, {}, SymmetricMatrix(n), 0};
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
    add_penalty(penalty, n, penalised);
    add_expectation(basis, expected, penalised, right);
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

namespace {

void require_means(const std::vector<double>& position, const std::vector<double>& mean,
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
}

SplineBasis basis_for(const std::vector<double>& position) {
  return {position, std::clamp<std::size_t>(position.size() / 2, 1, 40)};
}

// The fit at the penalty that generalised cross-validation chooses.
PenalisedFit best_fit(const SplineBasis& basis, const std::vector<double>& mean,
                      const std::vector<double>& n_terms, const TermScatter& scatter) {
  // Start from the logarithm of the values above 0, carried on where there are none.
  double first = kNaN;
  for (std::size_t i = 0; i < mean.size() && std::isnan(first); ++i)
    if (mean[i] > 0 && n_terms[i] > 0) first = std::log(mean[i]);
  if (std::isnan(first)) throw UnusableDataError("no shell holds any power");
  std::vector<double> start(basis.n_coefficients, kNaN);
  for (std::size_t i = 0; i < mean.size(); ++i)
    if (mean[i] > 0 && n_terms[i] > 0) start[basis.first[i] + 1] = std::log(mean[i]);
  double previous = first;
  for (double& value : start) previous = value = std::isnan(value) ? previous : value;

  PenalisedFit best{0, {}, SymmetricMatrix(0), std::numeric_limits<double>::infinity()};
  std::vector<double> from = start;
  for (int step = 12; step >= -4; --step) {
    const double penalty = std::pow(10.0, step * 0.5);
    PenalisedFit fit = fit_at_penalty(basis, mean, n_terms, scatter, penalty, from);
    from = fit.coefficients;
    if (fit.score < best.score) best = std::move(fit);
  }
  return best;
}

SmoothCurve curve_of(const SplineBasis& basis, const PenalisedFit& fit) {
  SmoothCurve curve;
  for (std::size_t i = 0; i < basis.first.size(); ++i) {
    curve.value.push_back(std::exp(basis.value(i, fit.coefficients)));
    double spread = 0;
    for (std::size_t k = 0; k < 4; ++k)
      for (std::size_t l = 0; l < 4; ++l)
        spread += basis.weight[i][k] * basis.weight[i][l] *
                  fit.covariance(basis.first[i] + k, basis.first[i] + l);
    curve.relative_error.push_back(std::sqrt(spread));
  }
  return curve;
}

// How much the fall-off counts: coarse data show the molecule's shape rather than that.
double trust_in_fall_off(double d_min) {
  constexpr double kFine = 4.5, kCoarse = 5.5;  // Å
  return std::clamp(std::log(kCoarse / d_min) / std::log(kCoarse / kFine), 0.0, 1.0);
}

// The first shell from which on the data hardly determine the signal.
std::size_t lost_from(const PowerModel& model) {
  constexpr double kUndetermined = 1;  // standard error of ln(S)
  const double from = ideal_from(model.shells);
  std::size_t i = 0;
  while (i < model.shells.count &&
         (model.shells.middle(i) < from || model.signal_error[i] <= kUndetermined))
    ++i;
  return i;
}

// What the fall-off of the signal as a whole leads to expect in each shell: the ideal curve
// with the B of the straight line.  Molecules depart from it, and the line is extended beyond
// the shells that it was fitted to.  Where the signal is lost in noise, it goes on from the
// last shells that show it, whatever the curve's slope was there: each step is expected to be
// the line's.
Expectation expected_signal(const Shells& shells, const FallOff& line, IdealCurve ideal,
                            std::size_t lost) {
  constexpr double kDeparture = 0.15;       // of ln(S): standard deviation
  constexpr double kDepartureOfStep = 0.3;  // likewise, where the signal is lost
  constexpr double kDepartureWidth = 0.03;  // 1/Å: over which departures are alike
  const double width = shells.width / kDepartureWidth;
  Expectation expected;
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double s = shells.middle(i);
    const double of_line = 0.5 * line.standard_error * (s * s - line.middle);
    const double variance = kDeparture * kDeparture + of_line * of_line;
    expected.ln_value.push_back(
        2 * (line.ln_scale - 0.25 * line.b * s * s + std::log(ideal_amplitude(ideal, s))));
    expected.of_value.push_back(s < ideal_from(shells) ? 0.0
                                                       : std::min(1.0, width) / variance);
  }
  for (std::size_t i = 0; i + 1 < shells.count; ++i) {
    const double s = static_cast<double>(i + 1) * shells.width;
    const double of_line = line.standard_error * s * shells.width;
    const double variance = kDepartureOfStep * kDepartureOfStep * width + of_line * of_line;
    expected.of_step.push_back(i < lost ? 0.0 : 1 / variance);
  }
  return expected;
}

// The fit once more, with what is expected: what the data leave open is filled in.  The
// standard errors stay those of the data alone.
void draw_to_fall_off(PowerModel& model, IdealCurve ideal, const SplineBasis& basis,
                      const PenalisedFit& alone, const std::vector<double>& mean,
                      const std::vector<double>& n_terms, const TermScatter& scatter) {
  const Shells& shells = model.shells;
  const double trust = trust_in_fall_off(1 / shells.s_max());
  const std::size_t lost = lost_from(model);
  if (trust == 0 && lost == shells.count) return;
  const FallOff line = fit_fall_off(model, ideal);
  if (line.n_shells < 3) return;
  const Expectation expected = expected_signal(shells, line, ideal, lost);
  const auto drawn = [&](const Expectation& to) {
    return curve_of(basis, fit_at_penalty(basis, mean, n_terms, scatter, alone.penalty,
                                          alone.coefficients, to))
        .value;
  };
  if (trust < 1 && lost < shells.count)
    model.signal = drawn({expected.ln_value, {}, expected.of_step});
  if (trust == 0) return;
  const std::vector<double> to_line = drawn(expected);
  for (std::size_t i = 0; i < model.signal.size(); ++i)
    model.signal[i] += trust * (to_line[i] - model.signal[i]);
}

}  // namespace

SmoothCurve fit_smooth_curve(const std::vector<double>& position,
                             const std::vector<double>& mean,
                             const std::vector<double>& n_terms, const TermScatter& scatter) {
  require_means(position, mean, n_terms, scatter);
  const SplineBasis basis = basis_for(position);
  return curve_of(basis, best_fit(basis, mean, n_terms, scatter));
}

PowerModel fit_power_model(const PowerSums& sums, const std::vector<double>& leak,
                           double mean_square_weight, double independent_fraction,
                           bool anisotropic, double tensors_from,
                           std::optional<IdealCurve> ideal) {
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
  require_means(position, signal, n_independent, signal_scatter);
  const SplineBasis basis = basis_for(position);
  const PenalisedFit alone = best_fit(basis, signal, n_independent, signal_scatter);
  SmoothCurve signal_curve = curve_of(basis, alone);
  model.signal = std::move(signal_curve.value);
  model.signal_error = std::move(signal_curve.relative_error);
  if (ideal)
    draw_to_fall_off(model, *ideal, basis, alone, signal, n_independent, signal_scatter);
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

}  // namespace map_sharpening
