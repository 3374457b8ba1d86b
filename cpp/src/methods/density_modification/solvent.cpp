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

// out = (1 - mask) * (a + sign * b) / 2; `out` may be a or b.
void write_outside(View3<const float> a, View3<const float> b, float sign,
                   View3<const float> mask, View3<float> out, int threads) {
  for_each_row(mask.shape, threads, [&](std::size_t z, std::size_t y) {
    const float *weights = mask.row(z, y), *of_a = a.row(z, y), *of_b = b.row(z, y);
    float* to = out.row(z, y);
    for (std::size_t x = 0; x < mask.shape[2]; ++x)
      to[x] = (1 - std::clamp(weights[x], 0.0F, 1.0F)) * ((of_a[x] + sign * of_b[x]) / 2);
  });
}

}  // namespace

void write_solvent(const ModificationMaps& maps, const Grid& grid, const Shells& shells,
                   const std::vector<double>& share_inside, const ModificationOptions& options,
                   std::vector<double>& weights) {
  const int threads = options.threads;
  const Columns columns = Columns::within(grid, shells.s_max());
  const CoefficientArray array(grid.half_complex_shape(), maps.work[0]);
  const View3<std::complex<float>> f = array.view();
  const View3<float> out = maps.contribution;
  const auto power_outside = [&](float sign) {
    write_outside(maps.half_1, maps.half_2, sign, maps.mask, out, threads);
    forward_transform<float>(out, f, columns, threads);
    return power_sums<float>(f, f, grid, columns, shells, false, threads).auto_1;
  };
  // Half the difference has the power of the mean's noise.
  const std::vector<double> noise = power_outside(-1), mean = power_outside(1);
  weights.clear();
  std::vector<double> added;
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double share = mean[i] > 0 ? std::clamp(1 - noise[i] / mean[i], 0.0, 1.0) : 1.0;
    weights.push_back(share_inside[i] > 0 ? std::min(share / share_inside[i], 1.0) : 1.0);
    added.push_back(weights.back() - 1);
  }
  apply_scale_factors<float>(f, {}, f, grid, columns, shells.s_max(), table_of(shells, added),
                             threads);
  inverse_transform<float>(f, out, columns, 1.0F, threads);
  write_outside(out, out, 1, maps.mask, out, threads);
}

}  // namespace map_sharpening
