#include "spectrum/fsc.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/check.hpp"
#include "map_sharpening/errors.hpp"
#include "map_sharpening/power_model.hpp"

namespace map_sharpening {
namespace {

// Median FSC that independent half maps never reach.
constexpr double kSameMapFsc = 0.9999;

}  // namespace

double c_ref(double fsc) {
  const double positive = fsc < 0 ? 0 : fsc;
  return std::sqrt(2 * positive / (1 + positive));
}

std::optional<double> resolution_at(const std::vector<double>& curve, const Shells& shells,
                                    double level) {
  require(shells.width > 0 && std::isfinite(shells.width) && curve.size() <= shells.count,
          "the curve has ", curve.size(), " values for ", shells.count, " shells of ",
          shells.width, " 1/Å; expected at most as many, of a width above 0");
  require(!std::isnan(level), "level is NaN; expected a number");
  double s_before = 0, before = 1;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (std::isnan(curve[i])) continue;
    const double s = shells.middle(i);
    if (curve[i] < level) {
      const double t = before > curve[i] ? (before - level) / (before - curve[i]) : 0.0;
      return 1 / (s_before + std::clamp(t, 0.0, 1.0) * (s - s_before));
    }
    s_before = s;
    before = curve[i];
  }
  return std::nullopt;
}

// The median over shells: where both maps are filtered away, rounding sets their FSC.
void require_independent(const std::vector<double>& fsc) {
  std::vector<double> known;
  std::copy_if(fsc.begin(), fsc.end(), std::back_inserter(known),
               [](double value) { return std::isfinite(value); });
  if (known.empty()) throw UnusableDataError("the half maps hold no power; give density");
  const auto median = known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2);
  std::nth_element(known.begin(), median, known.end());
  if (*median > kSameMapFsc)
    throw UnusableDataError(
        "the half maps agree perfectly (FSC = 1 in most shells): these are not independent "
        "half maps; give the two maps that were reconstructed separately");
}

std::size_t first_randomised_shell(double randomised_from, const Shells& shells) {
  const double shell = 1 / (randomised_from * shells.width);
  return static_cast<std::size_t>(std::min(shell, static_cast<double>(shells.count)));
}

std::vector<double> without_correlation_of_mask(const std::vector<double>& masked,
                                                const std::vector<double>& randomised,
                                                std::size_t first_randomised) {
  std::vector<double> corrected = masked;
  for (std::size_t i = first_randomised + 2; i < masked.size(); ++i)
    // A randomised FSC near or above the masked one leaves nothing.
    corrected[i] = randomised[i] < 1 ? (masked[i] - randomised[i]) / (1 - randomised[i]) : 0.0;
  return corrected;
}

std::vector<double> leaked_power(const PowerSums& sums, const std::vector<double>& fsc_masked,
                                 const std::vector<double>& fsc_corrected) {
  std::vector<double> leak(sums.shells.count, 0.0);
  for (std::size_t i = 0; i < leak.size(); ++i) {
    const double n = sums.n_terms[i];
    const double norm = std::sqrt(sums.auto_1[i] * sums.auto_2[i]);
    if (!(n > 0) || !(norm > 0)) continue;
    leak[i] = (fsc_masked[i] - fsc_corrected[i]) * norm / n;
  }
  return leak;
}

}  // namespace map_sharpening
