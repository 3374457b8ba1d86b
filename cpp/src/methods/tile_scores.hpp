// The score of a map by one of the targets of local sharpening.
#pragma once

#include "map_sharpening/local_b_factor.hpp"  // LocalTarget
#include "map_sharpening/map_score.hpp"       // MapScore

namespace map_sharpening {

/// Adjusted surface area, or ln of the kurtosis; NaN if there is none.
double detail_of(const MapScore& score, LocalTarget target);

}  // namespace map_sharpening
