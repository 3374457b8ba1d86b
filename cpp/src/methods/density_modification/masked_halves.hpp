// Mixtures of two half maps.
#pragma once

#include <cstddef>

#include "map_sharpening/array_view.hpp"
#include "map_sharpening/shells.hpp"

namespace map_sharpening {

/// A map as a mixture of the halves.
struct Mixture {
  double of_1, of_2;

  static Mixture mean_and_difference(double share) {
    return {(1 + share) / 2, (1 - share) / 2};
  }
  Mixture mirrored() const { return {of_2, of_1}; }
};

/// The sum over a shell of the products of two mixtures, from those of the halves.
inline double product(const PowerSums& halves, std::size_t shell, const Mixture& a,
                      const Mixture& b) {
  return a.of_1 * b.of_1 * halves.auto_1[shell] + a.of_2 * b.of_2 * halves.auto_2[shell] +
         (a.of_1 * b.of_2 + a.of_2 * b.of_1) * halves.cross[shell];
}

/// Factors of the values above and below 0.
struct Rectifier {
  float above, below;
};
inline constexpr Rectifier kPositivePart{1, 0};
// The positive part less half of the map.  Beyond the terms of the map it has none that are
// the map's own, spread by the mask.
inline constexpr Rectifier kHalfMagnitude{0.5F, -0.5F};

/// out = the mixture, times the factor of its sign.
void rectify(View3<const float> half_1, View3<const float> half_2, const Mixture& mixture,
             const Rectifier& rectifier, View3<float> out, int threads);

}  // namespace map_sharpening
