#include "spectrum/threshold_crossing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"

namespace map_sharpening {
namespace {

// How far from a crossing, in deviations of the smear, even a strong signal has its height.
constexpr double kReach = 4;
// What an edge is, by the widths of its foot and of all of it, over what is known to have
// widened it.  With a foot below kSharp the end is taken to be sharp, for shapes and widths
// are never quite as assumed, and the square root of a difference would make much of little;
// from kGentle on the difference counts.  A foot that is long for the edge's width comes from
// sharp ends at several s, a fine one in a corner of the window: half the foot taken off the
// width leaves kMixed or less, and kPlain or more of a plain decline (simulated; see the
// tests).
constexpr double kSharp = 1.3, kGentle = 1.5, kMixed = 0.42, kPlain = 0.5;

// 0 below `low`, 1 above `high`, and in proportion between them.
double ramp(double value, double low, double high) {
  return std::clamp((value - low) / (high - low), 0.0, 1.0);
}

// x with a share p, 0 < p < 1, of the normal distribution above it.
double normal_tail(double p) {
  double low = -40, high = 40;
  for (int i = 0; i < 60; ++i) {
    const double x = 0.5 * (low + high);
    (0.5 * std::erfc(x * std::sqrt(0.5)) > p ? low : high) = x;
  }
  return 0.5 * (low + high);
}

// By straight lines between the values.
double ratio_at(const WindowSpectrum& spectrum, double s) {
  const auto& ratio = spectrum.signal_to_noise;
  const double place = std::max(0.0, s / spectrum.step - 0.5);
  const auto below = std::min(static_cast<std::size_t>(place), ratio.size() - 1);
  const std::size_t above = std::min(below + 1, ratio.size() - 1);
  const double t = place - static_cast<double>(below);
  return (1 - t) * ratio[below] + t * ratio[above];
}

// Highest s, going down from value `from`, at which the ratio still is `level`.
double last_place_above(const WindowSpectrum& spectrum, double level, std::size_t from) {
  const auto& ratio = spectrum.signal_to_noise;
  std::size_t i = from;
  while (i > 0 && ratio[i] < level) --i;
  const double here = ratio[i], next = std::min<double>(ratio[i + 1], level);
  if (here <= level) return spectrum.s(i);
  return spectrum.s(i) + spectrum.step * (here - level) / (here - next);
}

}  // namespace

double first_crossing(const WindowSpectrum& spectrum, const std::vector<double>& smear,
                      double threshold, std::size_t first, double widening) {
  const std::size_t n = spectrum.signal_to_noise.size();
  require(smear.size() == n, "a window's spectrum has ", n, " values, but ", smear.size(),
          " smears are given; expected as many");
  require_positive("step", spectrum.step, " 1/Å");
  require(threshold > 0 && threshold < 1, "threshold is ", threshold,
          "; expected a value between 0 and 1");
  require(widening >= 0 && std::isfinite(widening), "widening is ", widening,
          " 1/Å; expected 0 or more");
  std::size_t i = first;
  while (i < n && spectrum.fsc(i) >= threshold) ++i;
  if (i >= n) return std::numeric_limits<double>::infinity();
  if (i == first) return spectrum.s(first);

  const double before = spectrum.fsc(i - 1), after = spectrum.fsc(i);
  const double crossing =
      spectrum.s(i - 1) + spectrum.step * (before - threshold) / (before - after);
  const double known = std::hypot(smear[i], widening);
  const double level = threshold / (1 - threshold);
  const double inside = std::max(crossing - kReach * known, 0.5 * spectrum.s(first));
  const double height = ratio_at(spectrum, inside);
  if (height <= 2 * level) return crossing;  // a slow decline
  const auto place_of = [&](double ratio) {
    return std::min(last_place_above(spectrum, ratio, i - 1), crossing);
  };
  const double half = place_of(height / 2), deviations = normal_tail(level / height);
  const double seen = (crossing - half) / deviations;
  // Half way down, by the logarithm: from there on a gentle decline is much slower.
  const double middle = std::sqrt(height * level);
  const double foot =
      (crossing - place_of(middle)) / (deviations - normal_tail(level / middle));
  const double gentle = std::min(ramp(foot / known, kSharp, kGentle),
                                 ramp((seen - 0.5 * foot) / known, kMixed, kPlain));
  return half + gentle * deviations * std::sqrt(std::max(seen * seen - known * known, 0.0));
}

}  // namespace map_sharpening
