// The surface of a region that is listed by runs.
#pragma once

#include <cstddef>
#include <vector>

#include "density/labelled_runs.hpp"
#include "map_sharpening/array_view.hpp"

namespace map_sharpening {

/// Voxels in contact with a region that are not in it; see surface_area.
///
/// @param inside  which voxels count; null: all.
std::size_t surface_of(const std::vector<RowOfRuns>& region, const Shape& shape, bool periodic,
                       const PartRows* inside, int threads);

}  // namespace map_sharpening
