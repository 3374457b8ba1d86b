// How much stronger than its mean over the mask the signal is where the molecule is.
#pragma once

#include <algorithm>
#include <cmath>

#include "map_sharpening/masks.hpp"  // SignalFraction

namespace map_sharpening {

/// MolecularMask::signal_fraction without a belt of detergent or lipids, at a resolution in Å.
///
/// A belt shows in the coarsest terms alone.  So does the outline of a molecule: `all` over
/// `without_coarsest` was 0.69 to 0.94 in 40 pairs without a belt, 0.94 to 1.33 in twelve with
/// one.  From 6 to 7.5 Å on, too few finer terms are left to tell.
inline double without_belt(const SignalFraction& fraction, double resolution) {
  constexpr double kOutline = 1 / 0.85, kWhole = 6, kNone = 7.5;
  if (!(fraction.without_coarsest > 0)) return fraction.all;
  const double trust =
      std::clamp(std::log(kNone / resolution) / std::log(kNone / kWhole), 0.0, 1.0);
  const double share = fraction.without_coarsest / (kOutline * fraction.all);
  return fraction.all * std::pow(std::min(share, 1.0), trust);
}

/// How much more concentrated the signal is than MolecularMask::signal_fraction says, at a
/// resolution in Å.
///
/// That looks at a blurred map, in which the parts of a molecule run together from 6 Å
/// on; coarser than 25 Å the molecule itself is one blurred body.
/// Factors made with this come nearest to the truth on pairs of 8 to 34 Å
/// (bench/quality, suite coarse).
inline double blurred_share(double resolution) {
  constexpr double kFine = 6, kFrom = 7.5, kTo = 12, kCoarse = 25, kMost = 2.6;
  const auto ramp = [&](double from, double to) {
    return std::clamp(std::log(resolution / from) / std::log(to / from), 0.0, 1.0);
  };
  return 1 + (kMost - 1) * (ramp(kFine, kFrom) - ramp(kTo, kCoarse));
}

/// What signal_fraction says too little, for weak parts are the molecule as well: nothing for
/// a molecule of one compact domain, and the more the larger it is, in Å³.
///
/// Below 60 000 Å³ 1 was best or nearly so near the atoms in 17 pairs of 17; larger molecules
/// differ, and 1.4 is about right for their mean.
inline double weak_parts(double volume) {
  constexpr double kOneDomain = 40e3, kSeveral = 80e3, kMost = 1.4;
  const double place = std::log(volume / kOneDomain) / std::log(kSeveral / kOneDomain);
  return std::pow(kMost, std::clamp(place, 0.0, 1.0));
}

/// The concentration for `ideal_factors`, 1 or more, in a box of a volume in Å³.
inline double signal_concentration(double mask_mean_square, double signal_fraction,
                                   double resolution, double box_volume) {
  const double of_molecule = weak_parts(signal_fraction * box_volume) * signal_fraction;
  return std::max(blurred_share(resolution) * mask_mean_square / of_molecule, 1.0);
}

}  // namespace map_sharpening
