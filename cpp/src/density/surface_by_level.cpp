#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include "base/grid_check.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/map_statistics.hpp"
#include "map_sharpening/regions.hpp"

namespace map_sharpening {
namespace {

constexpr std::size_t kMostLevels = std::size_t{1} << 16;

using Counts = std::vector<std::ptrdiff_t>;

// By the number of levels below a value; made into counts by level at the end.
struct Tally {
  Counts above_inside, above_outside, surface_inside, surface_outside;
  std::size_t n_inside = 0;

  explicit Tally(std::size_t n)
      : above_inside(n), above_outside(n), surface_inside(n), surface_outside(n) {}
  void add(const Tally& other) {
    const auto add_to = [](Counts& sum, const Counts& more) {
      std::transform(sum.begin(), sum.end(), more.begin(), sum.begin(), std::plus<>());
    };
    add_to(above_inside, other.above_inside);
    add_to(above_outside, other.above_outside);
    add_to(surface_inside, other.surface_inside);
    add_to(surface_outside, other.surface_outside);
    n_inside += other.n_inside;
  }
};

void lower_to(const float* values, std::size_t n, float* lowest) {
  for (std::size_t x = 0; x < n; ++x) lowest[x] = std::min(lowest[x], values[x]);
}

// The lowest of each voxel of a row and its neighbours by a face.
void find_lowest(View3<const float> map, std::size_t z, std::size_t y, float* lowest) {
  const auto [nz, ny, nx] = map.shape;
  const float* row = map.row(z, y);
  std::copy_n(row, nx, lowest);
  lower_to(row, nx - 1, lowest + 1);
  lower_to(row + 1, nx - 1, lowest);
  if (y > 0) lower_to(map.row(z, y - 1), nx, lowest);
  if (y + 1 < ny) lower_to(map.row(z, y + 1), nx, lowest);
  if (z > 0) lower_to(map.row(z - 1, y), nx, lowest);
  if (z + 1 < nz) lower_to(map.row(z + 1, y), nx, lowest);
}

// Counts of voxels with more than `level` levels below their value.
std::vector<std::size_t> by_level(const Counts& counts) {
  std::vector<std::size_t> result(counts.size() - 1);
  std::ptrdiff_t sum = 0;
  for (std::size_t level = result.size(); level-- > 0;) {
    sum += counts[level + 1];
    result[level] = static_cast<std::size_t>(sum);
  }
  return result;
}

}  // namespace

SurfaceByLevel surface_by_level(View3<const float> map, View3<const float> region,
                                std::size_t n_levels, std::size_t plane_step, int threads) {
  require_map_shape("map", map.shape);
  require_array("map", map);
  require_array("region", region, map.shape);
  require(n_levels >= 2 && n_levels <= kMostLevels, "n_levels is ", n_levels,
          "; expected 2 to ", kMostLevels);
  require(plane_step >= 1, "plane_step is 0; expected at least 1");
  const MapStatistics statistics = map_statistics(map, threads);
  require(statistics.n_not_finite == 0,
          "map holds values that are not finite; expected numbers");
  const double largest = statistics.maximum;
  const auto n = static_cast<double>(n_levels - 1);
  const double step = largest > 0 ? largest / n : 0;
  const double per_step = largest > 0 ? n / largest : 0;
  const auto levels_below = [&](float value) {
    const double place = std::ceil(static_cast<double>(value) * per_step);
    return static_cast<std::size_t>(std::clamp(place, 0.0, n));
  };

  const std::size_t nx = map.shape[2];
  const std::size_t n_planes = (map.shape[0] - 1) / plane_step + 1;
  const auto n_threads = static_cast<std::size_t>(thread_count(threads));
  std::vector<Tally> by_thread(n_threads, Tally(n_levels + 1));
  std::vector<float> scratch(n_threads * nx);
  for_each_index(n_planes, threads, [&](std::size_t i) {
    const std::size_t z = i * plane_step;
    const std::size_t thread = thread_index();
    Tally& tally = by_thread[thread];
    float* lowest = scratch.data() + thread * nx;
    for (std::size_t y = 0; y < map.shape[1]; ++y) {
      find_lowest(map, z, y, lowest);
      const float* row = map.row(z, y);
      const float* inside = region.row(z, y);
      for (std::size_t x = 0; x < nx; ++x) {
        const bool is_inside = inside[x] >= 0.5f;
        tally.n_inside += is_inside ? 1 : 0;
        if (!(row[x] > 0)) continue;
        const std::size_t level = levels_below(row[x]);
        ++(is_inside ? tally.above_inside : tally.above_outside)[level];
        // A surface at the levels from that of the lowest neighbour to the voxel's own.
        Counts& surface = is_inside ? tally.surface_inside : tally.surface_outside;
        ++surface[level];
        --surface[levels_below(lowest[x])];
      }
    }
  });
  for (std::size_t i = 1; i < n_threads; ++i) by_thread[0].add(by_thread[i]);
  const Tally& all = by_thread[0];
  return {step,
          all.n_inside,
          by_level(all.above_inside),
          by_level(all.above_outside),
          by_level(all.surface_inside),
          by_level(all.surface_outside)};
}

}  // namespace map_sharpening
