// Checks of shapes, columns and coefficients against a grid.
#pragma once

#include <algorithm>

#include "base/check.hpp"
#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening {

/// Sizes of maps that no program makes; products of such lengths overflow.
inline constexpr std::size_t kMostAlongAxis = std::size_t{1} << 16;
inline constexpr std::size_t kMostPoints = std::size_t{1} << 36;

inline void require_map_shape(const char* name, const Shape& shape) {
  for (std::size_t n : shape)
    if (n < 1 || n > kMostAlongAxis)
      throw std::invalid_argument(text_of(name, " has shape ", text_of_shape(shape),
                                          "; expected 1 to ", kMostAlongAxis,
                                          " points along each axis"));
  const std::size_t n_points = shape[0] * shape[1] * shape[2];
  if (n_points > kMostPoints)
    throw std::invalid_argument(text_of(name, " has shape ", text_of_shape(shape), ", ",
                                        n_points, " points; expected at most ", kMostPoints));
}

inline void require_columns(const Columns& columns, const Shape& half_complex_shape) {
  const bool fit = columns.of_row.size() == half_complex_shape[1] &&
                   columns.most <= half_complex_shape[2] &&
                   std::all_of(columns.of_row.begin(), columns.of_row.end(),
                               [&](std::size_t count) { return count <= columns.most; });
  if (!fit)
    throw std::invalid_argument(
        text_of("columns are those of another grid than ", text_of_shape(half_complex_shape)));
}

/// Kernels walk a plane's rows without padding.
template <class T>
void require_coefficients(const char* name, const View3<T>& coefficients,
                          const Shape& half_complex_shape) {
  require_array(name, coefficients, half_complex_shape);
  require(coefficients.is_contiguous(), name, " has padded rows; expected none");
}

}  // namespace map_sharpening
