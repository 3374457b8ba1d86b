// The rows of a part of a map.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/check.hpp"
#include "map_sharpening/moments.hpp"

namespace map_sharpening {

// visit(x) for each value above the level.  Most pieces of most rows have none, which one
// comparison shows.
template <class Visit>
void for_each_above(const float* values, std::size_t n, float level, const Visit& visit) {
  constexpr std::size_t kPiece = 16;
  for (std::size_t from = 0; from < n; from += kPiece) {
    const std::size_t end = std::min(n, from + kPiece);
    int any = 0;
    for (std::size_t x = from; x < end; ++x) any |= values[x] > level ? 1 : 0;
    if (any == 0) continue;
    for (std::size_t x = from; x < end; ++x)
      if (values[x] > level) visit(x);
  }
}

inline void require_not_periodic_box(bool periodic, const MapPart& part) {
  require(!(periodic && part.box),
          "a box is given for periodic regions; leave out one of both");
}

// The rows of a part of a map, counted from the part's own first point.
class PartRows {
 public:
  PartRows(View3<const float> map, const MapPart& part) : map_(map), mask_(part.mask) {
    require(map.size() > 0, "map has shape ", text_of_shape(map.shape),
            "; expected at least one point along each axis");
    require_array("map", map);
    if (!mask_.empty()) require_array("mask", mask_, map.shape);
    shape_ = map.shape;
    if (!part.box) return;
    const Shape& first = part.box->first;
    const Shape& last = part.box->last;
    for (std::size_t i = 0; i < 3; ++i)
      require(first[i] <= last[i] && last[i] < map.shape[i], "box goes from ",
              text_of_shape(first), " to ", text_of_shape(last),
              "; expected points of a map of shape ", text_of_shape(map.shape));
    first_ = first;
    for (std::size_t i = 0; i < 3; ++i) shape_[i] = last[i] - first[i] + 1;
  }

  const Shape& shape() const { return shape_; }
  bool has_mask() const { return !mask_.empty(); }
  const float* row(std::size_t z, std::size_t y) const {
    return map_.row(z + first_[0], y + first_[1]) + first_[2];
  }
  const float* mask_row(std::size_t z, std::size_t y) const {
    return mask_.row(z + first_[0], y + first_[1]) + first_[2];
  }

  /// visit(values, count) for each row of a plane, masked voxels left out.
  /// @param scratch  room for a row.
  template <class Visit>
  void for_each_row(std::size_t z, float* scratch, const Visit& visit) const {
    for (std::size_t y = 0; y < shape_[1]; ++y) visit_row(z, y, scratch, visit);
  }
  template <class Visit>
  void visit_row(std::size_t z, std::size_t y, float* scratch, const Visit& visit) const {
    const float* values = row(z, y);
    if (!has_mask()) {
      visit(values, shape_[2]);
      return;
    }
    std::size_t count = 0;
    for_each_above(mask_row(z, y), shape_[2], 0.5f,
                   [&](std::size_t x) { scratch[count++] = values[x]; });
    visit(scratch, count);
  }

 private:
  View3<const float> map_, mask_;
  Shape first_{0, 0, 0}, shape_{0, 0, 0};
};

}  // namespace map_sharpening
