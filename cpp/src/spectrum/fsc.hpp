// Fourier shell correlation of two half maps, and the part of it that a mask adds.
#pragma once

#include <cstddef>
#include <vector>

#include "map_sharpening/shells.hpp"  // Shells, PowerSums

namespace map_sharpening {

/// @throws UnusableDataError if the maps hold no power, or agree perfectly in most shells.
void require_independent(const std::vector<double>& fsc);

/// First shell whose phases are all random if those beyond a spacing (Å) are.
std::size_t first_randomised_shell(double randomised_from, const Shells& shells);

/// (masked - randomised) / (1 - randomised) (Chen et al. 2013), from two shells beyond the
/// first randomised one; the shells on the way hold both kinds of terms.
std::vector<double> without_correlation_of_mask(const std::vector<double>& masked,
                                                const std::vector<double>& randomised,
                                                std::size_t first_randomised);

/// Mean power that masking carried into each shell's cross sum.
std::vector<double> leaked_power(const PowerSums& sums, const std::vector<double>& fsc_masked,
                                 const std::vector<double>& fsc_corrected);

}  // namespace map_sharpening
