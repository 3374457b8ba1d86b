#include "map_sharpening/fourier.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/grid_check.hpp"
#include "base/parallel.hpp"
#include "fourier/simd/kernels.hpp"

namespace map_sharpening {
namespace {

constexpr std::size_t kSlabBytes = std::size_t{1} << 16;  // a share of the second cache

template <class Real>
using Coefficients = View3<std::complex<Real>>;

// A slab's worth of scratch for each thread, made before the parallel loop.
template <class Real>
class ThreadScratch {
 public:
  ThreadScratch(std::size_t elements, int threads) {
    for (int i = 0; i < thread_count(threads); ++i) pieces_.emplace_back(new Real[elements]);
  }
  Real* mine() const { return pieces_[thread_index()].get(); }

 private:
  std::vector<std::unique_ptr<Real[]>> pieces_;
};

template <class Real>
void transform_along_z(Coefficients<Real> f, const Columns& columns, bool forward,
                       int threads) {
  const auto& kernel = kernels<Real>();
  const std::size_t plane_stride = f.shape[1] * f.shape[2];
  for_each_index(f.shape[1], threads, [&](std::size_t y) {
    const std::size_t used = columns.of_row[y];
    if (used > 0)
      kernel.transform_columns(f.row(0, y), f.shape[0], plane_stride, used, forward);
  });
}

// Coefficients outside the columns hold what the slab transforms left there.
template <class Real>
void clear_outside(Coefficients<Real> f, const Columns& columns, int threads) {
  for_each_row(f.shape, threads, [&](std::size_t z, std::size_t y) {
    std::fill(f.row(z, y) + columns.of_row[y], f.row(z, y) + f.shape[2],
              std::complex<Real>(0));
  });
}

template <class Real>
void forward_any(View3<const Real> map, Real offset, const Real* weight, Coefficients<Real> f,
                 const Columns& columns, int threads) {
  require_map_shape("map", map.shape);
  require_array("map", map);
  require_coefficients("coefficients", f, half_complex_shape(map.shape));
  require_columns(columns, f.shape);
  const auto& kernel = kernels<Real>();
  const std::size_t ny = map.shape[1], nx = map.shape[2];
  const ThreadScratch<Real> scratch(weight ? ny * nx : 0, threads);
  // Small planes go several at a time: a call of pocketfft asks for memory a dozen times.
  const std::size_t nz = map.shape[0];
  const std::size_t at_once =
      weight ? 1 : std::max<std::size_t>(kSlabBytes / (ny * nx * sizeof(Real)), 1);
  for_each_index((nz + at_once - 1) / at_once, threads, [&](std::size_t slab) {
    const std::size_t z = slab * at_once;
    kernel.forward_slab(map.plane(z), map.row_stride, weight ? weight + z * ny * nx : nullptr,
                        offset, f.plane(z), std::min(at_once, nz - z), ny, nx, columns.most,
                        scratch.mine());
  });
  transform_along_z(f, columns, true, threads);
  clear_outside(f, columns, threads);
}

}  // namespace

template <class Real>
void forward_transform(View3<const Real> map, Coefficients<Real> coefficients,
                       const Columns& columns, int threads) {
  forward_any<Real>(map, 0, nullptr, coefficients, columns, threads);
}

template <class Real>
void forward_transform_weighted(View3<const Real> map, Real offset, View3<const Real> weight,
                                Coefficients<Real> coefficients, const Columns& columns,
                                int threads) {
  require_array("weight", weight, map.shape);
  require(weight.is_contiguous(), "weight has padded rows; expected none");
  forward_any<Real>(map, offset, weight.data, coefficients, columns, threads);
}

template <class Real>
void inverse_transform(Coefficients<Real> coefficients, View3<Real> map,
                       const Columns& columns, Real factor, int threads) {
  require_map_shape("map", map.shape);
  require_array("map", map);
  require_coefficients("coefficients", coefficients, half_complex_shape(map.shape));
  require_columns(columns, coefficients.shape);
  const auto& kernel = kernels<Real>();
  const Real scale = factor / static_cast<Real>(map.size());
  clear_outside(coefficients, columns, threads);
  transform_along_z(coefficients, columns, false, threads);
  for_each_index(map.shape[0], threads, [&](std::size_t z) {
    kernel.inverse_slab(coefficients.plane(z), map.plane(z), map.row_stride, scale,
                        map.shape[1], map.shape[2], columns.most);
  });
}

template <class Real>
void multiply_in_real_space(Coefficients<Real> f, View3<const Real> weight,
                            const Columns& columns, int threads) {
  require_map_shape("weight", weight.shape);
  require_array("weight", weight);
  require_coefficients("coefficients", f, half_complex_shape(weight.shape));
  require(weight.is_contiguous(), "weight has padded rows; expected none");
  require_columns(columns, f.shape);
  const auto& kernel = kernels<Real>();
  const std::size_t ny = weight.shape[1], nx = weight.shape[2];
  const Real scale = Real(1) / static_cast<Real>(weight.size());
  const ThreadScratch<Real> scratch(2 * ny * nx, threads);
  clear_outside(f, columns, threads);
  transform_along_z(f, columns, false, threads);
  for_each_index(weight.shape[0], threads, [&](std::size_t z) {
    Real* slab = scratch.mine();
    kernel.inverse_slab(f.plane(z), slab, nx, scale, ny, nx, columns.most);
    kernel.forward_slab(slab, nx, weight.plane(z), 0, f.plane(z), 1, ny, nx, columns.most,
                        slab + ny * nx);
  });
  transform_along_z(f, columns, true, threads);
  clear_outside(f, columns, threads);
}

#define MAP_SHARPENING_INSTANTIATE(Real)                                                      \
  template void forward_transform(View3<const Real>, Coefficients<Real>, const Columns&,      \
                                  int);                                                       \
  template void forward_transform_weighted(View3<const Real>, Real, View3<const Real>,        \
                                           Coefficients<Real>, const Columns&, int);          \
  template void inverse_transform(Coefficients<Real>, View3<Real>, const Columns&, Real,      \
                                  int);                                                       \
  template void multiply_in_real_space(Coefficients<Real>, View3<const Real>, const Columns&, \
                                       int);
MAP_SHARPENING_INSTANTIATE(float)
MAP_SHARPENING_INSTANTIATE(double)
#undef MAP_SHARPENING_INSTANTIATE

}  // namespace map_sharpening
