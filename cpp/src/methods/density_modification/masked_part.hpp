// The part of the box that a mask fills, and what is done to the terms of maps in it.
#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <vector>

#include "base/grid_piece.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/map_statistics.hpp"
#include "map_sharpening/masks.hpp"
#include "methods/density_modification/strong_density.hpp"
#include "methods/density_modification/weights.hpp"
#include "methods/extent.hpp"

namespace map_sharpening {

/// What the steps of density modification share; a base of those that do them.
class MaskedPart {
 protected:
  using Complex = std::complex<float>;

  /// @param is_extended  transforms go on beyond d_min, as far as terms are predicted.
  MaskedPart(const Grid& box, View3<const float> mask, const ModificationOptions& options,
             bool is_extended)
      : options_(options),
        threads_(options.threads),
        extent_(extent_of(mask, box, kMargin * options.d_min, threads_)),
        grid_(piece_of(box, extent_.shape)),
        shells_(modification_shells(grid_, options)),
        extended_(is_extended ? extended_shells(shells_, grid_) : shells_),
        columns_(Columns::within(grid_, extended_.s_max())),
        box_over_extent_(static_cast<double>(box.size()) / static_cast<double>(grid_.size())),
        mask_(mask_moments(mask, threads_)) {}
  ~MaskedPart() = default;

  /// A row of the extent in a map of the box.
  template <class T>
  T* row_of(View3<T> map, std::size_t z, std::size_t y) const {
    return map.row(z + extent_.first[0], y + extent_.first[1]) + extent_.first[2];
  }

  /// Write what the mask leaves of a map of the box.
  void write_masked(View3<const float> map, View3<const float> mask, View3<float> out) const {
    for_each_row(extent_.shape, threads_, [&](std::size_t z, std::size_t y) {
      const float *values = row_of(map, z, y), *weights = row_of(mask, z, y);
      float* to = out.row(z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        to[x] = std::max(weights[x], 0.0F) * values[x];
    });
  }

  /// Of the terms of each shell: a mask makes neighbours alike.
  std::vector<double> independent(std::vector<double> n_terms) const {
    for (double& n : n_terms) n *= mask_.independent_fraction() * box_over_extent_;
    return n_terms;
  }

  PowerSums sums(View3<const Complex> a, View3<const Complex> b) const {
    return power_sums<float>(a, b, grid_, columns_, shells_, false, threads_);
  }

  /// out = (a + b) / 2, or a if b is empty, times a value of each shell; returns its variance.
  double apply(View3<const Complex> a, View3<const Complex> b, View3<Complex> out,
               const std::vector<double>& values) const {
    return apply_scale_factors<float>(a, b, out, grid_, columns_, shells_.s_max(),
                                      table_of(shells_, values), threads_);
  }

  /// Overwrite a map by the smoothed one less its mean, which is returned.
  /// @param width  of the Gaussian, in units of d_min.
  double smooth(View3<float> map, double width, View3<Complex> room) const {
    const double mean = map_statistics(map, threads_).mean;
    forward_transform<float>(map, room, columns_, threads_);
    apply_scale_factors<float>(room, {}, room, grid_, columns_, shells_.s_max(),
                               smoothing(options_.d_min, width), threads_);
    inverse_transform<float>(room, map, columns_, 1.0F, threads_);
    return mean;
  }

  const ModificationOptions& options_;
  int threads_;
  Extent extent_;
  Grid grid_;  // of the extent
  Shells shells_, extended_;
  Columns columns_;
  double box_over_extent_;
  MaskMoments mask_;

 private:
  // Of what is around the mask, in units of d_min: what is added fades out there.
  static constexpr double kMargin = 2;
};

}  // namespace map_sharpening
