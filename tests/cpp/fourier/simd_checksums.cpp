// Prints a checksum of what every kernel makes, to be compared between instruction sets.
#include <cstdint>
#include <cstdio>

#include "map_sharpening/anisotropy.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/local_resolution.hpp"
#include "map_sharpening/map_score.hpp"
#include "map_sharpening/shells.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

template <class T>
void print_checksum(const char* name, std::size_t real_size, const std::vector<T>& values) {
  std::uint64_t hash = 14695981039346656037ull;  // FNV-1a
  std::vector<unsigned char> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  for (unsigned char byte : bytes) hash = (hash ^ byte) * 1099511628211ull;
  std::printf("%s %zu %016llx\n", name, real_size, static_cast<unsigned long long>(hash));
}

template <class Real>
void print_kernels(const Grid& grid) {
  const double s_max = 0.9 / grid.nyquist();
  const Columns columns = Columns::within(grid, s_max);
  const auto map_1 = random_map<Real>(grid.shape, 1), map_2 = random_map<Real>(grid.shape, 2);
  Array3<std::complex<Real>> f_1(half_complex(grid.shape)), f_2(f_1.shape), out(f_1.shape);
  forward_transform<Real>(map_1.view(), f_1.view(), columns);
  print_checksum("forward_transform", sizeof(Real), f_1.values);
  forward_transform_weighted<Real>(map_2.view(), Real(0.3), map_1.view(), f_2.view(), columns);
  print_checksum("forward_transform_weighted", sizeof(Real), f_2.values);

  const Shells shells{s_max / 12, 12};
  const PowerSums sums = power_sums<Real>(f_1.view(), f_2.view(), grid, columns, shells, true);
  print_checksum("power_sums", sizeof(Real), sums.directional_cross);
  print_checksum("power_sums n_terms", sizeof(Real), sums.directional_n_terms);
  print_checksum("power_sums radial", sizeof(Real), sums.auto_1);

  const TensorFit wilson = fit_wilson_b<Real>(f_1.view(), f_2.view(), grid, 1 / s_max);
  print_checksum("fit_wilson_b", sizeof(Real),
                 std::vector<double>(wilson.b.begin(), wilson.b.end()));

  ScaleFactors factors;
  factors.step = s_max / 9;
  factors.gain = {1, 2, 3, 2, 1, 4, 2, 1, 3, 0.5f};
  factors.ratio = {0, 0.1f, 0.4f, 1, 3, 2, 8, 9, 30, 1e12f};
  factors.gain_b = {30, -50, 20, 12, -7, 5};
  factors.ratio_b = {-20, 80, -60, 3, 9, -2};
  const double variance = apply_scale_factors<Real>(f_1.view(), f_2.view(), out.view(), grid,
                                                    columns, s_max, factors);
  print_checksum("apply_scale_factors", sizeof(Real), out.values);
  print_checksum("apply_scale_factors variance", sizeof(Real), std::vector<double>{variance});

  randomise_phases<Real>(f_1.view(), out.view(), grid, columns, s_max, s_max / 3, 7);
  print_checksum("randomise_phases", sizeof(Real), out.values);
  multiply_in_real_space<Real>(out.view(), map_2.view(), columns);
  print_checksum("multiply_in_real_space", sizeof(Real), out.values);
  Array3<Real> back(grid.shape);
  inverse_transform<Real>(out.view(), back.view(), columns);
  print_checksum("inverse_transform", sizeof(Real), back.values);
}

}  // namespace

int main() {
  const Array3<float> map = random_map<float>({9, 10, 27}, 5);
  const CentralMoments moments = central_moments(map.view());
  print_checksum(
      "central_moments", sizeof(float),
      std::vector<double>{moments.mean, moments.variance, moments.skewness, moments.kurtosis});
  for (const Grid& grid : {Grid({24, 20, 36}, kTriclinic), Grid({17, 23, 29}, kOrthogonal),
                           Grid({6, 5, 300}, {300, 7, 6})}) {
    print_kernels<float>(grid);
    print_kernels<double>(grid);
  }
  const Pair pair = make_pair_of_halves({33, 36, 40}, 0.4, 1);
  HalfMapOptions options;
  options.resolution = 4;
  const Outputs out = sharpen(pair, {48, 44, 40, 85, 95, 100}, options);
  print_checksum("sharpen_half_maps", sizeof(float), out.sharpened.values);
  print_checksum("sharpen_half_maps half 2", sizeof(float), out.half_2.values);
  print_checksum("sharpen_half_maps mask", sizeof(float), out.mask.values);
  options.local = true;
  const Outputs local = sharpen(pair, {48, 44, 40, 85, 95, 100}, options);
  print_checksum("local sharpen_half_maps", sizeof(float), local.sharpened.values);
  print_checksum("local sharpen_half_maps half 2", sizeof(float), local.half_2.values);

  const Grid grid({33, 36, 40}, {48, 44, 40, 85, 95, 100});
  LocalResolutionOptions local_options;
  local_options.window = 30;
  Array3<float> resolution(grid.shape);
  const LocalResolution found =
      measure_local_resolution(pair.half_1.view(), pair.half_2.view(), out.mask.view(), grid,
                               local_options, resolution.view());
  print_checksum("local resolution", sizeof(float), resolution.values);
  print_checksum("local resolution lattice", sizeof(float), found.lattice);
}
