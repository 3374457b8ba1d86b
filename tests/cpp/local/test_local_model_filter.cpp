// local_filter.hpp: what windows find by a model.
#include <limits>

#include "check.hpp"
#include "local/filter_samples.hpp"
#include "map_sharpening/local_filter.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

// A map of white signal and noise whose model is its signal.
struct Modelled {
  Pair pair;
  Array3<float> map, region;
};

Modelled white_model(const Grid& grid, double noise, unsigned seed) {
  Modelled made{white_pair(grid, noise, seed), Array3<float>(grid.shape),
                Array3<float>(grid.shape)};
  made.map = mean_of(made.pair.half_1, made.pair.half_2);
  std::fill(made.region.values.begin(), made.region.values.end(), 1.0f);
  return made;
}

struct FilteredByModel {
  Array3<float> sharpened, half_1, half_2;
  LocalFilter found;
};

FilteredByModel filter_by_model(const Modelled& made, const Grid& grid, double noise,
                                const LocalOptions& options, int threads = 0,
                                double explained = 1) {
  const WhitePower white(grid, noise);
  FilteredByModel out{made.map, made.pair.half_1, made.pair.half_2, {}};
  ModelledMaps maps;
  maps.map = out.sharpened.view();
  maps.model = made.pair.truth.view();
  maps.region = made.region.view();
  maps.half_1 = out.half_1.view();
  maps.half_2 = out.half_2.view();
  maps.sharpened = out.sharpened.view();
  maps.sharpened_half_1 = out.half_1.view();
  maps.sharpened_half_2 = out.half_2.view();
  out.found = filter_locally_by_model(maps, grid, white.power(), {explained, explained},
                                      kResolution, options, threads);
  return out;
}

}  // namespace

TEST(a_model_of_a_map_without_noise_leaves_it_as_it_is) {
  const Modelled made = white_model(kGrid, 0, 11);
  for (bool periodic : {false, true}) {
    const FilteredByModel out = filter_by_model(made, kGrid, 0, with_core(9, periodic));
    CHECK(largest_difference(out.sharpened, made.map) < 0.05);
    CHECK_NEAR(mean_of(out.found.gain), 1, 1e-3);
    CHECK_NEAR(mean_of(out.found.excess_b), 0, 0.1);
    CHECK_NEAR(mean_of(out.found.resolution), kResolution, 1e-6);
  }
}

TEST(outside_of_the_region_of_a_model_nothing_changes) {
  Modelled made = white_model(kGrid, 1, 12);
  for (std::size_t i = 0; i < made.region.values.size(); ++i)
    made.region.values[i] = i % kGrid.shape[2] < 20 ? 0.0f : 0.5f;
  const FilteredByModel out = filter_by_model(made, kGrid, 1, with_core(8, false));
  made.region.values.assign(made.region.values.size(), 1.0f);
  const FilteredByModel whole = filter_by_model(made, kGrid, 1, with_core(8, false));
  double changed = 0;
  for (std::size_t i = 0; i < made.map.values.size(); ++i) {
    const float before = made.map.values[i], after = out.sharpened.values[i];
    if (i % kGrid.shape[2] < 20)
      CHECK_EQUAL(after, before);
    else
      CHECK_NEAR(after, 0.5 * (before + whole.sharpened.values[i]), 1e-5);
    changed = std::max(changed, std::fabs(static_cast<double>(after - before)));
  }
  CHECK(changed > 0.1);
  CHECK_EQUAL(out.found.gain[0], 1.0);
}

TEST(a_model_finds_where_the_map_falls_off_more_and_where_it_holds_less) {
  const Grid grid({48, 48, 120}, {120, 48, 48});
  Modelled made = white_model(grid, 0.4, 13);
  // At the far end the map falls off by B = 60 Å² more, and both are weaker.
  const Array3<float> blurred = limited_map(grid, 13 + 2, 60);
  for (std::size_t i = 0; i < blurred.values.size(); ++i) {
    if (i % 120 < 60) continue;
    made.map.values[i] += 0.5f * blurred.values[i] - made.pair.truth.values[i];
    made.pair.truth.values[i] *= 0.5f;
  }
  for (double explained : {1.0, 0.6}) {
    Modelled scaled = made;
    for (float& value : scaled.map.values) value *= static_cast<float>(explained);
    const LocalFilter found =
        filter_by_model(scaled, grid, 0.4, with_core(12, false), 0, explained).found;
    const EndMeans near = means_at_end(found, false), far = means_at_end(found, true);
    CHECK_NEAR(near.excess_b, 0, 5);
    CHECK_NEAR(far.excess_b, 60, 20);
    CHECK(near.gain > 0.9);
    CHECK(far.gain < 0.85);
  }
}

TEST(windows_of_which_the_model_holds_nothing_fade) {
  const Grid grid({32, 32, 64}, {64, 32, 32});
  Modelled made = white_model(grid, 1, 14);
  for (std::size_t i = 0; i < made.map.values.size(); ++i)
    if (i % 64 >= 32) {
      made.map.values[i] -= made.pair.truth.values[i];
      made.pair.truth.values[i] = 0;
    }
  const LocalFilter found = filter_by_model(made, grid, 1, with_core(8, false)).found;
  CHECK(means_at_end(found, false).gain > 0.9);
  CHECK(means_at_end(found, true).gain < 0.2);
}

TEST(where_the_map_was_cut_away_next_to_its_model_nothing_explodes) {
  const Grid grid({32, 32, 64}, {64, 32, 32});
  for (double noise : {0.0, 0.01}) {
    Modelled made = white_model(grid, noise, 17);
    for (std::size_t i = 0; i < made.map.values.size(); ++i) {
      // Nothing, or next to nothing at high resolution.
      if (i % 64 >= 48) made.map.values[i] = 0;
      if (i % 64 >= 32 && i % 64 < 48) made.map.values[i] *= 1e-4f;
      if (i % 64 >= 40) made.pair.truth.values[i] *= 1e-2f;
    }
    const FilteredByModel out = filter_by_model(made, grid, noise, with_core(8, false));
    for (const double gain : out.found.gain) CHECK(gain < 4);
    for (const double b : out.found.excess_b) CHECK(std::fabs(b) <= 360);
    for (const float value : out.sharpened.values) CHECK(std::fabs(value) < 8);
  }
}

TEST(filtering_by_a_model_has_the_same_bytes_for_any_number_of_threads) {
  const Modelled made = white_model(kGrid, 1, 15);
  const FilteredByModel expected = filter_by_model(made, kGrid, 1, with_core(6, false), 1);
  for (int threads : kThreadCounts) {
    const FilteredByModel out = filter_by_model(made, kGrid, 1, with_core(6, false), threads);
    CHECK(out.sharpened.same_bytes(expected.sharpened));
    CHECK(out.half_1.same_bytes(expected.half_1));
    CHECK(out.half_2.same_bytes(expected.half_2));
    CHECK(out.found.gain == expected.found.gain);
  }
  CHECK(largest_difference(expected.sharpened, mean_of(expected.half_1, expected.half_2)) <
        5e-6);
}

TEST(what_a_model_explains_must_be_above_0) {
  const Modelled made = white_model(kGrid, 1, 16);
  CHECK_THROWS(std::invalid_argument,
               filter_by_model(made, kGrid, 1, with_core(8, false), 0, 0.0),
               "explained holds 0; expected slopes above 0");
}

int main() { return run_all(); }
