// All headers: what public functions refuse.
#include <complex>
#include <limits>
#include <vector>

#include "check.hpp"
#include "map_sharpening/b_factor.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/half_maps.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "map_sharpening/map_statistics.hpp"
#include "map_sharpening/masks.hpp"
#include "map_sharpening/power_model.hpp"
#include "map_sharpening/tiles.hpp"

using namespace map_sharpening;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST(an_array_without_memory_is_refused) {
  const View3<const float> nothing(nullptr, {2, 2, 2});
  CHECK_THROWS(std::invalid_argument, map_statistics(nothing), "map has no memory");
}

TEST(an_array_that_is_not_aligned_is_refused) {
  std::vector<float> values(9);
  const auto* shifted =
      reinterpret_cast<const float*>(reinterpret_cast<const char*>(values.data()) + 1);
  CHECK_THROWS(std::invalid_argument, map_statistics({shifted, {2, 2, 2}}),
               "map is not aligned in memory");
}

TEST(rows_that_overlap_are_refused) {
  std::vector<float> values(8);
  CHECK_THROWS(std::invalid_argument, map_statistics({values.data(), {2, 2, 2}, 1}),
               "map has rows 1 apart");
}

TEST(a_tile_beyond_the_last_is_refused) {
  const Tiles tiles = make_tiles({50, 50, 50});
  CHECK_EQUAL(tiles.first(7)[2], 20u);
  CHECK_THROWS(std::invalid_argument, tiles.first(8), "tile is 8; expected one of 8");
  CHECK_THROWS(std::invalid_argument, tiles.centre(8), "tile is 8");
}

TEST(columns_beyond_the_rows_are_refused) {
  const Grid grid({4, 4, 4}, {10, 10, 10});
  std::vector<std::complex<float>> values(4 * 4 * 3, 1.0f);
  const View3<std::complex<float>> f(values.data(), grid.half_complex_shape());
  Columns columns = Columns::all(grid);
  columns.of_row[2] = 4;
  ScaleFactors factors;
  factors.step = 1;
  factors.gain = {1, 1};
  CHECK_THROWS(std::invalid_argument,
               apply_scale_factors<float>(f, {}, f, grid, columns, 1.0, factors),
               "columns are those of another grid");
}

TEST(factors_at_no_place_are_no_number) {
  ScaleFactors factors;
  factors.step = 1;
  factors.gain = {1, 2};
  CHECK(std::isnan(factors.at({std::numeric_limits<double>::quiet_NaN(), 0, 0})));
  CHECK_EQUAL(factors.at({1e300, 0, 0}), 2.0);
}

TEST(sums_of_other_sizes_than_their_shells_are_refused) {
  PowerSums sums{};
  sums.shells = {0.1, 4};
  sums.n_terms = sums.cross = sums.auto_1 = {1, 1, 1, 1};
  CHECK_THROWS(std::invalid_argument, sums.fsc(), "sums have 0 values for 4 shells");
  CHECK_THROWS(std::invalid_argument, sums.relative_amplitude(), "sums have 0 values");
  sums.auto_2 = {1, 1, 1, 4};
  CHECK_EQUAL(sums.fsc()[3], 0.5);
  CHECK_EQUAL(sums.relative_amplitude()[3], 2.0);
  const Grid grid({4, 4, 4}, {10, 10, 10});
  std::vector<std::complex<float>> values(4 * 4 * 3, 1.0f);
  const View3<const std::complex<float>> f(values.data(), grid.half_complex_shape());
  sums.directional_n_terms.assign(4 * directions().size(), 1);
  CHECK_THROWS(std::invalid_argument,
               fit_wilson_b<float>(f, {}, grid, Columns::all(grid), sums, 3.0),
               "sums have 0 values by direction");
  CHECK_THROWS(std::invalid_argument, fit_wilson_b<float>(f, {}, grid, kInfinity),
               "d_min is inf");
}

TEST(shells_without_end_or_width_are_refused) {
  constexpr std::size_t most = static_cast<std::size_t>(-1);
  CHECK_THROWS(std::invalid_argument, mean_fall_off({}, {0.1, most}), "expected 1 to 1048576");
  CHECK_THROWS(std::invalid_argument, mean_fall_off({}, {kNaN, 3}), "3 shells of nan");
  CHECK_THROWS(std::invalid_argument, ideal_from({0, 3}), "of a width above 0");
  // So many that shells times directions would be 0 again.
  const Shells wrapping{0.1, most / directions().size() + 1};
  CHECK_THROWS(std::invalid_argument, fit_anisotropic_b({}, {}, wrapping), "there are");
  CHECK_THROWS(std::invalid_argument, fit_power_tensor({}, {}, {}, wrapping), "there are");
}

TEST(numbers_that_are_none_are_refused) {
  CHECK_THROWS(std::invalid_argument, b_iso_factors(10, {0, 0, 0, 0, 0, kInfinity}),
               "anisotropy is inf");
  CHECK_THROWS(std::invalid_argument, usual_smoothing_radius({{0, 0, 0}, {0, kNaN, 0}}),
               "centres have nan");
  CHECK_EQUAL(usual_smoothing_radius({{0, 0, 0}, {0, 3, 0}}), 2.0);
  CHECK_THROWS(std::invalid_argument, local_b_factor({0, 1, 2}, {1, 2, 1}, {1, 2, 1}, kNaN),
               "centre is nan");
  CHECK_THROWS(std::invalid_argument,
               fit_region_weight({}, {}, {}, RegionWeightRule::by_ratio, kNaN),
               "factor is nan");
  CHECK_THROWS(std::invalid_argument,
               fit_region_weight({}, {}, {}, RegionWeightRule::by_ratio, 1, 0.5),
               "buffer is 0.5");
  CHECK_THROWS(std::invalid_argument, finest_spacing({{4, 4, 4}, {10, 10, 10}}, kNaN),
               "resolution is nan");
  CHECK_EQUAL(finest_spacing({{4, 4, 4}, {10, 10, 10}}, 10), 8.33);
}

TEST(a_limit_that_is_no_number_is_refused) {
  const Grid grid({4, 4, 4}, {10, 10, 10});
  std::vector<std::complex<float>> values(4 * 4 * 3, 1.0f);
  const View3<std::complex<float>> f(values.data(), grid.half_complex_shape());
  const Columns columns = Columns::all(grid);
  ScaleFactors factors;
  factors.step = 1;
  factors.gain = {1, 1};
  CHECK_THROWS(std::invalid_argument,
               apply_scale_factors<float>(f, {}, f, grid, columns, kNaN, factors),
               "s_max is nan");
  CHECK_THROWS(std::invalid_argument, randomise_phases<float>(f, f, grid, columns, 1, -0.5, 0),
               "s_from is -0.5");
  CHECK(values[5] == std::complex<float>(1));
}

TEST(no_target_is_refused) {
  CHECK_THROWS(std::invalid_argument, best_trial({MapScore{}}, nullptr),
               "target is no member");
  std::vector<float> map(4 * 4 * 4);
  BFactorScanOptions options;
  options.resolution = 6;
  options.b_iso = {50};
  options.target = nullptr;
  CHECK_THROWS(std::invalid_argument,
               scan_b_factors({map.data(), {4, 4, 4}}, {10, 10, 10}, options),
               "target is no member");
}

TEST(contents_of_another_map_are_refused) {
  std::vector<float> values(512, 1);
  values[7] = 2;
  const View3<const float> map(values.data(), {8, 8, 8});
  const Tiles tiles = make_tiles({8, 8, 8}, {{4, 4, 4}, 1});
  TileContents contents = tile_contents(tiles, {});
  contents.molecule = {values.data(), {8, 8, 4}};
  CHECK_THROWS(std::invalid_argument, score_tiles(map, tiles, contents),
               "molecule has shape (8, 8, 4)");
  contents = tile_contents(tiles, {});
  contents.n_voxels_of_map = 0;
  CHECK_THROWS(std::invalid_argument, score_tiles(map, tiles, contents),
               "contents have 0 voxels");
}

TEST(a_trial_without_memory_is_refused) {
  std::vector<float> values(8);
  const View3<float> map(values.data(), {2, 2, 2});
  CHECK_THROWS(std::invalid_argument,
               add_blended({nullptr, {2, 2, 2}}, map, hat_of_trial({0, 1}, 0), map),
               "trial has no memory");
}

TEST(a_map_without_points_has_no_solvent_level) {
  const View3<const float> nothing(nullptr, {0, 4, 4});
  CHECK_THROWS(std::invalid_argument, solvent_level(nothing, nothing), "map has no points");
}

int main() { return map_sharpening::test::run_all(); }
