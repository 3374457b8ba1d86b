// concentration.hpp: how much stronger than in the mask the signal of a molecule is.
#include "check.hpp"
#include "methods/concentration.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

TEST(weak_parts_count_the_more_the_larger_a_molecule_is) {
  CHECK_EQUAL(weak_parts(1e3), 1.0);
  CHECK_EQUAL(weak_parts(40e3), 1.0);
  CHECK_NEAR(weak_parts(40e3 * std::sqrt(2.0)), std::sqrt(1.4), 1e-12);
  CHECK_NEAR(weak_parts(80e3), 1.4, 1e-12);
  CHECK_NEAR(weak_parts(4e6), 1.4, 1e-12);
  for (double volume = 30e3; volume < 100e3; volume *= 1.01) {
    CHECK(weak_parts(1.01 * volume) >= weak_parts(volume));
    CHECK(weak_parts(1.01 * volume) < 1.006 * weak_parts(volume));
  }
}

TEST(the_signal_of_a_small_molecule_is_as_concentrated_as_its_share_of_the_mask_says) {
  CHECK_NEAR(signal_concentration(0.1, 0.05, 3.5, 600e3), 2, 1e-12);
  CHECK_NEAR(signal_concentration(0.1, 0.05, 3.5, 6000e3), 2 / 1.4, 1e-12);
  CHECK_EQUAL(signal_concentration(0.05, 0.05, 3.5, 6000e3), 1.0);  // never below 1
}

TEST(a_belt_is_what_the_coarsest_terms_show_more_than_a_molecules_outline) {
  // No belt: without the coarsest terms a molecule fills more.
  CHECK_EQUAL(without_belt({0.04, 0.05}, 3.5), 0.04);
  // A belt: it fills no more, or less.
  CHECK_NEAR(without_belt({0.04, 0.04}, 3.5), 0.85 * 0.04, 1e-12);
  CHECK_NEAR(without_belt({0.04, 0.03}, 6), 0.85 * 0.03, 1e-12);
  // It counts less the fewer finer terms there are, and not where there are none.
  CHECK_NEAR(without_belt({0.04, 0.04}, std::sqrt(6 * 7.5)), std::sqrt(0.85) * 0.04, 1e-12);
  CHECK_EQUAL(without_belt({0.04, 0.03}, 7.5), 0.04);
  CHECK_EQUAL(without_belt({0.04, 0.03}, 30), 0.04);
  CHECK_EQUAL(without_belt({0.04, 0}, 3.5), 0.04);
  CHECK_EQUAL(without_belt({0, 0}, 3.5), 0.0);
}

int main() { return run_all(); }
