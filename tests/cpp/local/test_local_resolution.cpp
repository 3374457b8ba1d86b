// local_resolution.hpp: lattice, limits, masks, shifts, threads.
#include <limits>

#include "check.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/local_resolution.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

struct Halves {
  Array3<float> half_1, half_2;
};

// A random signal that ends at d_min, in white noise of the given share of its power.
Halves make_halves(const Grid& grid, double d_min, double noise, unsigned seed) {
  auto signal = random_map<float>(grid.shape, seed);
  Array3<std::complex<float>> f(half_complex(grid.shape));
  const Columns columns = Columns::all(grid);
  forward_transform<float>(signal.view(), f.view(), columns);
  for (std::size_t z = 0; z < f.shape[0]; ++z)
    for (std::size_t y = 0; y < f.shape[1]; ++y)
      for (std::size_t x = 0; x < f.shape[2]; ++x)
        if (s_of_term(grid, z, y, x) > 1 / d_min) f.view()(z, y, x) = 0;
  inverse_transform<float>(f.view(), signal.view(), columns);
  Halves halves{random_map<float>(grid.shape, seed + 1),
                random_map<float>(grid.shape, seed + 2)};
  const auto amplitude = static_cast<float>(std::sqrt(noise));
  for (std::size_t i = 0; i < signal.values.size(); ++i) {
    halves.half_1.values[i] = signal.values[i] + amplitude * halves.half_1.values[i];
    halves.half_2.values[i] = signal.values[i] + amplitude * halves.half_2.values[i];
  }
  return halves;
}

struct Measured {
  Array3<float> map;
  LocalResolution found;
};

Measured measure(const Halves& halves, const Grid& grid, const LocalResolutionOptions& options,
                 View3<const float> mask = {}) {
  Measured measured{Array3<float>(grid.shape), {}};
  measured.found = measure_local_resolution(halves.half_1.view(), halves.half_2.view(), mask,
                                            grid, options, measured.map.view());
  return measured;
}

LocalResolutionOptions options_of(double window, bool periodic = false) {
  LocalResolutionOptions options;
  options.window = window;
  options.periodic = periodic;
  return options;
}

float median(std::vector<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

const Grid kCube({48, 48, 48}, {57.6, 57.6, 57.6, 90, 90, 90});
const Grid kSkewed({45, 51, 40}, {52.0, 63.0, 55.0, 78, 101, 97});

}  // namespace

TEST(a_uniform_signal_has_its_own_resolution_everywhere) {
  for (const Grid& grid : {kCube, kSkewed})
    for (bool periodic : {false, true}) {
      const double window = std::min(40.0, largest_window(grid));
      const auto measured =
          measure(make_halves(grid, 4, 0.3, 3), grid, options_of(window, periodic));
      CHECK_NEAR(median(measured.map.values), 4, 0.12);
    }
}

TEST(no_value_lies_beyond_the_limits) {
  const auto fine = measure(make_halves(kCube, 2.4, 0.01, 5), kCube, options_of(30));
  const auto none = measure(make_halves(kCube, 50, 100, 5), kCube, options_of(30));
  CHECK_NEAR(fine.found.d_min, 2.4, 1e-9);
  CHECK_NEAR(fine.found.d_max, 8, 1e-9);
  for (const auto* measured : {&fine, &none})
    for (float value : measured->map.values) {
      CHECK(value >= static_cast<float>(fine.found.d_min));
      CHECK(value <= static_cast<float>(fine.found.d_max));
    }
  CHECK_NEAR(median(none.map.values), 8, 1e-5);
  CHECK(median(fine.map.values) < 2.5f);
}

TEST(a_coarser_d_min_is_the_limit_instead) {
  LocalResolutionOptions options = options_of(30);
  options.d_min = 3.5;
  const auto measured = measure(make_halves(kCube, 2.6, 0.01, 5), kCube, options);
  CHECK_EQUAL(measured.found.d_min, 3.5);
  CHECK_NEAR(median(measured.map.values), 3.5, 1e-5);
}

TEST(the_scale_of_the_second_half_changes_nothing) {
  const Halves halves = make_halves(kCube, 4, 0.5, 11);
  Halves scaled = halves;
  for (float& value : scaled.half_2.values) value *= 8;
  const auto expected = measure(halves, kCube, options_of(30));
  // 8 is exact in floating point, so that the scale given gives the same bytes.
  LocalResolutionOptions given = options_of(30);
  given.half_2_scale = 8;
  CHECK(measure(scaled, kCube, given).map.same_bytes(expected.map));
  // The one that is found is 8 within its error.
  const auto found = measure(scaled, kCube, options_of(30));
  CHECK_NEAR(median(found.map.values), median(expected.map.values), 0.05);
}

TEST(empty_maps_have_the_coarsest_value) {
  const Halves empty{Array3<float>(kCube.shape), Array3<float>(kCube.shape)};
  const auto measured = measure(empty, kCube, options_of(30));
  for (float value : measured.map.values)
    CHECK_EQUAL(value, static_cast<float>(measured.found.d_max));
}

TEST(spheres_lie_inside_the_map_from_face_to_face) {
  const auto found = measure(make_halves(kSkewed, 4, 0.3, 3), kSkewed, options_of(30)).found;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double last =
        found.first[axis] +
        found.spacing[axis] * (static_cast<double>(found.lattice_shape[axis]) - 1);
    const auto n = static_cast<double>(kSkewed.shape[axis]);
    CHECK(found.first[axis] >= 12);
    CHECK(last <= n - 12);
    CHECK_NEAR(last, n - 1 - found.first[axis], 1);
  }
  CHECK_EQUAL(found.n_windows, found.lattice.size());
}

TEST(shifting_a_periodic_map_by_a_lattice_step_shifts_the_result) {
  LocalResolutionOptions options = options_of(30, true);
  options.step = 14.4;  // 12 points: a quarter of the edge
  const Halves halves = make_halves(kCube, 4, 1, 7);
  Halves shifted = halves;
  const auto from = [](std::size_t i) { return (i + 12) % 48; };
  for (std::size_t z = 0; z < 48; ++z)
    for (std::size_t y = 0; y < 48; ++y)
      for (std::size_t x = 0; x < 48; ++x) {
        shifted.half_1.view()(z, y, x) = halves.half_1.view()(from(z), y, from(x));
        shifted.half_2.view()(z, y, x) = halves.half_2.view()(from(z), y, from(x));
      }
  const auto before = measure(halves, kCube, options),
             after = measure(shifted, kCube, options);
  for (std::size_t z = 0; z < 48; ++z)
    for (std::size_t x = 0; x < 48; ++x)
      CHECK_NEAR(after.map.view()(z, 5, x), before.map.view()(from(z), 5, from(x)), 1e-5);
}

TEST(a_mask_of_ones_changes_nothing) {
  const Halves halves = make_halves(kSkewed, 4, 0.5, 9);
  const Array3<float> ones(kSkewed.shape, 1);
  const auto with = measure(halves, kSkewed, options_of(30), ones.view());
  CHECK(with.map.same_bytes(measure(halves, kSkewed, options_of(30)).map));
}

TEST(outside_the_mask_is_the_coarsest_value_and_inside_is_measured) {
  const Halves halves = make_halves(kCube, 4, 0.3, 9);
  Array3<float> mask(kCube.shape);
  for (std::size_t i = 0; i < mask.values.size() / 8; ++i) mask.values[i] = 1;
  const auto measured = measure(halves, kCube, options_of(24), mask.view());
  CHECK(measured.found.n_windows < measured.found.lattice.size());
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    if (mask.values[i] < 0.5f)
      CHECK_EQUAL(measured.map.values[i], static_cast<float>(measured.found.d_max));
    else
      CHECK(measured.map.values[i] < 5);
}

TEST(local_resolution_has_the_same_bytes_for_any_number_of_threads) {
  const Halves halves = make_halves(kSkewed, 4, 1, 11);
  LocalResolutionOptions options = options_of(28);
  options.threads = 1;
  const auto once = measure(halves, kSkewed, options);
  for (int threads : kThreadCounts) {
    options.threads = threads;
    const auto measured = measure(halves, kSkewed, options);
    CHECK(measured.map.same_bytes(once.map));
    CHECK(measured.found.lattice == once.found.lattice);
  }
}

TEST(maps_with_padded_rows_are_read_as_they_are) {
  const Halves halves = make_halves(kCube, 4, 1, 13);
  std::vector<float> memory(48 * 48 * 50, 1e30f);
  const View3<float> padded(memory.data(), kCube.shape, 50);
  for (std::size_t z = 0; z < 48; ++z)
    for (std::size_t y = 0; y < 48; ++y)
      std::copy(halves.half_1.view().row(z, y), halves.half_1.view().row(z, y) + 48,
                padded.row(z, y));
  Array3<float> out(kCube.shape);
  measure_local_resolution(padded, halves.half_2.view(), {}, kCube, options_of(30),
                           out.view());
  CHECK(out.same_bytes(measure(halves, kCube, options_of(30)).map));
}

TEST(the_largest_window_fits_and_a_larger_one_does_not) {
  for (const Grid& grid : {kCube, kSkewed}) {
    const Halves halves = make_halves(grid, 4, 1, 15);
    const double largest = largest_window(grid);
    CHECK(measure(halves, grid, options_of(largest)).found.n_windows > 0);
    CHECK_THROWS(std::invalid_argument, measure(halves, grid, options_of(1.02 * largest)),
                 "expected a smaller window");
  }
}

TEST(options_out_of_range_are_named) {
  const Halves halves = make_halves(kCube, 4, 1, 17);
  const auto attempt = [&](auto change) {
    LocalResolutionOptions options = options_of(30);
    change(options);
    measure(halves, kCube, options);
  };
  CHECK_THROWS(std::invalid_argument, attempt([](auto& o) { o.window = 0; }), "window is 0 Å");
  CHECK_THROWS(std::invalid_argument, attempt([](auto& o) { o.window = 8; }),
               "too small to tell resolutions");
  CHECK_THROWS(std::invalid_argument, attempt([](auto& o) { o.step = -1; }), "step is -1 Å");
  CHECK_THROWS(std::invalid_argument, attempt([](auto& o) { o.threshold = 1; }),
               "threshold is 1");
  CHECK_THROWS(std::invalid_argument, attempt([](auto& o) { o.d_min = -1; }), "d_min is -1 Å");
  const Grid fine({4096, 4096, 4096}, {1, 12, 4});
  CHECK_THROWS(std::invalid_argument, count_spheres(fine, options_of(0.7)),
               "grid points; expected at most 134217728; give a smaller window");
  const Halves other = make_halves(kSkewed, 4, 1, 17);
  CHECK_THROWS(std::invalid_argument, measure(other, kCube, options_of(30)),
               "half_1 has shape (45, 51, 40), expected (48, 48, 48)");
}

TEST(spheres_measured_in_parts_are_those_measured_together) {
  const Halves halves = make_halves(kSkewed, 3, 0.2, 60);
  const auto options = options_of(30);
  const std::size_t n = count_spheres(kSkewed, options);
  SphereSpectra parts;
  for (std::size_t begin = 0; begin < n; begin += 7) {
    const SphereSpectra part =
        measure_spheres(halves.half_1.view(), halves.half_2.view(), {}, kSkewed, options,
                        begin, std::min(begin + 7, n));
    parts.n_shells = part.n_shells;
    parts.signal_to_noise.insert(parts.signal_to_noise.end(), part.signal_to_noise.begin(),
                                 part.signal_to_noise.end());
    parts.mask_share.insert(parts.mask_share.end(), part.mask_share.begin(),
                            part.mask_share.end());
  }
  Array3<float> out(kSkewed.shape);
  resolution_of_spheres(parts, {}, kSkewed, options, out.view());
  CHECK(out.same_bytes(measure(halves, kSkewed, options).map));
}

TEST(spheres_that_are_not_there_or_missing_are_refused) {
  const Halves halves = make_halves(kCube, 3, 0.2, 61);
  const auto options = options_of(30);
  const std::size_t n = count_spheres(kCube, options);
  CHECK_THROWS(std::invalid_argument,
               measure_spheres(halves.half_1.view(), halves.half_2.view(), {}, kCube, options,
                               0, n + 1),
               "are not among the");
  const SphereSpectra few = measure_spheres(halves.half_1.view(), halves.half_2.view(), {},
                                            kCube, options, 0, n - 1);
  Array3<float> out(kCube.shape);
  CHECK_THROWS(std::invalid_argument,
               resolution_of_spheres(few, {}, kCube, options, out.view()), "spectra have");
}

TEST(values_that_are_not_finite_are_refused_where_a_sphere_needs_them) {
  for (const bool is_first : {true, false}) {
    Halves halves = make_halves(kCube, 4, 0.1, 1);
    Array3<float>& half = is_first ? halves.half_1 : halves.half_2;
    half.view()(kCube.shape[0] / 2, kCube.shape[1] / 2, kCube.shape[2] / 2) =
        std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS(UnusableDataError, measure(halves, kCube, options_of(30)),
                 "the half maps hold values that are not finite");
  }
}

TEST(progress_goes_from_nothing_to_all) {
  LocalResolutionOptions options = options_of(30);
  std::vector<double> told;
  options.progress = [&](const std::string&, double done) { told.push_back(done); };
  measure(make_halves(kCube, 4, 1, 19), kCube, options);
  CHECK(told.size() > 10);
  CHECK_EQUAL(told.front(), 0.0);
  CHECK_EQUAL(told.back(), 1.0);
  for (std::size_t i = 1; i < told.size(); ++i) CHECK(told[i] >= told[i - 1]);
}

int main() { return run_all(); }
