// The geometry of one plane of terms, for the kernels.
#pragma once

#include "base/grid_check.hpp"
#include "fourier/simd/kernels.hpp"
#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening {

template <class T>
void require_coefficients(const char* name, const View3<T>& coefficients, const Grid& grid) {
  require_coefficients(name, coefficients, grid.half_complex_shape());
}

inline void require_columns(const Columns& columns, const Grid& grid) {
  require_columns(columns, grid.half_complex_shape());
}

inline PlaneGeometry plane_geometry(const Grid& grid, const Columns& columns, double s_max,
                                    std::size_t z) {
  const ReciprocalMetric metric(grid.cell);
  const Vector h = metric.s_vector(1, 0, 0), k = metric.s_vector(0, 1, 0);
  const Vector l = metric.s_vector(0, 0, static_cast<double>(miller_index(z, grid.shape[0])));
  return {grid.shape[1],      grid.shape[2],      grid.shape[2] / 2 + 1, columns.of_row.data(),
          {h[0], h[1], h[2]}, {k[0], k[1], k[2]}, {l[0], l[1], l[2]},    s_max};
}

}  // namespace map_sharpening
