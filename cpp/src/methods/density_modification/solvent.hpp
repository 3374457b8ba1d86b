// Density modification outside the mask: what both half maps share least is weighed down.
#pragma once

#include <vector>

#include "map_sharpening/density_modification.hpp"

namespace map_sharpening {

/// Writes to maps.contribution what weighs the mean of the halves down outside the mask.
///
/// With o = 1 - mask and M the mean of the halves, that is o F^-1[(w - 1) F[o M]], where w, at
/// most 1, is the share of signal of o M in each shell over that inside the mask.  Where the
/// mask is 1 that is 0.
/// @param share_inside  share of signal of the mean inside the mask.
/// @param weights       out: w in each shell.
void write_solvent(const ModificationMaps& maps, const Grid& grid, const Shells& shells,
                   const std::vector<double>& share_inside, const ModificationOptions& options,
                   std::vector<double>& weights);

}  // namespace map_sharpening
