// Powers of two maps in a soft sphere, by resolution shell.
#pragma once

#include <cstdint>
#include <vector>

#include "fourier/simd/sphere_kernels.hpp"
#include "map_sharpening/shells.hpp"
#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening {

/// Where a sphere's weights are above 0 in a row of its piece of the map.
struct SphereRow {
  std::size_t z, y, x, count;
  std::size_t index;  ///< of the first of them in the piece
};

/// What is the same for all spheres of a size.
class SpherePowers {
 public:
  /// @param grid     of the sphere's piece of a map
  /// @param weights  z, y, x
  /// @param shells   end at the grid's Nyquist limit, or before it
  SpherePowers(const Grid& grid, const std::vector<float>& weights, const Shells& shells);

  /// All rows, along y and then z.
  const std::vector<SphereRow>& rows() const { return rows_; }

  /// What one thread works with.
  struct Workspace {
    std::vector<float> map_1, map_2;  ///< a layer
    std::vector<float> rows, terms;
    std::vector<double> sums;
  };
  Workspace workspace() const;

  struct Sums {
    std::vector<double> both;   ///< |A|² + |B|² by shell, Friedel mates counted once
    std::vector<double> cross;  ///< Re(A conj B)
  };
  /// Sums of two maps A and B, 0 outside the rows.
  /// @param fill(row, to_1, to_2)  writes the row's values
  template <class Fill>
  Sums operator()(const Fill& fill, Workspace& work) const {
    const auto& kernel = sphere_kernels();
    const SphereShape shape = this->shape();
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      const Layer& of = layers_[layer];
      clear(of, work);
      for (std::size_t i = of.first_row; i < of.end_row; ++i) {
        const SphereRow& row = rows_[i];
        const std::size_t at = (row.y * kPlanes + row.z % kPlanes) * shape.row_stride + row.x;
        fill(row, work.map_1.data() + at, work.map_2.data() + at);
      }
      kernel.transform_layer(shape, work.map_1.data(), work.map_2.data(), layer, of.first_y,
                             of.end_y, work.rows.data(), work.terms.data());
    }
    Sums sums{std::vector<double>(shells_.count), std::vector<double>(shells_.count)};
    kernel.add_powers(shape, work.terms.data(), work.sums.data(), sums.both.data(),
                      sums.cross.data());
    return sums;
  }

 private:
  struct Layer {
    std::size_t first_row, end_row;  // of rows_
    std::size_t first_y, end_y;
  };

  void find_rows(const std::vector<float>& weights);
  void find_layers();
  void find_columns();
  std::size_t shell_of(const ReciprocalMetric& metric, std::size_t x, std::size_t y,
                       std::size_t z) const;
  SphereShape shape() const;
  void clear(const Layer& layer, Workspace& work) const;

  Grid grid_;
  Shells shells_;
  std::vector<SphereRow> rows_;
  std::vector<Layer> layers_;
  std::vector<std::uint32_t> h_, columns_, reach_;
  std::vector<std::uint16_t> shell_of_term_;
};

}  // namespace map_sharpening
