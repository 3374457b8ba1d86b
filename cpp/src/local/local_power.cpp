#include "local/local_power.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <iterator>

#include "base/check.hpp"
#include "map_sharpening/fourier.hpp"

namespace map_sharpening {
namespace {

// Independent terms per term of a transform under a sine along each axis: (mean of its square,
// squared, over the mean of its fourth power) = 2/3 per axis.
constexpr double kIndependent = 8.0 / 27;
// The FSC of half maps where resolution is read.
constexpr double kThreshold = 0.143;
// Shells keep at least this share of what the fit expects: a negative estimate is noise.
constexpr double kLeastShare = 0.05;
// Terms nearer to s_max than this many of the window's reciprocal spacings are not measured:
// next to the edge of the filter, how the power falls off decides what they hold.
constexpr double kMargin = 1.25;
constexpr double kLeastPrior = 1e-6;
constexpr std::size_t kMostShells = 1000;

double s_of(const Vector& v) { return std::hypot(v[0], v[1], v[2]); }

Vector vector_of_term(const ReciprocalMetric& metric, const Shape& shape, std::size_t z,
                      std::size_t y, std::size_t x) {
  return metric.s_vector(static_cast<double>(miller_index(x, shape[2])),
                         static_cast<double>(miller_index(y, shape[1])),
                         static_cast<double>(miller_index(z, shape[0])));
}

// Sums of taper(i) taper(i + lag), for the lags of an axis twice as long as the taper.
std::vector<double> autocorrelation(const std::vector<float>& taper) {
  const std::size_t n = taper.size();
  std::vector<double> sums(2 * n, 0.0);
  for (std::size_t lag = 0; lag < n; ++lag) {
    for (std::size_t i = 0; i + lag < n; ++i)
      sums[lag] += static_cast<double>(taper[i]) * static_cast<double>(taper[i + lag]);
    if (lag > 0) sums[2 * n - lag] = sums[lag];
  }
  return sums;
}

// Mean |F|² of a tapered window's terms, cut out of a map whose own coefficients have the
// power `power(s)`: its convolution with the taper's transform.  It mixes neighbours, which
// matters where the power is steep and at the edge of the filter.
template <class Power>
std::vector<double> window_power(const Grid& window, const SineTaper& taper,
                                 std::size_t n_map_points, const Power& power) {
  UnitCell cell = window.cell;
  cell.a *= 2;
  cell.b *= 2;
  cell.c *= 2;
  const Shape& n = window.shape;
  const Grid fine({2 * n[0], 2 * n[1], 2 * n[2]}, cell);
  const ReciprocalMetric metric(cell);
  const Columns columns = Columns::all(fine);
  const Shape shape = fine.half_complex_shape();
  std::vector<std::complex<double>> terms(shape[0] * shape[1] * shape[2]);
  std::vector<double> covariance(fine.size());
  const View3<std::complex<double>> f(terms.data(), shape);
  const View3<double> c(covariance.data(), fine.shape);
  for (std::size_t z = 0; z < shape[0]; ++z)
    for (std::size_t y = 0; y < shape[1]; ++y)
      for (std::size_t x = 0; x < shape[2]; ++x)
        f(z, y, x) = power(vector_of_term(metric, fine.shape, z, y, x));
  inverse_transform<double>(f, c, columns, 1 / static_cast<double>(n_map_points), 1);
  const auto along_z = autocorrelation(taper.z), along_y = autocorrelation(taper.y),
             along_x = autocorrelation(taper.x);
  for (std::size_t z = 0; z < fine.shape[0]; ++z)
    for (std::size_t y = 0; y < fine.shape[1]; ++y)
      for (std::size_t x = 0; x < fine.shape[2]; ++x)
        c(z, y, x) *= along_z[z] * along_y[y] * along_x[x];
  forward_transform<double>(c, f, columns, 1);
  std::vector<double> result;
  for (std::size_t z = 0; z < n[0]; ++z)
    for (std::size_t y = 0; y < n[1]; ++y)
      for (std::size_t x = 0; x <= n[2] / 2; ++x)
        result.push_back(f(2 * z, 2 * y, 2 * x).real());
  return result;
}

void require_expected(const SharpenedPower& expected) {
  require(expected.ideal.size() == expected.shells.count && expected.shells.count >= 2,
          "expected power has ", expected.ideal.size(), " values for ", expected.shells.count,
          " shells; expected as many, at least 2");
  for (const double amplitude : expected.ideal)
    require_positive("an ideal amplitude of the expected power", amplitude);
  require_positive("shell width", expected.shells.width, " 1/Å");
  require_positive("s_max", expected.s_max, " 1/Å");
}

void require_window_options(const LocalOptions& options) {
  require(options.n_shells >= 4 && options.n_shells <= kMostShells, "n_shells of windows is ",
          options.n_shells, "; expected 4 to ", kMostShells);
  const LocalPriors& priors = options.priors;
  for (const double prior :
       {priors.ln_signal, priors.excess_b, priors.shell, priors.noise_terms})
    require(prior >= 0, "a prior of the windows is ", prior, "; expected 0 or more");
}

// q of the curve fitted.
double power_of(const WindowFit& fit, double s_squared) {
  return std::exp(std::clamp(fit.ln_k - fit.c * s_squared, -14.0, 14.0));
}

}  // namespace

double interpolated(const std::vector<double>& values, const Shells& shells, double s) {
  const double place = s / shells.width - 0.5;
  const double inside = std::clamp(place, 0.0, static_cast<double>(values.size() - 1));
  const auto below = std::min(static_cast<std::size_t>(inside), values.size() - 2);
  const double t = inside - static_cast<double>(below);
  return std::exp((1 - t) * std::log(values[below]) + t * std::log(values[below + 1]));
}

FitPriors::FitPriors(const LocalPriors& priors)
    : k(1 / std::pow(std::max(priors.ln_signal, kLeastPrior), 2)),
      // B is 2 c.
      c(1 / std::pow(std::max(0.5 * priors.excess_b, kLeastPrior), 2)) {}

// Sums over measured terms, by shell: of weights, their squares, and weighted; and of the
// weights by which the noise's scale is measured.
struct WindowTerms::MeasuredSums {
  explicit MeasuredSums(std::size_t n_shells)
      : weight(n_shells, 0.0), square(weight), s(weight), s_squared(weight), ratio(weight) {}

  std::vector<double> s_of_term;  // of all terms
  std::vector<double> weight, square, s, s_squared, ratio;
  double noise_weight = 0, noise_square = 0;
};

WindowTerms::WindowTerms(const Grid& window, const SineTaper& taper,
                         const SharpenedPower& expected, std::size_t n_map_points,
                         const LocalOptions& options)
    : priors_(options.priors), d_min_(1 / expected.s_max) {
  require_expected(expected);
  require_window_options(options);
  const auto signal_power = [&](const Vector& v) {
    const double s = s_of(v);
    if (s == 0 || s > expected.s_max) return 0.0;
    const double amplitude = interpolated(expected.ideal, expected.shells, s) /
                             (1 + expected.factors.noise_to_signal(v));
    return amplitude * amplitude;
  };
  const auto signal = window_power(window, taper, n_map_points, signal_power);
  const auto noise = window_power(window, taper, n_map_points, [&](const Vector& v) {
    return expected.factors.noise_to_signal(v) * signal_power(v);
  });
  MeasuredSums sums(options.n_shells);
  list_terms(window, expected, signal, noise, sums);
  set_shells(expected.s_max / static_cast<double>(options.n_shells), sums);
  for (MeasuredTerm& term : measured_) {
    term.signal_weight /= static_cast<float>(sums.weight[term.shell]);
    if (sums.noise_weight > 0) term.noise_weight /= static_cast<float>(sums.noise_weight);
  }
  if (sums.noise_square > 0)
    n_noise_terms_ = kIndependent * sums.noise_weight * sums.noise_weight / sums.noise_square;
  place_terms(sums.s_of_term);
}

void WindowTerms::list_terms(const Grid& window, const SharpenedPower& expected,
                             const std::vector<double>& signal,
                             const std::vector<double>& noise, MeasuredSums& sums) {
  const ReciprocalMetric metric(window.cell);
  const std::size_t n_shells = sums.weight.size();
  const double width = expected.s_max / static_cast<double>(n_shells);
  const double coarsest = std::max({metric.s(1, 0, 0), metric.s(0, 1, 0), metric.s(0, 0, 1)});
  const double measured_to =
      std::max(expected.s_max - kMargin * coarsest, 0.5 * expected.s_max);
  const Shape shape = window.half_complex_shape();
  for (std::size_t z = 0, i = 0; z < shape[0]; ++z)
    for (std::size_t y = 0; y < shape[1]; ++y)
      for (std::size_t x = 0; x < shape[2]; ++x, ++i) {
        const Vector v = vector_of_term(metric, window.shape, z, y, x);
        const double s = s_of(v);
        sums.s_of_term.push_back(s);
        const double ratio = expected.factors.noise_to_signal(v);
        const int members = friedel_weight(x, window.shape[2]);
        const auto shell =
            static_cast<std::size_t>(std::min(s / width, static_cast<double>(n_shells)));
        places_.push_back({0, 0, static_cast<float>(ratio),
                           i > 0 && s <= expected.s_max ? static_cast<float>(members) : 0.0f});
        if (i == 0 || s > measured_to || shell >= n_shells) continue;
        // Best weights of terms whose Re(F1 conj F2) / S has the variance (1 + 2R)².
        const double share = 1 / ((1 + 2 * ratio) * (1 + 2 * ratio));
        const double counts = 0.5 * members;
        sums.weight[shell] += counts * share;
        sums.square[shell] += counts * share * share;
        sums.s[shell] += counts * share * s;
        sums.s_squared[shell] += counts * share * s * s;
        sums.ratio[shell] += counts * share * ratio;
        // The noise's scale is measured where there is enough noise.
        const double noisy = 4 * ratio * ratio * share;
        sums.noise_weight += counts * noisy;
        sums.noise_square += counts * noisy * noisy;
        measured_.push_back(
            {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(shell),
             static_cast<float>(counts * share / signal[i]),
             ratio > 0 ? static_cast<float>(counts * noisy / (4 * noise[i])) : 0.0f});
      }
}

void WindowTerms::set_shells(double width, const MeasuredSums& sums) {
  for (std::size_t k = 0; k < sums.weight.size(); ++k) {
    const double middle = (static_cast<double>(k) + 0.5) * width, w = sums.weight[k];
    if (w > 0)
      shells_.push_back({sums.s[k] / w, sums.s_squared[k] / w, sums.ratio[k] / w,
                         kIndependent * w * w / sums.square[k]});
    else
      shells_.push_back({middle, middle * middle, 0, 0});
  }
}

void WindowTerms::place_terms(const std::vector<double>& s_of_term) {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const double s = s_of_term[i];
    std::size_t k = 0;
    while (k + 2 < shells_.size() && shells_[k + 1].s <= s) ++k;
    places_[i].below = static_cast<std::uint32_t>(k);
    const double t = (s - shells_[k].s) / (shells_[k + 1].s - shells_[k].s);
    places_[i].between = static_cast<float>(std::clamp(t, 0.0, 1.0));
  }
}

WindowSums WindowTerms::empty_sums() const {
  WindowSums sums;
  sums.signal.assign(shells_.size() * kWindows, 0.0);
  return sums;
}

WindowFit WindowTerms::empty_fit() const {
  WindowFit fit;
  fit.smooth.assign(shells_.size(), 1.0);
  fit.signal.assign(shells_.size(), 1.0f);
  fit.whitening.assign(shells_.size(), 1.0f);
  return fit;
}

WindowFits WindowTerms::empty_fits() const {
  WindowFits fits;
  for (WindowFit& fit : fits.fit) fit = empty_fit();
  fits.signal.assign(shells_.size() * kWindows, 1.0f);
  fits.whitening = fits.signal;
  return fits;
}

void WindowTerms::measure(const float* half_1, const float* half_2, WindowSums& sums) const {
  std::fill(sums.signal.begin(), sums.signal.end(), 0.0);
  std::fill(std::begin(sums.noise), std::end(sums.noise), 0.0);
  window_kernels().add_products(half_1, half_2, measured_.data(), measured_.size(),
                                {sums.signal.data(), nullptr, nullptr, sums.noise});
}

// Variance of an estimate of q from one term, as in fit_power_model.
double WindowTerms::variance(double q, double noise_scale, const LocalShell& shell) const {
  const double with_noise = q + 2 * noise_scale * shell.ratio;
  return 0.5 * (q * q + with_noise * with_noise);
}

// Newton's method for the posterior mode of (ln k, c), from the mean of all shells.
void WindowTerms::fit_curve(const WindowSums& sums, std::size_t k, WindowFit& fit) const {
  const auto signal = [&](std::size_t shell) { return sums.signal[shell * kWindows + k]; };
  double sum = 0, sum_weights = 0;
  for (std::size_t i = 0; i < shells_.size(); ++i) {
    const double weight = shells_[i].n_independent / variance(1, fit.noise_scale, shells_[i]);
    sum += weight * signal(i);
    sum_weights += weight;
  }
  fit.ln_k = priors_.ln_signal > 0 && sum_weights > 0
                 ? std::log(std::max(sum / sum_weights, 1e-3))
                 : 0.0;
  fit.c = 0;
  const FitPriors priors(priors_);
  constexpr int kMostSteps = 25;
  for (int step = 0; step < kMostSteps; ++step) {
    FitEquations equations(priors, fit);
    for (std::size_t i = 0; i < shells_.size(); ++i) {
      const LocalShell& shell = shells_[i];
      const double q = power_of(fit, shell.s_squared);
      const double weight = shell.n_independent * q / variance(q, fit.noise_scale, shell);
      equations.add(weight * (signal(i) - q), weight * q, shell.s_squared);
    }
    const auto [whole_k, whole_c] = equations.solution();
    const double step_k = std::clamp(whole_k, -1.0, 1.0);
    const double step_c = std::clamp(whole_c, -40.0, 40.0);
    fit.ln_k += step_k;
    fit.c += step_c;
    if (std::fabs(step_k) < 1e-5 && std::fabs(step_c) < 1e-3) break;
  }
}

void WindowTerms::fit(const WindowSums& sums, std::size_t k, WindowFit& fit) const {
  const double n_noise = n_noise_terms_;
  const double scale = n_noise > 0 ? (n_noise * sums.noise[k] + priors_.noise_terms) /
                                         (n_noise + priors_.noise_terms)
                                   : 1.0;
  fit.noise_scale = std::isfinite(scale) ? scale : 1.0;
  fit_curve(sums, k, fit);
  for (std::size_t i = 0; i < shells_.size(); ++i) {
    const LocalShell& shell = shells_[i];
    const double expected = power_of(fit, shell.s_squared);
    const double prior = std::pow(priors_.shell * expected, 2);
    const double share = shell.n_independent > 0 && prior > 0
                             ? prior / (prior + variance(expected, fit.noise_scale, shell) /
                                                    shell.n_independent)
                             : 0.0;
    const double q = expected + share * (sums.signal[i * kWindows + k] - expected);
    fit.smooth[i] = expected;
    fit.signal[i] = static_cast<float>(std::max(q, kLeastShare * expected));
    fit.whitening[i] =
        static_cast<float>(std::exp(std::clamp(0.5 * fit.c * shell.s_squared, -14.0, 14.0)));
  }
}

void WindowTerms::factors(WindowFits& fits, float* factor, float least_ratio) const {
  float noise[kWindows];
  for (std::size_t k = 0; k < kWindows; ++k) {
    const WindowFit& fit = fits.fit[k];
    noise[k] = static_cast<float>(fit.noise_scale);
    for (std::size_t i = 0; i < shells_.size(); ++i) {
      fits.signal[i * kWindows + k] = fit.signal[i];
      fits.whitening[i * kWindows + k] = fit.whitening[i];
    }
  }
  window_kernels().factors(places_.data(), places_.size(),
                           {fits.signal.data(), fits.whitening.data(), noise, least_ratio},
                           factor);
}

void WindowTerms::multiply(float* terms, const float* factor, double* gain) const {
  double before[kWindows], after[kWindows];
  window_kernels().multiply(terms, factor, places_.data(), places_.size(), before, after);
  for (std::size_t k = 0; k < kWindows; ++k)
    gain[k] = before[k] > 0 ? std::sqrt(after[k] / before[k]) : 0.0;
}

double WindowTerms::resolution(const WindowFit& fit) const {
  double s_before = 0, before = 0;
  bool has_before = false;
  for (std::size_t i = 0; i < shells_.size(); ++i) {
    if (!(shells_[i].n_independent > 0)) continue;
    const double q = fit.smooth[i], noise = 2 * fit.noise_scale * shells_[i].ratio;
    const double fsc = q / (q + noise), s = shells_[i].s;
    if (fsc < kThreshold) {
      if (!has_before) return 1 / s;
      const double t = (before - kThreshold) / (before - fsc);
      return 1 / (s_before + t * (s - s_before));
    }
    s_before = s;
    before = fsc;
    has_before = true;
  }
  return d_min_;
}

}  // namespace map_sharpening
