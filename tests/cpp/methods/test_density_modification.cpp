// density_modification.hpp: what it must leave alone, and what it refuses.
#include "methods/modified_halves.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

void check_refused(const char* part, void (*spoil)(ModificationMaps&, ModificationOptions&)) {
  const Pair pair = make_halves(0.3);
  const Array3<float> mask = soft_ball();
  Modified out;
  ModificationMaps maps = maps_of(pair, mask, out);
  ModificationOptions options = options_for(1);
  spoil(maps, options);
  CHECK_THROWS(std::invalid_argument, modify_density(maps, kCell, options), part);
}

}  // namespace

TEST(halves_without_noise_stay_as_they_are) {
  const Modified out = modify(make_halves(0));
  CHECK(!out.found.is_borne_out);
  for (const float value : out.contribution.values) CHECK_EQUAL(value, 0.0f);
  for (const double weight : out.found.linear) CHECK_EQUAL(weight, 1.0);
  for (const double weight : out.found.positive) CHECK_EQUAL(weight, 0.0);
}

TEST(peaks_with_noise_are_modified) {
  const Modified out = modify(make_halves(0.3));
  CHECK(out.found.is_borne_out);
  CHECK(out.found.contribution_share > 0.05);
  CHECK(out.found.null_share < kMostOfNoise);
  CHECK_EQUAL(out.found.linear.size(), out.found.shells.count);
}

TEST(terms_beyond_d_min_are_predicted_if_unsharpened_maps_have_them) {
  const Pair pair = make_halves(0.1), unsharpened = make_pair_of_halves(kShape, 0.1, 1);
  const Array3<float> mask = soft_ball();
  Modified out;
  ModificationMaps maps = maps_of(pair, mask, out);
  maps.unsharpened_1 = unsharpened.half_1.view();
  maps.unsharpened_2 = unsharpened.half_2.view();
  const ModificationFindings found = modify_density(maps, kCell, options_for(1));
  CHECK(!found.extension.empty());
  for (const double factor : found.extension) CHECK(factor > 0);
  CHECK(found.extended_to < 2.5);
  const Modified without = modify(pair, 1);
  CHECK(without.found.extension.empty());
  CHECK_EQUAL(without.found.extended_to, 2.5);
  CHECK(without.found.positive == found.positive);
}

TEST(outside_the_mask_shells_are_weighed_down_only) {
  const Modified out = modify(make_halves(0.3));
  CHECK_EQUAL(out.found.outside.size(), out.found.shells.count);
  for (const double weight : out.found.outside) CHECK(weight >= 0 && weight <= 1);
}

TEST(any_number_of_threads_gives_the_same_bytes) {
  const Pair pair = make_halves(0.3);
  const Modified expected = modify(pair, 1);
  for (const int threads : kThreadCounts) {
    const Modified out = modify(pair, threads);
    CHECK(out.contribution.same_bytes(expected.contribution));
    CHECK(out.found.positive == expected.found.positive);
    CHECK_EQUAL(out.found.null_share, expected.found.null_share);
  }
}

TEST(memory_to_work_in_changes_nothing) {
  const Pair pair = make_halves(0.3);
  const Array3<float> mask = soft_ball();
  Modified out;
  ModificationMaps maps = maps_of(pair, mask, out);
  std::vector<Array3<std::complex<float>>> work(
      3, Array3<std::complex<float>>(half_complex(kShape)));
  for (std::size_t i = 0; i < work.size(); ++i) maps.work[i] = work[i].view();
  modify_density(maps, kCell, options_for(1));
  CHECK(out.contribution.same_bytes(modify(pair, 1).contribution));
}

TEST(a_scale_comes_out_as_it_went_in) {
  const Pair pair = make_halves(0.3);
  const Modified plain = modify(pair), scaled = modify(times(pair, 64));
  CHECK_EQUAL(scaled.found.null_share, plain.found.null_share);
  for (std::size_t i = 0; i < plain.contribution.values.size(); ++i)
    CHECK_EQUAL(scaled.contribution.values[i], 64 * plain.contribution.values[i]);
}

TEST(a_map_of_the_other_sign_is_modified_alike) {
  // The negative part is the map less its positive part: both span the same space.
  const Pair pair = make_halves(0.3);
  const Modified plain = modify(pair), turned = modify(times(pair, -1));
  Array3<float> sum = plain.contribution;
  for (std::size_t i = 0; i < sum.values.size(); ++i)
    sum.values[i] += turned.contribution.values[i];
  CHECK(rms(sum) < 2e-3 * rms(plain.contribution));
}

TEST(values_that_are_not_finite_are_told) {
  for (const double value : {kNaN, std::numeric_limits<double>::infinity()}) {
    Pair pair = make_halves(0.3);
    pair.half_2.view()(13, 15, 16) = static_cast<float>(value);
    CHECK_THROWS(UnusableDataError, modify(pair), "values that are not finite");
  }
}

TEST(unsharpened_values_that_are_not_finite_are_told) {
  const Pair pair = make_halves(0.3);
  Pair unsharpened = make_pair_of_halves(kShape, 0.3, 1);
  unsharpened.half_1.view()(13, 15, 16) = static_cast<float>(kNaN);
  const Array3<float> mask = soft_ball();
  Modified out;
  ModificationMaps maps = maps_of(pair, mask, out);
  maps.unsharpened_1 = unsharpened.half_1.view();
  maps.unsharpened_2 = unsharpened.half_2.view();
  CHECK_THROWS(UnusableDataError, modify_density(maps, kCell, options_for(1)),
               "values that are not finite");
}

TEST(halves_without_common_signal_are_told) {
  Pair pair = make_halves(0.3);
  for (std::size_t i = 0; i < pair.half_1.values.size(); ++i)
    pair.half_2.values[i] = -pair.half_1.values[i];
  CHECK_THROWS(UnusableDataError, modify(pair), "no common signal");
}

TEST(a_mask_beyond_1_is_refused) {
  const Pair pair = make_halves(0.3);
  const Array3<float> mask(kShape, 2.0f);
  Modified out;
  CHECK_THROWS(UnusableDataError,
               modify_density(maps_of(pair, mask, out), kCell, options_for(1)), "mask");
}

TEST(arrays_that_do_not_match_are_refused) {
  check_refused("half_2 has shape (26, 30, 32), expected (27, 30, 32)",
                [](auto& maps, auto&) { maps.half_2.shape[0] -= 1; });
  check_refused("mask has shape", [](auto& maps, auto&) { maps.mask.shape[2] -= 1; });
  check_refused("contribution has shape",
                [](auto& maps, auto&) { maps.contribution.shape[1] -= 1; });
  check_refused("one of unsharpened_1 and unsharpened_2 is given; expected both or none",
                [](auto& maps, auto&) { maps.unsharpened_1 = maps.half_1; });
  check_refused("unsharpened_2 has shape", [](auto& maps, auto&) {
    maps.unsharpened_1 = maps.unsharpened_2 = maps.half_1;
    maps.unsharpened_2.shape[0] -= 1;
  });
  check_refused("half_1 has no memory", [](auto& maps, auto&) { maps.half_1.data = nullptr; });
  check_refused("some arrays to work in are given; expected 3 or none", [](auto& maps, auto&) {
    static Array3<std::complex<float>> work(half_complex(kShape));
    maps.work[1] = work.view();
  });
  check_refused("work has padded rows; expected none", [](auto& maps, auto&) {
    static Array3<std::complex<float>> work({kShape[0], kShape[1], kShape[2]});
    for (auto& array : maps.work)
      array = {work.values.data(), half_complex(kShape), kShape[2]};
  });
}

TEST(options_out_of_range_are_refused) {
  check_refused("d_min is 0 Å", [](auto&, auto& options) { options.d_min = 0; });
  check_refused("d_min is nan Å", [](auto&, auto& options) { options.d_min = kNaN; });
  check_refused("d_min is 1.9 Å", [](auto&, auto& options) { options.d_min = 1.9; });
  check_refused("n_shells is 3", [](auto&, auto& options) { options.n_shells = 3; });
  check_refused("noise_share is 0", [](auto&, auto& options) { options.noise_share = 0; });
  check_refused("noise_share is 1.5", [](auto&, auto& options) { options.noise_share = 1.5; });
  check_refused("noise_share is nan",
                [](auto&, auto& options) { options.noise_share = kNaN; });
}

namespace {

// Half a turn about z through the middle of the mask.
const std::vector<SymmetryOperator> kTwofold{{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0},
                                             {-1, 0, 0, 32, 0, -1, 0, 30, 0, 0, 1, 0}};

struct Averaged {
  Pair halves;
  SymmetryFindings found;
};

Averaged average(const Pair& pair, const std::vector<SymmetryOperator>& operators,
                 const SymmetryMaps& with = {}) {
  const Array3<float> mask = soft_ball();
  Averaged out{pair, {}};
  SymmetryMaps maps = with;
  maps.half_1 = out.halves.half_1.view();
  maps.half_2 = out.halves.half_2.view();
  maps.mask = mask.view();
  ModificationOptions options = options_for(0);
  options.n_shells = 4;  // a small box holds few terms
  out.found = average_copies(maps, kCell, operators, options);
  return out;
}

// Half maps, with noise, of a density that half a turn leaves as it is.
Pair make_twofold(double noise) {
  Pair pair = make_halves(0), other = make_halves(noise);
  const Pair plain = make_halves(0);
  const auto turned = plain.half_1.view();
  for (std::size_t z = 0; z < kShape[0]; ++z)
    for (std::size_t y = 0; y < kShape[1]; ++y)
      for (std::size_t x = 0; x < kShape[2]; ++x) {
        const float copy = turned(z, (30 - y) % 30, (32 - x) % 32);
        for (auto [half, noisy] :
             {std::pair{&pair.half_1, &other.half_1}, std::pair{&pair.half_2, &other.half_2}})
          half->view()(z, y, x) += copy + noisy->view()(z, y, x) - turned(z, y, x);
      }
  return pair;
}

}  // namespace

TEST(copies_without_noise_stay_as_they_are) {
  const Pair pair = make_twofold(0);
  const Averaged out = average(pair, kTwofold);
  for (std::size_t i = 0; i < pair.half_1.values.size(); ++i)
    CHECK_NEAR(out.halves.half_1.values[i], pair.half_1.values[i], 1e-3);
}

TEST(copies_are_averaged_in_memory_that_is_given) {
  const Pair pair = make_twofold(0.3);
  const Averaged plain = average(pair, kTwofold);
  std::vector<Array3<std::complex<float>>> arrays(
      7, Array3<std::complex<float>>(half_complex(kShape), {7, 7}));
  SymmetryMaps given;
  for (std::size_t i = 0; i < 7; ++i) given.work[i] = arrays[i].view();
  const Averaged out = average(pair, kTwofold, given);
  CHECK(out.halves.half_1.values == plain.halves.half_1.values);
  CHECK(out.halves.half_2.values == plain.halves.half_2.values);
  for (const auto& array : arrays) CHECK(array.values[0] != std::complex<float>(7, 7));
  given.work[6] = {};
  CHECK_THROWS(std::invalid_argument, average(pair, kTwofold, given),
               "some arrays to work in are given; expected 7 or none");
}

TEST(half_maps_change_inside_the_mask_only) {
  const Pair pair = make_twofold(0.3);
  const Averaged out = average(pair, kTwofold);
  const Array3<float> mask = soft_ball();
  std::size_t changed = 0;
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    const bool is_changed = out.halves.half_2.values[i] != pair.half_2.values[i];
    CHECK(mask.values[i] > 0 || !is_changed);
    changed += is_changed;
  }
  CHECK(changed > 1000);
}

TEST(copies_with_noise_are_averaged) {
  const Pair pair = make_twofold(0.3), truth = make_twofold(0);
  const Averaged out = average(pair, kTwofold);
  CHECK(out.found.is_borne_out);
  const Array3<float> mask = soft_ball();
  double before = 0, after = 0;
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    const double weight = mask.values[i], true_value = truth.half_1.values[i];
    before += weight * std::pow(pair.half_1.values[i] - true_value, 2);
    after += weight * std::pow(out.halves.half_1.values[i] - true_value, 2);
  }
  CHECK(after < 0.8 * before);
}

TEST(averaging_refuses_what_is_no_operator) {
  const Pair pair = make_halves(0.3);
  CHECK_THROWS(std::invalid_argument, average(pair, {kTwofold[0]}), "at least 2");
  auto broken = kTwofold;
  broken[1][3] = kNaN;
  CHECK_THROWS(std::invalid_argument, average(pair, broken), "not finite");
}

int main() { return run_all(); }
