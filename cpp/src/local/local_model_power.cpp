#include "local/local_model_power.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace map_sharpening {
namespace {

// A slope keeps at least this share of what the fit expects.
constexpr double kLeastSlopeShare = 0.2;
// Model power, over what is expected, that a shell counts with.
constexpr double kLeastModelPower = 1e-6;
// Share of the signal that no model explains.
constexpr double kLeastUnexplained = 1e-4;
constexpr double kLeastRatio = 0.02;
constexpr float kLeastSignal = 1e-6f;
// How far a fit may be from what is expected.
constexpr double kMostDeviations = 3;
constexpr int kRounds = 3, kMostSteps = 20, kMostHalvings = 12;

double slope_of(double ln_k, double c, double s_squared) {
  return std::exp(std::clamp(0.5 * (ln_k - c * s_squared), -7.0, 7.0));
}

}  // namespace

WindowModel::WindowModel(const WindowTerms& terms, const SharpenedPower& expected,
                         const std::vector<double>& explained, const LocalPriors& priors)
    : terms_(terms), priors_(priors), prior_(priors) {
  require(explained.size() == expected.shells.count, "explained has ", explained.size(),
          " values for ", expected.shells.count, " shells; expected as many");
  for (const double slope : explained)
    require(slope > 0 && std::isfinite(slope), "explained holds ", slope,
            "; expected slopes above 0");
  for (const auto& shell : terms.shells())
    explained_.push_back(interpolated(explained, expected.shells, shell.s));
}

ModelSums WindowModel::empty_sums() const {
  const std::vector<double> none(terms_.shells().size(), 0.0);
  return {none, none, none, none, none};
}

WindowsModelSums WindowModel::empty_sums_of_windows() const {
  const std::vector<double> none(terms_.shells().size() * kWindows, 0.0);
  return {none, none, none};
}

void WindowModel::measure(const float* map, const float* model, WindowsModelSums& sums) const {
  for (auto* values : {&sums.cross, &sums.model, &sums.map})
    std::fill(values->begin(), values->end(), 0.0);
  const auto& measured = terms_.measured();
  window_kernels().add_products(
      map, model, measured.data(), measured.size(),
      {sums.cross.data(), sums.map.data(), sums.model.data(), nullptr});
}

void WindowModel::take(const WindowsModelSums& of_windows, std::size_t k, ModelSums& sums) {
  for (std::size_t i = 0; i < sums.cross.size(); ++i) {
    sums.cross[i] = of_windows.cross[i * kWindows + k];
    sums.model[i] = of_windows.model[i * kWindows + k];
    sums.map[i] = of_windows.map[i * kWindows + k];
  }
}

double WindowModel::slope(const WindowFit& fit, std::size_t i) const {
  return slope_of(fit.ln_k, fit.c, terms_.shells()[i].s_squared);
}

// Variance of an estimate of u from a shell.
double WindowModel::variance(const ModelSums& sums, std::size_t i, double u) const {
  const auto& shell = terms_.shells()[i];
  const double x = explained_[i], power = sums.model[i];
  const double expected = u * u * power * std::max(1 - x * x, kLeastUnexplained) + shell.ratio;
  const double left = sums.map[i] - x * x * u * u * power;
  const double unexplained = std::max(expected, left);
  return unexplained / (2 * x * x * power * shell.n_independent);
}

bool WindowModel::counts(const ModelSums& sums, std::size_t i) const {
  return terms_.shells()[i].n_independent > 0 && sums.model[i] > kLeastModelPower;
}

double WindowModel::misfit(const ModelSums& sums, double ln_k, double c) const {
  double sum = prior_.k * ln_k * ln_k + prior_.c * c * c;
  for (std::size_t i = 0; i < sums.weight.size(); ++i) {
    if (!(sums.weight[i] > 0)) continue;
    const double left = sums.slope[i] - slope_of(ln_k, c, terms_.shells()[i].s_squared);
    sum += sums.weight[i] * left * left;
  }
  return sum;
}

// Gauss-Newton steps, halved until the posterior rises; the weights are made anew by what
// was fitted with the last ones.
void WindowModel::fit_curve(ModelSums& sums, WindowFit& fit) const {
  const auto& shells = terms_.shells();
  auto &slopes = sums.slope, &weights = sums.weight;
  for (std::size_t i = 0; i < shells.size(); ++i)
    slopes[i] = counts(sums, i) ? sums.cross[i] / (explained_[i] * sums.model[i]) : 0.0;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < shells.size(); ++i)
      weights[i] = counts(sums, i) ? 1 / variance(sums, i, slope(fit, i)) : 0.0;
    double before = misfit(sums, fit.ln_k, fit.c);
    for (int step = 0; step < kMostSteps; ++step) {
      FitEquations equations(prior_, fit);
      for (std::size_t i = 0; i < shells.size(); ++i) {
        if (!(weights[i] > 0)) continue;
        // du / d ln k = u / 2, du / dc = -u s² / 2.
        const double u = slope(fit, i);
        equations.add(0.5 * weights[i] * u * (slopes[i] - u), 0.25 * weights[i] * u * u,
                      shells[i].s_squared);
      }
      auto [step_k, step_c] = equations.solution();
      double after = misfit(sums, fit.ln_k + step_k, fit.c + step_c);
      for (int halving = 0; !(after <= before) && halving < kMostHalvings; ++halving) {
        step_k *= 0.5;
        step_c *= 0.5;
        after = misfit(sums, fit.ln_k + step_k, fit.c + step_c);
      }
      if (!(after <= before)) break;
      fit.ln_k += step_k;
      fit.c += step_c;
      before = after;
      if (std::fabs(step_k) < 1e-4 && std::fabs(step_c) < 1e-2) break;
    }
  }
}

void WindowModel::fit_shells(const ModelSums& sums, WindowFit& fit) const {
  const auto& shells = terms_.shells();
  double power = 0;
  for (std::size_t i = shells.size(); i-- > 0;)
    if (shells[i].n_independent > 0) power = sums.model[i];
  for (std::size_t i = 0; i < shells.size(); ++i) {
    // Shells without measured terms, at the ends, hold what their neighbours do.
    if (shells[i].n_independent > 0) power = sums.model[i];
    const double expected = slope(fit, i);
    double u = expected;
    if (counts(sums, i) && priors_.shell > 0) {
      // Half the relative deviation of a power.
      const double prior = std::pow(0.5 * priors_.shell * expected, 2);
      const double share = prior / (prior + variance(sums, i, expected));
      u += share * (sums.slope[i] - expected);
    }
    u = std::max(u, kLeastSlopeShare * expected);
    fit.smooth[i] = expected * expected * power;
    fit.signal[i] = static_cast<float>(u * u * power);
    fit.whitening[i] = static_cast<float>(
        std::exp(std::clamp(0.5 * fit.c * shells[i].s_squared, -14.0, 14.0)));
  }
}

// Parts of the molecule that the model lacks: what the window's power holds beyond the
// model's and the noise's, one amount of it that falls off as the model does here.
void WindowModel::add_unmodelled(const ModelSums& sums, WindowFit& fit) const {
  const auto& shells = terms_.shells();
  const auto fall_off = [&](std::size_t i) {
    return slope_of(0, 2 * fit.c, shells[i].s_squared);
  };
  double sum = 0, sum_weights = 0;
  for (std::size_t i = 0; i < shells.size(); ++i) {
    if (!(shells[i].n_independent > 0)) continue;
    const double modelled = static_cast<double>(fit.signal[i]), lacking = fall_off(i);
    const double scatter = modelled + lacking + std::max(shells[i].ratio, kLeastRatio);
    const double weight = shells[i].n_independent / (scatter * scatter);
    sum += weight * lacking * (sums.map[i] - modelled - shells[i].ratio);
    sum_weights += weight * lacking * lacking;
  }
  // As much as is clear: noise makes for some of it everywhere.
  const double amount =
      sum_weights > 0 ? std::max((sum - std::sqrt(sum_weights)) / sum_weights, 0.0) : 0.0;
  for (std::size_t i = 0; i < shells.size(); ++i) {
    const double lacking = amount * fall_off(i);
    fit.smooth[i] += lacking;
    fit.signal[i] = std::max(fit.signal[i] + static_cast<float>(lacking), kLeastSignal);
  }
}

// The slope of the map on the model is x u: x of the whole map, u = sqrt(k) exp(-c s² / 2) of
// the window.  Its error is that of a regression: what the model does not explain over the
// model's power.  That is noise R and a share 1 - x² of the signal, or what is left in this
// window if that is more, for both are what holds on average.  (Not what is left by the slope
// of a shell itself: where a shell holds few terms, that fits them all.)
void WindowModel::fit(ModelSums& sums, WindowFit& fit) const {
  fit.ln_k = 0;
  fit.c = 0;
  fit.noise_scale = 1;
  fit_curve(sums, fit);
  // A map that was cut away next to its model fits any fall-off.
  const auto bounded = [](double value, double deviation) {
    return std::clamp(value, -kMostDeviations * deviation, kMostDeviations * deviation);
  };
  fit.ln_k = bounded(fit.ln_k, priors_.ln_signal);
  fit.c = bounded(fit.c, 0.5 * priors_.excess_b);
  fit_shells(sums, fit);
  add_unmodelled(sums, fit);
}

}  // namespace map_sharpening
