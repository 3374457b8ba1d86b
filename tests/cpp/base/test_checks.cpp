// array_view.hpp, tiles.hpp, filters.hpp: what public functions refuse.
#include <complex>
#include <limits>
#include <vector>

#include "check.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/map_statistics.hpp"
#include "map_sharpening/tiles.hpp"

using namespace map_sharpening;

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

int main() { return map_sharpening::test::run_all(); }
