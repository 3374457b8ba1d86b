// Runs of voxels above a level, and which region each belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "density/part_rows.hpp"

namespace map_sharpening {

// Voxels next to each other along x, ends included.
struct Run {
  std::uint32_t first, last;
  std::size_t size() const { return std::size_t{last} - first + 1; }
};

struct RowOfRuns {
  std::uint32_t z, y;
  Run run;
};

// Runs of all rows in memory order, and which region each belongs to.
//
// Regions are numbered in memory order of their first voxels.
class LabelledRuns {
 public:
  LabelledRuns(const PartRows& rows, float level, bool periodic, int threads);

  std::size_t n_regions() const { return volumes_.size(); }
  const std::vector<std::size_t>& volumes() const { return volumes_; }

  /// visit(z, y, run, region) for each run in memory order.
  template <class Visit>
  void for_each_run(const Visit& visit) const {
    for (std::size_t row = 0; row + 1 < row_start_.size(); ++row)
      for (std::size_t i = row_start_[row]; i < row_start_[row + 1]; ++i)
        visit(row / shape_[1], row % shape_[1], runs_[i], labels_[i]);
  }

  /// The `count` largest regions, largest first; equal ones in memory order.
  std::vector<std::uint32_t> largest(std::size_t count) const;

  /// The runs of some regions, in memory order.
  std::vector<std::vector<RowOfRuns>> runs_of(const std::vector<std::uint32_t>& regions) const;

 private:
  void list(const PartRows& rows, float level, int threads);
  std::uint32_t root(std::uint32_t i);
  void join_runs(std::size_t i, std::size_t j);
  void join_rows(std::size_t row_a, std::size_t row_b);
  void join_within_plane(std::size_t z);
  void join_planes(std::size_t z_a, std::size_t z_b);
  void join(int threads);
  void label();

  Shape shape_;
  bool periodic_;
  std::vector<Run> runs_;
  std::vector<std::size_t> row_start_;  // by row: its first run
  std::vector<std::uint32_t> parent_;   // while joining: an earlier run of the same region
  std::vector<std::uint32_t> labels_;
  std::vector<std::size_t> volumes_;  // by label
};

}  // namespace map_sharpening
