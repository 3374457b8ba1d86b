// moments.hpp, regions.hpp and map_score.hpp: analytic shapes, padded rows, parts of maps,
// what a region weight is made of.
#include <numeric>

#include "check.hpp"
#include "map_sharpening/map_score.hpp"
#include "map_sharpening/regions.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

Array3<float> map_with(const Shape& shape, const std::vector<Shape>& places) {
  Array3<float> map(shape);
  for (const Shape& p : places) map.view()(p[0], p[1], p[2]) = 1;
  return map;
}

std::size_t count_regions(const Array3<float>& map, bool periodic) {
  return connected_regions(map.view(), 0.5f, periodic).volumes.size();
}

// The same values in rows with NaN behind.
struct Padded {
  std::vector<float> values;
  View3<const float> view;

  explicit Padded(const Array3<float>& map) {
    const std::size_t stride = map.shape[2] + 3;
    values.assign(map.shape[0] * map.shape[1] * stride, std::nanf(""));
    for (std::size_t z = 0; z < map.shape[0]; ++z)
      for (std::size_t y = 0; y < map.shape[1]; ++y)
        std::copy_n(map.view().row(z, y), map.shape[2],
                    &values[(z * map.shape[1] + y) * stride]);
    view = View3<const float>(values.data(), map.shape, stride);
  }
};

ScoreOptions options_with(double solvent_fraction) {
  ScoreOptions options;
  options.solvent_fraction = solvent_fraction;
  return options;
}

MapScore score_with(double surface_ratio, double normalized_regions) {
  MapScore score;
  score.surface_ratio = surface_ratio;
  score.normalized_regions = normalized_regions;
  return score;
}

}  // namespace

TEST(a_cube_has_the_surface_of_the_next_larger_cube_less_itself) {
  for (const std::size_t n : {1, 3, 4}) {
    Array3<float> map({8, 9, 10});
    for (std::size_t z = 2; z < 2 + n; ++z)
      for (std::size_t y = 3; y < 3 + n; ++y)
        for (std::size_t x = 1; x < 1 + n; ++x) map.view()(z, y, x) = 1;
    const Regions regions = connected_regions(map.view(), 0.5f, false, 1);
    CHECK_EQUAL(regions.volumes.size(), 1u);
    CHECK_EQUAL(regions.volumes[0], n * n * n);
    CHECK_EQUAL(surface_area(regions.voxels[0], map.shape, false),
                (n + 2) * (n + 2) * (n + 2) - n * n * n);
  }
}

TEST(edge_and_corner_neighbours_are_regions_of_their_own) {
  CHECK_EQUAL(count_regions(map_with({4, 4, 4}, {{1, 1, 1}, {1, 2, 2}}), false), 2u);
  CHECK_EQUAL(count_regions(map_with({4, 4, 4}, {{1, 1, 1}, {2, 2, 2}}), false), 2u);
}

TEST(opposite_faces_meet_only_in_periodic_maps) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Shape first{2, 2, 2}, last{2, 2, 2};
    first[axis] = 0;
    last[axis] = 4;
    const auto map = map_with({5, 5, 5}, {first, last});
    CHECK_EQUAL(count_regions(map, false), 2u);
    CHECK_EQUAL(count_regions(map, true), 1u);
  }
}

TEST(regions_of_one_volume_are_in_memory_order) {
  const auto map =
      map_with({3, 3, 9}, {{0, 0, 8}, {0, 2, 0}, {0, 2, 1}, {2, 0, 4}, {1, 1, 6}});
  const Regions regions = connected_regions(map.view(), 0.5f, false);
  CHECK(regions.volumes == (std::vector<std::size_t>{2, 1, 1, 1}));
  CHECK(regions.voxels.empty());
  std::vector<std::size_t> first;
  for (const auto& voxels : connected_regions(map.view(), 0.5f, false, 4).voxels)
    first.push_back(voxels.front());
  CHECK(first == (std::vector<std::size_t>{18, 8, 42, 58}));
}

TEST(padding_of_rows_is_not_looked_at) {
  const auto map = random_map<float>({13, 12, 21}, 1);
  const Padded padded(map);
  CHECK_EQUAL(contour_level(padded.view, 300), contour_level(map.view(), 300));
  CHECK_EQUAL(central_moments(padded.view).kurtosis, central_moments(map.view()).kurtosis);
  for (const bool periodic : {false, true}) {
    ScoreOptions options = options_with(0.3);
    options.periodic = periodic;
    CHECK_EQUAL(score_map(padded.view, options).adjusted_surface_area,
                score_map(map.view(), options).adjusted_surface_area);
  }
  const auto of_map = connected_regions(map.view(), 1, true, 5).voxels;
  CHECK(connected_regions(padded.view, 1, true, 5).voxels == of_map);
}

TEST(all_voxels_of_regions_are_those_above_the_level) {
  const auto map = random_map<float>({11, 12, 70}, 2);
  const float level = contour_level(map.view(), 900);
  const Regions regions = connected_regions(map.view(), level, false, map.values.size());
  std::vector<std::size_t> all;
  for (const auto& region : regions.voxels)
    all.insert(all.end(), region.begin(), region.end());
  CHECK_EQUAL(all.size(), 900u);
  for (const std::size_t voxel : all) CHECK(map.values[voxel] > level);
}

TEST(scores_have_the_same_bytes_for_any_number_of_threads) {
  const auto map = random_map<float>({40, 37, 45}, 3);
  const MapScore expected = score_map(map.view(), options_with(0.2), 1);
  for (int threads : kThreadCounts) {
    const MapScore score = score_map(map.view(), options_with(0.2), threads);
    CHECK_EQUAL(score.adjusted_surface_area, expected.adjusted_surface_area);
    CHECK_EQUAL(score.kurtosis, expected.kurtosis);
    CHECK_EQUAL(score.level, expected.level);
  }
}

TEST(a_region_weight_makes_sharp_and_blurred_score_alike) {
  const MapScore sharp = score_with(5, 0.4), middle = score_with(3, 0.3),
                 blurred = score_with(1, 0.1);
  const RegionWeight found = fit_region_weight(sharp, middle, blurred);
  CHECK_NEAR(found.by_difference, 4 / 0.3, 1e-12);
  CHECK_NEAR(found.by_ratio, 12.5, 1e-12);
  CHECK(found.is_usable);
  CHECK(!found.is_bounded);  // the bounds, 20 and 10, cross
  CHECK_NEAR(sharp.surface_ratio - found.weight * sharp.normalized_regions,
             blurred.surface_ratio - found.weight * blurred.normalized_regions, 1e-12);
}

TEST(a_region_weight_is_kept_between_its_bounds) {
  const RegionWeight found =
      fit_region_weight(score_with(5, 0.9), score_with(4, 0.2), score_with(1, 0.1));
  CHECK_NEAR(found.lower_bound, 1 / 0.7 + 0.1 * (30 - 1 / 0.7), 1e-9);
  CHECK_NEAR(found.upper_bound, 30 - 0.1 * (30 - 1 / 0.7), 1e-9);
  CHECK(!found.is_bounded);
  const RegionWeight low =
      fit_region_weight(score_with(5, 0.9), score_with(4, 0.2), score_with(1, 0.1),
                        RegionWeightRule::by_ratio, 0.1);
  CHECK(low.is_bounded);
  CHECK_EQUAL(low.weight, low.lower_bound);
}

TEST(regions_that_grow_in_number_when_blurred_give_no_usable_weight) {
  CHECK(!fit_region_weight(score_with(5, 0.1), score_with(4, 0.2), score_with(1, 0.3))
             .is_usable);
}

TEST(arguments_that_do_not_fit_are_named) {
  const Array3<float> map({4, 4, 4}, 1), other({4, 4, 5}, 1);
  MapPart outside, upside_down, wrong_mask;
  outside.box = Box{{0, 0, 0}, {3, 3, 4}};
  upside_down.box = Box{{2, 0, 0}, {1, 3, 3}};
  wrong_mask.mask = other.view();
  CHECK_THROWS(std::invalid_argument, central_moments(map.view(), outside),
               "box goes from (0, 0, 0) to (3, 3, 4)");
  CHECK_THROWS(std::invalid_argument, central_moments(map.view(), upside_down),
               "box goes from (2, 0, 0) to (1, 3, 3)");
  CHECK_THROWS(std::invalid_argument, central_moments(map.view(), wrong_mask),
               "mask has shape (4, 4, 5), expected (4, 4, 4)");
  CHECK_THROWS(std::invalid_argument, contour_level(map.view(), 64), "n_above is 64");
  CHECK_THROWS(UnusableDataError, score_map(map.view(), options_with(0.5)), "map is constant");
  CHECK_THROWS(std::invalid_argument, surface_area({3, 2}, {2, 2, 2}, false),
               "voxels have 2 at place 1");
}

int main() { return run_all(); }
