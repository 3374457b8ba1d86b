#include "map_sharpening/regions.hpp"

#include <algorithm>

#include "density/labelled_runs.hpp"

namespace map_sharpening {

Regions connected_regions(View3<const float> map, float level, bool periodic,
                          std::size_t n_listed, int threads) {
  const LabelledRuns labelled(PartRows(map, {}), level, periodic, threads);
  const auto order = labelled.largest(labelled.n_regions());
  Regions regions;
  for (const std::uint32_t region : order)
    regions.volumes.push_back(labelled.volumes()[region]);
  const auto n = static_cast<std::ptrdiff_t>(std::min(n_listed, order.size()));
  for (const auto& runs : labelled.runs_of({order.begin(), order.begin() + n})) {
    std::vector<std::size_t> voxels;
    for (const RowOfRuns& row : runs)
      for (std::size_t x = row.run.first; x <= row.run.last; ++x)
        voxels.push_back((row.z * map.shape[1] + row.y) * map.shape[2] + x);
    regions.voxels.push_back(std::move(voxels));
  }
  return regions;
}

}  // namespace map_sharpening
