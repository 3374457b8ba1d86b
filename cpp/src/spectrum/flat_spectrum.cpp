#include "spectrum/flat_spectrum.hpp"

#include <algorithm>
#include <cmath>

#include "map_sharpening/errors.hpp"
#include "map_sharpening/moments.hpp"

namespace map_sharpening {
namespace {

// Power that is left within a few shells beyond a filter's edge, but never beyond data that
// fall off by themselves: noise fills those.
constexpr double kLeft = 1e-3;
constexpr std::size_t kEdgeShells = 3;
// How much of the whole maps' agreement the mask may cost, as a share.
constexpr double kLost = 0.05;
constexpr double kSteep = 1e5;  // of the strongest shell over the weakest
// The same of a term in the corners.  Those are so many that a mask brings more from them; in
// maps as they were reconstructed they hold at most twice as much as the weakest shell, or 35
// times where the grid is much finer than the data.
constexpr double kOutshone = 40;

double power_per_term(const PowerSums& sums, std::size_t shell) {
  const double n = sums.n_terms[shell];
  return n > 0 ? (sums.auto_1[shell] + sums.auto_2[shell]) / n : 0;
}

}  // namespace

std::optional<std::size_t> end_of_power(const PowerSums& unmasked, double from) {
  const Shells& shells = unmasked.shells;
  for (std::size_t i = 0; i + 1 < shells.count; ++i) {
    if (shells.middle(i) < from) continue;
    const double here = power_per_term(unmasked, i);
    const std::size_t beyond = std::min(i + kEdgeShells, shells.count - 1);
    if (!(power_per_term(unmasked, beyond) < kLeft * here)) continue;
    bool is_end = here > 0;
    for (std::size_t k = beyond; k < shells.count; ++k)
      is_end = is_end && power_per_term(unmasked, k) < kLeft * here;
    if (!is_end) continue;
    // The edge is where most of the power has gone.
    std::size_t end = i + 1;
    while (end < beyond && power_per_term(unmasked, end) > std::sqrt(kLeft) * here) ++end;
    return end;
  }
  return std::nullopt;
}

bool mask_brings_noise(const PowerSums& unmasked, const std::vector<double>& fsc_masked) {
  const std::vector<double> fsc = unmasked.fsc();
  double agreement = 0, lost = 0;
  for (std::size_t i = 0; i < fsc.size(); ++i) {
    // The first shell may be too thin to hold a term.
    if (std::isnan(fsc[i]) || std::isnan(fsc_masked[i])) continue;
    if (!(fsc[i] > 0.143)) break;
    agreement += unmasked.n_terms[i] * fsc[i];
    lost += unmasked.n_terms[i] * (fsc[i] - fsc_masked[i]);
  }
  return lost > kLost * agreement;
}

bool is_steep(const PowerSums& unmasked, double from) {
  double strongest = 0, weakest = 0;
  for (std::size_t i = 0; i < unmasked.shells.count; ++i) {
    const double power = power_per_term(unmasked, i);
    if (unmasked.shells.middle(i) < from || !(power > 0)) continue;
    strongest = std::max(strongest, power);
    weakest = weakest > 0 ? std::min(weakest, power) : power;
  }
  return strongest > kSteep * weakest;
}

bool is_outshone_by_corners(const PowerSums& unmasked, View3<const float> half_1, double from,
                            int threads) {
  // Friedel mates count once.
  const auto size = static_cast<double>(half_1.size());
  double power = 0.5 * size * size * central_moments(half_1, {}, threads).variance;
  double n_terms = 0.5 * (size - 1), weakest = 0;
  for (std::size_t i = 0; i < unmasked.shells.count; ++i) {
    power -= unmasked.auto_1[i];
    n_terms -= unmasked.n_terms[i];
    if (unmasked.shells.middle(i) < from || !(unmasked.auto_1[i] > 0)) continue;
    const double here = unmasked.auto_1[i] / unmasked.n_terms[i];
    weakest = weakest > 0 ? std::min(weakest, here) : here;
  }
  return n_terms > 0 && power > kOutshone * weakest * n_terms;
}

bool is_rising(const PowerSums& unmasked, double d) {
  const Shells& shells = unmasked.shells;
  double power[2] = {0, 0}, n_terms[2] = {0, 0};
  for (std::size_t i = 0; i < shells.count; ++i)
    for (std::size_t k = 0; k < 2; ++k) {
      const double centre = k == 0 ? 1 / (3 * d) : 1 / d;
      if (std::fabs(shells.middle(i) - centre) > 0.2 * centre + 0.5 * shells.width) continue;
      power[k] += unmasked.auto_1[i] + unmasked.auto_2[i];
      n_terms[k] += unmasked.n_terms[i];
    }
  return power[1] * n_terms[0] > power[0] * n_terms[1];
}

ScaleFactors flattening(const PowerSums& unmasked, std::size_t end) {
  std::vector<double> amplitude;
  double last = 0;
  for (std::size_t i = 0; i < std::min(end, unmasked.shells.count); ++i) {
    const double power = power_per_term(unmasked, i);
    // An empty shell among the first is bridged.
    if (power > 0) last = std::sqrt(power);
    amplitude.push_back(last);
  }
  if (!(last > 0)) throw UnusableDataError("the half maps hold no power; give density");
  for (std::size_t i = amplitude.size(); i-- > 1;)
    if (!(amplitude[i - 1] > 0)) amplitude[i - 1] = amplitude[i];
  ScaleFactors factors;
  factors.step = unmasked.shells.width;
  for (std::size_t i = 0; i <= unmasked.shells.count; ++i) {
    if (i > amplitude.size()) {
      factors.gain.push_back(0);
      continue;
    }
    const double below = amplitude[i == 0 ? 0 : i - 1];
    const double above = amplitude[std::min(i, amplitude.size() - 1)];
    factors.gain.push_back(static_cast<float>(1 / std::sqrt(below * above)));
  }
  return factors;
}

ScaleFactors undone(const ScaleFactors& flattening) {
  ScaleFactors factors = flattening;
  for (float& gain : factors.gain) gain = gain > 0 ? 1 / gain : 0;
  return factors;
}

}  // namespace map_sharpening
