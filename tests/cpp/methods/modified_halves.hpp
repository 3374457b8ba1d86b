// Half maps of a toy, and their density modified.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "check.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "samples.hpp"

namespace map_sharpening::test {

inline const Shape kShape{27, 30, 32};
inline const UnitCell kCell{32, 30, 27};
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Modified {
  Array3<float> contribution{kShape};
  ModificationFindings found;
};

inline Array3<float> soft_ball() {
  Array3<float> mask(kShape);
  for (std::size_t z = 0; z < kShape[0]; ++z)
    for (std::size_t y = 0; y < kShape[1]; ++y)
      for (std::size_t x = 0; x < kShape[2]; ++x) {
        const double r = std::hypot(static_cast<double>(z) - 13, static_cast<double>(y) - 15,
                                    static_cast<double>(x) - 16);
        mask.view()(z, y, x) = static_cast<float>(std::clamp((13 - r) / 3, 0.0, 1.0));
      }
  return mask;
}

// Halves without terms beyond d_min, of mean 0, as sharpened ones are.
inline Pair make_halves(double noise) {
  Pair pair = make_pair_of_halves(kShape, noise, 1);
  const Grid grid(kShape, kCell);
  const Columns columns = Columns::all(grid);
  ScaleFactors flat;
  flat.step = 1;
  flat.gain = {1, 1};
  Array3<std::complex<float>> f(grid.half_complex_shape());
  for (auto* map : {&pair.half_1, &pair.half_2}) {
    forward_transform<float>(map->view(), f.view(), columns);
    apply_scale_factors<float>(f.view(), {}, f.view(), grid, columns, 1 / 2.5, flat);
    inverse_transform<float>(f.view(), map->view(), columns);
  }
  return pair;
}

inline ModificationOptions options_for(int threads) {
  ModificationOptions options;
  options.d_min = 2.5;
  options.n_shells = 12;
  options.threads = threads;
  return options;
}

inline ModificationMaps maps_of(const Pair& pair, const Array3<float>& mask, Modified& out) {
  ModificationMaps maps;
  maps.half_1 = pair.half_1.view();
  maps.half_2 = pair.half_2.view();
  maps.mask = mask.view();
  maps.contribution = out.contribution.view();
  return maps;
}

inline Modified modify(const Pair& pair, int threads = 0) {
  const Array3<float> mask = soft_ball();
  Modified out;
  out.found = modify_density(maps_of(pair, mask, out), kCell, options_for(threads));
  return out;
}

inline Pair times(const Pair& pair, float factor) {
  Pair scaled = pair;
  for (auto* map : {&scaled.half_1, &scaled.half_2})
    for (float& value : map->values) value *= factor;
  return scaled;
}

inline double rms(const Array3<float>& map) {
  double sum = 0;
  for (const double value : map.values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(map.values.size()));
}

}  // namespace map_sharpening::test
