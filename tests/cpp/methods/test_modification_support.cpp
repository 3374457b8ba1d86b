// density_modification.hpp: what one half map confirms of what was added to the other.
#include "methods/modified_halves.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

struct Supported {
  Array3<float> support{kShape};
  SupportFindings found;
};

SupportMaps support_maps(const Pair& pair, const Array3<float>& mask,
                         const Array3<float>& contribution, Supported& out) {
  SupportMaps maps;
  maps.half_1 = pair.half_1.view();
  maps.half_2 = pair.half_2.view();
  maps.mask = mask.view();
  maps.contribution = contribution.view();
  maps.support = out.support.view();
  return maps;
}

// Weights of a map half of which is signal.
ModificationFindings some_weights() {
  ModificationFindings found;
  found.linear.assign(10, 0.5);
  found.positive.assign(10, 1.0);
  found.signal_share.assign(10, 0.5);
  return found;
}

Supported support(const Pair& pair, const ModificationFindings& weights, int threads = 0) {
  const Array3<float> mask = soft_ball(), contribution(kShape, 1.0f);
  Supported out;
  out.found = support_of_modification(support_maps(pair, mask, contribution, out), kCell,
                                      weights, options_for(threads));
  return out;
}

double mean_support(const Supported& out) {
  double sum = 0, weights = 0;
  for (std::size_t i = 0; i < out.found.support.size(); ++i) {
    sum += out.found.weight[i] * out.found.support[i];
    weights += out.found.weight[i];
  }
  return sum / weights;
}

// Halves of which neither knows of the other.
Pair noise_alone() {
  return {random_map<float>(kShape, 5), random_map<float>(kShape, 6), Array3<float>(kShape)};
}

void check_support_refused(const char* part,
                           void (*spoil)(SupportMaps&, ModificationFindings&)) {
  const Pair pair = make_halves(0.3);
  const Array3<float> mask = soft_ball(), contribution(kShape);
  Supported out;
  SupportMaps maps = support_maps(pair, mask, contribution, out);
  ModificationFindings weights = some_weights();
  spoil(maps, weights);
  CHECK_THROWS(std::invalid_argument,
               support_of_modification(maps, kCell, weights, options_for(1)), part);
}

}  // namespace

TEST(what_improves_a_map_is_supported) {
  const Pair pair = make_halves(0.3);
  const Supported out = support(pair, modify(pair).found);
  CHECK(mean_support(out) > 0.01);
  const Array3<float> mask = soft_ball();
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    if (mask.values[i] < 0.01f) CHECK_EQUAL(out.support.values[i], 0.0f);
}

TEST(halves_without_noise_leave_nothing_to_confirm) {
  ModificationFindings weights = some_weights();
  weights.signal_share.assign(10, 1.0);
  const Supported out = support(make_halves(0), weights);
  for (const double value : out.found.support) CHECK_NEAR(value, 0, 1e-5);
}

TEST(noise_of_one_half_is_no_support) {
  ModificationFindings weights = some_weights();
  weights.signal_share.assign(10, 0.0);
  const Supported out = support(noise_alone(), weights);
  CHECK_NEAR(mean_support(out), 0, 0.01);
  for (const double value : out.found.support) CHECK_NEAR(value, 0, 0.1);
}

TEST(what_makes_a_map_worse_has_a_support_below_0) {
  const Pair pair = make_halves(0.3);
  ModificationFindings weights = modify(pair).found;
  for (double& value : weights.linear) value = 2 - value;
  for (double& value : weights.positive) value = -value;
  CHECK(mean_support(support(pair, weights)) < -0.01);
}

TEST(support_is_where_both_halves_hold_the_molecule) {
  const Pair pair = make_halves(0.3), noise = noise_alone();
  Pair part = pair;
  for (std::size_t z = 0; z < 13; ++z)
    for (std::size_t i = 0; i < kShape[1] * kShape[2]; ++i) {
      part.half_1.view().plane(z)[i] = noise.half_1.view().plane(z)[i];
      part.half_2.view().plane(z)[i] = noise.half_2.view().plane(z)[i];
    }
  const ModificationFindings weights = modify(pair).found;
  const Supported out = support(part, weights);
  const float among_noise = out.support.view()(4, 15, 16);
  CHECK(std::abs(among_noise) < 0.5f * out.support.view()(22, 15, 16));
}

TEST(the_change_is_that_of_the_map) {
  const Pair pair = make_halves(0.3);
  const Array3<float> mask = soft_ball();
  Array3<float> contribution = pair.half_1;
  for (std::size_t i = 0; i < contribution.values.size(); ++i)
    contribution.values[i] = -0.125f * (pair.half_1.values[i] + pair.half_2.values[i]);
  Supported out;
  out.found = support_of_modification(support_maps(pair, mask, contribution, out), kCell,
                                      some_weights(), options_for(1));
  for (const double value : out.found.change) CHECK_NEAR(value, 0.25, 1e-6);
}

TEST(support_knows_no_scale) {
  const Pair pair = make_halves(0.3);
  const Supported plain = support(pair, some_weights());
  const Supported scaled = support(times(pair, 64), some_weights());
  CHECK(scaled.support.same_bytes(plain.support));
  CHECK(scaled.found.support == plain.found.support);
}

TEST(support_knows_no_sign) {
  const Pair pair = make_halves(0.3), turned = times(pair, -1);
  const Supported plain = support(pair, modify(pair).found);
  const Supported other = support(turned, modify(turned).found);
  for (std::size_t i = 0; i < plain.found.support.size(); ++i)
    CHECK_NEAR(other.found.support[i], plain.found.support[i], 1e-3);
}

TEST(support_knows_no_order_of_the_halves) {
  const Pair pair = make_halves(0.3), swapped{pair.half_2, pair.half_1, pair.truth};
  const Supported one = support(pair, some_weights()),
                  other = support(swapped, some_weights());
  for (std::size_t i = 0; i < one.found.support.size(); ++i)
    CHECK_NEAR(other.found.support[i], one.found.support[i], 1e-9);
}

TEST(support_has_the_same_bytes_for_any_number_of_threads) {
  const Pair pair = make_halves(0.3);
  const Supported expected = support(pair, some_weights(), 1);
  for (const int threads : kThreadCounts) {
    const Supported out = support(pair, some_weights(), threads);
    CHECK(out.support.same_bytes(expected.support));
    CHECK(out.found.change == expected.found.change);
  }
}

TEST(support_of_maps_that_do_not_match_is_refused) {
  check_support_refused("half_2 has shape", [](auto& maps, auto&) { maps.half_2.shape[0]--; });
  check_support_refused("mask has shape", [](auto& maps, auto&) { maps.mask.shape[1]--; });
  check_support_refused("contribution has shape",
                        [](auto& maps, auto&) { maps.contribution.shape[0]--; });
  check_support_refused("support has shape",
                        [](auto& maps, auto&) { maps.support.shape[0]--; });
  check_support_refused("found has 2 weights; expected 10",
                        [](auto&, auto& weights) { weights.positive.resize(2); });
}

TEST(support_of_values_that_are_not_finite_is_told) {
  Pair pair = make_halves(0.3);
  pair.half_2.view()(13, 15, 16) = static_cast<float>(kNaN);
  CHECK_THROWS(UnusableDataError, support(pair, some_weights()), "values that are not finite");
}

int main() { return run_all(); }
