// Checks of arguments before half maps are sharpened.
#pragma once

#include "map_sharpening/half_maps.hpp"
#include "map_sharpening/shells.hpp"  // PowerSums

namespace map_sharpening {

/// @throws std::invalid_argument if the shapes of what is measured do not match.
void require_inputs(const HalfMaps& maps);

/// @throws std::invalid_argument if the maps' shapes do not match.
void require_maps(const HalfMaps& maps);

/// @throws std::invalid_argument if an option is out of range.
void require_options(const HalfMapOptions& options, const Grid& grid);

/// @throws UnusableDataError if the power of half maps is not finite, as that of their values.
void require_finite(const PowerSums& halves);

/// @throws UnusableDataError if what half maps have in common has no power.
void require_common_signal(double power);

/// @throws UnusableDataError if local sharpening left nothing of the maps.
void require_local_signal(double power);

/// @throws UnusableDataError if half maps agree to a resolution in Å that is coarser than that
///         which the box holds.
void require_agreement_in_box(double agreed, double coarsest);

}  // namespace map_sharpening
