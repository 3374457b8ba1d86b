#include "map_sharpening/threshold_crossing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "check.hpp"

namespace map_sharpening {
namespace {

// A ratio that stands for "no noise": large, yet harmless in sums.
constexpr double kNoNoise = 1e6;

// x with a share p, 0 < p < 0.5, of the normal distribution above it.
double normal_tail(double p) {
  double low = 0, high = 40;
  for (int i = 0; i < 60; ++i) {
    const double x = 0.5 * (low + high);
    (0.5 * std::erfc(x * std::sqrt(0.5)) > p ? low : high) = x;
  }
  return 0.5 * (low + high);
}

// Signal-to-noise at any s, by straight lines.
double ratio_at(const WindowSpectrum& spectrum, double s) {
  const double place = std::max(0.0, s / spectrum.step - 0.5);
  const std::size_t last = spectrum.signal.size() - 1;
  const auto below = std::min(static_cast<std::size_t>(place), last);
  const std::size_t above = std::min(below + 1, last);
  const double t = place - static_cast<double>(below);
  return (1 - t) * spectrum.signal_to_noise(below) + t * spectrum.signal_to_noise(above);
}

// Highest s below `from` at which the ratio still is `level`.
double last_place_above(const WindowSpectrum& spectrum, double level, std::size_t from) {
  std::size_t i = from;
  while (i > 0 && spectrum.signal_to_noise(i) < level) --i;
  const double here = spectrum.signal_to_noise(i);
  const double next = std::min(spectrum.signal_to_noise(i + 1), level);
  if (here <= level) return spectrum.s(i);
  return spectrum.s(i) + spectrum.step * (here - level) / (here - next);
}

}  // namespace

double WindowSpectrum::fsc(std::size_t i) const {
  const double ratio = signal_to_noise(i);
  return ratio / (1 + ratio);
}

double WindowSpectrum::signal_to_noise(std::size_t i) const {
  if (signal[i] <= 0) return 0;
  return signal[i] < kNoNoise * noise[i] ? signal[i] / noise[i] : kNoNoise;
}

double first_crossing(const WindowSpectrum& spectrum, double threshold, std::size_t first) {
  const std::size_t n = spectrum.signal.size();
  require(spectrum.noise.size() == n && spectrum.smear && spectrum.smear->size() == n,
          "a window's spectrum has ", n, " signal values and ", spectrum.noise.size(),
          " noise values; expected as many of both, and of smears");
  std::size_t i = first;
  while (i < n && spectrum.fsc(i) >= threshold) ++i;
  if (i >= n) return std::numeric_limits<double>::infinity();
  if (i == first) return spectrum.s(first);

  const double before = spectrum.fsc(i - 1), after = spectrum.fsc(i);
  const double crossing =
      spectrum.s(i - 1) + spectrum.step * (before - threshold) / (before - after);

  const double level = threshold / (1 - threshold);
  const double height = ratio_at(spectrum, std::max(crossing - spectrum.reach, spectrum.s(0)));
  if (height <= 2 * level) return crossing;  // no edge: a slow decline
  const double half = std::min(last_place_above(spectrum, height / 2, i - 1), crossing);
  const double deviations = normal_tail(level / height);
  const double seen = (crossing - half) / deviations, smear = (*spectrum.smear)[i];
  return half + deviations * std::sqrt(std::max(seen * seen - smear * smear, 0.0));
}

}  // namespace map_sharpening
