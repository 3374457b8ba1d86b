// An outside program: it makes two noisy half maps of some atoms, sharpens them, scans B
// factors and sharpens locally with the library's public headers alone, and checks that the
// sharpened maps are nearer to the atoms.
#include <cmath>
#include <complex>
#include <cstdio>
#include <random>
#include <vector>

#include "map_sharpening/b_factor.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/half_maps.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "map_sharpening/local_resolution.hpp"
#include "map_sharpening/version.hpp"

namespace {

constexpr std::size_t kPoints = 48;
constexpr double kSpacing = 1.2;  // Å
using Map = std::vector<float>;

// Atoms as Gaussians of 1.6 Å in a ball, so that little is left beyond 4 Å.
Map blurred_atoms(double sigma) {
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal;
  Map map(kPoints * kPoints * kPoints, 0.0f);
  for (int atom = 0; atom < 150; ++atom) {
    double centre[3];
    for (double& place : centre) place = kPoints * (0.5 + 0.11 * normal(generator));
    for (std::size_t z = 0; z < kPoints; ++z)
      for (std::size_t y = 0; y < kPoints; ++y)
        for (std::size_t x = 0; x < kPoints; ++x) {
          const double dz = static_cast<double>(z) - centre[0];
          const double dy = static_cast<double>(y) - centre[1];
          const double dx = static_cast<double>(x) - centre[2];
          const double r = kSpacing * std::sqrt(dz * dz + dy * dy + dx * dx) / sigma;
          map[(z * kPoints + y) * kPoints + x] += static_cast<float>(std::exp(-r * r / 2));
        }
  }
  return map;
}

Map with_noise(Map map, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  for (float& value : map) value += static_cast<float>(1.2 * normal(generator));
  return map;
}

double correlation(const Map& a, const Map& b) {
  double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    sum_a += x;
    sum_b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const auto n = static_cast<double>(a.size());
  return (n * ab - sum_a * sum_b) /
         std::sqrt((n * aa - sum_a * sum_a) * (n * bb - sum_b * sum_b));
}

}  // namespace

int main() {
  using map_sharpening::View3;
  const map_sharpening::Shape shape{kPoints, kPoints, kPoints};
  const double edge = kPoints * kSpacing;
  const Map truth = blurred_atoms(1.2), blurred = blurred_atoms(1.6);
  const Map half_1 = with_noise(blurred, 2), half_2 = with_noise(blurred, 3);
  Map mean(truth.size()), mask(truth.size()), sharpened(truth.size());
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = (half_1[i] + half_2[i]) / 2;

  map_sharpening::HalfMaps maps;
  maps.half_1 = View3<const float>(half_1.data(), shape);
  maps.half_2 = View3<const float>(half_2.data(), shape);
  maps.mask = View3<float>(mask.data(), shape);
  maps.sharpened = View3<float>(sharpened.data(), shape);
  map_sharpening::HalfMapOptions options;
  options.resolution = 4;
  map_sharpening::sharpen_half_maps(maps, {edge, edge, edge}, options);

  const double before = correlation(mean, truth), after = correlation(sharpened, truth);
  std::printf("map_sharpening %s: correlation with the truth %.3f, of the mean %.3f\n",
              MAP_SHARPENING_VERSION, after, before);
  // The truth is as blurred as the halves, which are sharpened.
  if (!(after > before + 0.05)) {
    std::fprintf(stderr, "the sharpened map is not better than the mean\n");
    return 1;
  }

  Map local_map(truth.size()), resolution_map(truth.size());
  maps.sharpened = View3<float>(local_map.data(), shape);
  options.local = true;
  const auto locally = map_sharpening::sharpen_half_maps(maps, {edge, edge, edge}, options);
  const double by_windows = correlation(local_map, truth);
  std::printf("%zu windows: correlation %.3f\n", locally.local.gain.size(), by_windows);
  if (!(by_windows > before + 0.05)) {
    std::fprintf(stderr, "the map filtered window by window is not better than the mean\n");
    return 1;
  }

  map_sharpening::LocalResolutionOptions resolution_options;
  resolution_options.window = 0.75 * edge;
  const auto resolution = map_sharpening::measure_local_resolution(
      maps.half_1, maps.half_2, View3<const float>(mask.data(), shape),
      map_sharpening::Grid(shape, {edge, edge, edge}), resolution_options,
      View3<float>(resolution_map.data(), shape));
  std::printf("local resolution from %zu spheres, %.2f Å in the middle\n",
              resolution.n_windows,
              static_cast<double>(resolution_map[resolution_map.size() / 2 + kPoints / 2]));
  if (resolution.n_windows == 0 || !(resolution.d_min < resolution.d_max)) {
    std::fprintf(stderr, "no local resolution was measured\n");
    return 1;
  }

  map_sharpening::BFactorScanOptions scan_options;
  scan_options.resolution = 4;
  scan_options.b_iso = {-50, 0, 50, 100, 150};
  scan_options.score.molecule = View3<const float>(mask.data(), shape);
  const auto scan = map_sharpening::scan_b_factors(View3<const float>(mean.data(), shape),
                                                   {edge, edge, edge}, scan_options);
  if (scan.scores.size() != scan_options.b_iso.size() || !scan.best) {
    std::fprintf(stderr, "the scan over B factors found no best trial\n");
    return 1;
  }
  std::printf("best b_iso of the mean: %.0f Å²\n", scan_options.b_iso[*scan.best]);

  const map_sharpening::Grid grid(shape, {edge, edge, edge});
  const double d_min = scan_options.d_min_ratio * scan_options.resolution;
  std::vector<std::complex<float>> coefficients(kPoints * kPoints * (kPoints / 2 + 1));
  const View3<std::complex<float>> terms(coefficients.data(), grid.half_complex_shape());
  map_sharpening::forward_transform<float>(View3<const float>(mean.data(), shape), terms,
                                           map_sharpening::Columns::within(grid, 1 / d_min));
  std::vector<map_sharpening::LocalTrial> trials;
  for (auto trial = scan.trials.rbegin(); trial != scan.trials.rend(); ++trial)
    trials.push_back({trial->b_sharpen,
                      map_sharpening::b_iso_to_d_cut_factors(*trial, d_min, scan.wilson.b)});
  map_sharpening::LocalBFactorOptions local_options;
  local_options.tiles.edges = {24, 24, 24};
  local_options.centre = scan.trials[*scan.best].b_sharpen;
  Map b_map(mean.size()), local(mean.size());
  const auto found = map_sharpening::sharpen_locally(terms, grid, d_min, trials, local_options,
                                                     View3<float>(b_map.data(), shape),
                                                     View3<float>(local.data(), shape));
  const double of_local = correlation(local, truth);
  std::printf("local B of %zu tiles about %.0f Å²: correlation %.3f\n", found.b_sharpen.size(),
              local_options.centre, of_local);
  if (!(of_local > before + 0.05)) {
    std::fprintf(stderr, "the locally sharpened map is not better than the mean\n");
    return 1;
  }
  return 0;
}
