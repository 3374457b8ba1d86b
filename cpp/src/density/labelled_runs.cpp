#include "density/labelled_runs.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/check.hpp"
#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

void list_runs(const float* values, const float* mask, std::size_t n, float level,
               std::vector<Run>& runs) {
  const std::size_t before = runs.size();
  for_each_above(values, n, level, [&](std::size_t x) {
    if (mask != nullptr && !(mask[x] > 0.5f)) return;
    const auto place = static_cast<std::uint32_t>(x);
    if (runs.size() > before && runs.back().last + 1 == place)
      runs.back().last = place;
    else
      runs.push_back({place, place});
  });
}

}  // namespace

LabelledRuns::LabelledRuns(const PartRows& rows, float level, bool periodic, int threads)
    : shape_(rows.shape()), periodic_(periodic) {
  list(rows, level, threads);
  join(threads);
  label();
}

std::vector<std::uint32_t> LabelledRuns::largest(std::size_t count) const {
  std::vector<std::uint32_t> order(n_regions());
  std::iota(order.begin(), order.end(), 0u);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return volumes_[a] != volumes_[b] ? volumes_[a] > volumes_[b] : a < b;
  });
  order.erase(end, order.end());
  return order;
}

std::vector<std::vector<RowOfRuns>> LabelledRuns::runs_of(
    const std::vector<std::uint32_t>& regions) const {
  std::vector<std::vector<RowOfRuns>> result(regions.size());
  std::vector<std::uint32_t> rank(n_regions(), static_cast<std::uint32_t>(regions.size()));
  for (std::size_t i = 0; i < regions.size(); ++i)
    rank[regions[i]] = static_cast<std::uint32_t>(i);
  for_each_run([&](std::size_t z, std::size_t y, const Run& run, std::uint32_t region) {
    if (rank[region] < regions.size())
      result[rank[region]].push_back(
          {static_cast<std::uint32_t>(z), static_cast<std::uint32_t>(y), run});
  });
  return result;
}

void LabelledRuns::list(const PartRows& rows, float level, int threads) {
  const std::size_t nz = shape_[0], ny = shape_[1];
  std::vector<std::vector<Run>> by_plane(nz);
  std::vector<std::size_t> count(nz * ny);
  for_each_index(nz, threads, [&](std::size_t z) {
    for (std::size_t y = 0; y < ny; ++y) {
      const std::size_t before = by_plane[z].size();
      list_runs(rows.row(z, y), rows.has_mask() ? rows.mask_row(z, y) : nullptr, shape_[2],
                level, by_plane[z]);
      count[z * ny + y] = by_plane[z].size() - before;
    }
  });
  row_start_.assign(nz * ny + 1, 0);
  std::partial_sum(count.begin(), count.end(), row_start_.begin() + 1);
  require(row_start_.back() < std::numeric_limits<std::uint32_t>::max(), "level leaves ",
          row_start_.back(), " runs of voxels above it; give a higher level");
  runs_.resize(row_start_.back());
  for_each_index(nz, threads, [&](std::size_t z) {
    std::copy(by_plane[z].begin(), by_plane[z].end(),
              runs_.begin() + static_cast<std::ptrdiff_t>(row_start_[z * ny]));
  });
}

std::uint32_t LabelledRuns::root(std::uint32_t i) {
  while (parent_[i] != i) {
    parent_[i] = parent_[parent_[i]];
    i = parent_[i];
  }
  return i;
}

// The earlier root stays one: the outcome does not depend on the order of the joins.
void LabelledRuns::join_runs(std::size_t i, std::size_t j) {
  const std::uint32_t a = root(static_cast<std::uint32_t>(i));
  const std::uint32_t b = root(static_cast<std::uint32_t>(j));
  parent_[std::max(a, b)] = std::min(a, b);
}

// Joins runs of two rows that share an x.
void LabelledRuns::join_rows(std::size_t row_a, std::size_t row_b) {
  std::size_t a = row_start_[row_a], b = row_start_[row_b];
  const std::size_t end_a = row_start_[row_a + 1], end_b = row_start_[row_b + 1];
  while (a < end_a && b < end_b) {
    if (runs_[a].first <= runs_[b].last && runs_[b].first <= runs_[a].last) join_runs(a, b);
    if (runs_[a].last < runs_[b].last)
      ++a;
    else
      ++b;
  }
}

void LabelledRuns::join_within_plane(std::size_t z) {
  const std::size_t ny = shape_[1];
  for (std::size_t y = 0; y < ny; ++y) {
    const std::size_t row = z * ny + y;
    // Across the face along x: neighbours in one row.
    if (periodic_ && row_start_[row] < row_start_[row + 1] &&
        runs_[row_start_[row]].first == 0 &&
        runs_[row_start_[row + 1] - 1].last + 1 == shape_[2])
      join_runs(row_start_[row], row_start_[row + 1] - 1);
    if (y > 0) join_rows(row, row - 1);
  }
  if (periodic_) join_rows(z * ny, z * ny + ny - 1);
}

void LabelledRuns::join_planes(std::size_t z_a, std::size_t z_b) {
  const std::size_t ny = shape_[1];
  for (std::size_t y = 0; y < ny; ++y) join_rows(z_a * ny + y, z_b * ny + y);
}

// Blocks of planes side by side, each with runs of its own; then the blocks' borders.
void LabelledRuns::join(int threads) {
  parent_.resize(runs_.size());
  std::iota(parent_.begin(), parent_.end(), 0u);
  const std::size_t nz = shape_[0];
  const std::size_t n_blocks =
      std::min(nz, 4 * static_cast<std::size_t>(thread_count(threads)));
  for_each_index(n_blocks, threads, [&](std::size_t block) {
    const std::size_t from = block * nz / n_blocks, to = (block + 1) * nz / n_blocks;
    for (std::size_t z = from; z < to; ++z) {
      join_within_plane(z);
      if (z > from) join_planes(z, z - 1);
    }
  });
  for (std::size_t block = 1; block < n_blocks; ++block) {
    const std::size_t z = block * nz / n_blocks;
    join_planes(z, z - 1);
  }
  if (periodic_) join_planes(0, nz - 1);
}

void LabelledRuns::label() {
  labels_.resize(runs_.size());
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const bool is_root = parent_[i] == i;
    labels_[i] = is_root ? static_cast<std::uint32_t>(volumes_.size()) : labels_[parent_[i]];
    if (is_root) volumes_.push_back(0);
    volumes_[labels_[i]] += runs_[i].size();
  }
  parent_ = {};
}

}  // namespace map_sharpening
