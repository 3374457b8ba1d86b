// The part of a box that a mask fills.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/parallel.hpp"
#include "fourier/transform_length.hpp"
#include "map_sharpening/array_view.hpp"
#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening {

/// Points `first` to `first + shape` of a box, (z, y, x).
struct Extent {
  Shape first{0, 0, 0}, shape{0, 0, 0};
};

/// The points where a mask is above 0 and `margin` Å around them, as many as transform fast.
/// An axis that these nearly fill, or that the mask crosses from end to end, is kept whole.
inline Extent extent_of(View3<const float> mask, const Grid& grid, double margin,
                        int threads) {
  std::array<std::vector<char>, 3> is_filled;
  for (std::size_t axis = 0; axis < 3; ++axis) is_filled[axis].resize(grid.shape[axis], 0);
  std::vector<std::vector<char>> rows(grid.shape[0]), columns(grid.shape[0]);
  for_each_index(grid.shape[0], threads, [&](std::size_t z) {
    rows[z].resize(grid.shape[1], 0);
    columns[z].resize(grid.shape[2], 0);
    for (std::size_t y = 0; y < grid.shape[1]; ++y)
      for (std::size_t x = 0; x < grid.shape[2]; ++x)
        if (mask(z, y, x) > 0) rows[z][y] = columns[z][x] = is_filled[0][z] = 1;
  });
  for (std::size_t z = 0; z < grid.shape[0]; ++z) {
    for (std::size_t y = 0; y < grid.shape[1]; ++y) is_filled[1][y] |= rows[z][y];
    for (std::size_t x = 0; x < grid.shape[2]; ++x) is_filled[2][x] |= columns[z][x];
  }
  const std::array<double, 3> spacing = grid.spacing();  // x, y, z
  Extent extent;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t n = grid.shape[axis];
    const auto begin = is_filled[axis].begin(), end = is_filled[axis].end();
    const auto first = static_cast<std::size_t>(std::find(begin, end, 1) - begin);
    const auto last = static_cast<std::size_t>(
        is_filled[axis].rend() -
        std::find(is_filled[axis].rbegin(), is_filled[axis].rend(), 1));
    // A margin of any size is at most the whole axis.
    const auto around = static_cast<std::size_t>(
        std::min(std::ceil(margin / spacing[2 - axis]), static_cast<double>(n)));
    const std::size_t length = first < last ? smooth_length(last - first + 2 * around) : n;
    extent.shape[axis] = std::min(length, n);
    if (length >= n) continue;
    // As much on either side, moved inwards where the box ends.
    const std::size_t spare = (length - (last - first)) / 2;
    extent.first[axis] = std::min(first - std::min(first, spare), n - length);
  }
  return extent;
}

}  // namespace map_sharpening
