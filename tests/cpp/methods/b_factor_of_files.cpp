// A scan over B factors and local sharpening from beginning to end, of a map in a file: what
// tests/python/methods/b_factor/test_b_factor_in_cpp.py compares with the Python package.
//
//   b_factor_of_files FOLDER < NUMBERS
//
// reads FOLDER/map and FOLDER/molecule (float32, cubic), writes FOLDER/best, FOLDER/local and
// FOLDER/local_b, and prints what it found.
#include <complex>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "map_sharpening/b_factor.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "map_sharpening/unit_cell.hpp"

using namespace map_sharpening;

namespace {

using Values = std::vector<float>;

Values read(const std::string& path, std::size_t size) {
  Values values(size);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(size * sizeof(float)));
  if (!file) throw std::runtime_error(path + " can't be read");
  return values;
}

void write(const std::string& path, const Values& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!file.flush()) throw std::runtime_error(path + " can't be written");
}

template <typename Number = double>
Number next() {
  Number number{};
  if (!(std::cin >> number)) throw std::runtime_error("a number is missing");
  return number;
}

std::vector<double> next_list() {
  std::vector<double> numbers(next<std::size_t>());
  for (double& number : numbers) number = next();
  return numbers;
}

void run(const std::string& folder) {
  const auto n = next<std::size_t>();
  const Shape shape{n, n, n};
  const double edge = next();
  const Grid grid(shape, {edge, edge, edge});
  const Values map = read(folder + "/map", n * n * n);
  const Values molecule = read(folder + "/molecule", n * n * n);

  BFactorScanOptions options;
  options.resolution = next();
  options.score.solvent_fraction = next();
  options.score.region_weight = next();
  options.score.molecule = View3<const float>(molecule.data(), shape);
  options.target = &MapScore::adjusted_surface_area;
  options.b_iso = next_list();
  options.threads = 1;
  const BFactorScan scan =
      scan_b_factors(View3<const float>(map.data(), shape), grid.cell, options);
  std::printf("%.17g %zu\n", scan.b_iso, scan.best.value());
  for (std::size_t i = 0; i < scan.trials.size(); ++i)
    std::printf("%.17g %.17g %.17g %.17g\n", scan.trials[i].b_sharpen,
                scan.scores[i].adjusted_surface_area, scan.scores[i].kurtosis,
                scan.scores[i].skewness);

  const double d_min = options.d_min_ratio * options.resolution;
  std::vector<std::complex<float>> coefficients(n * n * (n / 2 + 1));
  const View3<std::complex<float>> terms(coefficients.data(), grid.half_complex_shape());
  forward_transform<float>(View3<const float>(map.data(), shape), terms,
                           Columns::within(grid, 1 / d_min));
  Values out(map.size()), b_map(map.size());
  make_sharpened_map(terms, grid, d_min, scan.best_factors, View3<float>(out.data(), shape));
  write(folder + "/best", out);

  LocalBFactorOptions local;
  const auto tile = next<std::size_t>();
  local.tiles.edges = {tile, tile, tile};
  local.centre = next();
  local.molecule = options.score.molecule;
  local.threads = 1;
  std::vector<LocalTrial> trials;
  for (const double b_sharpen : next_list()) {
    const BFactorTrial trial{b_sharpen, options.resolution, options.b_blur_hires,
                             options.k_sharpen};
    trials.push_back({b_sharpen, b_iso_to_d_cut_factors(trial, d_min, scan.wilson.b)});
  }
  const LocalBFactor found =
      sharpen_locally(terms, grid, d_min, trials, local, View3<float>(b_map.data(), shape),
                      View3<float>(out.data(), shape));
  std::printf("%zu %.17g\n", found.b_sharpen.size(), found.smoothing_radius);
  write(folder + "/local", out);
  write(folder + "/local_b", b_map);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    run(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
