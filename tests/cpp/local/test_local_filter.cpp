// local_filter.hpp: what windows must not change, and what they must find.
#include <limits>

#include "check.hpp"
#include "local/filter_samples.hpp"
#include "map_sharpening/local_filter.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

void check_refused(const Grid& grid, const char* part, const LocalOptions& options) {
  CHECK_THROWS(std::invalid_argument, window_lattice(grid, kResolution, options), part);
}

void check_not_filtered(const char* part, const SharpenedPower& expected,
                        const LayerRange& layers = {}) {
  const Pair pair = white_pair(kGrid, 1, 10);
  Array3<float> sharpened(kGrid.shape);
  LocalMaps maps;
  maps.half_1 = pair.half_1.view();
  maps.half_2 = pair.half_2.view();
  maps.sharpened = sharpened.view();
  CHECK_THROWS(
      std::invalid_argument,
      filter_locally(maps, kGrid, expected, kResolution, with_core(8, false), 0, layers),
      part);
}

}  // namespace

TEST(windows_that_may_not_deviate_give_the_input_back) {
  const Pair pair = white_pair(kGrid, 0.5, 1);
  const Array3<float> mean = mean_of(pair.half_1, pair.half_2);
  for (bool periodic : {false, true})
    for (std::size_t core : {0, 4, 7, 9, 40}) {
      LocalOptions options = with_core(core, periodic);
      if (core == 0) options.core_points.reset();  // chosen
      options.priors = kNoDeviation;
      const Filtered out = filter(pair, kGrid, 0.5, options);
      CHECK(largest_difference(out.sharpened, mean) < 5e-6);
      CHECK(largest_difference(out.half_2, pair.half_2) < 1e-5);
    }
}

TEST(maps_without_noise_and_fall_off_come_back_whatever_their_amount) {
  Pair pair = white_pair(kGrid, 0, 2);
  for (float& value : pair.half_1.values) value *= 0.2f;
  pair.half_2 = pair.half_1;
  LocalOptions options = with_core(8, false);
  options.priors.excess_b = 0;
  options.priors.shell = 0;
  const Filtered out = filter(pair, kGrid, 0, options);
  CHECK(largest_difference(out.sharpened, pair.half_1) < 1e-6);
  // The geometric mean, for the scale of single windows scatters by a factor.
  double ln_scale = 0;
  for (double scale : out.found.signal_scale) ln_scale += std::log(scale);
  const auto n = static_cast<double>(out.found.lattice.size());
  CHECK_NEAR(std::exp(ln_scale / n), 0.04, 0.006);
}

TEST(local_filtering_has_the_same_bytes_for_any_number_of_threads) {
  const Pair pair = white_pair(kGrid, 1, 3);
  const Filtered expected = filter(pair, kGrid, 1, with_core(6, false), 1);
  for (int threads : kThreadCounts) {
    const Filtered out = filter(pair, kGrid, 1, with_core(6, false), threads);
    CHECK(out.sharpened.same_bytes(expected.sharpened));
    CHECK(out.half_1.same_bytes(expected.half_1));
    CHECK(out.half_2.same_bytes(expected.half_2));
    CHECK(out.found.gain == expected.found.gain);
    CHECK(out.found.excess_b == expected.found.excess_b);
  }
}

TEST(a_periodic_map_shifted_by_whole_cores_gives_the_shifted_result) {
  const Grid grid({32, 40, 48}, {38, 41, 52});
  const Pair pair = white_pair(grid, 1, 4);
  const Shape by{8, 24, 16};
  const Pair shifted{rolled(pair.half_1, by), rolled(pair.half_2, by), rolled(pair.truth, by)};
  const Filtered out = filter(pair, grid, 1, with_core(8, true));
  const Filtered out_shifted = filter(shifted, grid, 1, with_core(8, true));
  CHECK(largest_difference(rolled(out.sharpened, by), out_shifted.sharpened) < 2e-6);
}

TEST(a_filtered_mean_is_the_mean_of_the_filtered_halves) {
  const Pair pair = white_pair(kGrid, 1, 5);
  const Filtered out = filter(pair, kGrid, 1, with_core(8, false));
  CHECK(largest_difference(out.sharpened, mean_of(out.half_1, out.half_2)) < 5e-6);
}

TEST(a_map_of_its_own_is_filtered_by_what_the_halves_tell) {
  const Pair pair = white_pair(kGrid, 1, 6);
  const Filtered expected = filter(pair, kGrid, 1, with_core(8, false));
  Filtered out{pair.half_1, pair.half_2, mean_of(pair.half_1, pair.half_2), {}};
  const WhitePower white(kGrid, 1);
  const LocalMaps maps{out.half_1.view(),
                       out.half_2.view(),
                       out.sharpened.view(),
                       out.sharpened.view(),
                       {},
                       {}};
  filter_locally(maps, kGrid, white.power(), kResolution, with_core(8, false));
  CHECK(largest_difference(out.sharpened, expected.sharpened) < 5e-6);
  CHECK(out.half_1.same_bytes(pair.half_1));
}

TEST(windows_of_an_even_map_find_that_they_are_as_the_whole) {
  const Pair pair = white_pair(kGrid, 0.5, 7);
  for (bool periodic : {false, true}) {
    const LocalFilter found = filter(pair, kGrid, 0.5, with_core(9, periodic)).found;
    // A mirror image at a face adds a little power.
    CHECK_NEAR(mean_of(found.noise_scale), 1, periodic ? 0.02 : 0.1);
    CHECK_NEAR(mean_of(found.excess_b), 0, 6);
    CHECK_NEAR(mean_of(found.gain), 1, 0.1);
    // FSC = 1 / (1 + 2 * 0.5) at all resolutions.
    CHECK_NEAR(mean_of(found.resolution), kResolution, 0.1);
  }
}

TEST(what_differs_between_the_two_ends_is_found_there) {
  const Grid grid({48, 48, 120}, {120, 48, 48});
  Pair pair = white_pair(grid, 0.4, 8);
  // At the far end: the signal falls off by B = 60 Å² more, and there is twice the noise.
  const Array3<float> blurred = limited_map(grid, 8 + 2, 60);
  for (std::size_t i = 0; i < blurred.values.size(); ++i) {
    if (i % 120 < 60) continue;
    for (Array3<float>* half : {&pair.half_1, &pair.half_2}) {
      const float noise = half->values[i] - pair.truth.values[i];
      half->values[i] = blurred.values[i] + std::sqrt(2.0f) * noise;
    }
  }
  const LocalFilter found = filter(pair, grid, 0.4, with_core(12, false)).found;
  const EndMeans near = means_at_end(found, false), far = means_at_end(found, true);
  CHECK_NEAR(near.excess_b, 0, 10);
  CHECK_NEAR(far.excess_b, 60, 20);
  CHECK_NEAR(near.noise_scale, 1, 0.1);
  CHECK_NEAR(far.noise_scale, 2, 0.2);
}

TEST(windows_without_signal_fade) {
  const Grid grid({32, 32, 64}, {64, 32, 32});
  Pair pair = white_pair(grid, 1, 9);
  for (std::size_t i = 0; i < pair.truth.values.size(); ++i)
    if (i % 64 >= 32)
      for (Array3<float>* half : {&pair.half_1, &pair.half_2})
        half->values[i] -= pair.truth.values[i];
  const LocalFilter found = filter(pair, grid, 1, with_core(8, false)).found;
  CHECK(means_at_end(found, false).gain > 0.9);
  CHECK(means_at_end(found, true).gain < 0.4);
}

TEST(layers_filtered_by_themselves_are_those_of_the_whole) {
  const Pair pair = white_pair(kGrid, 1, 10);
  const LocalOptions options = with_core(8, false);
  const Filtered expected = filter(pair, kGrid, 1, options);
  for (std::size_t layers_at_once : {1, 2, 5}) {
    Filtered out{pair.half_1, pair.half_2, Array3<float>(kGrid.shape), {}};
    Array3<float> half_1(kGrid.shape), half_2(kGrid.shape);
    const LocalMaps maps{out.half_1.view(),    out.half_2.view(), {},
                         out.sharpened.view(), half_1.view(),     half_2.view()};
    const WhitePower white(kGrid, 1);
    const std::size_t n_layers = expected.found.lattice.count[0];
    const std::size_t in_layer = expected.found.lattice.size() / n_layers;
    for (std::size_t first = 0; first < n_layers; first += layers_at_once) {
      const LayerRange layers{first, first + layers_at_once};
      const LocalFilter found =
          filter_locally(maps, kGrid, white.power(), kResolution, options, 0, layers);
      const std::size_t end = std::min(layers.end, n_layers);
      for (std::size_t i = 0; i < found.gain.size(); ++i) {
        const bool is_asked_for = i >= first * in_layer && i < end * in_layer;
        CHECK_EQUAL(found.gain[i], is_asked_for ? expected.found.gain[i] : 1.0);
      }
    }
    CHECK(out.sharpened.same_bytes(expected.sharpened));
    CHECK(half_1.same_bytes(expected.half_1));
    CHECK(half_2.same_bytes(expected.half_2));
  }
}

TEST(layers_that_are_not_there_are_named) {
  const WhitePower white(kGrid, 1);
  check_not_filtered("layers from 7 to before 9 are asked for; expected some of the 7",
                     white.power(), {7, 9});
}

TEST(an_expected_power_that_is_0_is_named) {
  const WhitePower white(kGrid, 1);
  SharpenedPower expected = white.power();
  expected.ideal[1] = 0;
  check_not_filtered("an ideal amplitude of the expected power is 0; it must be above 0",
                     expected);
}

TEST(who_filters_the_windows_does_not_matter) {
  const Pair pair = make_pair_of_halves({33, 36, 40}, 0.4, 1);
  HalfMapOptions options;
  options.resolution = 4;
  options.local = true;
  const Outputs expected = sharpen(pair, {48, 44, 40}, options);
  std::size_t n_calls = 0;
  options.filter_windows = [&](const LocalMaps& maps, const Grid& grid,
                               const SharpenedPower& power, const LocalOptions& windows) {
    ++n_calls;
    return filter_locally(maps, grid, power, options.resolution, windows, 1);
  };
  CHECK(sharpen(pair, {48, 44, 40}, options).same_bytes(expected));
  CHECK_EQUAL(n_calls, std::size_t{1});
}

TEST(a_local_run_without_deviation_gives_the_global_map) {
  for (const UnitCell& cell : {UnitCell{48, 44, 40}, UnitCell{48, 44, 40, 80, 100, 95}})
    for (bool periodic : {false, true}) {
      const Pair pair = make_pair_of_halves({33, 36, 40}, 0.4, 1);
      HalfMapOptions options;
      options.resolution = 3;  // no finer one is agreed to, so that both keep the same terms
      options.periodic = periodic;
      const Outputs global = sharpen(pair, cell, options);
      options.local = true;
      options.windows.priors = kNoDeviation;
      const Outputs local = sharpen(pair, cell, options);
      CHECK(largest_difference(local.sharpened, global.sharpened) < 1e-4);
      CHECK(largest_difference(local.half_1, global.half_1) < 1e-4);
      CHECK(local.mask.same_bytes(global.mask));
      CHECK_EQUAL(local.found.local.lattice.size() > 0, true);
    }
}

TEST(a_local_run_goes_as_far_as_the_halves_agree_within_bounds) {
  const Pair pair = make_pair_of_halves({33, 36, 40}, 0.4, 1);
  const UnitCell cell{48, 44, 40};
  for (double resolution : {3.0, 3.5, 4.0, 5.0, 8.0}) {
    HalfMapOptions options;
    options.resolution = resolution;
    const HalfMapFindings global = sharpen(pair, cell, options).found;
    options.local = true;
    const HalfMapFindings local = sharpen(pair, cell, options).found;
    CHECK(global.resolution_0143.has_value());
    CHECK(local.resolution_0143 == global.resolution_0143);
    CHECK_EQUAL(local.shells.width, global.shells.width);
    CHECK_NEAR(local.d_min * local.shells.s_max(), 1, 1e-12);
    const Grid grid(pair.half_1.shape, cell);
    const double agreed = std::max(*global.resolution_0143, 0.8 * resolution);
    const double finest = std::min(global.d_min, finest_spacing(grid, agreed));
    CHECK(local.d_min >= finest * (1 - 1e-4));
    CHECK(1 / local.d_min > 1 / finest - local.shells.width);
  }
}

TEST(a_local_run_has_the_same_bytes_for_any_number_of_threads_and_outputs) {
  const Pair pair = make_pair_of_halves({33, 36, 40}, 0.4, 1);
  HalfMapOptions options;
  options.resolution = 4;
  options.local = true;
  options.threads = 1;
  const Outputs expected = sharpen(pair, {48, 44, 40}, options);
  for (int threads : kThreadCounts) {
    options.threads = threads;
    CHECK(sharpen(pair, {48, 44, 40}, options).same_bytes(expected));
  }
  Array3<float> mask(pair.half_1.shape), alone(pair.half_1.shape);
  HalfMaps maps;
  maps.half_1 = pair.half_1.view();
  maps.half_2 = pair.half_2.view();
  maps.mask = mask.view();
  maps.sharpened = alone.view();
  sharpen_half_maps(maps, {48, 44, 40}, options);
  CHECK(alone.same_bytes(expected.sharpened));
}

TEST(a_core_is_twice_the_resolution_on_every_axis) {
  const Grid grid({120, 100, 80}, {100, 150, 144});  // 1.25, 1.5 and 1.2 Å along x, y, z
  const WindowLattice lattice = window_lattice(grid, 6, {});
  CHECK_EQUAL(lattice.core[0], std::size_t{10});
  CHECK_EQUAL(lattice.core[1], std::size_t{8});
  CHECK_EQUAL(lattice.core[2], std::size_t{10});
  CHECK_EQUAL(lattice.count[0], std::size_t{13});
  CHECK_EQUAL(lattice.start(0, 0), std::ptrdiff_t{-10});
  CHECK_NEAR(lattice.centre(0, 0), -0.5, 0);
}

TEST(a_number_of_windows_sets_the_size_of_their_cores) {
  LocalOptions options;
  options.n_windows = 512;
  const WindowLattice lattice = window_lattice(Grid({80, 80, 80}, {96, 96, 96}), 4, options);
  CHECK_EQUAL(lattice.core[1], std::size_t{10});
}

TEST(windows_out_of_range_are_named) {
  LocalOptions options;
  options.core_points = 3;
  check_refused(kGrid, "cores of 3 grid points on an axis of 45", options);
  options.core_points = 41;
  check_refused(kGrid, "cores of 41 grid points on an axis of 40; expected 4 to 40", options);
  options.core_points.reset();
  options.n_windows = 1000000;
  check_refused(kGrid, "cores of 0 grid points", options);
  options.n_windows.reset();
  options.n_shells = 3;
  const Pair pair = white_pair(kGrid, 1, 1);
  CHECK_THROWS(std::invalid_argument, filter(pair, kGrid, 1, options), "n_shells of windows");
}

int main() { return run_all(); }
