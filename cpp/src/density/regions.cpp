#include "map_sharpening/regions.hpp"

#include <algorithm>

#include "density/labelled_runs.hpp"

namespace map_sharpening {

Regions connected_regions(View3<const float> map, float level, bool periodic,
                          const MapPart& part, std::size_t n_listed, int threads) {
  require_not_periodic_box(periodic, part);
  const PartRows rows(map, part);
  const LabelledRuns labelled(rows, level, periodic, threads);
  const auto order = labelled.largest(labelled.n_regions());
  Regions regions;
  std::vector<std::size_t> first_voxels(order.size());
  std::vector<char> is_seen(order.size());
  labelled.for_each_run(
      [&](std::size_t z, std::size_t y, const Run& run, std::uint32_t region) {
        if (is_seen[region] == 0) first_voxels[region] = rows.place(z, y, run.first);
        is_seen[region] = 1;
      });
  for (const std::uint32_t region : order) {
    regions.volumes.push_back(labelled.volumes()[region]);
    regions.first_voxels.push_back(first_voxels[region]);
  }
  const auto n = static_cast<std::ptrdiff_t>(std::min(n_listed, order.size()));
  for (const auto& runs : labelled.runs_of({order.begin(), order.begin() + n})) {
    std::vector<std::size_t> voxels;
    for (const RowOfRuns& row : runs)
      for (std::size_t x = row.run.first; x <= row.run.last; ++x)
        voxels.push_back(rows.place(row.z, row.y, x));
    regions.voxels.push_back(std::move(voxels));
  }
  return regions;
}

}  // namespace map_sharpening
