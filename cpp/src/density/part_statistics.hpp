// Moments and levels of a part of a map.
#pragma once

#include <cstddef>

#include "density/part_rows.hpp"
#include "map_sharpening/moments.hpp"

namespace map_sharpening {

/// @throws std::invalid_argument if there is no voxel.
CentralMoments moments_of(const PartRows& rows, int threads);

/// NaN if there is no voxel.
double skewness_of(const PartRows& rows, int threads);

/// The level above which `n_above` of `n_voxels` lie; see contour_level.
float level_of(const PartRows& rows, std::size_t n_above, std::size_t n_voxels, int threads);

/// The same by ten halvings; see LevelRule.
float bisected_level(const PartRows& rows, const CentralMoments& moments, std::size_t n_above,
                     int threads);

}  // namespace map_sharpening
