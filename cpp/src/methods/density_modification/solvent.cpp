#include "methods/density_modification/solvent.hpp"

#include <algorithm>
#include <complex>

#include "base/coefficient_array.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "methods/density_modification/weights.hpp"

namespace map_sharpening {
namespace {

// out = (1 - mask) * map; `out` may be `map`.
void write_outside(View3<const float> map, View3<const float> mask, View3<float> out,
                   int threads) {
  for_each_row(mask.shape, threads, [&](std::size_t z, std::size_t y) {
    const float *weights = mask.row(z, y), *values = map.row(z, y);
    float* to = out.row(z, y);
    for (std::size_t x = 0; x < mask.shape[2]; ++x)
      to[x] = (1 - std::clamp(weights[x], 0.0F, 1.0F)) * values[x];
  });
}

// Share of signal in the mean of two halves.
double share_of_signal(double auto_1, double auto_2, double cross) {
  const double mean = (auto_1 + auto_2 + 2 * cross) / 4;
  return mean > 0 ? std::clamp(cross / mean, 0.0, 1.0) : 1.0;
}

}  // namespace

void write_solvent(const ModificationMaps& maps, const Grid& grid, const Shells& shells,
                   const std::vector<double>& share_inside, const ModificationOptions& options,
                   std::vector<double>& weights) {
  const int threads = options.threads;
  const Columns columns = Columns::within(grid, shells.s_max());
  const Shape shape = grid.half_complex_shape();
  CoefficientArray f_1(shape, maps.work[0]), f_2(shape, maps.work[1]);
  const View3<float> out = maps.contribution;
  write_outside(maps.half_1, maps.mask, out, threads);
  forward_transform<float>(out, f_1.view(), columns, threads);
  write_outside(maps.half_2, maps.mask, out, threads);
  forward_transform<float>(out, f_2.view(), columns, threads);
  const PowerSums sums =
      power_sums<float>(f_1.view(), f_2.view(), grid, columns, shells, false, threads);
  weights.clear();
  std::vector<double> added;
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double share = share_of_signal(sums.auto_1[i], sums.auto_2[i], sums.cross[i]);
    weights.push_back(share_inside[i] > 0 ? std::min(share / share_inside[i], 1.0) : 1.0);
    added.push_back(weights.back() - 1);
  }
  apply_scale_factors<float>(f_1.view(), f_2.view(), f_1.view(), grid, columns, shells.s_max(),
                             table_of(shells, added), threads);
  inverse_transform<float>(f_1.view(), out, columns, 1.0F, threads);
  write_outside(out, maps.mask, out, threads);
}

}  // namespace map_sharpening
